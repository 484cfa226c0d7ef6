"""Is there any request of a kind that a policy allows? Find one, or prove that there is none.

A question fixes the shape of the caller and the action, so that every other
coordinate of a request (the resource, each condition key) can be chosen by
itself. An Allow demands something of each coordinate. The request that the
demands give is shown to the evaluator; when a Deny stops it, the request is
changed in each way that escapes that Deny: one of its parts must fail. The search
goes on until a request gets through or all ways are closed. Closed ways are a
proof: any request that gets through would have to escape each Deny by one of its
parts, and all of them were tried.

Two searches are made where not everything is known. The sure one counts an
unknown part against the request: what it finds is allowed whatever the unknown
parts are. The other counts it in favour: where it finds nothing, nothing is
allowed. Between the two the answer is not decided.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from ctguard.model.values import Unknown
from ctguard.policy.binding import bound_to, doubts_of, for_unnamed, variables_of
from ctguard.policy.budget import Budget, Undecidable
from ctguard.policy.callers import PRINCIPAL_ARN, ROOT, Shape, domain_of
from ctguard.policy.conditions import OPERATORS, Condition, Present
from ctguard.policy.domain import Chooser, Domain, Impossible, Literal, iso_time
from ctguard.policy.doubt import Doubt
from ctguard.policy.evaluate import applies, speaks_of_action
from ctguard.policy.grammar import Statement
from ctguard.policy.keys import key_info, spelled
from ctguard.policy.language import Language
from ctguard.policy.pattern import Truth, any_true, literal_pattern
from ctguard.policy.principals import Entry, Principals, is_account_of, named_account, names
from ctguard.policy.request import AWS, Request, Value
from ctguard.policy.setting import Setting

RESOURCE: Final = "resource"
_EPOCH: Final = "aws:epochtime"
_NOW: Final = "aws:currenttime"
_USERNAME: Final = "aws:username"
_MOST_WAYS: Final = 64
_SHOWN: Final = (
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principaltype",
    "aws:principalisawsservice",
    "aws:principalservicename",
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:securetransport",
)


class Question(Struct, frozen=True):
    """Requests to look among: callers of a shape, one action, what must hold, and resources of some
    languages but none of `apart_from`.
    """

    shape: Shape
    action: str
    resources: tuple[Language, ...]
    also: tuple[Literal, ...] = ()
    apart_from: tuple[Language, ...] = ()


class Answer(Struct, frozen=True):
    """What a search found: `allowed` True with a request, None with a possible one and a doubt, or False."""

    allowed: Truth
    request: Request | None = None
    doubt: Doubt | None = None


NO: Final = Answer(False)


class State(Struct, frozen=True):
    """What is demanded of each coordinate, and a value for each that satisfies it."""

    literals: dict[str, tuple[Literal, ...]]
    values: dict[str, Present]


Demand: TypeAlias = "Literal | bool"
"""A literal, or whether the demand is met (True) or cannot be met (False) whatever the request."""


class Search(Struct, frozen=True):
    """Asks questions about statements in one setting, within one budget. `keys` are those that the policy names."""

    denies: tuple[Statement, ...]
    keys: frozenset[str]
    setting: Setting
    budget: Budget
    sure: Chooser
    unsure: Chooser

    def ask(self, grants: Sequence[Statement], question: Question) -> Answer:
        """Say whether a request of the question is allowed by all of `grants` together and stopped by no Deny."""
        if question.shape.unnamed:
            search = replace(self, denies=tuple(map(for_unnamed, self.denies)))
            return search._ask(tuple(map(for_unnamed, grants)), question)
        return self._ask(grants, question)

    def _ask(self, grants: Sequence[Statement], question: Question) -> Answer:
        try:
            if question.shape.certain:
                found = self._find(grants, question, sure=True)
                if found is not None:
                    return Answer(True, found)
                if not any(True for statement in (*grants, *self.denies) for _ in doubts_of(statement)):
                    return NO
            found = self._find(grants, question, sure=False)
        except Undecidable as reason:
            return Answer(None, None, Doubt(str(reason)))
        return NO if found is None else Answer(None, found, self._doubt(grants, found, question))

    def _doubt(self, grants: Sequence[Statement], request: Request, question: Question) -> Doubt:
        """Name what keeps a possible request from being a certain one."""
        open_ = [one for one in (*grants, *self.denies) if applies(one, request) is None]
        for statement in (*open_, *grants, *self.denies):
            for doubt in doubts_of(statement):
                return doubt.about(statement.name)
        return question.shape.doubt or Doubt("not everything that it hangs on is known")

    def _find(self, grants: Sequence[Statement], question: Question, *, sure: bool) -> Request | None:
        if sure and any(grant.effect != "Allow" for grant in grants):
            return None
        chooser = self.sure if sure else self.unsure
        denies = [one for one in self.denies if _may_stop(one, question.action, sure=sure)]
        beyond: Undecidable | None = None
        for values, pins in self._fillings((*grants, *denies), question, chooser):
            walk = _Walk(self, question, chooser, tuple(bound_to(deny, values) for deny in denies))
            try:
                found = walk.request([bound_to(grant, values) for grant in grants], pins)
            except Undecidable as reason:  # another filling may still decide it
                beyond = reason
                continue
            if found is not None and (not sure or self._confirmed(grants, found)):
                return found
        if beyond is not None:
            raise beyond
        return None

    def _confirmed(self, grants: Sequence[Statement], request: Request) -> bool:
        """Show a request to the evaluator: nothing is claimed that it does not see as well."""
        return all(applies(grant, request) is True for grant in grants) and all(
            applies(deny, request) is False for deny in self.denies
        )

    def _fillings(
        self, statements: Sequence[Statement], question: Question, chooser: Chooser
    ) -> Iterator[tuple[dict[str, str | Unknown], tuple[Literal, ...]]]:
        """Yield ways to fill the policy variables, each with literals that make the request agree."""
        keys = sorted({key for statement in statements for key in variables_of(statement)})
        options = [_values_for(key, domain_of(question.shape, key, self.setting), statements, chooser) for key in keys]
        if prod(map(len, options)) > _MOST_WAYS:
            raise Undecidable("the policy uses too many policy variables at once")
        for chosen in product(*options):
            filled = dict(zip(keys, chosen, strict=True))
            pins = tuple(_pin(key, value) for key, value in filled.items() if not isinstance(value, Unknown))
            yield {key: value for key, value in filled.items() if value is not None}, pins


class _Walk(Struct, frozen=True):
    """One search, with all variables filled."""

    search: Search
    question: Question
    chooser: Chooser
    denies: tuple[Statement, ...]

    def request(self, grants: Sequence[Statement], pins: Sequence[Literal]) -> Request | None:
        """Return a request that the grants allow and no Deny stops, or None when there is none."""
        state: State | None = State({}, {})
        demands: list[Demand] = [*self.question.also, *pins]
        for grant in grants:
            demands += self._demands(grant)
        for demand in demands:
            state = self._with(state, demand) if state else None
        open_ways = [state] if state else []
        while open_ways:
            state = open_ways.pop()
            self.chooser.budget.spend(1 + len(self.denies) + len(self.search.keys))
            request = self._shown(state)
            stop = next((deny for deny in self.denies if self._stops(deny, request)), None)
            if stop is None:
                return request
            escapes = (self._with(state, demand) for demand in self._ways_out(stop))
            open_ways += reversed([escape for escape in escapes if escape])
        return None

    def _stops(self, deny: Statement, request: Request) -> bool:
        """Say whether a Deny stops a request; where that is not known it does so only in the sure search."""
        truth = applies(deny, request)
        return truth is True or (truth is None and self.chooser.sure)

    def _demands(self, grant: Statement) -> Iterator[Demand]:
        yield self.chooser.accepts(speaks_of_action(grant, self.question.action), True)
        if grant.principals is not None:
            yield self._of_principal(grant.principals, wanted=True)
        for condition in grant.conditions:
            yield Literal(condition, True)
        if grant.resources is not None:  # last, because it takes longest to weigh
            yield Literal(resource_condition(grant), True)

    def _ways_out(self, deny: Statement) -> Iterator[Demand]:
        for condition in deny.conditions:
            yield Literal(condition, False)
        if deny.resources is not None:
            yield Literal(resource_condition(deny), False)
        if deny.principals is not None:
            yield self._of_principal(deny.principals, wanted=False)

    def _of_principal(self, principals: Principals, *, wanted: bool) -> Demand:
        """Return what a Principal element demands of the ARN of an IAM principal; for others it is settled."""
        shape = self.question.shape
        direct = wanted and not shape.delegates and shape.kind != ROOT
        if shape.type != AWS or shape.id:
            element = _without_accounts(principals) if direct else principals
            return self.chooser.accepts(names(element, shape.caller(None)), wanted)
        return principal_demand(principals, shape, wanted=wanted, sure=self.chooser.sure, direct=direct)

    def _with(self, state: State, demand: Demand) -> State | None:
        """Return the state with one demand more, or None when its coordinate has no value left."""
        if isinstance(demand, bool):
            return state if demand else None
        if demand.condition.operator is None:
            return None if self.chooser.sure else state
        key = _NOW if demand.condition.key == _EPOCH else demand.condition.key
        literals = {**state.literals, key: (*state.literals.get(key, ()), demand)}
        if key in state.values and self.chooser.satisfied(demand, state.values[key]):
            return State(literals, state.values)
        chosen = self.chooser.choose(self._domain(key), literals[key])
        return None if isinstance(chosen, Impossible) else State(literals, {**state.values, key: chosen})

    def _domain(self, key: str) -> Domain:
        if key == RESOURCE:
            return Domain(languages=self.question.resources, absent=False, shy=False, excluded=self.question.apart_from)
        return domain_of(self.question.shape, key, self.search.setting)

    def _shown(self, state: State) -> Request:
        """Return the request that a state stands for, with what such a caller's requests carry anyway."""
        values = dict(state.values)
        for key in (RESOURCE, *_SHOWN, *self.search.keys):
            name = _NOW if key == _EPOCH else key
            if name and name not in values:
                chosen = self.chooser.choose(self._domain(name), ())
                values[name] = None if isinstance(chosen, Impossible) else chosen
        context: dict[str, Value] = {
            key: value if isinstance(value, Unknown) or _is_multi(key) else value[0]
            for key, value in values.items()
            if value is not None
        }
        resource = context.pop(RESOURCE)
        seconds = context.get(_NOW)
        if isinstance(seconds, str):
            context |= {_NOW: iso_time(float(seconds)), _EPOCH: str(int(float(seconds)))}
        self._agree_on_user(context, state)
        arn = context.get(PRINCIPAL_ARN)
        caller = self.question.shape.caller(arn if isinstance(arn, str) else None)
        return Request(caller, self.question.action, str(resource), context)

    def _agree_on_user(self, context: dict[str, Value], state: State) -> None:
        """Make aws:username say the same as the user's ARN."""
        arn, name = context.get(PRINCIPAL_ARN), context.get(_USERNAME)
        if not isinstance(arn, str) or not isinstance(name, str) or arn.rpartition("/")[2] == name:
            return
        own_name, own_arn = arn.rpartition("/")[2], f"{arn.rpartition('/')[0]}/{name}"
        if self._fits(state, _USERNAME, own_name):
            context[_USERNAME] = own_name
        elif self._fits(state, PRINCIPAL_ARN, own_arn):
            context[PRINCIPAL_ARN] = own_arn
        else:
            raise Undecidable("a user's name and ARN are both tested, which was not weighed together")

    def _fits(self, state: State, key: str, value: str) -> bool:
        return all(self.chooser.satisfied(literal, (value,)) for literal in state.literals.get(key, ()))


