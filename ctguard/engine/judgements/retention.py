"""Judgements on how long a bucket keeps the logs: what its lifecycle rules do to them, and when.

Sources: S3 User Guide, "Managing your storage lifecycle" and "Lifecycle configuration elements"; CloudTrail User
Guide, "Finding your CloudTrail log files" for the folders.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from ctguard.coverage.partial_text import Text, starts_with
from ctguard.engine.comparison import shown, stands
from ctguard.engine.outcome import Context, Outcome
from ctguard.model.finding import Leaf
from ctguard.model.logic import Status, all_hold
from ctguard.model.resource import Resource
from ctguard.model.values import PartialList, Unknown, Value, text, unknowns

RULES: Final = "lifecycle_rules"
FOLDER: Final = "AWSLogs/"
LOGS: Final = ("CloudTrail", "CloudTrail-Digest", "CloudTrail-Insight", "CloudTrail-NetworkActivity")
"""Folders below an account's that hold what trails deliver; others may share the bucket (Config, for one)."""

NOT_READABLE: Final = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Storage classes whose objects must be restored, for hours, before anybody can read them."""


class Effect(Struct, frozen=True):
    """What a lifecycle rule does that it must not do before a limit, and whether it keeps to that."""

    path: tuple[str | int, ...]
    expected: str
    actual: Value
    status: Status
    what: str


class Limits(Struct, frozen=True):
    """How many days logs, and their old versions, are to be kept, and how many they can be read at once."""

    days: int
    noncurrent_days: int
    readable_days: int


def keeps_logs(context: Context, days: int, noncurrent_days: int, readable_days: int) -> Outcome:
    """No lifecycle rule that touches logs removes them, or makes them slow to read, before the limits."""
    bucket = context.resource
    limits = Limits(days, noncurrent_days, readable_days)
    value = bucket[RULES]
    rules = value.items if isinstance(value, PartialList) else value if isinstance(value, list) else []
    rest = value if isinstance(value, Unknown) else value.rest if isinstance(value, PartialList) else None
    folders = tuple(_folders(context))
    leaves: list[Leaf] = []
    witness: Mapping[str, Any] | None = None
    for index, rule in enumerate(rules):
        for effect in _effects(rule, folders, limits):
            leaves.append(_leaf(effect, index, bucket))
            if effect.status is Status.FAIL and witness is None:
                witness = _witness(effect, index, rule)
    if rest is not None:
        leaves.append(Leaf(RULES, "all known", shown(value), Status.UNKNOWN, str(rest), bucket.where(RULES)))
    status = all_hold(leaf.status for leaf in leaves)
    if status is Status.PASS:
        found = f"{len(rules)} lifecycle rules, none does" if rules else "no lifecycle rule"
        leaves = [Leaf(RULES, f"no rule that removes logs within {days} days", found, status, "", bucket.where(RULES))]
    lacking = tuple(dict.fromkeys(_lacking(rules, rest))) if status is Status.UNKNOWN else ()
    leaves.sort(key=lambda leaf: leaf.status is not status)
    return Outcome(status, tuple(leaves), lacking or _of_folders(status, folders), witness)


def _effects(rule: Value, folders: tuple[Text, ...], limits: Limits) -> Iterator[Effect]:
    """Yield what a rule does to logs that it must not do, and what it perhaps does."""
    if not isinstance(rule, dict):
        yield Effect((), "a known rule", rule, Status.UNKNOWN, "is not known")
        return
    applies = _applies(rule, folders)
    if applies is Status.FAIL:
        return
    for effect in (*_expirations(rule, limits), *_transitions(rule, limits)):
        if effect.status is Status.PASS:
            continue
        certain = applies is Status.PASS
        yield (
            effect
            if certain
            else Effect(effect.path, effect.expected, effect.actual, Status.UNKNOWN, f"perhaps {effect.what}")
        )


def _expirations(rule: Mapping[str, Value], limits: Limits) -> Iterator[Effect]:
    for name, limit, what in (
        ("expiration_days", limits.days, "removes logs"),
        ("noncurrent_days", limits.noncurrent_days, "removes old versions of logs"),
    ):
        value = rule.get(name)
        if value is not None:
            yield Effect((name,), f"at least {limit} days", value, stands(value, "at_least", limit)[0], what)
    date = rule.get("expiration_date")
    if date is not None:
        # From that day on the rule removes every object at once, the log of the hour before included.
        status = Status.FAIL if stands(date, "set", True)[0] is Status.PASS else Status.UNKNOWN
        yield Effect(("expiration_date",), "no date", date, status, "removes logs of any age")


def _transitions(rule: Mapping[str, Value], limits: Limits) -> Iterator[Effect]:
    transitions = rule.get("transitions") or []
    items = transitions.items if isinstance(transitions, PartialList) else transitions
    if not isinstance(items, list | tuple):
        yield Effect(("transitions",), "known transitions", items, Status.UNKNOWN, "moves logs")
        return
    if isinstance(transitions, PartialList):
        yield Effect(("transitions",), "known transitions", transitions, Status.UNKNOWN, "moves logs")
    for index, one in enumerate(items):
        yield from _transition(one, index, limits)


def _transition(one: Value, index: int, limits: Limits) -> Iterator[Effect]:
    expected = f"readable at once for {limits.readable_days} days"
    if not isinstance(one, dict):
        yield Effect(("transitions", index), expected, one, Status.UNKNOWN, "moves logs")
        return
    slow, _ = stands(one.get("storage_class"), "one_of", sorted(NOT_READABLE))
    # With neither days nor a date the provider writes 0 days.
    moved = 0 if one.get("days") is None else one["days"]
    early = (
        Status.PASS
        if one.get("date") is not None and one.get("days") is None
        else _not(stands(moved, "at_least", limits.readable_days)[0])
    )
    status = _not(all_hold((slow, early)))
    actual = f"{shown(one.get('storage_class'))} after {shown(moved)} days"
    yield Effect(("transitions", index), expected, actual, status, "moves logs where they cannot be read at once")


def _applies(rule: Mapping[str, Value], folders: tuple[Text, ...]) -> Status:
    """Say whether a rule is on and touches logs; CloudTrail tags none, so a rule for tagged objects does not."""
    enabled, _ = stands(rule.get("status"), "is", "Enabled")
    tagged = rule.get("tags")
    untagged = Status.UNKNOWN if isinstance(tagged, Unknown) else Status.FAIL if tagged else Status.PASS
    return all_hold((enabled, untagged, _touches(rule.get("prefix"), folders)))


def _touches(prefix: Value, folders: tuple[Text, ...]) -> Status:
    """Say whether logs lie below `prefix`; without a known trail every prefix might lead to some."""
    if prefix is None or prefix == "":
        return Status.PASS
    answers = [_below(prefix, folder) for folder in folders]
    if True in answers:
        return Status.PASS
    if not folders and isinstance(prefix, str) and FOLDER.rstrip("/") in prefix:
        return Status.PASS if _holds_logs(prefix.partition(FOLDER)[2]) else Status.FAIL
    return Status.FAIL if folders and set(answers) == {False} else Status.UNKNOWN


def _below(prefix: Text, folder: Text) -> bool | None:
    """Tell whether a trail's folder and the objects of a lifecycle rule have any in common."""
    inside, around = starts_with(prefix, folder), starts_with(folder, prefix)
    if around:
        return True
    if inside:
        return _holds_logs(prefix[len(folder) :]) if isinstance(prefix, str) and isinstance(folder, str) else True
    return False if inside is False and around is False else None


