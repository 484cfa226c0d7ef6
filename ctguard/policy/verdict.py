"""The verdict on one policy: is it least privilege, and can CloudTrail still deliver?

A verdict is True, False, or None where it hangs on something that is not known;
then `undecided` says on what. It holds for all requests: False comes with a
request that anybody can evaluate again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from ctguard.model.values import Document
from ctguard.policy.actions import PUBLISH, Action
from ctguard.policy.budget import Budget, Exhausted
from ctguard.policy.callers import NEVER, Shape, restricted
from ctguard.policy.context import PolicyContext
from ctguard.policy.delivery import Refusal, Trail, deliveries, refusal_of
from ctguard.policy.domain import Undecidable
from ctguard.policy.envelope import DOUBTFUL_TRAILS, UNBOUND, Clause, any_trail
from ctguard.policy.excess import Bench, Excess, bench_for, excesses, first_allowed
from ctguard.policy.grammar import RESOURCE_POLICY, Statement, parse_policy
from ctguard.policy.pattern import Truth
from ctguard.policy.readers import Reader, readers
from ctguard.policy.request import Request
from ctguard.policy.setting import Setting
from ctguard.policy.suggestion import narrower
from ctguard.policy.wording import why_excess, why_refused
from ctguard.policy.worlds import World, worlds

Kind: TypeAlias = Literal["s3", "sns", "kms"]

MOST_STATEMENTS: Final = 1000
_TOO_MANY: Final = f"the policy has more than {MOST_STATEMENTS} statements, which no AWS service stores"
_TOO_OPEN: Final = "too much of the context is not known to try every case"
_NO_PUBLISH: Final = "the policy grants CloudTrail no Publish that could ever happen"


class Witness(NamedTuple):
    """A request that shows a verdict: which statement lets it through or stops it, and why that is wrong."""

    request: Request
    statement: Statement | None
    kind: str
    why: str
    suggestion: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the witness as `policy check` prints it."""
        return {
            **self.request.to_json(),
            "statement": None
            if self.statement is None
            else {"index": self.statement.position, "sid": self.statement.sid},
            "kind": self.kind,
            "why": self.why,
            "suggestion": self.suggestion,
        }


class Undecided(NamedTuple):
    """A verdict that is not decided, and the reason."""

    what: str
    because: str


