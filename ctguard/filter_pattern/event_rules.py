"""Decide whether EventBridge rules cover what a control demands, for all events.

Facts: EventBridge User Guide, "AWS service events delivered via AWS CloudTrail":
calls arrive on the default bus of the region where they are made, under a
detail-type that follows from eventType; a rule in state ENABLED gets no read-only
management events. Of the demanded events, those are judged that CloudTrail
delivers to EventBridge in this form: calls, console actions and sign-ins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ctguard.filter_pattern.controls import Control
from ctguard.filter_pattern.decision import Coverage, Verdict, unseen_events
from ctguard.filter_pattern.demand import Box, Event, boxes, demands
from ctguard.filter_pattern.domain import Domain, Texts
from ctguard.filter_pattern.event_matching import MatcherTest, match_event, network_automaton
from ctguard.filter_pattern.event_pattern import (
    AllFields,
    EventPattern,
    FieldMatch,
    Kind,
    field_matches,
    parse_event_pattern,
)
from ctguard.filter_pattern.filters import Leaves
from ctguard.filter_pattern.formula import Formula, conjunction, disjunction
from ctguard.filter_pattern.glob import glob_automaton
from ctguard.filter_pattern.record import OBJECT, TEXT
from ctguard.filter_pattern.syntax import Path
from ctguard.model.values import Document, PartialMap, PartialText, Unknown, first_unknown

ENABLED = "ENABLED"
DISABLED = "DISABLED"
ENABLED_WITH_READS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"

DETAIL_TYPES: Mapping[str, str] = {
    "AwsApiCall": "AWS API Call via CloudTrail",
    "AwsConsoleSignIn": "AWS Console Sign In via CloudTrail",
    "AwsConsoleAction": "AWS Console Action via CloudTrail",
    "AwsServiceEvent": "AWS Service Event via CloudTrail",
}

_OTHER_SPELLING = "AWS Console Signin via CloudTrail"

_EVENT_TYPE: Path = ("eventType",)
_READ_ONLY: Path = ("readOnly",)


class EventRule(Struct, frozen=True):
    """An EventBridge rule: its pattern (JSON text, object, or not known), state and bus.

    `account` and `region` are the rule's own, the only ones whose events it
    gets; None when they are not known.
    """

    pattern: Any
    state: str | Unknown = ENABLED
    bus: str | Unknown = "default"
    account: str | None = None
    region: str | None = None


def rule_coverage(control: Control, rules: Sequence[EventRule]) -> Coverage:
    """Return whether `rules` together see what `control` demands, in one region; raises EventPatternError."""
    leaves = Leaves()
    patterns = [_pattern(rule) for rule in rules]
    formula = disjunction(_rule(rule, pattern, leaves) for rule, pattern in zip(rules, patterns, strict=True))

    def confirmed(event: Event) -> bool:
        event = _consistent(event, leaves)
        service = event["detail"]["eventSource"].removesuffix(".amazonaws.com")
        if event["source"] != f"aws.{service}" or not demands(control, event["detail"]):
            return False
        return not any(_may_see(rule, pattern, event) for rule, pattern in zip(rules, patterns, strict=True))

    found = unseen_events(formula, leaves, list(_delivered(control, rules)), confirmed)
    if found.verdict is Verdict.COVERS and control.further:
        further = replace(control, names=control.further, further=())
        unseen = rule_coverage(further, rules).missed
        return replace(found, unseen_further=tuple(event["detail"]["eventName"] for event in unseen))
    return found


def _pattern(rule: EventRule) -> EventPattern | Unknown:
    value = rule.pattern.value if isinstance(rule.pattern, Document) else rule.pattern
    if value is None:
        return Unknown("event pattern", "is missing: a rule without one is a schedule")
    if isinstance(value, Unknown | PartialText | PartialMap) or first_unknown(value) is not None:
        return first_unknown(value) or Unknown("event pattern")
    return parse_event_pattern(value)


def _rule(rule: EventRule, pattern: EventPattern | Unknown, leaves: Leaves) -> Formula:
    if rule.state == DISABLED:
        return False
    doubts: list[Formula] = []
    if rule.state not in (ENABLED, ENABLED_WITH_READS):
        doubts.append(leaves.doubt(f"the state of the rule is not known: {rule.state}"))
    if rule.bus != "default":
        doubts.append(leaves.doubt(f"whether events of CloudTrail reach the bus is not known: {rule.bus}"))
    if isinstance(pattern, Unknown):
        doubts.append(leaves.doubt(f"the event pattern is not known: {pattern}"))
        return conjunction(doubts)
    reads: Formula = True
    if rule.state == ENABLED:
        reads = leaves.leaf(("detail", "readOnly"), _WRITES)
    return conjunction([*doubts, reads, _formula(pattern, leaves, _own(rule))])


class _Writes:
    """The test that an event is no read-only one, as EventBridge sees it."""

    def answer(self, value: Any) -> bool | None:
        return value is not True

    def texts(self) -> None:
        return None

    def bounds(self) -> Iterator[float]:
        return iter(())

    def words(self) -> Iterator[str]:
        return iter(())

    def __str__(self) -> str:
        return "that the call writes"


_WRITES = _Writes()


def _own(rule: EventRule) -> Mapping[tuple[str, ...], str | None]:
    return {("account",): rule.account, ("region",): rule.region}


def _formula(pattern: EventPattern, leaves: Leaves, own: Mapping[tuple[str, ...], str | None]) -> Formula:
    if isinstance(pattern, FieldMatch):
        if pattern.path in own:
            return _own_formula(pattern, leaves, own[pattern.path])
        return disjunction(_leaf(pattern.path, MatcherTest(matcher), leaves) for matcher in pattern.alternatives)
    parts = [_formula(part, leaves, own) for part in pattern.parts]
    return conjunction(parts) if isinstance(pattern, AllFields) else disjunction(parts)


def _own_formula(pattern: FieldMatch, leaves: Leaves, value: str | None) -> Formula:
    """Return what a pattern on the rule's own account or region comes to."""
    if value is None:
        return leaves.doubt(f"the rule's own {pattern.path[0]} is not known, and its pattern asks for it")
    return any(MatcherTest(matcher).answer(value) for matcher in pattern.alternatives)