def resource_condition(statement: Statement) -> Condition:
    """Return the Resource or NotResource element as a condition on the resource."""
    operator = OPERATORS["StringNotLike" if statement.not_resources else "StringLike"]
    return Condition("Resource", operator, RESOURCE, statement.resources or ())


def principal_demand(principals: Principals, shape: Shape, *, wanted: bool, sure: bool, direct: bool) -> Demand:
    """Return what an element demands of the ARN of a user or role, or whether it is met whatever the ARN.

    `direct` leaves out entries for the whole account: they hand the decision to
    that account and grant nothing by themselves.
    """
    if principals.everyone:
        return wanted is not principals.negated
    single = tuple(entry.name for entry in principals.entries if _is_single(entry))
    listed = Condition("Principal", OPERATORS["StringEquals"], PRINCIPAL_ARN, single)
    whole = any_true(is_account_of(entry, shape.caller(None)) for entry in principals.entries)
    if principals.negated:
        return _demand_of_exception(listed, whole, shape, wanted=wanted, sure=sure)
    if direct:
        whole = False
    if whole is None:
        return (Literal(listed, True) if sure else True) if wanted else (False if sure else Literal(listed, False))
    return wanted if whole else Literal(listed, wanted)


def _without_accounts(principals: Principals) -> Principals:
    """Return a Principal element without the entries that hand the decision to an account."""
    if principals.everyone or principals.negated:
        return principals
    return replace(
        principals, entries=tuple(one for one in principals.entries if named_account(one.name.literal or "") is None)
    )


