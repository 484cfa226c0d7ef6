"""Errors that a user can act on, and the faults of an input that a run reports."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct


def close_to(word: str, known: Iterable[str]) -> list[str]:
    """Return the known word that a misspelt one was probably meant to be, if any, for a hint."""
    from difflib import get_close_matches

    return get_close_matches(word, list(known), n=1)


class CtguardError(Exception):
    """Something that the user can act on: the message starts with the place, `hint` is an instruction."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(CtguardError):
    """A command that cannot be carried out as it was given."""


class DocumentError(CtguardError):
    """A JSON document, such as a policy, that cannot be read."""


class Fault(Struct, frozen=True, order=True):
    """One thing that could not be read or asked; a run lists it under `errors` and exits with 2.

    `source` is a file (with its line where that is known) or an API call,
    `kind` a word for filtering ("syntax", "unreadable", "denied"), `message`
    one line that says what and what to do.
    """

    source: str
    kind: str
    message: str
