"""The bound on how long a question may be thought about.

Whether a policy allows some request is decidable, but a document can be made
for which the decision takes for ever. Work is counted, not time, so that the
same document always gets the same answer.
"""

from __future__ import annotations

from typing import Final

STEPS: Final = 3_000_000
"""Steps for one verdict: some seconds at worst, a thousand times what a real policy takes."""


class Exhausted(Exception):  # noqa: N818 - not an error: the answer is "not decided"
    """The steps are used up before the answer is known."""


class Budget:
    """Steps that are left, shared by all searches of one verdict."""

    __slots__ = ("left",)

    def __init__(self, steps: int = STEPS) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        """Take `steps`; raise Exhausted when they are not there."""
        self.left -= steps
        if self.left < 0:
            raise Exhausted
