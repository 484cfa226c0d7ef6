"""Try a rule on the cases that stand beside it.

A case gives a few resources and says what the rule must come to:

    given:
      trail.audit: {s3_bucket_name: {ref: bucket.logs}, kms_key_id: {unknown: var.key has no value}}
      bucket.logs: {}

The first resource of the rule's kind is judged, unless `of` names another.
What is not stated has its default; names and ARNs are made up from the address.
Beside its attributes a resource may be given `region`, `account_id` and `exists`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from ctguard.engine.findings import judge_resource
from ctguard.engine.outcome import Context
from ctguard.engine.rule import Rule
from ctguard.model.errors import CtguardError
from ctguard.model.finding import Finding
from ctguard.model.inventory import Inventory
from ctguard.model.kinds import KINDS
from ctguard.model.kinds.attribute import Attribute, Kind, Omitted, Type
from ctguard.model.resource import Input, Resource
from ctguard.model.values import Document, Linked, PartialList, PartialText, Reference, Unknown, Value, text

ACCOUNT: Final = "111122223333"
REGION: Final = "us-east-1"
BESIDE: Final = frozenset({"exists", "region", "account_id"})
"""What a case may say of a resource beside its attributes."""


class CaseResult(Struct, frozen=True):
    """What a rule came to on one of its cases, beside what the case asks for."""

    rule_id: str
    number: int
    name: str
    expected: str
    finding: Finding

    @property
    def holds(self) -> bool:
        return self.finding.status.value == self.expected


def try_cases(rule: Rule) -> Iterator[CaseResult]:
    """Yield the result of each case of `rule`; raise CtguardError for a case that makes no sense."""
    for number, case in enumerate(rule.source.get("cases", ()), 1):
        inventory = given(case["given"], case.get("input", "live"))
        judged = _judged_one(rule, case, inventory)
        parameters = {name: parameter.default for name, parameter in rule.parameters.items()} | case.get(
            "parameters", {}
        )
        finding = judge_resource(rule, Context(inventory, judged, parameters)).finding
        yield CaseResult(rule.id, number, case.get("name", ""), case["expect"], finding)


def given(written: Mapping[str, Mapping[str, Any]], input_: Input = "live") -> Inventory:
    """Return the inventory that a case describes."""
    return Inventory(_resource(address, values, input_, written) for address, values in written.items())


def _judged_one(rule: Rule, case: Mapping[str, Any], inventory: Inventory) -> Resource:
    kind = rule.judges(case.get("input", "live"))
    candidates = [one for one in inventory.of_kind(kind) if not case.get("of") or one.address == case["of"]]
    if not candidates:
        raise CtguardError(
            f"{rule.id}: a case gives no {kind} to judge",
            hint=f"add one under `given`, named {kind}.something",
        )
    return candidates[0]


def _resource(address: str, values: Mapping[str, Any], input_: Input, written: Mapping[str, Any]) -> Resource:
    kind_name, _, name = address.partition(".")
    if kind_name not in KINDS or not name:
        raise CtguardError(
            f"a case gives {address}, which names no kind of resource", hint=f"begin with one of: {', '.join(KINDS)}"
        )
    kind = KINDS[kind_name]
    rows = {row.name: row for row in kind.attributes}
    strangers = sorted(set(values) - set(rows) - BESIDE)
    if strangers:
        raise CtguardError(
            f"{kind_name} has no attribute {strangers[0]}", hint=f"use one of: {', '.join(sorted(rows))}"
        )
    beside: dict[str, Any] = {"exists": None, "region": REGION, "account_id": ACCOUNT}
    beside |= {key: _value(value, written, None) for key, value in values.items() if key in BESIDE}
    attributes = {row.name: _default(kind, row, {**beside, "name": name}, input_) for row in kind.attributes}
    attributes |= {key: _value(value, written, rows[key]) for key, value in values.items() if key in rows}
    return Resource(
        kind,
        address,
        unit="case",
        input=input_,
        attributes=attributes,
        **beside,
    )


def _default(kind: Kind, row: Attribute, words: Mapping[str, Value], input_: Input) -> Value:
    """Return what an attribute is that a case does not give: the same as where an input does not state it."""
    default = row.defaults.get(input_, row.default)
    if not isinstance(default, Omitted):
        if input_ == "live" or input_ in row.defaults or row.spellings(input_):
            return default
        return Unknown(f"{row.name} of {kind.title}", f"cannot be stated in {input_}")
    if row.name == "home_region":
        return words["region"]
    if row.name != "arn":
        return words["name"]
    template = "arn:{partition}:kms:{region}:{account_id}:key/{name}" if kind.name == "key" else kind.arn
    template = template or f"arn:{{partition}}:{kind.name}:{{region}}:{{account_id}}:{{name}}"
    pieces = template.replace("{account}", "{account_id}").replace("{partition}", "aws")
    return text(words[piece] if piece in words else piece for piece in re.split(r"[{}]", pieces))


def _value(value: Any, written: Mapping[str, Any], row: Attribute | None) -> Value:
    """Return a value of a case; maps with the one key unknown, ref, text or list (and rest) have a meaning."""
    if row is not None and row.type is Type.DOCUMENT and isinstance(value, dict) and not _is_special(value):
        return Document(_nested(value, written))
    return _nested(value, written)


def _nested(value: Any, written: Mapping[str, Any]) -> Value:
    if isinstance(value, list):
        return [_nested(one, written) for one in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"unknown": str(reason)}:
            what, _, why = reason.partition(" ")
            return Unknown(what, why or "is not known", is_set=bool(value.get("is_set", False)))
        case {"ref": str(address)}:
            return _reference(address, written)
        case {"text": list(parts)}:
            return PartialText(tuple(_nested(part, written) for part in parts))
        case {"list": list(items), "rest": rest}:
            return PartialList(tuple(_nested(item, written) for item in items), _nested({"unknown": rest}, written))
        case _:
            return {key: _nested(one, written) for key, one in value.items()}


def _is_special(value: Mapping[str, Any]) -> bool:
    return bool({"unknown", "ref", "text", "list"} & set(value))


def _reference(address: str, written: Mapping[str, Any]) -> Value:
    """Return a value that leads to a resource of the case, or to one that is not in it."""
    name = address.partition(".")[2]
    if address in written:
        return Linked(name, Reference(address, "arn"))
    return Unknown(address, "is not part of the input", is_set=True, refers_to=Reference(address, "arn"))