def _holds_logs(rest: str) -> bool:
    """Say whether what follows `AWSLogs/` in a prefix leads to logs of trails: [organization/]account/service/..."""
    steps = rest.split("/")
    if steps[0].startswith("o-") and len(steps) > 1:
        steps = steps[1:]
    if len(steps) < 2:
        return True
    service, whole = steps[1], len(steps) > 2
    return service in LOGS if whole else any(name.startswith(service) for name in LOGS)


def _folders(context: Context) -> Iterator[Text]:
    """Yield the folder below which each trail delivers."""
    trails = context.inventory.follow(context.resource, "trails")
    for trail in trails if isinstance(trails, list) else []:
        if isinstance(trail, Unknown):
            yield text([trail, "/", FOLDER])
            continue
        prefix = trail["s3_key_prefix"]
        yield text([prefix, "/", FOLDER]) if prefix else FOLDER


def _leaf(effect: Effect, index: int, bucket: Resource) -> Leaf:
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in (index, *effect.path))
    because = f"it {effect.what}" if effect.status is Status.FAIL else ""
    unknown = next(unknowns(effect.actual), None)
    return Leaf(
        f"{RULES}{path}",
        effect.expected,
        shown(effect.actual),
        effect.status,
        str(unknown) if unknown else because,
        bucket.where(RULES, (index, *effect.path)),
    )


def _witness(effect: Effect, index: int, rule: Mapping[str, Value]) -> Mapping[str, Any]:
    name = rule.get("id")
    return {
        "lifecycle_rule": name if isinstance(name, str) and name else index,
        "objects_below": shown(rule.get("prefix") or "the whole bucket"),
        "effect": effect.what,
        "when": shown(effect.actual),
    }


def _lacking(rules: Any, rest: Unknown | None) -> Iterator[Unknown]:
    for rule in rules:
        yield from unknowns(rule)
    if rest is not None:
        yield rest


def _of_folders(status: Status, folders: tuple[Text, ...]) -> tuple[Unknown, ...]:
    if status is not Status.UNKNOWN:
        return ()
    found = tuple(unknown for folder in folders for unknown in unknowns(folder))
    return found or (Unknown("the trails that deliver to this bucket", "are not part of this scan"),)


def _not(status: Status) -> Status:
    return {Status.PASS: Status.FAIL, Status.FAIL: Status.PASS}.get(status, status)


LOOKS_AT: Final = {"keeps_logs": frozenset({RULES})}
