"""The attributes of one resource, read by its table from what its input says of it when they are asked for.

A rule asks for a few of a resource's attributes and most resources are asked
for none, so nothing is looked up before.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from msgspec import Struct, field

from ctguard.model.document import read_document
from ctguard.model.errors import DocumentError, Fault
from ctguard.model.kinds.attribute import Attribute, Kind, Omitted, Records, Spelling
from ctguard.model.location import Location, Path, Within
from ctguard.model.values import PartialList, Reference, Unknown, Value, text
from ctguard.sources.coercion import Reader, coerced, converted
from ctguard.sources.declaration import Declaration, Dialect
from ctguard.sources.known import stranger, understood
from ctguard.sources.path import EACH, MISSING, TablePath, look_up, parse

CANNOT_BE_STATED: dict[Dialect, str] = {
    "terraform": "cannot be stated in Terraform",
    "cloudformation": "cannot be stated in CloudFormation",
    "live": "is nothing that an account shows",
}


@cache
def rows(kind: Kind) -> dict[str, Attribute]:
    """Return the rows of a kind's table by name."""
    return {row.name: row for row in kind.attributes}


class DeclaredAttributes(Struct, eq=False):
    """A mapping of attribute names to values, and the places where each is written.

    `main` is None for a resource of which only parts are in the input; what
    they do not state is then `missing`. `unseen` says why the input may hold
    parts that it does not show.
    """

    kind: Kind
    dialect: Dialect
    address: str
    main: Declaration | None
    parts: tuple[Declaration, ...]
    faults: list[Fault]
    missing: Unknown | None = None
    named: Value = None
    unseen: Unknown | None = None
    _values: dict[str, Value] = field(default_factory=dict)
    _origins: dict[str, tuple[Declaration, Path, Spelling]] = field(default_factory=dict)

    def __contains__(self, name: object) -> bool:
        return name in rows(self.kind)

    def __getitem__(self, name: str) -> Value:
        if name not in self._values:
            self._values[name] = self._read(rows(self.kind)[name])
        return self._values[name]

    def get(self, name: str) -> Value:
        """Return the value of `name`, or None when the kind has no such attribute."""
        return self[name] if name in self else None

    def at(self, path: Path) -> Location | None:
        """Return where an attribute, or a part of its value, is written; else where the resource is."""
        if path and isinstance(path[0], str) and path[0] in self:
            self[path[0]]
            if (origin := self._origins.get(path[0])) is not None:
                declaration, at, _ = origin
                return declaration.places.at(
                    at + _in_its_own_words(path[1:], rows(self.kind)[path[0]].type, self.dialect)
                )
        declaration = self.main or self.parts[0]
        return declaration.places.at(())

    def stated(self) -> frozenset[str]:
        """Return the names of the attributes that the parts can state."""
        types = {part.type for part in self.parts}
        return frozenset(
            name
            for name, row in rows(self.kind).items()
            if any(parse(spelling.path).part in types for spelling in row.spellings(self.dialect))
        )

    def _read(self, row: Attribute) -> Value:
        if row.name in ("name", "key_id", "arn") and self.main is None:
            return self.named if row.name != "arn" else self._unstated(row)
        spellings = row.spellings(self.dialect)
        if self.dialect == "live" and self.main is not None:
            unknown = stranger(self.kind, row.name, self.main.values, self.address)
            if unknown is not None:
                return unknown
        elif row.gathers:
            return self._gathered(row, spellings)
        for spelling in spellings:
            value = self._stated(row, spelling)
            if value is not MISSING:
                return value
        return self._unstated(row)

    def _stated(self, row: Attribute, spelling: Spelling) -> Value:
        path = parse(spelling.path)
        declarations = self._where_to_look(path)
        if len(declarations) > 1:
            return self._clash(row, declarations)
        for declaration in declarations:
            value = look_up(_settings(declaration) if path.in_settings else declaration.values, path.steps)
            if value is MISSING:
                value = self._omitted(row, spelling, declaration, path)
            else:
                value = converted(value, spelling.convert)
            if value is MISSING or value is None or (value == "" and self.dialect == "terraform"):
                # Terraform's provider writes an empty text where nothing is set.
                continue
            self._origins[row.name] = (declaration, path.steps, spelling)
            found = self._certain(declaration, self._typed(row, value, declaration, path.steps))
            return understood(row, found, f"{self.address}.{row.name}") if self.dialect == "live" else found
        return MISSING

    def _where_to_look(self, path: TablePath) -> tuple[Declaration, ...]:
        if path.part is not None:
            return tuple(part for part in self.parts if part.type == path.part)
        return (self.main,) if self.main else ()

    def _omitted(self, row: Attribute, spelling: Spelling, declaration: Declaration, path: TablePath) -> Value:
        if spelling.omitted is None:
            return MISSING
        inside = look_up(declaration.values, path.steps[:-1]) if len(path.steps) > 1 else declaration.values
        if inside is MISSING:
            return MISSING
        return self._default(row, spelling.omitted)

    def _typed(self, row: Attribute, value: Value, declaration: Declaration, at: Path) -> Value:
        def document(written: Value, what: str) -> Value:
            return self._document(written, declaration, at, what)

        return coerced(value, row.type, Reader(self.dialect, document), f"{self.address}.{row.name}")

    def _document(self, value: Value, declaration: Declaration, at: Path, what: str) -> Value:
        try:
            return read_document(value, Within(declaration.places, at))
        except DocumentError as error:
            where = declaration.places.at(at)
            self.faults.append(Fault(str(where or declaration.address), "malformed", f"{declaration.address}: {error}"))
            return Unknown(what, f"cannot be read: {error}", "mend the document", is_set=True)

    def _certain(self, declaration: Declaration, value: Value) -> Value:
        """A part that perhaps is not there states its values only perhaps."""
        if declaration is self.main or declaration.exists is None:
            return value
        return declaration.exists

    def _gathered(self, row: Attribute, spellings: tuple[Spelling, ...]) -> Value:
        items: list[Value] = []
        rest = self.unseen if self._is_stated_by_parts(row) else None
        for spelling in spellings:
            path = parse(spelling.path)
            for declaration in self._where_to_look(path):
                found = look_up(declaration.values, path.steps)
                if found is MISSING:
                    continue
                value = self._certain(declaration, self._typed(row, found, declaration, path.steps))
                if isinstance(value, Unknown):
                    rest = value
                    continue
                items += value.items if isinstance(value, PartialList) else value
                rest = value.rest if isinstance(value, PartialList) else rest
        return PartialList(tuple(items), rest) if rest else items

    def _clash(self, row: Attribute, declarations: tuple[Declaration, ...]) -> Unknown:
        names = " and ".join(sorted(one.address for one in declarations))
        return Unknown(
            f"{self.address}.{row.name}",
            f"is stated by {names}: which one wins is not known",
            "keep one of them",
            is_set=True,
        )

    def _unstated(self, row: Attribute) -> Value:
        if self.dialect == "live" and row.always_told:
            return Unknown(f"{self.address}.{row.name}", "is not in the reply", "audit again")
        if self.missing is not None and not any(part.type == row.off_beside for part in self.parts):
            return self.missing
        if self.unseen is not None and self._is_stated_by_parts(row):
            return self.unseen
        if (
            not row.spellings(self.dialect)
            and self.dialect not in row.defaults
            and not isinstance(row.default, Omitted)
        ):
            return Unknown(
                f"{row.name} of {self.kind.title.split()[-1]}s",
                CANNOT_BE_STATED[self.dialect],
                "look it up in the account",
            )
        return self._default(row, row.defaults.get(self.dialect, row.default))

    def _is_stated_by_parts(self, row: Attribute) -> bool:
        return any(parse(spelling.path).part is not None for spelling in row.spellings(self.dialect))

    def _default(self, row: Attribute, default: Value) -> Value:
        if default is Omitted.GENERATED:
            return self._generated(row)
        if default is Omitted.COMPUTED:
            return Unknown(
                f"{self.address}.{row.name}",
                "is not stated, so AWS keeps what it has",
                "state it, or scan the state",
            )
        return default

    def _generated(self, row: Attribute) -> Value:
        if row.name == "arn" and self.kind.arn and self.main is not None:
            by_id = "{key_id}" in self.kind.arn
            name = self["key_id" if by_id else "name"]
            if isinstance(name, str) or not by_id:
                return arn(self.kind.arn, name, self.main)
        return Unknown(
            f"{self.address}.{row.name}",
            "is chosen when it is made",
            "scan the plan, or audit the account",
            is_set=True,
            refers_to=Reference(self.address, row.name),
        )


