"""Builders: write a template with one call, read it, look at one value of it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from ctguard.model.values import Unknown, Value
from ctguard.sources.cloudformation import ParameterInputs, PseudoParameters, read_template
from ctguard.sources.declaration import Declaration, Unit

REGION = "eu-west-1"
ACCOUNT = "111122223333"
DEPLOYED = PseudoParameters(account_id=ACCOUNT, region=REGION)
NOWHERE = PseudoParameters()

THING = "Custom::Thing"


def read(
    content: str | bytes | dict[str, Any],
    *,
    folder: Path | None = None,
    name: str = "template.yaml",
    pseudo: PseudoParameters = NOWHERE,
    wanted: frozenset[str] | None = None,
    **parameters: str,
) -> Unit:
    """Write `content` to a file and read it."""
    if isinstance(content, dict):
        content = json.dumps(content)
    with tempfile.TemporaryDirectory() as made:
        path = (folder or Path(made)) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        unit = read_template(
            path,
            display=name,
            parameters=ParameterInputs(parameters, pseudo),
            root=folder or Path(made),
            wanted=wanted,
        )
        for one in unit.declarations:  # what is read late has to be read while the files are there
            dict(one.values) if not hasattr(one.values, "rest") else None
        return unit


def thing(expression: Any, **sections: Any) -> dict[str, Any]:
    """Return a template with one resource, whose property `Value` is `expression`."""
    resources = {"Thing": {"Type": THING, "Properties": {"Value": expression}}} | sections.pop("Resources", {})
    return {"AWSTemplateFormatVersion": "2010-09-09", **sections, "Resources": resources}


def evaluated(
    expression: Any, *, given: dict[str, str] | None = None, pseudo: PseudoParameters = NOWHERE, **sections: Any
) -> Value:
    """Return the value of `expression` in a template with `sections`; None where it is left out."""
    unit = read(thing(expression, **sections), pseudo=pseudo, name="template.json", **(given or {}))
    assert unit.faults == ()
    return declared(unit, "Thing").values.get("Value")


def declared(unit: Unit, address: str) -> Declaration:
    """Return the declaration at `address`."""
    return next(one for one in unit.declarations if one.address == address)


def unknown(value: Value) -> Unknown:
    """Return `value`, which has to be an unknown as a whole."""
    assert isinstance(value, Unknown), value
    return value
