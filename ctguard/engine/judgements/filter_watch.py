"""Watch a log group by its metric filters: which demanded events they see together, and of which somebody is told.

What a pattern sees is decided by `ctguard.filter_pattern`, over all events. That is
dear, so first the plain matcher is asked: an event of each kind that no filter
matches settles the matter, and filters that match none of them need not be asked.
Sources: CloudWatch Logs API Reference (PutMetricFilter), User Guide, "Log classes".
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct
from msgspec.structs import replace

from ctguard.engine.comparison import shown, stands
from ctguard.engine.judgements.alarm_chain import told_of
from ctguard.engine.judgements.chain import Answer, Chain, Step, once, regional, step
from ctguard.engine.judgements.log_groups import ready_steps, unwatched
from ctguard.engine.outcome import Context
from ctguard.filter_pattern.controls import Control
from ctguard.model.logic import Status, all_hold, any_holds
from ctguard.model.resource import Resource
from ctguard.model.values import Unknown, first_unknown

if TYPE_CHECKING:
    from ctguard.filter_pattern import Coverage, Filter

PATTERN: Final = "filter_pattern"
ACCOUNT: Final = re.compile(r"\d{12}")
STAMPED: Final = frozenset({"@aws.account", "@aws.region"})
"""What a log group adds to an event, and selection criteria look at."""

NAMED_AT_MOST: Final = 5
OF_WHOM: Final = "it is not known of which accounts the log group has events"


class Watch(Struct, frozen=True):
    """A metric filter, as it reads events, and the chain from what it counts to somebody who is told.

    `doubt` says why nobody knows whether it is there, on this log group.
    """

    metric_filter: Resource
    reads: Filter
    chain: Chain
    doubt: Unknown | None = None

    @property
    def is_read(self) -> bool:
        """Whether it is known what the filter reads: raw events that no policy masks, by a known pattern."""
        return not self.reads.doubt and not self.reads.masked and first_unknown(self.metric_filter[PATTERN]) is None


def watches(context: Context, group: Resource) -> tuple[Watch, ...]:
    """Return the filters of a log group, and those of which nobody can say that they are not."""
    return once(context, ("watches", id(group)), lambda: tuple(_watches(context, group)))


def _watches(context: Context, group: Resource) -> Iterable[Watch]:
    by_group = once(context, ("filters by group",), lambda: _by_group(context))
    for metric_filter, doubt in (*by_group[id(group)], *by_group[group.unit]):
        chain = told_of(context, metric_filter)
        if doubt is not None:
            path = f"{metric_filter.address}.log_group_name"
            where = metric_filter.where("log_group_name")
            chain += Chain((step(path, group.address, "perhaps", Status.UNKNOWN, doubt, where=where),))
        yield Watch(metric_filter, reading(context, metric_filter, group), chain, doubt or metric_filter.exists)


def _by_group(context: Context) -> Mapping[object, list[tuple[Resource, Unknown | None]]]:
    """Return the metric filters by log group; by input those whose log group nobody can name."""
    found: dict[object, list[tuple[Resource, Unknown | None]]] = defaultdict(list)
    for one in context.inventory.of_kind("metric_filter"):
        target = context.inventory.follow(one, "log_group")
        if isinstance(target, Resource):
            found[id(target)].append((one, None))
        elif isinstance(target, Unknown):
            found[one.unit].append((one, target))
    return found


def reading(context: Context, metric_filter: Resource, group: Resource) -> Filter:
    """Return the filter as the semantics take it: its pattern, and what stands between the events and it."""
    from ctguard.filter_pattern import metric_filter as read

    policies = [one["policy_type"] for one in regional(context, "log_account_policy", group)]
    transformed = {stands(group["transformer"], "set", True)[0], *_of_type("TRANSFORMER_POLICY", policies)}
    masked = {stands(group["data_protection_policy"], "set", True)[0], *_of_type("DATA_PROTECTION_POLICY", policies)}
    return read(
        metric_filter[PATTERN],
        field_selection_criteria=metric_filter["field_selection_criteria"],
        apply_on_transformed_logs=metric_filter["apply_on_transformed_logs"],
        # Code shows nothing of the policies that the account has already.
        without_transformer=group.input == "live" and transformed <= {Status.FAIL},
        masked=not masked <= {Status.FAIL},
    )


def _of_type(name: str, types: Iterable[Any]) -> set[Status]:
    return {stands(one, "is", name)[0] for one in types}


def seen_in(context: Context, group: Resource, control: Control) -> Answer:
    """Return whether the group's filters see what `control` demands, and somebody is told."""
    return once(context, ("seen in", id(group), control), lambda: _seen_in(context, group, control))


