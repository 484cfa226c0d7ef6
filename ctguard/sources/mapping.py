"""Turn declarations into resources by the attribute tables.

Terraform and CloudFormation differ in the spellings that the tables list and in
nothing else. Resources that state one aspect of another (a bucket's policy, a
key's) are joined into it here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from ctguard.model.errors import Fault
from ctguard.model.inventory import may_be_the_same
from ctguard.model.kinds import KINDS
from ctguard.model.kinds.attribute import Kind, Part
from ctguard.model.resource import Resource
from ctguard.model.values import PartialList, PartialText, Unknown, Value, reference_of
from ctguard.sources.attributes import DeclaredAttributes
from ctguard.sources.declaration import Declaration, Unit
from ctguard.sources.handed import identities
from ctguard.sources.path import MISSING, look_up, parse

IDENTITY = ("name", "arn", "key_id")


def resources(unit: Unit, faults: list[Fault]) -> Iterator[Resource]:
    """Yield the resources that `unit` declares, each with its parts joined into it.

    Attributes are read when they are asked for; what is then found to be
    unreadable is added to `faults`.
    """
    by_type: dict[str, list[Declaration]] = defaultdict(list)
    for declaration in unit.declarations:
        by_type[declaration.type].append(declaration)
    for kind in KINDS.values():
        mains = [one for name in kind.types(unit.dialect) for one in by_type.get(name, ())]
        parts = [(part, one) for part in kind.parts for one in by_type.get(part.type, ())]
        if mains or parts:
            yield from _of_kind(kind, unit, mains, parts, faults)


def account(unit: Unit) -> Resource:
    """Return the account that `unit` is about, on which the rules about whole accounts are judged."""
    main = Declaration("account", unit.name, {})
    attributes = DeclaredAttributes(KINDS["account"], unit.dialect, unit.name, main, (), [])
    return Resource(KINDS["account"], unit.name, unit.name, unit.dialect, attributes)


def unseen(unit: Unit) -> Unknown | None:
    """Return why a unit may state more of its resources than it shows, or None when it shows all.

    A Terraform module that is not on disk does not count here: nearly every repository calls one, and it
    states something of a resource outside of it only when it is given that resource (`Unit.handed`).
    """
    modules = "module." if unit.dialect == "terraform" else None
    return next((one for one in unit.unseen if modules is None or not one.what.startswith(modules)), None)


def _of_kind(
    kind: Kind, unit: Unit, mains: list[Declaration], parts: list[tuple[Part, Declaration]], faults: list[Fault]
) -> Iterator[Resource]:
    joined: dict[int, list[Declaration]] = defaultdict(list)
    orphans: dict[object, list[tuple[Part, Declaration]]] = defaultdict(list)
    finder = _Finder(kind, unit, mains)
    for part, declaration in parts:
        for target in _targets(part, declaration):
            if (main := finder.main(target)) is not None:
                joined[id(main)].append(declaration)
            elif not part.several:
                orphans[finder.identity(target) or declaration.address].append((part, declaration))
    for main in mains:
        members = joined[id(main)]
        alone = _clashing(members, kind)
        yield _declared(kind, unit, main, members, faults)
        for one in alone:
            yield _declared(kind, unit, main, [one], faults, address=one.address)
    for group in orphans.values():
        declarations = [declaration for _, declaration in group]
        alone = _clashing(declarations, kind)
        together = [one for one in declarations if one not in alone]
        for several in ([together] if together else []) + [[one] for one in alone]:
            yield _stray(kind, unit, several, _first_target(kind, several[0]), faults)


def _declared(
    kind: Kind, unit: Unit, main: Declaration, parts: Sequence[Declaration], faults: list[Fault], address: str = ""
) -> Resource:
    """Return a declared resource; `address` is given where it is seen through one of two parts that clash."""
    hidden = _handed(kind, unit, main) or unseen(unit)
    attributes = DeclaredAttributes(kind, unit.dialect, main.address, main, tuple(parts), faults, unseen=hidden)
    return Resource(
        kind=kind,
        address=address or main.address,
        unit=unit.name,
        input=unit.dialect,
        attributes=attributes,
        places=attributes,
        members=(main.address,) if address else tuple(dict.fromkeys(one.address for one in parts)),
        stated=attributes.stated() if address else frozenset(),
        exists=main.exists,
        account_id=main.account_id,
        region=main.region,
        is_judged=main.is_judged,
    )


def _handed(kind: Kind, unit: Unit, main: Declaration) -> Unknown | None:
    """Return the module that is not there and was given a resource: the resource itself, or what names it."""
    if not unit.handed or main.address in unit.handed:
        return unit.handed.get(main.address)
    own = DeclaredAttributes(kind, unit.dialect, main.address, main, (), [])
    keys = (key for name in IDENTITY for key in identities(own.get(name)))
    return next((unit.handed[key] for key in keys if key in unit.handed), None)


def _stray(kind: Kind, unit: Unit, parts: list[Declaration], target: Value, faults: list[Fault]) -> Resource:
    """Return the resource of which the input has only parts: what they state is known, nothing else is."""
    shown = target if isinstance(target, str) else str(reference_of(target) or "")
    address = parts[0].address
    missing = Unknown(
        f"{kind.title} of {address}" if not shown else f"{kind.title} {shown}",
        "is not part of this scan",
        cure="scan it together with the code that makes it, or audit the account",
    )
    named = target if target is not None else missing
    attributes = DeclaredAttributes(kind, unit.dialect, address, None, tuple(parts), faults, missing, named)
    return Resource(
        kind=kind,
        address=address,
        unit=unit.name,
        input=unit.dialect,
        attributes=attributes,
        places=attributes,
        members=tuple(one.address for one in parts[1:]),
        exists=parts[0].exists,
        missing=missing,
        stated=attributes.stated(),
        account_id=parts[0].account_id,
        region=parts[0].region,
    )


class _Finder:
    """Finds the main declaration that a part names, by reference or by name."""

    def __init__(self, kind: Kind, unit: Unit, mains: list[Declaration]) -> None:
        self._kind = kind
        self._types = kind.types(unit.dialect)
        self._by_address: dict[str, Declaration] = {}
        for declaration in unit.declarations:
            self._by_address.setdefault(declaration.address, declaration)
        self._mains = mains
        self._dialect = unit.dialect
        self._named: list[tuple[Value, Declaration]] | None = None

    def main(self, target: Value, depth: int = 8) -> Declaration | None:
        """Return the declaration that `target` names; None when it is not in the input, or not the only one."""
        if (named := self._by_reference(target, depth)) is not None:
            return named
        if reference_of(target) is not None:
            return None
        # Where one variable, say, names both, they are the same whatever its value is.
        candidates = [main for name, main in self._names() if name == target] or [
            main for name, main in self._names() if may_be_the_same(name, target)
        ]
        distinct = {id(main): main for main in candidates}
        return candidates[0] if len(distinct) == 1 else None

    def _names(self) -> list[tuple[Value, Declaration]]:
        """Return the names and ARNs of the main declarations, as far as they are known, each with its declaration."""
        if self._named is None:
            self._named = [
                (value, main)
                for main in self._mains
                for attributes in (DeclaredAttributes(self._kind, self._dialect, main.address, main, (), []),)
                for name in IDENTITY
                if isinstance(value := attributes.get(name), str | Unknown | PartialText)
            ]
        return self._named

    def identity(self, target: Value) -> object:
        """Return what tells one absent target from another, or None when nothing does."""
        reference = reference_of(target)
        return reference.address if reference else target if isinstance(target, str) else None

    def _by_reference(self, target: Value, depth: int) -> Declaration | None:
        reference = reference_of(target)
        found = self._by_address.get(reference.address) if reference else None
        if found is None or found.type in self._types:
            return found
        # The name was taken from another part of the same resource.
        part = next((one for one in self._kind.parts if one.type == found.type), None)
        onward = _targets(part, found) if part else []
        return self.main(onward[0], depth - 1) if len(onward) == 1 and depth else None


def _targets(part: Part, declaration: Declaration) -> list[Value]:
    value = look_up(declaration.values, parse(part.target).steps)
    if isinstance(value, PartialList):
        return list(value.items)
    return value if isinstance(value, list) else [None if value is MISSING else value]


def _first_target(kind: Kind, declaration: Declaration) -> Value:
    part = next(one for one in kind.parts if one.type == declaration.type)
    return next(iter(_targets(part, declaration)), None)


def _clashing(declarations: Iterable[Declaration], kind: Kind) -> list[Declaration]:
    """Return the parts that state an aspect which another part of the same resource states too."""
    single = {part.type for part in kind.parts if not part.several}
    by_type: dict[str, list[Declaration]] = defaultdict(list)
    for one in declarations:
        if one.type in single:
            by_type[one.type].append(one)
    return [one for group in by_type.values() if len(group) > 1 for one in group]
