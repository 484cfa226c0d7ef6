"""Everything that the inputs of a run show, and how one thing leads to another.

A link is followed by reference first (the declaration it names), then by name
or full ARN: within its own input, then in the others. What is named and not
there is a resource all the same, one of which nothing is known but its name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from msgspec import Struct, field

from ctguard.model.errors import Fault
from ctguard.model.kinds import KINDS
from ctguard.model.kinds.attribute import Kind, Link
from ctguard.model.location import Fixed
from ctguard.model.resource import Resource
from ctguard.model.values import PartialList, PartialText, Reference, Unknown, Value, reference_of

FURTHEST: Final = 20
"""How many links one may lead on: an alias to what it stands for, say, and hostile input in circles."""

Target: TypeAlias = "Resource | Unknown | list[Resource | Unknown] | None"
Targets: TypeAlias = "Sequence[Resource | Unknown | None]"
Field: TypeAlias = "str | tuple[str | tuple[str, str], ...]"
"""A field of an ARN: its text, or the parts of one that is not known whole, an unknown by its `what` and `via`."""
Ending: TypeAlias = tuple[int, Field]


class UnknownAttributes(Struct, frozen=True):
    """The attributes of a resource that no input shows: what is stated elsewhere, else the reason why not."""

    kind: Kind
    reason: Unknown
    stated: dict[str, Value] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Value:
        if name in self.stated:
            return self.stated[name]
        if name not in self:
            raise KeyError(name)
        return self.reason

    def __contains__(self, name: object) -> bool:
        return any(row.name == name for row in self.kind.attributes)

    def get(self, name: str) -> Value:
        """Return the value of `name`, or None when the kind has no such attribute."""
        return self[name] if name in self else None


class Inventory:
    """The resources of a run; asked for by kind and followed along the links of the attribute tables.

    `unseen` says of a unit why it may hold resources that it does not show.
    """

    def __init__(
        self,
        resources: Iterable[Resource],
        faults: list[Fault] | None = None,
        secrets: Iterable[str] = (),
        unseen: Mapping[str, Unknown] | None = None,
    ) -> None:
        # Attributes are read when they are asked for, so faults may still be added to the list given.
        self.faults = [] if faults is None else faults
        self.secrets = frozenset(secrets)
        self._unseen = unseen or {}
        self._kinds: dict[str, list[Resource]] = defaultdict(list)
        self._addresses: dict[tuple[str, str], list[Resource]] = defaultdict(list)
        self._names: dict[tuple[str, str, str], list[Resource]] = defaultdict(list)
        self._endings: dict[tuple[str, str, Ending], list[Resource]] = defaultdict(list)
        self._leads: dict[tuple[str, str], dict[int | str, set[int]]] = {}
        self._targets: dict[int, dict[str, Target]] = defaultdict(dict)
        self._way: list[tuple[int, str]] = []
        for resource in resources:
            self._add(resource)
        for resource in list(self):
            for link in resource.kind.links:
                if link.by:
                    self.follow(resource, link.name)

    def __iter__(self) -> Iterator[Resource]:
        return (resource for group in self._kinds.values() for resource in group)

    def of_kind(self, kind: str) -> list[Resource]:
        """Return the resources of `kind`, those that are only referred to included."""
        return self._kinds.get(kind, [])

    def follow(self, resource: Resource, name: str) -> Target:
        """Return where the link `name` of `resource` leads.

        None: it names nothing. Unknown: nobody can say what it names. A list
        for links that name several resources or that are walked backwards.
        """
        known = self._targets[id(resource)]
        if name in known:
            return known[name]
        link = next(link for link in resource.kind.links if link.name == name)
        if (id(resource), name) in self._way or len(self._way) >= FURTHEST:
            return Unknown(f"{resource.address}.{link.by or name}", "leads back to where it comes from, or too far")
        self._way.append((id(resource), name))
        try:
            known[name] = self._walk(resource, link)
        finally:
            self._way.pop()
        return known[name]

    def _walk(self, resource: Resource, link: Link) -> Target:
        if link.by:
            return self._resolve(resource, link)
        if link.inverse:
            return self._sources(resource, link)
        beside = [
            other
            for other in self.of_kind(link.to)
            if other.unit == resource.unit and not other.missing and not _of_another_account(resource, other)
        ]
        if resource.input == "live" and isinstance(resource.account_id, Unknown):
            # Whether they are in its account nobody can say.
            return [resource.account_id] if beside else []
        return [*beside, *self._perhaps(resource)]

    def _perhaps(self, resource: Resource) -> list[Unknown]:
        """Return what stands for the resources that the input of `resource` may hold and does not show."""
        return [self._unseen[resource.unit]] if resource.unit in self._unseen else []

    def add(self, resource: Resource) -> None:
        """Add what a run knows beside its inputs; nothing that was followed before leads to it."""
        self._add(resource)

    def _add(self, resource: Resource) -> None:
        self._kinds[resource.kind.name].append(resource)
        for address in (resource.address, *resource.members):
            self._addresses[resource.unit, address].append(resource)
        for key in ("name", "arn", "key_id"):
            if key not in resource.attributes:
                continue
            value = resource[key]
            if isinstance(value, str):
                self._names[resource.kind.name, key, value].append(resource)
            if isinstance(value, str | PartialText):
                if (ending := _ending(value)) is not None:
                    self._endings[resource.kind.name, key, ending].append(resource)
            elif (reference := reference_of(value)) and reference.address != resource.address:
                self._addresses[resource.unit, reference.address].append(resource)

    def _sources(self, resource: Resource, link: Link) -> Target:
        found: list[Resource | Unknown] = []
        for other, targets in self._leading(link, resource):
            if any(one is resource for one in targets):
                found.append(other)
            elif other.unit == resource.unit and other.missing is None:
                # What leads nobody knows where may lead here.
                found += [one for one in targets if isinstance(one, Unknown)]
        return [*found, *self._perhaps(resource)]

    def _leading(self, link: Link, resource: Resource) -> Iterator[tuple[Resource, Targets]]:
        """Yield the resources that lead, or may lead, to `resource` by the inverse link, each with all it leads to."""
        others = self.of_kind(link.to)
        by_end = self._leads.get((link.to, link.inverse))
        if by_end is None:
            by_end = self._leads[link.to, link.inverse] = defaultdict(set)
            for place, other in enumerate(others):
                for end in self._ends(other, link.inverse):
                    by_end[end].add(place)
        for place in sorted(by_end.get(id(resource), set()) | by_end.get(resource.unit, set())):
            yield others[place], self._targets_by(others[place], link.inverse)

    def _ends(self, resource: Resource, link: str) -> Iterator[int | str]:
        """Yield what a resource leads to: other resources by identity, and its unit where nobody knows to which."""
        for one in self._targets_by(resource, link):
            if isinstance(one, Resource):
                yield id(one)
            elif one is not None and resource.missing is None:
                yield resource.unit

    def _targets_by(self, resource: Resource, link: str) -> Targets:
        target = self.follow(resource, link)
        return target if isinstance(target, list) else [target]

    def _resolve(self, resource: Resource, link: Link) -> Target:
        value = resource[link.by]
        if isinstance(value, PartialList):
            return [*self._targets_of(value.items, link, resource), value.rest]
        if isinstance(value, list | tuple):
            return self._targets_of(value, link, resource)
        return self._target(value, link, resource)

    def _targets_of(self, values: Iterable[Value], link: Link, source: Resource) -> list[Resource | Unknown]:
        return [one for value in values if (one := self._target(value, link, source)) is not None]

    def _target(self, value: Value, link: Link, source: Resource) -> Resource | Unknown | None:
        if value is None or value == "":
            return None
        value = _without_stream_suffix(value)
        if (reference := reference_of(value)) is not None:
            return (
                self._declared(reference, link, source)
                or self._named(value, link, source)
                or self._missing(str(value) if isinstance(value, str) else reference.address, reference, link, source)
            )
        if isinstance(value, Unknown):
            return value
        if isinstance(value, str | PartialText):
            return (
                self._named(value, link, source)
                or self._by_alias(value, link, source)
                or (self._missing(str(value), None, link, source) if isinstance(value, str) else next(value.unknowns()))
            )
        return Unknown(f"{source.address}.{link.by}", "is not a name")

    def _by_alias(self, value: str | PartialText, link: Link, source: Resource) -> Resource | Unknown | None:
        """Return what an alias leads to that is named as text: `alias/trail`, or its ARN."""
        name = str(value.parts[-1] if isinstance(value, PartialText) else value)
        _, found, rest = name.rpartition("alias/")
        if link.to != "key" or not found:
            return None
        near = self._names.get(("key_alias", "arn", name), [])
        near = near or _nearest(self._names.get(("key_alias", "name", f"alias/{rest}"), []), source)
        target = self.follow(near[0], "key") if len(near) == 1 else None
        return target if isinstance(target, Resource | Unknown) else None

    def _declared(self, reference: Reference, link: Link, source: Resource) -> Resource | Unknown | None:
        for candidate in self._addresses.get((source.unit, reference.address), ()):
            if candidate.kind.name == link.to:
                return candidate
            # An alias, say, leads on to what it stands for.
            if onward := next((hop for hop in candidate.kind.links if hop.to == link.to and hop.by), None):
                target = self.follow(candidate, onward.name)
                return target if isinstance(target, Resource | Unknown) else None
        return None

    def _named(self, value: str | PartialText, link: Link, source: Resource) -> Resource | None:
        candidates: list[Resource] = []
        for key in link.keys:
            if isinstance(value, str):
                candidates += self._names.get((link.to, key, str(value)), [])
            candidates += self._alike(value, link.to, key)
        near = _nearest(candidates, source)
        return near[0] if len(near) == 1 else None

    def _alike(self, value: str | PartialText, kind: str, key: str) -> list[Resource]:
        """Return the resources whose `key` may be `value`, where one of the two is known only in part."""
        if (ending := _ending(value)) is None:
            return []
        by_name = isinstance(value, str) or key == "name"
        return [
            other
            for other in self._endings.get((kind, key, ending), [])
            if not (by_name and isinstance(other[key], str)) and may_be_the_same(value, other[key])
        ]

    def _missing(self, text: str, reference: Reference | None, link: Link, source: Resource) -> Resource:
        address = reference.address if reference else text
        for candidate in self._addresses.get((source.unit, address), ()):
            if candidate.kind.name == link.to and candidate.missing:
                return candidate
        kind = KINDS[link.to]
        reason = Unknown(
            f"{kind.title} {text}",
            "is not part of this scan",
            cure=f"scan the code that makes {kind.title} {text} together with this, or audit the account",
        )
        key = link.keys[0]
        missing = Resource(
            kind=kind,
            address=address,
            unit=source.unit,
            input=source.input,
            attributes=UnknownAttributes(kind, reason, {key: text} if reference is None else {}),
            places=Fixed(source.places, (link.by,)),
            missing=reason,
        )
        self._add(missing)
        return missing


def _nearest(candidates: Iterable[Resource], source: Resource) -> list[Resource]:
    """Return those of several resources of one name that are nearest: in the same input, there in the same region."""
    distinct = list({id(one): one for one in candidates}.values())
    near = [one for one in distinct if one.unit == source.unit] or distinct
    here = [one for one in near if isinstance(one.region, str) and one.region == source.region]
    return here if len(near) > 1 and here else near


def _of_another_account(one: Resource, other: Resource) -> bool:
    """Say whether both accounts are known, and differ."""
    ours, theirs = one.account_id, other.account_id
    return isinstance(ours, str) and isinstance(theirs, str) and ours != theirs


def _without_stream_suffix(value: Value) -> Value:
    """Return a log group's ARN without the `:*` that CloudTrail wants behind it."""
    if isinstance(value, PartialText) and isinstance(value.parts[-1], str) and value.parts[-1].endswith(":*"):
        parts = (*value.parts[:-1], value.parts[-1][:-2])
        rest = tuple(part for part in parts if part != "")
        if len(rest) == 1 and isinstance(rest[0], Unknown):
            return rest[0]
        return PartialText(rest, value.refers_to)
    if isinstance(value, str) and reference_of(value) is None and value.endswith(":*"):
        return value[:-2]
    return value


