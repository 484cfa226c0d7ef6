"""The answer to a single question about a policy, in the form that rules use."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from ctguard.model.logic import Status
from ctguard.model.values import Unknown
from ctguard.policy.part import Part, Witness


class Judgement(Struct, frozen=True):
    """Whether what a rule asks for holds, why, and the requests that show that it does not.

    `statement` is the position of the statement that it is about, `unknown` the
    value that would settle a judgement that is open, where there is one.
    """

    status: Status
    because: str
    witnesses: tuple[Witness, ...] = ()
    statement: int | None = None
    unknown: Unknown | None = None

    @property
    def witness(self) -> dict[str, Any] | None:
        """Return the first witness in the shape of a finding's witness."""
        return self.witnesses[0].to_json() if self.witnesses else None


def judgement_of(part: Part, holds: str) -> Judgement:
    """Return an answer as a judgement; `holds` is what to say when there is nothing to object to."""
    if part.truth:
        return Judgement(Status.PASS, holds)
    if part.truth is None:
        unknown = next((doubt.unknown for doubt in part.doubts if doubt.unknown is not None), None)
        reasons = "; ".join(doubt.because for doubt in part.doubts) or "not everything that it hangs on is known"
        return Judgement(Status.UNKNOWN, reasons, unknown=unknown)
    about = next((one.statement.position for one in part.witnesses if one.statement is not None), None)
    return Judgement(Status.FAIL, "; ".join(one.why for one in part.witnesses), part.witnesses, about)
