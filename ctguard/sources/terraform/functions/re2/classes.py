"""Character classes of regular expressions: Perl's, POSIX's and Unicode's."""

from __future__ import annotations

from ctguard.sources.terraform.functions.failure import FunctionError, UndecidedError
from ctguard.sources.terraform.functions.re2.tree import Characters

HIGHEST = 0x10FFFF

_DIGIT = ((0x30, 0x39),)
_UPPER = ((0x41, 0x5A),)
_LOWER = ((0x61, 0x7A),)
_WORD = (*_DIGIT, *_UPPER, (0x5F, 0x5F), *_LOWER)

PERL: dict[str, Characters] = {
    "d": Characters(_DIGIT),
    "s": Characters(((0x09, 0x0A), (0x0C, 0x0D), (0x20, 0x20))),
    "w": Characters(_WORD),
}

POSIX: dict[str, tuple[tuple[int, int], ...]] = {
    "alnum": (*_DIGIT, *_UPPER, *_LOWER),
    "alpha": (*_UPPER, *_LOWER),
    "ascii": ((0x00, 0x7F),),
    "blank": ((0x09, 0x09), (0x20, 0x20)),
    "cntrl": ((0x00, 0x1F), (0x7F, 0x7F)),
    "digit": _DIGIT,
    "graph": ((0x21, 0x7E),),
    "lower": _LOWER,
    "print": ((0x20, 0x7E),),
    "punct": ((0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)),
    "space": ((0x09, 0x0D), (0x20, 0x20)),
    "upper": _UPPER,
    "word": _WORD,
    "xdigit": (*_DIGIT, (0x41, 0x46), (0x61, 0x66)),
}

_CATEGORIES = {
    "C": ("Cc", "Cf", "Co", "Cs"),
    "L": ("L",),
    "M": ("M",),
    "N": ("N",),
    "P": ("P",),
    "S": ("S",),
    "Z": ("Z",),
    **{
        name: (name,)
        for name in (
            *("Cc", "Cf", "Co", "Cs", "Ll", "Lm", "Lo", "Lt", "Lu", "Mc", "Me", "Mn", "Nd", "Nl", "No"),
            *("Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "Sc", "Sk", "Sm", "So", "Zl", "Zp", "Zs"),
        )
    },
}


def negated(characters: Characters) -> Characters:
    """Return the class of all other characters."""
    return Characters(others=(characters,), negated=True)


def perl(letter: str, *, folds_case: bool) -> Characters:
    """Return the class that `\\d`, `\\W` and their like stand for."""
    base = PERL[letter.lower()]
    known = Characters(base.ranges, folds_case=folds_case)
    return negated(known) if letter.isupper() else known


def posix(name: str, *, folds_case: bool) -> Characters:
    """Return the class of `[:name:]`, of `[:^name:]` the others."""
    ranges = POSIX.get(name.removeprefix("^"))
    if ranges is None:
        raise FunctionError(f"invalid character class range [:{name}:]")
    known = Characters(ranges, folds_case=folds_case)
    return negated(known) if name.startswith("^") else known


def unicode(name: str, *, excluded: bool, folds_case: bool) -> Characters:
    """Return the class of a general category, of `^name` the others; scripts are not known here."""
    wanted = name.removeprefix("^")
    if wanted == "Any":
        known = Characters(((0, HIGHEST),))
    elif wanted in _CATEGORIES:
        known = Characters(categories=_CATEGORIES[wanted], folds_case=folds_case)
    else:
        raise UndecidedError(f"has a character class that is not known here: {wanted}")
    return negated(known) if excluded != name.startswith("^") else known
