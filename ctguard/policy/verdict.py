"""The verdict on one policy: is it least privilege, and can CloudTrail still deliver?

A verdict is True, False, or None where it hangs on something that is not known;
then `undecided` says on what. It holds for all requests: False comes with a
request that anybody can evaluate again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from ctguard.model.values import Document, Unknown
from ctguard.policy.actions import PUBLISH, Action
from ctguard.policy.bench import TOO_OPEN, Judge, judged
from ctguard.policy.budget import Budget
from ctguard.policy.callers import NEVER, Shape, naming_no_trail, restricted
from ctguard.policy.context import NOT_GIVEN, PolicyContext
from ctguard.policy.delivery import Refusal, Trail, deliveries, refusal_of
from ctguard.policy.doubt import Doubt, missing
from ctguard.policy.envelope import DOUBTFUL_TRAILS, UNBOUND, Clause, any_trail
from ctguard.policy.excess import Bench, Excess, excesses, first_allowed
from ctguard.policy.part import Part, Witness, merged, none_of, unlike
from ctguard.policy.pattern import Truth
from ctguard.policy.readers import Reader, readers
from ctguard.policy.setting import Setting
from ctguard.policy.trails import MOST_VARIANTS
from ctguard.policy.wording import why_refused
from ctguard.policy.worlds import World

Kind: TypeAlias = Literal["s3", "sns", "kms"]

_TOO_MANY_WAYS: Final = Doubt("too much of what the trails deliver is not known to try every case")
_NO_PUBLISH: Final = Doubt("the policy grants CloudTrail no Publish that could ever happen")


class Undecided(Struct, frozen=True):
    """A verdict that is not decided, the reason, and the value that would settle it."""

    what: str
    because: str
    unknown: Unknown | None = None


class PolicyVerdict(Struct, frozen=True):
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
            "errors": [],
        }


def check(document: Document, kind: Kind, context: PolicyContext, *, steps: int | None = None) -> PolicyVerdict:
    """Judge the policy of a bucket ("s3"), topic ("sns") or key ("kms"); raises DocumentError for what is no policy.

    `steps` bounds the work; a verdict that is not reached within it is None.
    """
    readers_found: list[Reader] = []

    def list_readers(bench: Bench, world: World) -> Part:
        if not readers_found:
            readers_found.extend(readers(bench))
        return Part(True)

    judges: dict[str, Judge] = {"least_privilege": least_privilege, "delivers": delivers}
    if kind == "sns":
        judges["topic_source_arn"] = topic_source_arn
    budget = Budget() if steps is None else Budget(steps)
    parts = judged(document, kind, context, judges | {"readers": list_readers}, budget=budget)
    topic = parts.get("topic_source_arn", Part(None))
    return PolicyVerdict(
        kind,
        parts["least_privilege"].truth,
        parts["delivers"].truth,
        topic.truth,
        excess=parts["least_privilege"].witnesses,
        undelivered=parts["delivers"].witnesses,
        unbound=topic.witnesses,
        readers=tuple(readers_found),
        undecided=tuple(
            Undecided(name, doubt.because, doubt.unknown) for name in judges for doubt in parts[name].doubts
        ),
    )


def least_privilege(bench: Bench, _: World) -> Part:
    """Say whether the policy allows nothing beyond its envelope."""
    return none_of(excesses(bench), bench)


def delivers(bench: Bench, world: World) -> Part:
    """Say whether the policy allows all that CloudTrail's deliveries need."""
    if world.more_variants:
        return Part(None, (), (_TOO_MANY_WAYS,))
    if len(world.variants) >= MOST_VARIANTS:
        return Part(None, (), (TOO_OPEN,))
    parts = [_delivers_for(bench, variant.trails) for variant in world.variants]
    choices = [variant.chosen for variant in world.variants]
    return merged(parts, choices, lambda name: missing(world.open_fields.get(name, NOT_GIVEN[name])))


def _delivers_for(bench: Bench, trails: Sequence[Trail]) -> Part:
    sure: dict[tuple[str, str, int | None], Refusal] = {}
    doubts: list[Doubt] = []
    for trail in trails:
        for delivery in deliveries(bench.setting, trail):
            refusal = refusal_of(bench.policy, delivery, bench.setting, bench.search.budget)
            if refusal is not None and refusal.doubt is not None:
                doubts.append(refusal.doubt)
            elif refusal is not None:
                # One witness for one cause: what stops the log file stops the digest file too.
                stops = refusal.statement.position if refusal.statement else None
                sure.setdefault((trail.arn, delivery.action, stops), refusal)
    if not sure:
        return Part(None if doubts else True, (), unlike(doubts))
    witnesses = (
        Witness(one.request, one.statement, "undelivered", why_refused(one, bench.policy)) for one in sure.values()
    )
    return Part(False, tuple(witnesses))


def topic_source_arn(bench: Bench, _: World) -> Part:
    """Say whether CloudTrail's Publish is refused unless aws:SourceArn is there and names an own trail."""
    publish = (Action(PUBLISH, True),)
    shapes = any_trail(bench.setting, bench.words)
    loose = Clause(UNBOUND, tuple(_not_naming_own_trails(shapes, bench.setting)), publish)
    part = none_of(_allowed(bench, loose), bench)
    if not part.truth:
        return part
    granted = _allowed(bench, Clause(UNBOUND, shapes, publish))
    if any(one.request is not None for one in granted):
        return Part(True)
    return Part(None, (), unlike(one.doubt for one in granted) or (_NO_PUBLISH,))


def _not_naming_own_trails(shapes: Sequence[Shape], setting: Setting) -> Iterator[Shape]:
    """Yield CloudTrail's calls whose aws:SourceArn is missing, names no trail, or a trail of another account."""
    for shape in shapes:
        if shape.acts_for not in setting.trail_accounts and setting.knows_trail_accounts:
            yield shape
            continue
        yield restricted(shape, {"aws:sourcearn": NEVER})
        yield naming_no_trail(shape)
        if shape.acts_for not in setting.trail_accounts:
            yield replace(shape, certain=False, doubt=DOUBTFUL_TRAILS)


def _allowed(bench: Bench, clause: Clause) -> list[Excess]:
    found = (first_allowed(bench, statement, clause) for statement in bench.policy.allows())
    return [one for one in found if one is not None]
