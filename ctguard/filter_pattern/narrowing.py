"""What else can be proved of filters: that one can never match, and that some clause narrows a monitor."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from msgspec import Struct

from ctguard.filter_pattern.automaton import TooManyError
from ctguard.filter_pattern.controls import Control
from ctguard.filter_pattern.decision import event_of
from ctguard.filter_pattern.demand import Box, Event, boxes, ordinary_event
from ctguard.filter_pattern.domain import Domain, Texts
from ctguard.filter_pattern.filters import ConditionTest, Filter, Leaves, formula_of
from ctguard.filter_pattern.formula import GaveUpError, Goal, search, substitute
from ctguard.filter_pattern.printing import selector
from ctguard.filter_pattern.record import DOMAINS, OPTIONAL_OBJECT, OPTIONAL_TEXT, TEXT
from ctguard.filter_pattern.space import variables
from ctguard.filter_pattern.syntax import Operator, Path

_ACCOUNT = "account"
_KINDS: dict[Path, str] = {
    ("recipientAccountId",): _ACCOUNT,
    ("userIdentity", "accountId"): _ACCOUNT,
    ("userIdentity", "sessionContext", "sessionIssuer", "accountId"): _ACCOUNT,
    ("@aws.account",): _ACCOUNT,
    ("awsRegion",): "region",
    ("@aws.region",): "region",
    ("sourceIPAddress",): "source address",
    ("vpcEndpointId",): "source address",
    ("userAgent",): "user agent",
}


class Narrowing(Struct, frozen=True):
    """Clauses on one kind of thing (account, region, principal, ...) that hide a demanded event, and the event."""

    kind: str
    clauses: tuple[str, ...]
    witness: Event


def narrowings(control: Control, filters: Sequence[Filter]) -> tuple[Narrowing, ...] | None:
    """Return what narrows the monitor of `control`: the event would be seen but for the clauses; raises PatternError.

    None says that it is too intricate to tell.
    """
    leaves = Leaves()
    formula = formula_of(filters, leaves)
    found: list[Narrowing] = []
    try:
        for kind in dict.fromkeys(_kind(path) for path in leaves.tests):
            if kind is None:
                continue
            tests = {
                leaf: test
                for path, group in leaves.tests.items()
                if _kind(path) == kind
                for leaf, test in group.items()
            }
            freed = substitute(formula, dict.fromkeys(tests, True), unknown=True)
            goals = [Goal(formula, wanted=False, unknown=True), Goal(freed, wanted=True, unknown=False)]
            for box in boxes(control):
                options = search(goals, variables(leaves.tests, box) | leaves.doubtful_options())
                if options is not None:
                    found.append(Narrowing(kind, tuple(str(test) for test in tests.values()), event_of(box, options)))
                    break
    except (TooManyError, GaveUpError):
        return None
    return tuple(found)


def may_narrow(one: Filter) -> bool:
    """Tell whether a filter has clauses on account, region, principal, source address or user agent at all."""
    leaves = Leaves()
    formula_of([one], leaves)
    return any(_kind(path) for path in leaves.tests)


def asked_for(one: Filter) -> frozenset[str]:
    """Return the fields, as dotted paths, of which a filter asks that they equal something."""
    leaves = Leaves()
    formula_of([one], leaves)
    return frozenset(
        ".".join(map(str, path))
        for path, tests in leaves.tests.items()
        for test in tests.values()
        if isinstance(test, ConditionTest) and test.condition.operator is Operator.EQUAL
    )


def sees_some(control: Control, one: Filter) -> bool | None:
    """Tell whether some event that `control` demands matches, None when that is too intricate; raises PatternError."""
    leaves = Leaves()
    goal = Goal(formula_of([one], leaves), wanted=True, unknown=False)
    try:
        for box in boxes(control):
            if search([goal], variables(leaves.tests, box) | leaves.doubtful_options()) is not None:
                return True
    except (TooManyError, GaveUpError):
        return None
    return False


def _kind(path: Path) -> str | None:
    if path[0] == "userIdentity" and path not in _KINDS:
        return "principal"
    return _KINDS.get(path)


def unmatchable(one: Filter) -> bool | None:
    """Tell whether no CloudTrail event can match, None when that is too intricate to prove; raises PatternError."""
    leaves = Leaves()
    formula = formula_of([one], leaves)
    try:
        options = variables(leaves.tests, _ANY_EVENT) | leaves.doubtful_options()
        return search([Goal(formula, wanted=True, unknown=True)], options) is None
    except (TooManyError, GaveUpError):
        return None


def _loosened(domain: Domain) -> Domain:
    if domain == TEXT:
        return OPTIONAL_TEXT
    return OPTIONAL_OBJECT if domain.always_object else domain


_CRITERIA = Domain(texts=Texts())
# Insights and other records leave out fields that events of calls always have.
_ANY_EVENT = Box(
    {path: _loosened(domain) if path else domain for path, domain in DOMAINS.items()}
    | {("@aws.account",): _CRITERIA, ("@aws.region",): _CRITERIA},
    ordinary_event(),
)


def unheard_fields(filters: Sequence[Filter]) -> dict[str, str]:
    """Return fields that CloudTrail's record does not list, with the one that was perhaps meant (or nothing)."""
    leaves = Leaves()
    formula_of(filters, leaves)
    known = {path for path in DOMAINS if path}
    strange = [path for path in leaves.tests if path[:1] not in known and not str(path[0]).startswith("@")]
    strange += [path for path in leaves.tests if path[0] == "userIdentity" and len(path) == 2 and path not in known]
    names = {selector(path) for path in known}
    return {selector(path): _meant(selector(path), names) for path in strange}


def _meant(written: str, names: set[str]) -> str:
    same = [name for name in names if name.lower() == written.lower()]
    return next(iter(same or difflib.get_close_matches(written, names, 1, 0.8)), "")