def may_be_the_same(left: Value, right: Value) -> bool:
    """Say whether two ARNs agree in every field that both know, and both know the last one.

    Account and region are often unknown in code; the name is what tells resources apart.
    """
    ours, theirs = _fields(_without_stream_suffix(left)), _fields(_without_stream_suffix(right))
    if len(ours) != len(theirs) or len(ours) < 2:
        return False
    if not (isinstance(ours[-1], str) and isinstance(theirs[-1], str)):
        return ours[-1] == theirs[-1]
    return all(a == b for a, b in zip(ours, theirs, strict=True) if isinstance(a, str) and isinstance(b, str))


def _ending(value: Value) -> Ending | None:
    """Return what two ARNs have in common if they may be the same, or None for what is no ARN."""
    fields = _fields(_without_stream_suffix(value))
    return (len(fields), fields[-1]) if len(fields) > 1 else None


def _fields(value: Value) -> list[Field]:
    """Split a text at its colons; a field with an unknown part stays a tuple of parts, and what is no text has none."""
    if not isinstance(value, str | Unknown | PartialText):
        return []
    fields: list[list[str | tuple[str, str]]] = [[]]
    for part in value.parts if isinstance(value, PartialText) else (value,):
        if not isinstance(part, str):
            fields[-1].append((part.what, part.via))
            continue
        first, *others = str(part).split(":")
        fields[-1].append(first)
        fields.extend([other] for other in others)
    return ["".join(parts) if all(isinstance(part, str) for part in parts) else tuple(parts) for parts in fields]  # type: ignore[arg-type]
