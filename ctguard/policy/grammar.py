"""Read a JSON document as an IAM policy, or say where it breaks the grammar.

What AWS would refuse to store is an error with its place (IAM User Guide,
"Grammar of the IAM JSON policy language"). What is not known stays unknown: a
document is read as far as it is known, and whether that is far enough is for the
questions to decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final, NoReturn, TypeAlias

from msgspec import Struct

from ctguard.model.errors import DocumentError
from ctguard.model.location import Location, Path, Places
from ctguard.model.values import Document, PartialList, PartialMap, PartialText, Unknown
from ctguard.policy.conditions import Condition, parse_date, parse_network, parse_number, parse_operator
from ctguard.policy.forms import (
    fault_of_action,
    fault_of_everybody,
    fault_of_key,
    fault_of_principal,
    fault_of_resource,
    fault_of_variables,
)
from ctguard.policy.pattern import STAR, Pattern, compile_pattern
from ctguard.policy.principals import Entry, Principals
from ctguard.policy.request import AWS, CANONICAL, FEDERATED, SERVICE

RESOURCE_POLICY: Final = "resource policy"
IDENTITY_POLICY: Final = "identity policy"
TRUST_POLICY: Final = "trust policy"

_VERSIONS: Final = ("2012-10-17", "2008-10-17")
_ELEMENTS: Final = frozenset(
    ("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition")
)
_WHOLE_STATEMENT: Final = "a statement of which nothing is known"


class Statement(Struct, frozen=True):
    """One statement. `actions` are patterns that ignore case; `not_...` tells the Not-elements.

    `principals` is None where the kind of policy has none, `resources` None where
    it names none. `effect` is an Unknown where nobody can tell it.
    """

    position: int
    sid: str | None
    effect: str | Unknown
    principals: Principals | None
    actions: tuple[Pattern, ...]
    resources: tuple[Pattern, ...] | None
    conditions: tuple[Condition, ...]
    not_actions: bool = False
    not_resources: bool = False
    path: Path = ()

    @property
    def name(self) -> str:
        """Return what a person finds the statement by: its number, counted from 1, and its Sid."""
        return f'statement {self.position + 1} ("{self.sid}")' if self.sid else f"statement {self.position + 1}"


class Policy(Struct, frozen=True):
    """A policy document that was read. `value` is the document itself, for printing parts of it."""

    statements: tuple[Statement, ...]
    version: str
    document: Document
    form: str = RESOURCE_POLICY

    def allows(self) -> Iterator[Statement]:
        """Yield the statements that may allow something."""
        return (statement for statement in self.statements if statement.effect != "Deny")

    def denies(self) -> Iterator[Statement]:
        """Yield the statements that may deny something."""
        return (statement for statement in self.statements if statement.effect != "Allow")


def parse_policy(document: Document, form: str = RESOURCE_POLICY, *, supposed: bool = False) -> Policy:
    """Return the policy that a document holds; raise DocumentError where it is none.

    `supposed` says that values stand in for unknown ones, so that no name is refused for its form.
    """
    return _Reader(document, form, supposed).policy()


Named: TypeAlias = str | PartialText | Unknown


class _Reader(Struct, frozen=True):
    """Walks one document; keeps what every message needs: its form and its places."""

    document: Document
    form: str
    supposed: bool = False

    def policy(self) -> Policy:
        value = self.document.value
        if isinstance(value, Unknown):
            return Policy((_unknown_statement(0, value),), _VERSIONS[0], self.document, self.form)
        rest = value.rest if isinstance(value, PartialMap) else None
        members = self._map((), value, "a policy")
        version = self._version(members.get("Version", _VERSIONS[1]))
        for name in members:
            if name not in ("Version", "Id", "Statement"):
                self._refuse((name,), f"a policy has no element {name}")
        if "Statement" not in members:
            if rest is None:
                self._refuse((), "the policy has no Statement")
            return Policy((_unknown_statement(0, rest),), version, self.document, self.form)
        variables = version == _VERSIONS[0]
        statements = tuple(self._statements(members["Statement"], variables))
        if not statements:
            self._refuse(("Statement",), "the policy has no statement")
        return Policy(statements, version, self.document, self.form)

    def _version(self, written: Any) -> str:
        if isinstance(written, date):  # an unquoted YAML scalar
            written = written.isoformat()
        if isinstance(written, Unknown | PartialText):
            return _VERSIONS[0]
        if written not in _VERSIONS:
            self._refuse(("Version",), f"Version is {_shown(written)}, must be {' or '.join(_VERSIONS)}")
        return str(written)

    def _statements(self, value: Any, variables: bool) -> Iterator[Statement]:
        if isinstance(value, dict | PartialMap | Unknown):
            yield self._statement(("Statement",), 0, value, variables)
            return
        items, rest = (value.items, value.rest) if isinstance(value, PartialList) else (value, None)
        if not isinstance(items, list | tuple):
            self._refuse(("Statement",), f"Statement is {_shown(value)}, must be a statement or a list of statements")
        for index, item in enumerate(items):
            yield self._statement(("Statement", index), index, item, variables)
        if rest is not None:
            yield _unknown_statement(len(items), rest)

    def _statement(self, path: Path, index: int, value: Any, variables: bool) -> Statement:
        if isinstance(value, Unknown):
            return _unknown_statement(index, value, path)
        members = self._map(path, value, "a statement")
        for name in members:
            if name not in _ELEMENTS:
                self._refuse((*path, name), f"a statement has no element {name}")
        if isinstance(value, PartialMap):
            return _unknown_statement(index, value.rest, path)
        actions, not_actions = self._one_of(path, members, "Action", required=True)
        resources, not_resources = self._one_of(path, members, "Resource", required=self.form != TRUST_POLICY)
        return Statement(
            position=index,
            sid=self._sid(path, members.get("Sid")),
            effect=self._effect(path, members),
            principals=self._principals(path, members),
            actions=tuple(self._actions(actions, members)),
            resources=None if resources is None else tuple(self._resources(resources, members, variables)),
            conditions=tuple(self._conditions((*path, "Condition"), members.get("Condition", {}), variables)),
            not_actions=not_actions,
            not_resources=not_resources,
            path=path,
        )

    def _one_of(self, path: Path, members: Mapping[str, Any], name: str, *, required: bool) -> tuple[Path | None, bool]:
        """Return the path of an element or of its Not-form, of which exactly one must be there."""
        plain, opposite = name in members, f"Not{name}" in members
        if plain and opposite:
            self._refuse((*path, f"Not{name}"), f"a statement has both {name} and Not{name}")
        if required and not (plain or opposite):
            self._refuse(path, f"a statement has no {name}")
        if not (plain or opposite):
            return None, False
        return (*path, f"Not{name}" if opposite else name), opposite

    def _sid(self, path: Path, value: Any) -> str | None:
        if value is not None and not isinstance(value, str | PartialText | Unknown):
            self._refuse((*path, "Sid"), f"Sid is {_shown(value)}, must be a text")
        return None if value is None or isinstance(value, Unknown) else str(value)

    def _effect(self, path: Path, members: Mapping[str, Any]) -> str | Unknown:
        if "Effect" not in members:
            self._refuse(path, "a statement has no Effect")
        value = members["Effect"]
        if isinstance(value, PartialText):
            return next(value.unknowns())
        if isinstance(value, Unknown):
            return value
        if value not in ("Allow", "Deny"):
            self._refuse((*path, "Effect"), f"Effect is {_shown(value)}, must be Allow or Deny")
        return str(value)

    def _principals(self, path: Path, members: Mapping[str, Any]) -> Principals | None:
        if self.form == IDENTITY_POLICY:
            for name in ("Principal", "NotPrincipal"):
                if name in members:
                    self._refuse((*path, name), f"an {self.form} has no {name}")
            return None
        place, negated = self._one_of(path, members, "Principal", required=True)
        assert place is not None
        value = members[str(place[-1])]
        if value == "*":
            return Principals(True, (), negated)
        if isinstance(value, Unknown):
            return Principals(False, tuple(Entry(kind, _hole(value)) for kind in _PRINCIPAL_TYPES), negated)
        if not isinstance(value, dict | PartialMap):
            self._refuse(place, f'{place[-1]} is {_shown(value)}, must be "*" or a map such as {{"AWS": ...}}')
        entries = tuple(self._entries(place, value))
        if not entries:
            self._refuse(place, f"{place[-1]} names nobody")
        everyone = any(entry.type == AWS and entry.name.tokens == (STAR,) for entry in entries)
        return Principals(everyone, entries, negated)

    def _entries(self, place: Path, value: Mapping[str, Any] | PartialMap) -> Iterator[Entry]:
        for kind, named in (value.items if isinstance(value, PartialMap) else value).items():
            if kind not in _PRINCIPAL_TYPES:
                self._refuse((*place, kind), f"{kind} is no type of principal ({', '.join(_PRINCIPAL_TYPES)})")
            for name in self._texts((*place, kind), named, numbers=kind == AWS):
                yield Entry(kind, self._principal((*place, kind), kind, name))
        if isinstance(value, PartialMap):
            yield from (Entry(kind, _hole(value.rest)) for kind in _PRINCIPAL_TYPES)

    def _principal(self, place: Path, kind: str, name: Named) -> Pattern:
        if name == "*":
            self._check(place, fault_of_everybody(kind, negated="NotPrincipal" in place))
            return Pattern((STAR,))
        known = name if isinstance(name, str) else "".join(part for part in _parts(name) if isinstance(part, str))
        if "*" in known or "?" in known:
            self._refuse(place, f'the principal "{name}" has a wildcard inside, which AWS refuses')
        if not known and isinstance(name, str):
            self._refuse(place, "a principal is empty")
        if isinstance(name, str):
            self._check(place, fault_of_principal(kind, name))
        return compile_pattern(name, wild=False)

    def _actions(self, place: Path | None, members: Mapping[str, Any]) -> Iterator[Pattern]:
        assert place is not None
        for text in self._texts(place, members[str(place[-1])]):
            if isinstance(text, str) and (fault := fault_of_action(text)):
                self._check(place, f"{place[-1]} holds {_shown(text)}, {fault}")
            yield compile_pattern(text, wild=True, folded=True)

    def _resources(self, place: Path, members: Mapping[str, Any], variables: bool) -> Iterator[Pattern]:
        for text in self._texts(place, members[str(place[-1])]):
            if isinstance(text, str) and (fault := fault_of_resource(text)):
                self._check(place, f"{place[-1]} holds {_shown(text)}, {fault}")
            if isinstance(text, str) and variables:
                self._check(place, fault_of_variables(text))
            yield compile_pattern(text, wild=True, variables=variables)

    def _conditions(self, path: Path, value: Any, variables: bool) -> Iterator[Condition]:
        for operator, keys in self._members(path, value, "Condition"):
            if operator is None:
                yield Condition(f"${{{keys.what}}}", None, "", (_hole(keys),))
                continue
            asked, quantifier, if_exists = parse_operator(operator)
            seen: set[str] = set()
            for key, wanted in self._members((*path, operator), keys, operator):
                if key is None:
                    yield Condition(operator, None, "", (_hole(wanted),))
                    continue
                place = (*path, operator, key)
                self._check(place, fault_of_key(key))
                if key.lower() in seen:
                    self._refuse(place, f"{operator} tests {key} twice, in other letters")
                seen.add(key.lower())
                family = asked.family if asked else "text"
                values = tuple(
                    self._value(place, family, text, variables)
                    for text in self._texts(place, wanted, numbers=True, empty=True)
                )
                yield Condition(operator, asked, key.lower(), values, quantifier, if_exists, key)

    def _value(self, place: Path, family: str, text: Named, variables: bool) -> Pattern:
        test = _VALUE_TESTS.get(family)
        if isinstance(text, str) and test and not test(text) and not ("${" in text and variables):
            self._refuse(place, f"{_shown(text)} is no value for this operator")
        if isinstance(text, str) and variables:
            self._check(place, fault_of_variables(text))
        return compile_pattern(
            text,
            wild=family in ("like", "arn"),
            variables=variables and family in ("text", "folded", "like", "arn", "bool"),
            folded=family in ("folded", "bool", "null"),
            segmented=family == "arn",
        )

    def _members(self, path: Path, value: Any, name: str) -> Iterator[tuple[str | None, Any]]:
        """Yield the members of a map, and (None, unknown) where there may be more than is known."""
        if isinstance(value, Unknown):
            yield None, value
            return
        yield from self._map(path, value, name).items()
        if isinstance(value, PartialMap):
            yield None, value.rest

    def _texts(self, place: Path, value: Any, *, numbers: bool = False, empty: bool = False) -> Iterator[Named]:
        items, rest = (value.items, value.rest) if isinstance(value, PartialList) else (value, None)
        if not isinstance(items, list | tuple):
            items = (items,)
        for item in items:
            if isinstance(item, str | PartialText | Unknown):
                yield _limited(item)
            elif numbers and isinstance(item, bool | int | float):
                yield str(item).lower() if isinstance(item, bool) else str(item)
            else:
                self._refuse(place, f"{place[-1]} holds {_shown(item)}, must hold texts")
        if rest is not None:
            yield rest
        elif not items and not empty:
            self._refuse(place, f"{place[-1]} is empty")

    def _map(self, path: Path, value: Any, name: str) -> Mapping[str, Any]:
        if isinstance(value, PartialMap):
            return value.items
        if not isinstance(value, dict):
            self._refuse(path, f"{name} is {_shown(value)}, must be a map")
        return value

    def _check(self, path: Path, fault: str | None) -> None:
        """Refuse a name whose form is wrong, unless it only stands in for an unknown one."""
        if fault and not self.supposed:
            self._refuse(path, fault)

    def _refuse(self, path: Path, message: str) -> NoReturn:
        raise DocumentError(f"{_where(self.document.places, path)}{message}")


_PRINCIPAL_TYPES: Final = (AWS, SERVICE, FEDERATED, CANONICAL)
_LONGEST_TEXT: Final = 4096
_VALUE_TESTS: Final = {
    "bool": lambda text: text.lower() in ("true", "false"),
    "null": lambda text: text.lower() in ("true", "false"),
    "number": lambda text: parse_number(text) is not None,
    "date": lambda text: parse_date(text) is not None,
    "ip": lambda text: parse_network(text) is not None,
}


def is_unknown(statement: Statement) -> bool:
    """Say whether nothing is known of a statement, so that it may hold any element."""
    return any(condition.written == _WHOLE_STATEMENT for condition in statement.conditions)


def _unknown_statement(index: int, why: Unknown, path: Path = ()) -> Statement:
    """Return a statement that may say anything."""
    entries = tuple(Entry(kind, _hole(why)) for kind in _PRINCIPAL_TYPES)
    condition = Condition(_WHOLE_STATEMENT, None, "", (_hole(why),))
    anything = (_hole(why),)
    return Statement(index, None, why, Principals(False, entries), anything, anything, (condition,), path=path)


def _hole(unknown: Unknown) -> Pattern:
    return Pattern((unknown,))


def _parts(name: Named) -> tuple[str | Unknown, ...]:
    return name.parts if isinstance(name, PartialText) else (name,)


def _limited(text: Named) -> Named:
    """Return a text, or an unknown in place of one that is longer than AWS stores and would take for ever to judge."""
    length = sum(len(part) for part in _parts(text) if isinstance(part, str))
    return text if length <= _LONGEST_TEXT else Unknown(f"a text of {length} characters", "is longer than AWS stores")


def _where(places: Places, path: Path) -> str:
    location: Location | None = places.at(path)
    shown = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
    return f"{location}: " if location else (f"{shown}: " if shown else "")


def _shown(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict | list):
        return "a map" if isinstance(value, dict) else "a list"
    return f'"{value}"' if isinstance(value, str) else str(value)
