"""Functions of strings, over strings some parts of which are unknown."""

from __future__ import annotations

from ctguard.model.values import PartialList, PartialText, Unknown, Value
from ctguard.model.values import text as composed
from ctguard.sources.terraform.functions import text_parts
from ctguard.sources.terraform.functions.derivation import doubt
from ctguard.sources.terraform.functions.failure import FunctionError, UndecidedError
from ctguard.sources.terraform.functions.graphemes import characters
from ctguard.sources.terraform.functions.numerals import Number, whole_number
from ctguard.sources.terraform.functions.text_parts import Part, Text, mapped, parts_of

# White space as Go's unicode.IsSpace has it.
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
LONGEST_TEXT = 16 * 1024 * 1024


def lower(text: Text) -> Text:
    return mapped(text, _lowered, "lower")


def upper(text: Text) -> Text:
    return mapped(text, _raised, "upper")


def _lowered(text: str) -> str:
    """Lower each character by itself: no final sigma, no character that becomes several."""
    if text.isascii():
        return text.lower()
    return "".join(one if len(one := character.lower()) == 1 else one[0] for character in text)


def _raised(text: str) -> str:
    if text.isascii():
        return text.upper()
    return "".join(one if len(one := character.upper()) == 1 else character for character in text)


def title(text: str) -> str:
    """Raise the first letter of every word."""
    raised, before = [], " "
    for character in text:
        changed = character.title() if _separates(before) else character
        raised.append(changed if len(changed) == 1 else character)
        before = character
    return "".join(raised)


def _separates(character: str) -> bool:
    if character.isascii():
        return not (character.isalnum() or character == "_")
    return character in _SPACE and not character.isalnum()


def reverse(text: str) -> str:
    return "".join(reversed(characters(text)))


def indent(spaces: Number, text: Text) -> Text:
    """Add spaces to the beginning of every line but the first."""
    count = whole_number(spaces, "the number of spaces")
    if count < 0:
        raise FunctionError("the number of spaces must not be negative")
    lines = sum(part.count("\n") for part in parts_of(text) if isinstance(part, str))
    _refuse_growth(lines * count)
    return mapped(text, lambda part: part.replace("\n", "\n" + " " * count), "indent", count)


def join(separator: Text, *lists: Value) -> Value:
    """Return the strings of all lists as one, with `separator` between them."""
    if not lists:
        raise FunctionError("at least two arguments are required")
    pieces: list[Part | PartialText] = []
    size = 0
    for items in lists:
        if isinstance(items, Unknown | PartialList):
            return doubt(items if isinstance(items, Unknown) else items.rest, "join", separator, *lists)
        for item in items:
            if item is None:
                raise FunctionError("a null element cannot be joined")
            pieces += (separator, item) if pieces else (item,)
            size += len(item) if isinstance(item, str) else 0
    _refuse_growth(size + len(pieces) * (len(separator) if isinstance(separator, str) else 0))
    if len(pieces) == 1:
        return pieces[0]
    if all(isinstance(piece, str) for piece in pieces):
        return "".join(pieces)  # type: ignore[arg-type]
    return composed(pieces)


def split(separator: str, text: Text) -> Value:
    """Return the parts of `text` between the separators.

    Of a text with holes, the parts that lie within what is known are certain;
    how many others a hole holds is not.
    """
    if isinstance(text, str):
        return _pieces(separator, text)
    parts = parts_of(text)
    hole = next(part for part in parts if isinstance(part, Unknown))
    if isinstance(text, Unknown) or not separator or text_parts.may_contain_across(text, separator):
        return doubt(hole, "split", separator, text)
    certain: list[Value] = []
    for index, part in enumerate(parts):
        if isinstance(part, str):
            pieces = part.split(separator)
            certain += pieces[1 if index else 0 : len(pieces) if index == len(parts) - 1 else -1]
    return PartialList(tuple(certain), hole) if certain else doubt(hole, "split", separator, text)


def _pieces(separator: str, text: str) -> list[Value]:
    return list(text.split(separator)) if separator else list(text)


def replaced(text: Text, old: str, new: Text) -> Value:
    """Return `text` with every `old` turned into `new`."""
    if isinstance(text, str) and isinstance(new, str):
        _refuse_growth(len(text) + len(new) * (text.count(old) if old else len(text) + 1))
        return text.replace(old, new)
    if isinstance(text, Unknown) or not old or text_parts.may_contain_across(text, old):
        return doubt(_hole(text, new), "replace", text, old, new)
    pieces: list[Part | PartialText] = []
    for part in parts_of(text):
        if isinstance(part, Unknown):
            pieces.append(doubt(part, "replace", part, old, new))
            continue
        first, *others = part.split(old)
        pieces += (first, *(piece for other in others for piece in (new, other)))
    return composed(pieces)


def substring(text: Text, offset: Number, length: Number) -> Value:
    """Return `length` characters from `offset` on; negative offsets count from the end, a negative length means all."""
    start, count = whole_number(offset, "the offset"), whole_number(length, "the length")
    if start < 0 and count == 0:
        count = -1  # NOTE: Terraform's own oddity; only from the start on does a length of 0 mean nothing
    if isinstance(text, str):
        return _cut(characters(text), start, count)
    # NOTE: where a known part meets a hole, the two may share a character: nothing is cut just there.
    known = characters(text_parts.certain_start(text))
    if start >= 0 and count >= 0 and start + count < len(known):
        return _cut(known, start, count)
    if 0 <= start < len(known) and count < 0:
        return composed(("".join(known[start:]), *parts_of(text)[1:]))
    known = characters(text_parts.certain_end(text))
    if start < 0 and -start < len(known):
        return _cut(known, start, count)
    return doubt(_hole(text), "substr", text, start, count)


