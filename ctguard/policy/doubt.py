"""What keeps an answer open: in words, and as the value that is missing where there is one."""

from __future__ import annotations

from msgspec import Struct

from ctguard.model.values import Unknown


class Doubt(Struct, frozen=True):
    """Why something is not decided; `unknown` is the value that would settle it."""

    because: str
    unknown: Unknown | None = None

    def about(self, subject: str) -> Doubt:
        """Return the doubt as one about a subject, such as a statement."""
        return Doubt(f"{subject}: {self.because}", self.unknown)


def missing(unknown: Unknown) -> Doubt:
    """Return the doubt that an unknown value leaves."""
    return Doubt(str(unknown), unknown)
