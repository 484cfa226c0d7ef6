"""Whether selectors record network activity events of VPC endpoints, and of which services."""

from __future__ import annotations

from ctguard.coverage.answers import Answer
from ctguard.coverage.matching import holds
from ctguard.coverage.selectors import Selector, SelectorSet
from ctguard.model.logic import Status


def network_activity(selectors: SelectorSet) -> tuple[Answer, tuple[str, ...]]:
    """Return whether any network activity is recorded, and the event sources that are named for it."""
    taken = [(selector, _takes(selector)) for selector in selectors.selectors]
    certain = [selector for selector, answer in taken if answer and not selector.doubt]
    sources = sorted({source for selector in certain for source in _sources(selector)})
    if certain:
        return Answer(Status.PASS, f"network activity of {', '.join(sources) or 'services'} is recorded"), tuple(
            sources
        )
    if selectors.more or any(answer is not False for _, answer in taken):
        return Answer(Status.UNKNOWN, "whether network activity is recorded is not known"), ()
    witness = {"eventCategory": "NetworkActivity", "eventSource": "s3.amazonaws.com", "eventName": "GetObject"}
    return Answer(Status.FAIL, "no network activity is recorded", witness), ()


def _takes(selector: Selector) -> bool | None:
    for test in selector.tests:
        if test.field == "eventCategory":
            return holds(test, "NetworkActivity")
    return None if selector.doubt else False


def _sources(selector: Selector) -> list[str]:
    return [
        value
        for test in selector.tests
        if test.field == "eventSource"
        for value in test.equals
        if isinstance(value, str)
    ]