class PolicyVerdict(NamedTuple):
    """What was decided about a policy of a kind; `unbound` shows a false `topic_source_arn`."""

    kind: str
    least_privilege: Truth
    delivers: Truth
    topic_source_arn: Truth = None
    excess: tuple[Witness, ...] = ()
    undelivered: tuple[Witness, ...] = ()
    unbound: tuple[Witness, ...] = ()
    readers: tuple[Reader, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    errors: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as `policy check -f json` prints it."""
        answer: dict[str, Any] = {
            "kind": self.kind,
            "least_privilege": self.least_privilege,
            "delivers": self.delivers,
        }
        if self.kind == "sns":
            answer["topic_source_arn"] = self.topic_source_arn
            answer["unbound"] = [witness.to_json() for witness in self.unbound]
        return answer | {
            "excess": [witness.to_json() for witness in self.excess],
            "undelivered": [witness.to_json() for witness in self.undelivered],
            "readers": [reader.to_json() for reader in self.readers],
            "undecided": [{"what": one.what, "because": one.because} for one in self.undecided],
            "errors": list(self.errors),
        }


class Part(NamedTuple):
    """One verdict in one world: the truth, what shows it, what keeps it open."""

    truth: Truth
    witnesses: tuple[Witness, ...] = ()
    doubts: tuple[str, ...] = ()


def check(document: Document, kind: Kind, context: PolicyContext, *, steps: int | None = None) -> PolicyVerdict:
    """Judge the policy of a bucket ("s3"), topic ("sns") or key ("kms"); raises DocumentError for what is no policy."""
    policy = parse_policy(document, RESOURCE_POLICY)
    parts = ("least_privilege", "delivers") + (("topic_source_arn",) if kind == "sns" else ())
    if len(policy.statements) > MOST_STATEMENTS:
        return PolicyVerdict(kind, None, None, undecided=tuple(Undecided(part, _TOO_MANY) for part in parts))
    budget = Budget() if steps is None else Budget(steps)
    made = worlds(kind, context, policy)
    judged = [_judged(world, kind, budget) for world in made.worlds]
    choices = [world.chosen for world in made.worlds]
    merged = {part: _merged([one[part] for one in judged], choices, lambda symbol: str(symbol[0])) for part in parts}
    if not made.complete:
        merged = {part: Part(None, (), (_TOO_OPEN,)) for part in parts}
    undecided = [Undecided(part, doubt) for part, found in merged.items() for doubt in found.doubts]
    topic = merged.get("topic_source_arn", Part(None))
    return PolicyVerdict(
        kind,
        merged["least_privilege"].truth,
        merged["delivers"].truth,
        topic.truth,
        excess=merged["least_privilege"].witnesses,
        undelivered=merged["delivers"].witnesses,
        unbound=topic.witnesses,
        readers=_readers(made.worlds[0], budget),
        undecided=tuple(dict.fromkeys(undecided)),
    )


def _judged(world: World, kind: str, budget: Budget) -> dict[str, Part]:
    judges: dict[str, Callable[[Bench, World], Part]] = {"least_privilege": _least_privilege, "delivers": _delivers}
    if kind == "sns":
        judges["topic_source_arn"] = _topic_source_arn
    try:
        bench = bench_for(world.policy, world.setting, budget)
        return {name: judge(bench, world) for name, judge in judges.items()}
    except Exhausted:
        reason = "the policy is too large or too intricate to be judged"
    except Undecidable as error:
        reason = str(error)
    return {name: Part(None, (), (reason,)) for name in judges}


def _least_privilege(bench: Bench, world: World) -> Part:
    found = list(excesses(bench))
    certain = [one for one in found if one.request is not None]
    if certain:
        return Part(False, tuple(_witness(one, bench) for one in certain))
    doubts = tuple(dict.fromkeys(one.because for one in found))
    return Part(None if found else True, (), doubts)


def _witness(excess: Excess, bench: Bench) -> Witness:
    assert excess.request is not None
    why = why_excess(excess, bench.setting.service)
    return Witness(excess.request, excess.statement, excess.kind, why, narrower(excess, bench))


def _delivers(bench: Bench, world: World) -> Part:
    parts = [_delivers_for(bench, variant.trails) for variant in world.variants]
    choices = [variant.chosen for variant in world.variants]
    return _merged(parts, choices, lambda name: f"context.{name}")


def _delivers_for(bench: Bench, trails: Sequence[Trail]) -> Part:
    sure: dict[tuple[str, str, int | None], Refusal] = {}
    doubts: dict[str, None] = {}
    for trail in trails:
        for delivery in deliveries(bench.setting, trail):
            refusal = refusal_of(bench.policy, delivery, bench.setting, bench.search.budget)
            if refusal is None:
                continue
            if refusal.because:
                doubts[refusal.because] = None
            else:
                # One witness for one cause: what stops the log file stops the digest file too.
                stops = refusal.statement.position if refusal.statement else None
                sure.setdefault((trail.arn, delivery.action, stops), refusal)
    if not sure:
        return Part(None if doubts else True, (), tuple(doubts))
    return Part(
        False,
        tuple(
            Witness(one.request, one.statement, "undelivered", why_refused(one, bench.policy)) for one in sure.values()
        ),
    )


def _topic_source_arn(bench: Bench, world: World) -> Part:
    """CloudTrail's Publish must be refused unless aws:SourceArn is there and names an own trail."""
    publish = (Action(PUBLISH, True),)
    shapes = any_trail(bench.setting, bench.words)
    unbound = _allowed(bench, Clause(UNBOUND, tuple(_not_naming_own_trails(shapes, bench.setting)), publish))
    certain = [one for one in unbound if one.request is not None]
    if certain:
        return Part(False, tuple(_witness(one, bench) for one in certain))
    if unbound:
        return Part(None, (), tuple(dict.fromkeys(one.because for one in unbound)))
    granted = _allowed(bench, Clause(UNBOUND, shapes, publish))
    if any(one.request is not None for one in granted):
        return Part(True)
    return Part(None, (), tuple(dict.fromkeys(one.because for one in granted)) or (_NO_PUBLISH,))


def _not_naming_own_trails(shapes: Sequence[Shape], setting: Setting) -> Iterator[Shape]:
    """Yield CloudTrail's calls whose aws:SourceArn is missing, or names a trail of another account."""
    for shape in shapes:
        if shape.acts_for not in setting.trail_accounts and setting.knows_trail_accounts:
            yield shape
            continue
        yield restricted(shape, {"aws:sourcearn": NEVER})
        if shape.acts_for not in setting.trail_accounts:
            yield shape._replace(certain=False, doubt=DOUBTFUL_TRAILS)


def _allowed(bench: Bench, clause: Clause) -> list[Excess]:
    found = (first_allowed(bench, statement, clause) for statement in bench.policy.allows())
    return [one for one in found if one is not None]


def _merged(parts: Sequence[Part], choices: Sequence[Mapping[Any, Any]], name: Callable[[Any], str]) -> Part:
    """Join what holds in several worlds: decided is only what all of them agree on."""
    first = parts[0]
    doubts = tuple(dict.fromkeys(doubt for part in parts for doubt in part.doubts))
    if all(part.truth is first.truth for part in parts):
        return first._replace(doubts=doubts if first.truth is None else ())
    return Part(None, (), doubts or _differences(parts, choices, name))


def _differences(
    parts: Sequence[Part], choices: Sequence[Mapping[Any, Any]], name: Callable[[Any], str]
) -> tuple[str, ...]:
    """Name the unknowns that make the difference: the fewest that two worlds of unlike verdicts differ in."""
    unlike = (
        [key for key in one if one[key] != other[key]]
        for (part, one), (against, other) in combinations(zip(parts, choices, strict=True), 2)
        if part.truth is not against.truth
    )
    fewest = min(unlike, key=len)
    return tuple(f"{name(key)} is not known" for key in fewest)


def _readers(world: World, budget: Budget) -> tuple[Reader, ...]:
    try:
        return tuple(readers(bench_for(world.policy, world.setting, budget)))
    except (Exhausted, Undecidable):
        return ()