def _demand_of_exception(listed: Condition, whole: Truth, shape: Shape, *, wanted: bool, sure: bool) -> Demand:
    """Return what NotPrincipal demands; see `principals` for whom it excepts."""
    if whole is None:
        return not sure
    if shape.kind == ROOT:
        return wanted is not whole
    if whole:
        return not wanted
    if wanted:
        return Literal(listed, False) if sure else True
    return False if sure else Literal(listed, True)


def _is_single(entry: Entry) -> bool:
    return entry.type == AWS and named_account(entry.name.literal or "") is None


def _may_stop(deny: Statement, action: str, *, sure: bool) -> bool:
    truth = speaks_of_action(deny, action)
    return truth is not False if sure else truth is True and deny.effect == "Deny"


def _is_multi(key: str) -> bool:
    info = key_info(key)
    return info is not None and info.multi


def _pin(key: str, value: str | None) -> Literal:
    name, wanted = ("Null", "true") if value is None else ("StringEquals", value)
    return Literal(Condition(name, OPERATORS[name], key, (literal_pattern(wanted),)), True)


def _values_for(
    key: str, domain: Domain, statements: Sequence[Statement], chooser: Chooser
) -> list[str | Unknown | None]:
    """Return what to put in place of a policy variable.

    All values where there are few; else, in the sure search, some that may do,
    and in the other an unknown text.
    """
    missing: list[str | Unknown | None] = [None] if domain.absent else []
    if domain.values:
        return [*domain.values, *missing]
    if domain.unsettled is not None or (domain.languages and not chooser.sure):
        return [Unknown(f"the policy variable ${{{spelled(key)}}}", "is chosen by the caller")]
    if not domain.languages:
        return [None]
    found = chooser.choose(replace(domain, shy=False), ())
    samples = list(found) if isinstance(found, tuple) else []
    beside = [*_texts_beside(key, statements), *(_user_names(statements) if key == _USERNAME else ())]
    named = [text for text in beside if isinstance(chooser.choose(domain, (_pin(key, text),)), tuple)]
    return [*dict.fromkeys([*samples, *named]), *missing][: _MOST_WAYS // 4]


def _user_names(statements: Sequence[Statement]) -> Iterator[str]:
    """Yield the names of users that statements name by their ARNs."""
    for statement in statements:
        entries = statement.principals.entries if statement.principals else ()
        tested = (one for c in statement.conditions if c.key == PRINCIPAL_ARN for one in c.values)
        for pattern in (*(entry.name for entry in entries), *tested):
            if ":user/" in (literal := pattern.literal or ""):
                yield literal.rpartition("/")[2]


def _texts_beside(key: str, statements: Sequence[Statement]) -> Iterator[str]:
    """Yield texts that a variable would have to hold for the pattern around it to give a text that stands elsewhere."""
    patterns = [
        pattern
        for statement in statements
        for pattern in (*(statement.resources or ()), *(one for c in statement.conditions for one in c.values))
    ]
    literals = [literal for pattern in patterns if (literal := pattern.literal)]
    for pattern in patterns:
        for place, variable in enumerate(pattern.tokens):
            if getattr(variable, "key", None) != key:
                continue
            before = "".join(token for token in pattern.tokens[:place] if isinstance(token, str))
            after = "".join(token for token in pattern.tokens[place + 1 :] if isinstance(token, str))
            for literal in literals:
                if literal.startswith(before) and literal.endswith(after) and len(literal) > len(before + after):
                    yield literal[len(before) : len(literal) - len(after)]
