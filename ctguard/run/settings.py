"""Hold a configuration against the rules that there are: what it sets must exist, and be of the right type."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

import msgspec

from ctguard.engine.pack import Pack
from ctguard.engine.rule import Parameter, Rule
from ctguard.model.errors import UsageError, close_to
from ctguard.model.values import Value
from ctguard.run.config import Config

GLOB: Final = "*?["


def with_severities(pack: Pack, config: Config) -> Pack:
    """Return the pack with the severities that the configuration gives its rules, by id or glob."""
    if not config.severity:
        return pack
    rules = dict(pack.rules)
    for name in sorted(config.severity, key=_is_exact):
        for rule in _rules(pack, name, config.place("severity", name)):
            rules[rule.id] = msgspec.structs.replace(rule, severity=config.severity[name])
    return msgspec.structs.replace(pack, rules=rules)


def parameters(pack: Pack, config: Config) -> dict[str, dict[str, Value]]:
    """Return the parameters that the configuration sets, by rule id; a rule named by itself wins over a glob."""
    values: dict[str, dict[str, Value]] = {}
    for (rule_id, name), (value, _) in parameter_places(pack, config).items():
        values.setdefault(rule_id, {})[name] = value
    return values


def parameter_places(pack: Pack, config: Config) -> dict[tuple[str, str], tuple[Value, str]]:
    """Return the value of each parameter that is set, and the `file:line` that sets it, by rule id and name."""
    found: dict[tuple[str, str], tuple[Value, str]] = {}
    for name in sorted(config.parameters, key=_is_exact):
        rules = _rules(pack, name, config.place("parameters", name))
        for parameter, value in config.parameters[name].items():
            place = config.place("parameters", name, parameter)
            _check_declared(parameter, rules, name, place)
            for rule in rules:
                if declared := rule.parameters.get(parameter):
                    _check_type(declared, value, f"{place}: {parameter} of {rule.id}")
                    found[rule.id, parameter] = value, place
    return found


def digest(pack: Pack, set_parameters: Mapping[str, Mapping[str, Value]], config: Config) -> str:
    """Return the digest of everything that decides a verdict: the pack's own, unless something of it was set."""
    if not (set_parameters or config.severity or config.external):
        return pack.digest
    declared = [{**msgspec.structs.asdict(one), "location": None} for one in config.external]
    decides = [pack.digest, set_parameters, config.severity, declared]
    written = msgspec.json.encode(decides, order="deterministic")
    return f"sha256:{hashlib.sha256(written).hexdigest()}"


def check_names(pack: Pack, config: Config) -> None:
    """Raise UsageError for a waiver of a rule that there is not, or of one on waivers, and for monitoring of none."""
    for index, waiver in enumerate(config.waivers):
        waivable(pack, waiver.rule, config.place("waivers", index, "rule"))
    for index, monitor in enumerate(config.external):
        for number, name in enumerate(monitor.rules):
            _rules(pack, name, config.place("monitoring", "external", index, "rules", number))


def waivable(pack: Pack, name: str, place: str) -> Rule:
    """Return the rule of that id or alias; a glob would accept what nobody looked at, and is refused."""
    rule = next((rule for rule in pack.rules.values() if name in (rule.id, *rule.aliases)), None)
    if rule is None:
        raise _no_rule(pack, name, place)
    if rule.resource == "waiver":
        raise UsageError(f"{place}: {name} cannot be waived", hint="renew the waiver, or delete it")
    return rule


def _rules(pack: Pack, name: str, place: str) -> list[Rule]:
    fitting = [
        rule
        for rule in pack.rules.values()
        if name in (rule.id, *rule.aliases) or (not _is_exact(name) and fnmatchcase(rule.id, name))
    ]
    if not fitting:
        raise _no_rule(pack, name, place)
    return fitting


def _no_rule(pack: Pack, name: str, place: str) -> UsageError:
    near = close_to(name, pack.rules)
    return UsageError(
        f"{place}: there is no rule {name}", hint=f"did you mean {near[0]}?" if near else "see `ctguard rules list`"
    )


def _is_exact(name: str) -> bool:
    return not any(sign in name for sign in GLOB)


def _check_declared(parameter: str, rules: list[Rule], name: str, place: str) -> None:
    known = sorted({one for rule in rules for one in rule.parameters})
    if parameter not in known:
        hint = f"use one of: {', '.join(known)}" if known else "see `ctguard rules show RULE`"
        raise UsageError(f"{place}: {name} has no parameter {parameter}", hint=hint)


def _check_type(declared: Parameter, value: Any, where: str) -> None:
    """Refuse a value of another type than the default's; a list without anything in it is one of texts."""
    default = declared.default
    if isinstance(default, list):
        if not isinstance(value, list):
            raise UsageError(f"{where}: is no list", hint="write [one, two]")
        of = type(default[0]) if default else str
        for item in value:
            _check_plain(item, of, where)
    else:
        _check_plain(value, type(default), where)


def _check_plain(value: Any, wanted: type, where: str) -> None:
    if type(value) is not wanted:
        raise UsageError(f"{where}: {value!r} is no {TYPE_NAMES[wanted]}", hint=TYPE_HINTS[wanted])
    if isinstance(value, int) and value < 0:
        raise UsageError(f"{where}: {value} is less than 0", hint="write a number from 0 on")


TYPE_NAMES: Final[Mapping[type, str]] = {bool: "true or false", int: "whole number", str: "text"}
TYPE_HINTS: Final[Mapping[type, str]] = {
    bool: "write true or false",
    int: "write a whole number, without quotes",
    str: "put it in quotes: YAML reads numbers (an account id, too), yes, no and dates as something else",
}
