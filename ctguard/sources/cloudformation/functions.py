"""CloudFormation's functions of values: each takes an argument that is evaluated already.

An argument that is not known well enough gives an unknown, never an error; so
does one that CloudFormation would refuse, with the reason.
(CloudFormation Template Reference, "Intrinsic function reference".)
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any, Final

from ctguard.model.values import Document, Unknown, Value, first_unknown
from ctguard.sources.cloudformation.texts import MAX_TEXT, as_text, derived, joined, rendered

_MAX_SUBNETS: Final = 256


def join(argument: Value) -> Value:
    """Fn::Join: [delimiter, [texts]]."""
    if not (isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], list)):
        return derived("Fn::Join", argument)
    delimiter = as_text(argument[0])
    pieces = [as_text(item) for item in argument[1]]
    if delimiter is None or None in pieces:
        return derived("Fn::Join", argument)
    with_delimiters = [one for piece in pieces if piece is not None for one in (delimiter, piece)]
    return joined(with_delimiters[1:])


def split(argument: Value) -> Value:
    """Fn::Split: [delimiter, text]."""
    if not (isinstance(argument, list) and len(argument) == 2):
        return derived("Fn::Split", argument)
    delimiter, whole = argument
    if not (isinstance(delimiter, str) and delimiter and isinstance(whole, str)):
        return derived("Fn::Split", argument)
    return whole.split(delimiter)


def select(argument: Value) -> Value:
    """Fn::Select: [index, list]."""
    if not (isinstance(argument, list) and len(argument) == 2):
        return derived("Fn::Select", argument)
    index, items = _integer(argument[0]), argument[1]
    if index is None or not isinstance(items, list):
        return derived("Fn::Select", argument)
    if not 0 <= index < len(items):
        return derived("Fn::Select", argument, f"asks for item {index} of a list of {len(items)}")
    return items[index]


def _integer(value: Value) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def to_base64(argument: Value) -> Value:
    """Fn::Base64: text."""
    whole = as_text(argument)
    if not isinstance(whole, str):
        return derived("Fn::Base64", argument)
    return base64.b64encode(whole.encode()).decode()


def cidr(argument: Value) -> Value:
    """Fn::Cidr: [block, count, bits of each subnet's host part]."""
    if not (isinstance(argument, list) and len(argument) in (2, 3) and isinstance(argument[0], str)):
        return derived("Fn::Cidr", argument)
    count, bits = _integer(argument[1]), _integer(argument[2]) if len(argument) == 3 else None
    if count is None or not 1 <= count <= _MAX_SUBNETS or (len(argument) == 3 and bits is None):
        return derived("Fn::Cidr", argument)
    import ipaddress
    from itertools import islice

    try:
        network = ipaddress.ip_network(argument[0], strict=False)
        prefix = network.max_prefixlen - (bits if bits is not None else network.max_prefixlen - network.prefixlen)
        blocks = [str(block) for block in islice(network.subnets(new_prefix=prefix), count)]
    except ValueError as error:
        return derived("Fn::Cidr", argument, f"cannot be computed: {error}")
    if len(blocks) < count:
        return derived("Fn::Cidr", argument, f"asks for {count} blocks where there are {len(blocks)}")
    return blocks


def availability_zones(argument: Value) -> Value:
    """Fn::GetAZs: region."""
    return derived("Fn::GetAZs", argument, "depends on the account")


def import_value(argument: Value) -> Value:
    """Fn::ImportValue: name of an export."""
    name = argument if isinstance(argument, str) else rendered(argument)
    return Unknown(f"export {name}", "comes from another stack", "scan that stack's account", is_set=True)


def stack_output(argument: Value) -> Value:
    """Fn::GetStackOutput: which stack, which output."""
    return derived("Fn::GetStackOutput", argument, "comes from another stack")


def length(argument: Value) -> Value:
    """Fn::Length: list."""
    return len(argument) if isinstance(argument, list) else derived("Fn::Length", argument)


def to_json_string(argument: Value) -> Value:
    """Fn::ToJsonString: map or list; its structure stays in sight where parts of it are unknown."""
    if not isinstance(argument, dict | list):
        return derived("Fn::ToJsonString", argument)
    if first_unknown(argument) is not None or _has_document(argument):
        return Document(argument)
    written = json.dumps(argument, separators=(",", ":"), ensure_ascii=False)
    return written if len(written) <= MAX_TEXT else derived("Fn::ToJsonString", argument, "is too long")


def _has_document(value: Value) -> bool:
    if isinstance(value, Document):
        return True
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_has_document(part) for part in parts)


def transform(argument: Value) -> Value:
    """Fn::Transform: a macro, which runs on AWS."""
    name = argument.get("Name") if isinstance(argument, dict) else argument
    return derived("Fn::Transform", argument, f"is what the macro {rendered(name)} returns")


def _in_rules_only(name: str) -> Callable[[Value], Value]:
    return lambda argument: derived(name, argument, "can stand in the Rules section alone")


FUNCTIONS: Final[dict[str, Callable[[Any], Value]]] = {
    "Fn::Base64": to_base64,
    "Fn::Cidr": cidr,
    "Fn::GetAZs": availability_zones,
    "Fn::GetStackOutput": stack_output,
    "Fn::ImportValue": import_value,
    "Fn::Join": join,
    "Fn::Length": length,
    "Fn::Select": select,
    "Fn::Split": split,
    "Fn::ToJsonString": to_json_string,
    "Fn::Transform": transform,
    **{
        name: _in_rules_only(name)
        for name in (
            "Fn::Contains",
            "Fn::EachMemberEquals",
            "Fn::EachMemberIn",
            "Fn::RefAll",
            "Fn::ValueOf",
            "Fn::ValueOfAll",
        )
    },
}
