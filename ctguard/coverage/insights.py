"""Which CloudTrail Insights a trail computes: the types that are selected and the events that they need.

Facts: CloudTrail API Reference, InsightSelector; user guide, "Working with
CloudTrail Insights": the call rate of management events needs write events,
the error rate read or write events. Categories that are left out mean management.
"""

from __future__ import annotations

from collections.abc import Mapping

from ctguard.coverage.answers import Answer
from ctguard.coverage.management import management_coverage
from ctguard.coverage.selectors import SelectorSet
from ctguard.model.logic import Status
from ctguard.model.values import PartialList, PartialMap, Unknown, Value

CALL_RATE = "ApiCallRateInsight"
ERROR_RATE = "ApiErrorRateInsight"


def insights_coverage(selectors: SelectorSet, insight_selectors: Value) -> Mapping[str, Answer]:
    """Return, for each type of Insights on management events, whether the trail computes it.

    `insight_selectors` is a list of {"insight_type", "event_categories"}; None or [] is an omitted list.
    """
    management = management_coverage(selectors)
    writes, reads = management.of("write"), management.of("read")
    return {
        CALL_RATE: _answer(CALL_RATE, insight_selectors, [writes]),
        ERROR_RATE: _answer(ERROR_RATE, insight_selectors, [writes, reads]),
    }


def _answer(kind: str, insight_selectors: Value, needed: list[Answer]) -> Answer:
    selected = _selected(kind, insight_selectors)
    if selected is None:
        return Answer(Status.UNKNOWN, f"whether {kind} is selected is not known")
    if not selected:
        return Answer(Status.FAIL, f"{kind} is not selected for management events")
    best = next((answer for answer in needed if answer.status is Status.PASS), needed[0])
    if best.status is Status.PASS:
        return Answer(Status.PASS, f"{kind} is selected and the events that it needs are recorded")
    return Answer(best.status, f"{kind} is selected, but {best.reason}", best.witness)


def _selected(kind: str, value: Value) -> bool | None:
    if isinstance(value, Unknown):
        return None
    items = value.items if isinstance(value, PartialList) else value or []
    answers = {_selects(kind, item) for item in items}
    if isinstance(value, PartialList):
        answers.add(None)
    return True if True in answers else None if None in answers else False


def _selects(kind: str, item: Value) -> bool | None:
    if isinstance(item, str):
        return item == kind
    if isinstance(item, Unknown | PartialMap):
        return None
    found, categories = item.get("insight_type"), item.get("event_categories")
    if isinstance(found, str) and found != kind:
        return False
    if not isinstance(found, str) or isinstance(categories, Unknown | PartialList):
        return None
    if not categories or "Management" in categories:
        return True
    return None if any(not isinstance(category, str) for category in categories) else False
