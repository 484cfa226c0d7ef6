"""Build a `Rule` and its conditions from checked plain data.

Every path of a condition is held against the attribute tables, so that a
misspelt attribute is an error when the rule is loaded and never a silent pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args

from msgspec import Raw, msgpack

from ctguard.engine.comparison import TESTS
from ctguard.engine.fitting import misfit
from ctguard.engine.judgements import JUDGEMENTS
from ctguard.engine.rule import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    InAccount,
    Items,
    Judge,
    Not,
    Parameter,
    Quantifier,
    Rule,
)
from ctguard.model.errors import CtguardError, close_to
from ctguard.model.finding import Control, Remediation
from ctguard.model.kinds import KINDS
from ctguard.model.kinds.attribute import Attribute, Kind, Link, Records, Type
from ctguard.model.location import Path
from ctguard.model.values import Value

QUANTIFIERS: Final = get_args(Quantifier)
DEEPEST: Final = 20


class ConditionError(CtguardError):
    """A condition that makes no sense; `path` leads to the part of it that is wrong."""

    def __init__(self, message: str, path: Path = (), *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.path = path


def build_rule(data: Mapping[str, Any], controls: tuple[Control, ...]) -> Rule:
    """Return the rule that `data`, which was checked when it was loaded, describes."""
    kind = KINDS[data["resource"]]
    parameters = {
        name: Parameter(field.get("default"), field.get("about", ""))
        for name, field in data.get("parameters", {}).items()
    }
    defaults = {name: parameter.default for name, parameter in parameters.items()}
    plain = ("id", "title", "severity", "resource", "message", "why", "opt_in")
    several = ("inputs", "tags", "profiles", "aliases", "follows_from")
    fields: dict[str, Any] = {name: data[name] for name in plain if name in data}
    fields |= {name: tuple(data[name]) for name in several if name in data}
    require = build_condition(data["require"], kind, defaults)
    return Rule(
        **fields,
        require=require,
        in_account=_in_account(data["in_account"], require) if "in_account" in data else None,
        when=build_condition(data["when"], kind, defaults) if data.get("when") else None,
        parameters=parameters,
        remediation=Remediation(text=data.get("fix", ""), **data.get("fix_in", {})),
        controls=controls,
        written=Raw(msgpack.encode(data)),
    )


def _in_account(written: Mapping[str, Any], require: Condition) -> InAccount:
    """One trail that logs and stands the requirement, of those that the account sees, is enough."""
    logging = Compare("is_logging", "is", True)
    return InAccount(Items("seen_trails", "some", None, AllOf((logging, require))), written["message"])


def build_condition(written: Mapping[str, Any], kind: Kind, parameters: Mapping[str, Value]) -> Condition:
    """Return the condition that `written` describes; raise ConditionError where it makes no sense.

    `parameters` are the rule's, by name, with their defaults.
    """
    return _mapping(written, _Scope(kind, None, parameters), ())


def leads_somewhere(path: str, kind: Kind) -> bool:
    """Say whether `path` names an attribute of the kind, or of what its links lead to."""
    return _Scope(kind, None, {}).type_of(path) is not None


class _Scope:
    """What paths may name here: the attributes and links of a kind, or the fields of a list's entries."""

    def __init__(
        self, kind: Kind | None, fields: tuple[Attribute, ...] | None, parameters: Mapping[str, Value]
    ) -> None:
        self.kind = kind
        self.fields = fields
        self.parameters = parameters

    def type_of(self, path: str) -> Kind | Records | Type | None:
        """Return what is at `path`: a kind behind a link, a list of records, a plain type; None when nothing is."""
        if self.fields is not None:
            return next((row.type for row in self.fields if row.name == path), None)
        kind, rest = self.kind, path
        while kind is not None:
            if row := next((row for row in kind.attributes if row.name == rest), None):
                return row.type
            name, _, rest = rest.partition(".")
            link = next((link for link in kind.links if link.name == name), None)
            if link is None:
                return None
            if rest and not _leads_to_one(kind, link):
                return None
            kind = KINDS[link.to]
            if not rest:
                return kind
        return None

    def names(self) -> Iterator[str]:
        if self.fields is not None:
            yield from (row.name for row in self.fields)
        elif self.kind is not None:
            yield from (row.name for row in self.kind.attributes)
            for link in self.kind.links:
                yield link.name
                if _leads_to_one(self.kind, link):
                    yield from (f"{link.name}.{row.name}" for row in KINDS[link.to].attributes)


def _leads_to_one(kind: Kind, link: Link) -> bool:
    """Say whether a path may go on behind the link: what leads to several needs every, some or none."""
    return any(row.name == link.by and row.type is not Type.TEXTS for row in kind.attributes)