def _seen_in(context: Context, group: Resource, control: Control) -> Answer:
    every = watches(context, group)
    if not every:
        return unwatched(group)
    sure = [one for one in every if one.chain.status is Status.PASS]
    if sure and (found := covering(context, group, control, sure)).verdict == "covers":
        return _answer(control, group, sure, found, Status.PASS)
    maybe = [one for one in every if one.chain.status is not Status.FAIL]
    found = covering(context, group, control, maybe)
    if found.verdict != "misses":
        return _answer(control, group, maybe, found, Status.UNKNOWN)
    if group.missing is not None:
        return unwatched(group)
    whole = found if len(maybe) == len(every) else covering(context, group, control, every)
    answer = _answer(control, group, every, whole, Status.FAIL)
    return answer if answer.witness else replace(answer, witness=dict(found.missed[0]))


def _answer(control: Control, group: Resource, several: Sequence[Watch], found: Coverage, status: Status) -> Answer:
    """Write down what the filters that matter see, and where that leads."""
    ready, blind = ready_steps(group), found.verdict == "misses"
    relevant = [one for one in several if any(seen_by(one.reads, control))]
    if status is Status.PASS and len(relevant) > 1:
        relevant = _needed(control, relevant)
    patterns = [_pattern_step(control, one, found, blind=blind) for one in relevant]
    if blind and not relevant:
        patterns = [_none_relevant(control, group, len(several))]
    chains = [one for watch in relevant for one in watch.chain.steps]
    steps = (*ready, *patterns, *(() if blind else chains))
    event = dict(found.missed[0]) if found.missed else None
    return Answer(all_hold((status, *(one.status for one in ready))), steps, event)


def _none_relevant(control: Control, group: Resource, count: int) -> Step:
    """Return the step of a group whose filters are all about something else."""
    actual = f"{count} metric filter{'s' if count > 1 else ''}, none of which sees one"
    path, expected = f"{group.address}.metric_filters", f"a filter that sees {control.title}"
    return step(path, expected, actual, Status.FAIL, where=group.location)


def _needed(control: Control, relevant: list[Watch]) -> list[Watch]:
    """Leave out filters that see nothing which those before them do not see: one monitor is not shown by another."""
    left, kept = set(range(len(samples(control)))), []
    for one in sorted(relevant, key=lambda one: -sum(seen_by(one.reads, control))):
        seen = {at for at, answer in enumerate(seen_by(one.reads, control)) if answer}
        if seen & left:
            kept.append(one)
            left -= seen
    return kept


def _pattern_step(control: Control, watch: Watch, found: Coverage, *, blind: bool) -> Step:
    pattern = watch.metric_filter[PATTERN]
    status, unknown = Status.FAIL if blind else Status.PASS, None
    because = _seen(control, watch.reads) if blind else _remark(found)
    if found.verdict is None and not blind:
        status = Status.UNKNOWN
        unknown = first_unknown(pattern) or Unknown(f"{watch.metric_filter.address}.{PATTERN}", found.undecided[0])
    return step(
        f"{watch.metric_filter.address}.{PATTERN}",
        f"a pattern that sees {control.title}",
        shown(pattern),
        status,
        unknown,
        where=watch.metric_filter.where(PATTERN),
        because=because,
    )


def _seen(control: Control, reads: Filter) -> str:
    """Say which of the demanded events one of several filters sees."""
    if len(control.names) < 2:
        return "not every such event is seen"
    pairs = zip(samples(control), seen_by(reads, control), strict=True)
    unseen = [event["eventName"] for event, seen in pairs if not seen]
    more = f" and {len(unseen) - NAMED_AT_MOST} more" if len(unseen) > NAMED_AT_MOST else ""
    return f"does not see {', '.join(unseen[:NAMED_AT_MOST])}{more}" if unseen else "does not see each of them always"


