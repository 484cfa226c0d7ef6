"""Who else may read: allowed or not, an auditor wants the list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from ctguard.policy.actions import DECRYPT, Action
from ctguard.policy.callers import KINDS, Shape, anonymous, named_principal, principal
from ctguard.policy.envelope import Clause, every_account, other_services, strangers
from ctguard.policy.excess import Bench, first_allowed
from ctguard.policy.grammar import Statement
from ctguard.policy.principals import Entry, named_account
from ctguard.policy.request import AWS, CLOUDTRAIL, SERVICE, account_of

EVERYBODY: Final = ("AWS", "*")


class Reader(Struct, frozen=True):
    """Somebody whom a statement lets read: a principal, an account's ARN, an organization, a service, everybody."""

    type: str
    id: str
    action: str
    statement: Statement

    def to_json(self) -> dict[str, Any]:
        """Return the reader as `policy check` prints it."""
        return {
            "principal": {"type": self.type, "id": self.id},
            "action": self.action,
            "statement": {"index": self.statement.position, "sid": self.statement.sid},
        }


def readers(bench: Bench) -> Iterator[Reader]:
    """Yield whom each statement lets read (of a key: decrypt), in the order of the document."""
    reading = tuple(one for one in bench.actions if _reads(one))
    for statement in bench.policy.allows():
        seen: set[tuple[str, str]] = set()
        for kind, name, shapes in _candidates(bench, statement):
            if (kind, name) in seen or EVERYBODY in seen:
                continue
            found = first_allowed(bench, statement, Clause("read", shapes, reading))
            if found is not None and found.request is not None:
                seen.add((kind, name))
                yield Reader(kind, name, found.request.action, statement)


def _reads(action: Action) -> bool:
    return action.name == DECRYPT if action.name.startswith("kms:") else not action.writes


def _candidates(bench: Bench, statement: Statement) -> Iterator[tuple[str, str, tuple[Shape, ...]]]:
    element = statement.principals
    if element is None:
        return
    if element.everyone or element.negated:
        yield from _whoever(bench)
        return
    for entry in element.entries:
        literal = entry.name.literal
        if literal is not None and literal != CLOUDTRAIL:
            yield entry.type, literal, _shapes_of(bench, entry, literal)


def _whoever(bench: Bench) -> Iterator[tuple[str, str, tuple[Shape, ...]]]:
    """Yield whom an element that names nobody may let in, by what else the policy names."""
    setting, words = bench.setting, bench.words
    yield *EVERYBODY, (anonymous(), *strangers(setting, words))
    unnamed, *accounts = every_account(setting, words)
    for org in words.orgs:
        yield "Organization", org, tuple(principal(setting, unnamed, kind, org) for kind in KINDS)
    for account in accounts:
        root = f"arn:{setting.partition}:iam::{account}:root"
        yield AWS, root, tuple(principal(setting, account, kind, None) for kind in KINDS)
    for name in words.services:
        if name != CLOUDTRAIL:
            yield SERVICE, name, _service_shapes(bench, name)


def _shapes_of(bench: Bench, entry: Entry, name: str) -> tuple[Shape, ...]:
    if entry.type == SERVICE:
        return _service_shapes(bench, name)
    if entry.type != AWS:
        return (named_principal(entry.type, name),)
    orgs = (None, *bench.words.orgs)
    account = named_account(name)
    if account is not None:
        return tuple(principal(bench.setting, account, kind, org) for org in orgs for kind in KINDS)
    kinds = [kind for kind in KINDS if f":{kind}/" in name and account_of(name) != "cloudfront"]
    shapes = [principal(bench.setting, account_of(name) or "", kind, org) for kind in kinds for org in orgs]
    return tuple(shapes) or tuple(named_principal(AWS, name, org) for org in orgs)


def _service_shapes(bench: Bench, name: str) -> tuple[Shape, ...]:
    accounts = every_account(bench.setting, bench.words)
    return tuple(shape for shape in other_services(bench.setting, bench.words, accounts) if shape.id == name)