def _cut(known: list[str], start: int, count: int) -> str:
    if start < 0:
        start = max(0, len(known) + start)
    return "".join(known[start:] if count < 0 else known[start : start + count])


def startswith(text: Text, prefix: str) -> Value:
    answer = text_parts.starts_with(text, prefix)
    return doubt(_hole(text), "startswith", text, prefix) if answer is None else answer


def endswith(text: Text, suffix: str) -> Value:
    answer = text_parts.ends_with(text, suffix)
    return doubt(_hole(text), "endswith", text, suffix) if answer is None else answer


def contains(text: Text, needle: str) -> Value:
    if any(isinstance(part, str) and needle in part for part in parts_of(text)) or not needle:
        return True
    return False if isinstance(text, str) else doubt(_hole(text), "strcontains", text, needle)


def trim_prefix(text: Text, prefix: str) -> Value:
    """Return `text` without `prefix`, if it begins with it."""
    if isinstance(text, str):
        return text.removeprefix(prefix)
    first, *others = parts_of(text)
    if isinstance(first, str):
        answer = text_parts.starts_with(text, prefix)
        if answer is not None:
            return composed((first.removeprefix(prefix), *others)) if answer else text
    elif not prefix or not _reaches(prefix, others):
        return composed((_trimmed(first, "trimprefix", prefix), *others))
    return doubt(_hole(text), "trimprefix", text, prefix)


def trim_suffix(text: Text, suffix: str) -> Value:
    """Return `text` without `suffix`, if it ends with it."""
    if isinstance(text, str):
        return text.removesuffix(suffix)
    *others, last = parts_of(text)
    if isinstance(last, str):
        answer = text_parts.ends_with(text, suffix)
        if answer is not None:
            return composed((*others, last.removesuffix(suffix))) if answer else text
    elif not suffix or not _reaches(suffix[::-1], [_mirrored(part) for part in reversed(others)]):
        return composed((*others, _trimmed(last, "trimsuffix", suffix)))
    return doubt(_hole(text), "trimsuffix", text, suffix)


def _reaches(prefix: str, following: list[Part]) -> bool:
    """Return whether `prefix` may begin in a hole and end in what follows it."""
    if not following:
        return False
    known = following[0]
    if isinstance(known, Unknown):
        return True
    tails = (prefix[start:] for start in range(len(prefix)))
    return any(known.startswith(tail) or (tail.startswith(known) and len(following) > 1) for tail in tails)


def _mirrored(part: Part) -> Part:
    return part[::-1] if isinstance(part, str) else part


def trim(text: Text, cutset: str) -> Value:
    """Return `text` without the characters of `cutset` at both ends."""
    return _stripped(text, cutset, "trim", left=True, right=True) if cutset else text


def trim_space(text: Text) -> Value:
    """Return `text` without white space at both ends."""
    return _stripped(text, _SPACE, "trimspace", left=True, right=True)


def chomp(text: Text) -> Value:
    """Return `text` without the line ends at its end."""
    return _stripped(text, "\r\n", "chomp", left=False, right=True)


def _stripped(text: Text, cutset: str, function: str, *, left: bool, right: bool) -> Value:
    if isinstance(text, str):
        return text.strip(cutset) if left and right else text.rstrip(cutset)
    parts = list(parts_of(text))
    if left:
        parts = _stripped_start(parts, cutset, f"{function} start")
    if right:
        mirrored = [_mirrored(part) for part in reversed(parts)]
        parts = [_mirrored(part) for part in reversed(_stripped_start(mirrored, cutset, f"{function} end"))]
    return composed(parts)


def _stripped_start(parts: list[Part], cutset: str, function: str) -> list[Part]:
    """Strip the start; what follows a hole and may be stripped with it becomes part of the hole."""
    first, *others = parts
    if isinstance(first, str):
        kept = first.lstrip(cutset)
        return [kept, *others] if kept or not others else _stripped_start(others, cutset, function)
    hole = _trimmed(first, function, cutset)
    for index, following in enumerate(others):
        kept = following.lstrip(cutset) if isinstance(following, str) else ""
        if kept:
            return [hole if kept == following else doubt(first, function, *parts, cutset), kept, *others[index + 1 :]]
        hole = doubt(first, function, *parts, cutset)
    return [hole]


def _trimmed(hole: Unknown, function: str, cut: str) -> Unknown:
    """Return the unknown that is left of a hole; it still comes from the resource that the hole refers to."""
    left = doubt(hole, function, hole, cut)
    if hole.refers_to is None:
        return left
    return Unknown(
        left.what, left.why, left.cure, is_set=True, refers_to=hole.refers_to, where=hole.where, via=left.via
    )


def _hole(*texts: Text) -> Unknown:
    return next(part for text in texts for part in parts_of(text) if isinstance(part, Unknown))


def _refuse_growth(size: int) -> None:
    if size > LONGEST_TEXT:
        raise UndecidedError("is longer than is worked out here")