def _remark(found: Coverage) -> str:
    if found.overbroad is not None:
        return f"it also matches everyday events, such as {found.overbroad['eventName']}"
    if found.unseen_further:
        return f"newer benchmarks add {', '.join(found.unseen_further)}, which it does not see"
    return ""


def covering(context: Context, group: Resource, control: Control, several: Sequence[Watch]) -> Coverage:
    """Return what filters of the group see together of what `control` demands."""
    key = ("covering", control, tuple(id(one.metric_filter) for one in several), id(group))
    return once(context, key, lambda: _agreed(control, several, _scopes(context, group, several)))


def _agreed(control: Control, several: Sequence[Watch], scopes: Iterable[tuple[str, ...]]) -> Coverage:
    """Return the coverage where it is the same for whatever accounts may be in the log group."""
    from ctguard.filter_pattern import Coverage

    found = [_covered(control, [one.reads for one in several], accounts) for accounts in scopes]
    if all(one.verdict == found[0].verdict for one in found):
        return found[0]
    return Coverage(None, undecided=(OF_WHOM,))


def _scopes(context: Context, group: Resource, several: Sequence[Watch]) -> Sequence[tuple[str, ...]]:
    """Return of which accounts the group may have events: sets of which one is the right one, () for any account."""
    if not any(one.reads.criteria for one in several):
        return [()]
    trails = context.inventory.follow(group, "trails")
    organization = any_holds(
        stands(one["is_organization_trail"], "is", True)[0] if isinstance(one, Resource) else Status.UNKNOWN
        for one in (trails if isinstance(trails, list) and trails else [None])
    )
    named = {one for watch in several for one in ACCOUNT.findall(str(watch.metric_filter["field_selection_criteria"]))}
    own = [(group.account_id,)] if isinstance(group.account_id, str) else [(), *((one,) for one in sorted(named))]
    return [()] if organization is Status.PASS else own if organization is Status.FAIL else [(), *own]


def _covered(control: Control, filters: Sequence[Filter], accounts: tuple[str, ...]) -> Coverage:
    """Decide coverage by the fewest filters that settle it."""
    from ctguard.filter_pattern import Coverage, Verdict, coverage

    answers = [seen_by(one, control) for one in filters]
    events = enumerate(samples(control))
    unseen = tuple(event for at, event in events if not any(answer[at] for answer in answers))
    if unseen:
        return Coverage(Verdict.MISSES, unseen)
    near = [one for one, answer in zip(filters, answers, strict=True) if any(answer)]
    found = coverage(control, near, accounts=accounts)
    far = [one for one, answer in zip(filters, answers, strict=True) if not any(answer)]
    if found.verdict is Verdict.COVERS or not far:
        return found
    unseen = tuple(event for event in found.missed if not any(may_see(one, event) for one in far))
    return Coverage(Verdict.MISSES, unseen) if unseen else coverage(control, filters, accounts=accounts)


@cache
def samples(control: Control) -> tuple[dict[str, Any], ...]:
    """Return an ordinary event for each name that the control demands, or one of each kind."""
    from ctguard.filter_pattern import coverage

    return coverage(control, []).missed


@lru_cache(maxsize=4096)
def seen_by(one: Filter, control: Control) -> tuple[bool, ...]:
    """Say of each of the control's samples whether the filter sees it, or may."""
    return tuple(may_see(one, event) for event in samples(control))


def may_see(one: Filter, event: dict[str, Any]) -> bool:
    """Say whether the filter sees this event, or whether nobody can say that it does not."""
    return _matches(one, event) is not False


def sees(one: Filter, event: dict[str, Any]) -> bool:
    """Say whether the filter certainly sees this event, were it not for doubts about the filter as a whole."""
    return _matches(one, event) is True


def _matches(one: Filter, event: dict[str, Any]) -> bool | None:
    from ctguard.filter_pattern import match
    from ctguard.filter_pattern.syntax import JsonPattern, TextPattern

    if isinstance(one.pattern, JsonPattern):
        found = match(one.pattern, event)
    elif isinstance(one.pattern, TextPattern) and not one.pattern.terms:
        found = True
    else:
        return None  # words anywhere in the raw text say nothing about fields
    selected = True if one.criteria is None else match(JsonPattern(one.criteria), event)
    if selected is False and not STAMPED.issubset(event):
        selected = None  # of whom and from where an event is, its record does not say
    return False if False in (selected, found) else None if None in (selected, found) else True
