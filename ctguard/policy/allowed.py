"""Leave out of a question those whom an allow-list names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from ctguard.policy.callers import PRINCIPAL_ARN, Shape, restricted
from ctguard.policy.language import spell
from ctguard.policy.principals import named_account
from ctguard.policy.request import AWS


def others_than(shapes: Iterable[Shape], allowed: Iterable[str]) -> tuple[Shape, ...]:
    """Return the shapes without those allowed: ARNs, account ids, organization ids, service names."""
    names = tuple(allowed)
    return tuple(_left(shapes, names)) if names else tuple(shapes)


def _left(shapes: Iterable[Shape], names: tuple[str, ...]) -> Iterator[Shape]:
    accounts = {account for name in names if (account := named_account(name))}
    arns = tuple(spell(name) for name in names if name.startswith("arn:"))
    for shape in shapes:
        orgs = shape.fixed["aws:principalorgid"].values if "aws:principalorgid" in shape.fixed else ()
        if shape.account in accounts or shape.id in names or any(org in names for org in orgs):
            continue
        domain = shape.fixed.get(PRINCIPAL_ARN)
        if shape.type == AWS and arns and domain is not None and domain.languages:
            yield restricted(shape, {PRINCIPAL_ARN: replace(domain, excluded=(*domain.excluded, *arns))})
        else:
            yield shape
