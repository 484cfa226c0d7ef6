"""Compare texts that may hold unknown parts, as far as their known parts decide.

Each function answers True or False when the answer is the same whatever the
unknown parts turn out to be, else None. Two unknowns that stand for the same
value are equal to each other.
"""

from __future__ import annotations

from typing import TypeAlias

from ctguard.model.values import PartialText, Reference, Unknown, text

Text: TypeAlias = str | PartialText | Unknown

_NAME_ATTRIBUTES = {"id": "bucket", "name": "bucket", "Ref": "bucket"}


def parts_of(value: Text) -> tuple[str | Unknown, ...]:
    """Return the known and unknown parts of `value`, in order."""
    if isinstance(value, PartialText):
        return value.parts
    if isinstance(value, Unknown):
        return (value,)
    return (value,) if value else ()


def starts_with(value: Text, prefix: Text) -> bool | None:
    """Tell whether `value` begins with `prefix`."""
    return _begins(parts_of(value), parts_of(prefix))


def ends_with(value: Text, suffix: Text) -> bool | None:
    """Tell whether `value` ends in `suffix`."""
    return _begins(_mirrored(value), _mirrored(suffix))


def equals(value: Text, other: Text) -> bool | None:
    """Tell whether `value` and `other` are the same text."""
    answers = (
        starts_with(value, other),
        starts_with(other, value),
        ends_with(value, other),
        ends_with(other, value),
    )
    if False in answers:
        return False
    return True if answers[0] and answers[1] else None


def without_partition(arn: Text) -> Text:
    """Return `arn` with the partition `aws`: a trail sees one partition, so it never tells two ARNs apart.

    An unknown that was taken from a bucket's `arn` attribute becomes the ARN of
    a bucket of unknown name, so that both spellings of one bucket are equal.
    """
    parts = list(parts_of(arn))
    if not parts:
        return arn
    head = parts[0]
    if isinstance(head, Unknown):
        if head.refers_to is not None and head.refers_to.attribute.lower() == "arn":
            bucket = Unknown(
                f"{head.refers_to.address}.bucket",
                is_set=True,
                refers_to=Reference(head.refers_to.address, "bucket"),
            )
            return text(["arn:aws:s3:::", bucket, *parts[1:]])
        return arn
    pieces = head.split(":", 2)
    if pieces[0] == "arn" and len(pieces) == 3:
        return text([f"arn:aws:{pieces[2]}", *parts[1:]])
    if head == "arn:" and len(parts) > 2 and isinstance(parts[2], str) and parts[2].startswith(":"):
        return text([f"arn:aws{parts[2]}", *parts[3:]])
    return arn


def _mirrored(value: Text) -> tuple[str | Unknown, ...]:
    return tuple(part[::-1] if isinstance(part, str) else part for part in reversed(parts_of(value)))


def _begins(value: tuple[str | Unknown, ...], prefix: tuple[str | Unknown, ...]) -> bool | None:
    left, right = list(value), list(prefix)
    while right:
        if not left:
            return False if any(isinstance(part, str) for part in right) else None
        ours, theirs = left.pop(0), right.pop(0)
        if isinstance(ours, str) and isinstance(theirs, str):
            common = min(len(ours), len(theirs))
            if ours[:common] != theirs[:common]:
                return False
            if ours[common:]:
                left.insert(0, ours[common:])
            if theirs[common:]:
                right.insert(0, theirs[common:])
        elif not (isinstance(ours, Unknown) and isinstance(theirs, Unknown) and _same(ours, theirs)):
            return None
    return True


def _same(one: Unknown, other: Unknown) -> bool:
    if one.refers_to is not None and other.refers_to is not None:
        return _canonical(one.refers_to) == _canonical(other.refers_to)
    return (one.what, one.via) == (other.what, other.via)


def _canonical(reference: Reference) -> Reference:
    return Reference(reference.address, _NAME_ATTRIBUTES.get(reference.attribute, reference.attribute))
