"""The parameters of a template: what they are declared to be, and the values that they get."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from ctguard.model.values import PartialText, Unknown, Value
from ctguard.sources.cloudformation.absent import ABSENT
from ctguard.sources.cloudformation.inputs import scalar_text
from ctguard.sources.cloudformation.texts import as_text, derived


class Parameter(Struct, frozen=True):
    """One entry of `Parameters`; None stands for what it does not say."""

    name: str
    type: str = "String"
    default: str | None = None
    allowed: tuple[str, ...] = ()
    min_length: int = 0
    is_secret: bool = False

    @property
    def is_list(self) -> bool:
        return self.type == "CommaDelimitedList" or self.type.startswith("List<")

    @property
    def names_stored_value(self) -> bool:
        """Whether its value is read from the SSM parameter that it names."""
        return self.type.startswith("AWS::SSM::Parameter::Value<")

    def admits(self, value: str) -> bool:
        """Return whether the parameter could have this value; False only where CloudFormation would refuse it."""
        if self.allowed and not self.is_list and value not in self.allowed:
            return False
        if self.type == "Number":
            return _number(value) is not None
        return self.is_list or len(value) >= self.min_length


def declared_parameter(name: str, body: Any) -> Parameter:
    """Return a parameter as its declaration describes it."""
    body = body if isinstance(body, dict) else {}
    default = body.get("Default")
    allowed = body.get("AllowedValues")
    min_length = as_text(body.get("MinLength"))
    as_list = isinstance(default, list) and all(isinstance(item, str | int | float) for item in default)
    return Parameter(
        name=name,
        type=str(body.get("Type", "String")),
        default=",".join(map(scalar_text, default)) if as_list else _scalar(default),
        allowed=tuple(one for item in allowed if (one := _scalar(item)) is not None)
        if isinstance(allowed, list)
        else (),
        min_length=int(min_length) if isinstance(min_length, str) and min_length[:9].isdigit() else 0,
        is_secret=_scalar(body.get("NoEcho")) == "true",
    )


def _scalar(value: Any) -> str | None:
    return scalar_text(value) if isinstance(value, str | bool | int | float) else None


def parameter_value(parameter: Parameter, given: Value, prefix: str) -> Value:
    """Return the value that a parameter has when the caller gives `given`, `ABSENT` where nothing is given."""
    chosen = parameter.default if given is ABSENT or given is None else given
    if chosen is None and len(parameter.allowed) == 1 and not parameter.is_list:
        chosen = parameter.allowed[0]
    if parameter.names_stored_value:
        stored = chosen if isinstance(chosen, str) else f"of parameter {prefix}{parameter.name}"
        return Unknown(f"SSM parameter {stored}", "is read when the stack is deployed", is_set=True)
    if chosen is None:
        return Unknown(
            f"parameter {prefix}{parameter.name}",
            "has no value and no default",
            f"--param {parameter.name}=..." if not prefix else f"set it among the Parameters of {prefix.rstrip('/')}",
        )
    return _typed(parameter, chosen)


def _typed(parameter: Parameter, value: Value) -> Value:
    if parameter.is_list:
        if isinstance(value, str):
            return [item.strip() for item in value.split(",")] if value else []
        return derived(parameter.type, value) if isinstance(value, PartialText) else value
    text = as_text(value)
    if parameter.type == "Number" and isinstance(text, str) and (number := _number(text)) is not None:
        return number if str(number) == text else text
    return value if text is None else text


def _number(text: str) -> int | float | None:
    if len(text) > 30 or text.strip().lower().lstrip("+-")[:3] in ("inf", "nan"):
        return None
    try:
        return int(text) if text.lstrip("+-").isdigit() else float(text)
    except ValueError:
        return None
