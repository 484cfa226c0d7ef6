"""A run as a file: the JSON of the contract, written and read back.

What is written is the structs of `ctguard.model.finding` as they are. What is
read comes from strangers: it is checked against the same structs, every fault
of it named with its place. The JSON Schema for other readers is
`ctguard/schemas/run.schema.json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import reduce
from operator import or_
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, Final, get_args, get_origin

import msgspec

from ctguard.model.errors import CtguardError
from ctguard.model.finding import DIMENSIONS, SCHEMA_VERSION, Run
from ctguard.model.json_keys import DuplicateKeyError, refuse_duplicates
from ctguard.model.visible import SURROGATES, json_without_hidden, visible

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

SCHEMA_FILE: Final = Path(__file__).parent.parent / "schemas" / "run.schema.json"
COUNTS: Final = ("pass", "fail", "unknown", "not_applicable", "waived", "errors")
LARGEST: Final = 512 * 2**20
FAULTS_SHOWN: Final = 5

_ORDER: Final = ("schema_version", *(name for name in Run.__struct_fields__ if name != "schema_version"))
_SURROGATE: Final = re.compile(f"[{SURROGATES}]")


def write_run(run: Run) -> bytes:
    """Return `run` as the JSON of the contract, indented; the same run gives the same bytes."""
    whole = {name: getattr(run, name) for name in _ORDER}
    return write_json(whole)


def write_json(document: Any) -> bytes:
    """Return plain data and structs as indented JSON in UTF-8, fit to be read in a terminal too."""
    try:
        encoded = msgspec.json.encode(document)
    except UnicodeEncodeError:
        encoded = msgspec.json.encode(_without_surrogates(msgspec.to_builtins(document)))
    return json_without_hidden(msgspec.json.format(encoded, indent=2).decode()).encode() + b"\n"


def write_line(document: Any) -> bytes:
    """Return plain data and structs as compact JSON in one line: what the hash of a finding is made of."""
    try:
        return msgspec.json.encode(document) + b"\n"
    except UnicodeEncodeError:
        return msgspec.json.encode(_without_surrogates(msgspec.to_builtins(document))) + b"\n"


def read_run(data: bytes, source: str = "saved run") -> Run:
    """Return the run that `data` holds; raise CtguardError, beginning with `source`, when it holds none."""
    if len(data) > LARGEST:
        raise CtguardError(f"{source}: larger than {LARGEST} bytes", hint="give a run that ctguard wrote")
    _check_version(data, source)
    _check_keys(data, source)
    from pydantic import ValidationError

    try:
        saved = _checked(Run).model_validate_json(data)
    except ValidationError as error:
        raise CtguardError(_told(error, source), hint="give a run that ctguard wrote with -f json") from None
    run = msgspec.convert(saved, Run, from_attributes=True)
    _check_names(run, source)
    return run


class _Version(msgspec.Struct):
    schema_version: Any = None


def _check_version(data: bytes, source: str) -> None:
    try:
        version = msgspec.json.decode(data, type=_Version).schema_version
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise CtguardError(f"{source}: is no run: {error}", hint="give a run that ctguard wrote with -f json") from None
    if version != SCHEMA_VERSION:
        shown = "missing" if version is None else visible(repr(version)[:40])
        raise CtguardError(
            f"{source}: schema_version is {shown}, this ctguard reads '{SCHEMA_VERSION}'",
            hint="read it with the ctguard that wrote it, or make the run again",
        )


def _check_keys(data: bytes, source: str) -> None:
    try:
        json.loads(data, object_pairs_hook=refuse_duplicates)
    except DuplicateKeyError as duplicate:
        raise CtguardError(
            f"{source}: has the key {duplicate} twice in one object", hint="give a run that ctguard wrote with -f json"
        ) from None
    except (ValueError, RecursionError) as error:
        raise CtguardError(f"{source}: is no run: {error}", hint="give a run that ctguard wrote with -f json") from None


def _checked(struct: type[msgspec.Struct]) -> type[BaseModel]:
    """Return the pydantic model of the same fields, which takes nothing else and turns nothing into another type."""
    from pydantic import ConfigDict, create_model

    fields: dict[str, Any] = {
        field.name: (_checked_type(field.type), ... if field.required else field.default)
        for field in msgspec.structs.fields(struct)
    }
    return create_model(struct.__name__, __config__=ConfigDict(extra="forbid", strict=True), **fields)


def _checked_type(hint: Any) -> Any:
    """Return the type with the pydantic model of each struct in it."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return _checked(hint)
    if isinstance(hint, UnionType):
        return reduce(or_, map(_checked_type, get_args(hint)))
    if get_origin(hint) in (tuple, Mapping):
        return get_origin(hint)[tuple(map(_checked_type, get_args(hint)))]
    return hint


def _told(error: ValidationError, source: str) -> str:
    faults = error.errors(include_url=False, include_input=False)
    told = "; ".join(f"{_place(fault['loc'])}{fault['msg']}" for fault in faults[:FAULTS_SHOWN])
    more = f"; and {len(faults) - FAULTS_SHOWN} more" if len(faults) > FAULTS_SHOWN else ""
    return f"{source}: {visible(told)}{more}"


def _place(steps: tuple[int | str, ...]) -> str:
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")
    return f"{place}: " if place else ""


def _check_names(run: Run, source: str) -> None:
    """Check the keys of the two maps, which types do not name."""
    _same_names(run.summary, COUNTS, f"{source}: summary")
    for index, trail in enumerate(run.trails):
        strangers = set(trail.dimensions) - set(DIMENSIONS)
        if strangers:
            raise CtguardError(
                f"{source}: trails[{index}].dimensions: there is no dimension {visible(min(strangers))}",
                hint=f"the dimensions are {', '.join(DIMENSIONS)}",
            )


def _same_names(found: Mapping[str, Any], wanted: tuple[str, ...], place: str) -> None:
    if set(found) != set(wanted):
        raise CtguardError(f"{place}: must hold {', '.join(wanted)}", hint="give a run that ctguard wrote with -f json")


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", value)
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_surrogates(item) for item in value]
    return value
