"""Save the public keys of a trail, and what AWS says of it, for proofs without AWS."""

from __future__ import annotations

import time
from dataclasses import dataclass

from ctguard.logs.aws import AskError, Aws, key_ring, trail_facts, whoami
from ctguard.logs.expectation import TrailFacts
from ctguard.logs.keys import saved_form
from ctguard.logs.naming import TrailName
from ctguard.logs.times import Stretch
from ctguard.model.errors import CtguardError, Fault, UsageError


@dataclass(frozen=True, slots=True)
class Saved:
    """A key file, how many keys it holds, and what could not be had."""

    content: bytes
    keys: int
    faults: tuple[Fault, ...]


def save_keys(aws: Aws, period: Stretch, trail: TrailName | None, arn: str | None, regions: tuple[str, ...]) -> Saved:
    """Return the key file for `regions`, or for all regions that the trail covers; CtguardError."""
    facts, faults = (None, []) if trail is None or arn is None else _facts(aws, trail, arn)
    wanted = regions or (facts.regions if facts and facts.regions else ())
    if not wanted:
        raise UsageError("which regions' keys are wanted is not known", hint="name them with --region")
    try:
        who = whoami(aws, wanted[0])
    except AskError as error:
        raise CtguardError(f"{error}", hint="a key file says who asked for its keys") from None
    ring = key_ring(aws, wanted, period)
    faults += [Fault(region, kind, reason) for region, (kind, reason) in ring.denied.items()]
    content = saved_form(
        ring,
        asked={region: (period.start, period.end) for region in wanted if region not in ring.denied},
        saved_at=int(time.time()),
        saved_by=who,
        trail={"arn": arn, **facts.as_json()} if facts else None,
    )
    return Saved(content, len(ring.all()), tuple(faults))


def _facts(aws: Aws, trail: TrailName, arn: str) -> tuple[TrailFacts | None, list[Fault]]:
    try:
        facts = trail_facts(aws, arn, trail, ask_regions=True, ask_accounts=True)
    except AskError as error:
        return None, [Fault(arn, error.kind, str(error))]
    if facts is None:
        return None, [Fault(arn, "not_found", "there is no such trail; its facts are not saved")]
    return facts, [Fault(arn, problem.kind, problem.detail) for problem in facts.problems]