def _leaf(path: tuple[str, ...], test: MatcherTest, leaves: Leaves) -> Formula:
    if path == ("detail-type",) and test.matcher.value == _OTHER_SPELLING:
        return leaves.doubt(
            "AWS spells the detail-type of sign-ins in two ways, 'Sign In' in events and 'Signin' in a list"
        )
    if test.matcher.kind is Kind.CIDR and network_automaton(str(test.matcher.value)) is None:
        return leaves.doubt(f"networks of IPv6 are not judged: {test.matcher.value}")
    return leaves.leaf(path, test)


def _may_see(rule: EventRule, pattern: EventPattern | Unknown, event: Event) -> bool:
    if rule.state == DISABLED or (rule.state == ENABLED and event["detail"].get("readOnly") is True):
        return False
    return isinstance(pattern, Unknown) or match_event(pattern, event) is not False


def _delivered(control: Control, rules: Sequence[EventRule]) -> Iterator[Box]:
    """Yield the demanded events that reach EventBridge, in its envelope."""
    account = next((rule.account for rule in rules if rule.account), "111122223333")
    region = next((rule.region for rule in rules if rule.region), "us-east-1")
    for box in boxes(control):
        names = box.domain(("eventName",)).texts
        signs_in = names is not None and names.words == ("ConsoleLogin",)
        if signs_in and control.id == "unauthorized-api-calls":
            continue  # a refused sign-in carries an errorMessage, no such errorCode
        for event_type in _event_types(control, signs_in):
            yield _enveloped(box, control, event_type, account, region)


def _event_types(control: Control, signs_in: bool) -> tuple[str, ...]:
    if signs_in:
        return ("AwsConsoleSignIn",)
    return ("AwsApiCall", "AwsConsoleAction") if control.id == "root-usage" else ("AwsApiCall",)


def _enveloped(box: Box, control: Control, event_type: str, account: str, region: str) -> Box:
    """Return the events of `box` as EventBridge delivers them."""
    flags = (True, False) if control.reads_too and event_type == "AwsApiCall" else (False,)
    record = {
        **box.domains,
        _EVENT_TYPE: Domain(texts=Texts(words=(event_type,))),
        _READ_ONLY: Domain(booleans=flags),
        ("awsRegion",): Domain(texts=Texts(words=(region,))),
    }
    detail = {**box.example, "eventType": event_type, "awsRegion": region, "recipientAccountId": account}
    source = f"aws.{detail['eventSource'].removesuffix('.amazonaws.com')}"
    sources = box.domain(("eventSource",)).texts
    fixed = sources is not None and sources.words is not None
    envelope = {
        "version": "0",
        "id": "5b0f2d6e-1f0a-4a55-9c0a-5d1b8f5f0a11",
        "detail-type": DETAIL_TYPES[event_type],
        "source": source,
        "account": account,
        "time": detail["eventTime"],
        "region": region,
        "resources": [],
        "detail": detail,
    }
    domains: dict[Path, Domain] = {("detail", *path): domain for path, domain in record.items()}
    domains |= {
        (): OBJECT,
        ("detail",): OBJECT,
        ("detail-type",): Domain(texts=Texts(words=(DETAIL_TYPES[event_type],))),
        ("source",): Domain(texts=Texts(words=(source,)) if fixed else Texts(accepted=(glob_automaton("aws.*"),))),
        ("version",): Domain(texts=Texts(words=("0",))),
        ("id",): TEXT,
        ("time",): TEXT,
        ("resources",): Domain(arrays=True),
    }
    return Box(domains, envelope, ("detail",))


def _consistent(event: Event, leaves: Leaves) -> Event:
    """Let the call, its service and the event's source fit each other, where the patterns leave them open."""
    if event["detail"].get("readOnly") is True and ("detail", "eventName") not in leaves.tests:
        event["detail"]["eventName"] = "DescribeInstances"
    service = event["detail"]["eventSource"].removesuffix(".amazonaws.com")
    if event["source"] != f"aws.{service}":
        if ("detail", "eventSource") not in leaves.tests:
            event["detail"]["eventSource"] = event["source"].removeprefix("aws.") + ".amazonaws.com"
        elif ("source",) not in leaves.tests:
            event["source"] = f"aws.{service}"
    return event


def fields_tested(pattern: EventPattern) -> tuple[str, ...]:
    """Return the fields that a pattern looks at, as dotted paths."""
    return tuple(dict.fromkeys(".".join(match.path) for match in field_matches(pattern)))