ACCOUNT = Unknown("AWS account id", "is not part of the input", is_set=True)
REGION = Unknown("AWS region", "is not part of the input", is_set=True)
PARTITION = Unknown("AWS partition", "follows from the region, which is not part of the input", is_set=True)


def arn(template: str, name: Value, declaration: Declaration) -> Value:
    """Return the ARN of a declared resource, as much of it as is known."""
    region = declaration.region if declaration.region is not None else REGION
    words: dict[str, Any] = {
        "partition": partition(region) if isinstance(region, str) else PARTITION,
        "region": region,
        "account": declaration.account_id if declaration.account_id is not None else ACCOUNT,
        "name": name,
        "key_id": name,
    }
    return text(words[piece[1:-1]] if piece.startswith("{") else piece for piece in _pieces(template))


def partition(region: str) -> str:
    """Return the partition that a region is in (AWS General Reference, "AWS partitions")."""
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"


def _pieces(template: str) -> Iterator[str]:
    for piece in template.replace("{", "\0{").replace("}", "}\0").split("\0"):
        if piece:
            yield piece


def _settings(declaration: Declaration) -> dict[str, Value]:
    return {"type": declaration.type, "region": declaration.region, **declaration.settings}


def _in_its_own_words(path: Path, type_: Any, dialect: Dialect) -> Path:
    """Return a path into an attribute's value as the input writes it: record fields have other names there."""
    translated: list[str | int] = []
    for step in path:
        if isinstance(step, str) and isinstance(type_, Records):
            row = next((row for row in type_.fields if row.name == step), None)
            if row is None:
                break
            spellings = row.spellings(dialect)
            translated += [one for one in parse(spellings[0].path).steps if one != EACH] if spellings else []
            type_ = row.type
        else:
            translated.append(step)
    return tuple(translated)
