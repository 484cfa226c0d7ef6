"""Characters as a reader counts them, which is how Terraform measures and cuts strings."""

from __future__ import annotations

from ctguard.sources.terraform.functions.failure import UndecidedError

# A character of these categories may join its neighbours: marks, joiners, surrogates, modifiers.
_JOINING_CATEGORIES = {"Mn", "Me", "Mc", "Cf", "Sk"}
_JOINING_RANGES = ((0x1100, 0x11FF), (0xA960, 0xA97F), (0xD7B0, 0xD7FF), (0x1F1E6, 0x1F1FF), (0x1F3FB, 0x1F3FF))


def characters(text: str) -> list[str]:
    """Return the characters of `text`, each with the marks that belong to it.

    UndecidedError for scripts and emoji in which several code points make one
    character by rules that we do not know (Unicode, annex 29).
    """
    if not text.isascii():
        _refuse_joining(text)
    first, *others = text.split("\r\n")
    return [*first, *(character for line in others for character in ("\r\n", *line))]


def _refuse_joining(text: str) -> None:
    from unicodedata import category

    for character in text:
        point = ord(character)
        if point < 0x300:
            continue
        if category(character) in _JOINING_CATEGORIES or any(low <= point <= high for low, high in _JOINING_RANGES):
            raise UndecidedError("depends on how characters join, which is not worked out here")
