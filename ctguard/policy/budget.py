"""The bound on how long a question may be thought about.

Whether a policy allows some request is decidable, but a document can be made
for which the decision takes for ever. Work is counted, not time, so that the
same document always gets the same answer.
"""

from __future__ import annotations

from typing import Final

STEPS: Final = 3_000_000
"""Steps for one verdict: some seconds at worst, a thousand times what a real policy takes."""


class Undecidable(Exception):  # noqa: N818 - not an error: the answer is "not decided", and the text says why
    """The question cannot be answered."""


class Exhausted(Undecidable):
    """The steps are used up before the answer is known."""

    def __init__(self) -> None:
        super().__init__("the policy is too large or too intricate to be judged")


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