def _mapping(written: Any, scope: _Scope, path: Path) -> Condition:
    if not isinstance(written, Mapping) or not written:
        raise ConditionError("a condition is a map of paths to what must be there", path)
    if len(path) > DEEPEST:
        raise ConditionError(f"conditions are nested more than {DEEPEST} deep", path)
    conditions = tuple(_entry(name, value, scope, (*path, name)) for name, value in written.items())
    return conditions[0] if len(conditions) == 1 else AllOf(conditions)


def _entry(name: str, value: Any, scope: _Scope, path: Path) -> Condition:
    match name:
        case "all_of":
            return AllOf(_several(value, scope, path))
        case "any_of":
            return AnyOf(_several(value, scope, path))
        case "not":
            return Not(_mapping(value, scope, path))
        case "judge":
            return _judge(value, scope, path)
    type_ = scope.type_of(name)
    if type_ is None:
        near = close_to(name, scope.names())
        raise ConditionError(
            f"{name} is no attribute of {scope.kind.name if scope.kind else 'these entries'}",
            path,
            hint=f"did you mean {near[0]}?" if near else f"use one of: {', '.join(scope.names())}",
        )
    if isinstance(value, Mapping):
        return _tests(name, value, type_, scope, path)
    return _test(name, "is", value, type_, scope, path)


def _several(value: Any, scope: _Scope, path: Path) -> tuple[Condition, ...]:
    if not isinstance(value, list) or not value:
        raise ConditionError("a list of conditions is needed here", path)
    return tuple(_mapping(one, scope, (*path, index)) for index, one in enumerate(value))


def _judge(value: Any, scope: _Scope, path: Path) -> Judge:
    name, given = next(iter(value.items())) if isinstance(value, Mapping) and len(value) == 1 else (value, None)
    if name not in JUDGEMENTS:
        near = close_to(str(name), JUDGEMENTS)
        raise ConditionError(
            f"{name} is no judgement",
            path,
            hint=f"did you mean {near[0]}?" if near else f"use one of: {', '.join(sorted(JUDGEMENTS))}",
        )
    arguments = {} if given is None else given
    entry = JUDGEMENTS[name]
    if not isinstance(arguments, Mapping) or not set(entry.required) <= set(arguments) <= set(entry.arguments):
        raise ConditionError(f"{name} takes {entry.usage}", (*path, name), hint="see docs/writing-rules.md")
    return Judge(name, {key: _operand(one, scope, (*path, name, key)) for key, one in arguments.items()})


def _tests(name: str, value: Mapping[str, Any], type_: Kind | Records | Type, scope: _Scope, path: Path) -> Condition:
    conditions = tuple(_test(name, test, operand, type_, scope, (*path, test)) for test, operand in value.items())
    if not conditions:
        raise ConditionError(f"{name} is given nothing to be", path)
    return conditions[0] if len(conditions) == 1 else AllOf(conditions)


def _test(name: str, test: str, operand: Any, type_: Kind | Records | Type, scope: _Scope, path: Path) -> Condition:
    if test in QUANTIFIERS:
        return _items(name, test, operand, type_, scope, path)
    if test not in TESTS:
        near = close_to(test, (*TESTS, *QUANTIFIERS))
        raise ConditionError(
            f"{test} is no test",
            path,
            hint=f"did you mean {near[0]}?" if near else f"use one of: {', '.join((*TESTS, *QUANTIFIERS))}",
        )
    operand = _operand(operand, scope, path)
    meant = scope.parameters[operand[1:]] if _is_parameter(operand) else operand
    if (problem := misfit(test, meant, type_)) is not None:
        raise ConditionError(f"{name}: {problem.fact}", path, hint=problem.cure)
    return Compare(name, test, operand)  # type: ignore[arg-type]


def _items(name: str, quantifier: str, operand: Any, type_: Any, scope: _Scope, path: Path) -> Items:
    if isinstance(type_, Kind):
        inner = _Scope(type_, None, scope.parameters)
    elif isinstance(type_, Records):
        inner = _Scope(None, type_.fields, scope.parameters)
    else:
        raise ConditionError(f"{name} is no list of entries with fields", path, hint="use contains, or a judgement")
    strangers = set(operand) - {"where", "have"} if isinstance(operand, Mapping) else {"?"}
    if strangers:
        raise ConditionError(f"{quantifier} takes where and have, not {', '.join(sorted(strangers))}", path)
    if quantifier == "every" and "have" not in operand:
        raise ConditionError("every does not say what each entry must have", path, hint="add have")
    where, have = (
        _mapping(operand[part], inner, (*path, part)) if part in operand else None for part in ("where", "have")
    )
    return Items(name, quantifier, where, have)  # type: ignore[arg-type]


def _operand(value: Any, scope: _Scope, path: Path) -> Any:
    if _is_parameter(value) and value[1:] not in scope.parameters:
        raise ConditionError(f"{value} is no parameter of this rule", path, hint="declare it under `parameters`")
    return value


def _is_parameter(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("$")
