"""Read an `aws` command as the AWS CLI does, and hold it against the model of the service that botocore ships.

Only what remediations use: long options, JSON and shorthand values, texts out of a file (whose name is taken for the
text), and placeholders in CAPITALS, which are as long as they have to be. What the AWS CLI calls differently from
the API is listed here.
"""

from __future__ import annotations

import json
import re
import shlex
from functools import cache
from typing import Any

from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape
from botocore.validate import ParamValidator

SERVICES = {"s3api": "s3", "configservice": "config"}
RENAMED = {("sns", "subscribe", "notification-endpoint"): "Endpoint"}
PLACEHOLDER = re.compile(r"[A-Z][A-Z_]*")


class WrongCommandError(Exception):
    """A command that the AWS CLI would refuse."""


def check(command: str) -> None:
    """Raise WrongCommandError or ValueError unless every `aws` command of a `&&` list could be sent."""
    for one in split(command):
        if one[0] == "aws":
            _check_one(one[1], one[2], one[3:])


def split(command: str) -> list[list[str]]:
    """Return the words of each command of a `&&` list."""
    commands: list[list[str]] = [[]]
    for word in shlex.split(command):
        if word == "&&":
            commands.append([])
        else:
            commands[-1].append(word)
    return commands


def _check_one(service: str, name: str, words: list[str]) -> None:
    operation = operations(SERVICES.get(service, service)).get(name)
    if operation is None:
        raise WrongCommandError(f"aws {service} has no command {name}")
    if operation.input_shape is None:
        raise WrongCommandError(f"aws {service} {name} takes no options")
    members = operation.input_shape.members
    called = {xform_name(member, "-"): member for member in members}
    called |= {option: member for (*of, option), member in RENAMED.items() if of == [service, name]}
    parameters: dict[str, Any] = {}
    for option, values in options(words):
        member = called.get(option) or called.get(option.removeprefix("no-"))
        if member is None:
            raise WrongCommandError(f"aws {service} {name} has no option --{option}")
        parameters[member] = value_of(members[member], option, values)
    report = ParamValidator().validate(parameters, operation.input_shape)
    if report.has_errors():
        raise WrongCommandError(f"aws {service} {name}: {report.generate_report()}")


@cache
def operations(service: str) -> dict[str, OperationModel]:
    """Return the operations of a service by the names of their commands."""
    model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
    return {xform_name(name, "-"): model.operation_model(name) for name in model.operation_names}


def options(words: list[str]) -> list[tuple[str, list[str]]]:
    """Return each option, without its dashes, with the values behind it."""
    found: list[tuple[str, list[str]]] = []
    for word in words:
        if word.startswith("--"):
            found.append((word[2:], []))
        elif not found:
            raise WrongCommandError(f"{word} belongs to no option")
        else:
            found[-1][1].append(word)
    return found


def value_of(shape: Shape, option: str, values: list[str]) -> Any:
    """Return what the values of an option say of a member of that shape."""
    if shape.type_name == "boolean" and not values:
        return not option.startswith("no-")
    if shape.type_name == "list" and not values[0].startswith("["):
        return [typed(shape.member, read(shape.member, value)) for value in values]
    if len(values) != 1:
        raise WrongCommandError(f"--{option} takes one value, not {len(values)}")
    return typed(shape, read(shape, values[0]))


def read(shape: Shape, text: str) -> Any:
    """Return a value as it is written: JSON, shorthand, or a plain text."""
    if shape.type_name not in ("structure", "map", "list"):
        return text
    if text[0] in "{[":
        return json.loads(text)
    value, rest = _shorthand_pairs(text)
    if rest:
        raise WrongCommandError(f"cannot read {rest!r} of {text!r}")
    return value


def _shorthand_pairs(text: str) -> tuple[dict[str, Any], str]:
    """Read `Key=value,Key={...}` up to its end or a closing bracket; return it and the rest."""
    pairs: dict[str, Any] = {}
    while text and text[0] not in "}]":
        key, equals, text = text.partition("=")
        if not equals:
            raise WrongCommandError(f"{key!r} has no value")
        pairs[key], text = _shorthand_value(text)
        text = text.removeprefix(",")
    return pairs, text


def _shorthand_value(text: str) -> tuple[Any, str]:
    if text.startswith("{"):
        pairs, rest = _shorthand_pairs(text[1:])
        return pairs, rest[1:]
    if text.startswith("["):
        values: list[Any] = []
        text = text[1:]
        while not text.startswith("]"):
            if not text:
                raise WrongCommandError("a list is not closed")
            read_one = _shorthand_value if text[0] in "{[" or "=" not in text.partition(",")[0] else _shorthand_pairs
            value, text = read_one(text)
            values.append(value)
            text = text.removeprefix(",")
        return values, text[1:]
    plain = re.match(r"[^,}\]]*", text)
    assert plain
    return plain.group(), text[plain.end() :]


def typed(shape: Shape, value: Any) -> Any:
    """Return a value with the numbers and booleans that its shape asks for; refuse a word that it does not know."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        return {key: typed(shape.members[key], one) if key in shape.members else one for key, one in value.items()}
    if kind == "list" and isinstance(value, list):
        return [typed(shape.member, one) for one in value]
    if not isinstance(value, str):
        return value
    if PLACEHOLDER.fullmatch(value):
        return value.ljust(shape.metadata.get("min", 0), "_")
    if kind in ("integer", "long", "float", "double"):
        return float(value) if kind in ("float", "double") else int(value)
    if kind == "boolean":
        return {"true": True, "false": False}.get(value, value)
    if getattr(shape, "enum", None) and value not in shape.enum:
        raise WrongCommandError(f"{value} is none of {', '.join(shape.enum)}")
    return value
