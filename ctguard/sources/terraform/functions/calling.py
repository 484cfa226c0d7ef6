"""Call a function by its name: convert the arguments, ask the implementation, settle what is unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from msgspec import Struct

from ctguard.model.values import Unknown, Value
from ctguard.sources.terraform.functions.derivation import described, doubt
from ctguard.sources.terraform.functions.failure import UndecidedError
from ctguard.sources.terraform.functions.parameters import prepared
from ctguard.sources.terraform.functions.table import FUNCTIONS, NULLABLE

LONGEST_TEXT = 16 * 1024 * 1024


class FunctionContext(Struct, frozen=True):
    """What functions may ask of the world.

    `read_bytes(path)` returns a file's content, an Unknown for a path that must
    not be read (one outside the root), and raises OSError where there is no such
    file or it is not a regular one. `render(template, variables)` returns a
    template evaluated with exactly these variables; it raises FunctionError where
    Terraform refuses. `list_files(folder)` yields the paths of all files below a
    folder, relative to it, with `/`; without it `fileset` is unknown.
    """

    read_bytes: Callable[[str], bytes | Unknown]
    render: Callable[[str, dict[str, Value]], Value]
    list_files: Callable[[str], Iterable[str] | Unknown] | None = None


def call(name: str, arguments: list[Value], context: FunctionContext) -> Value:
    """Return what Terraform's function `name` returns for `arguments`, as far as that is known.

    Raises FunctionError where Terraform would refuse the call. A function that
    ctguard does not know, of a provider for instance, gives an Unknown.
    """
    name = name.removeprefix("core::")
    row = FUNCTIONS.get(name)
    if row is None:
        return _unanswered(name, arguments, "is a function that ctguard does not know", is_set=False)
    place, specification = row
    try:
        converted, missing = prepared(specification, arguments)
        if missing is not None:
            return doubt(missing, name, *arguments, is_set=name not in NULLABLE)
        implementation = _implementation(place)
        if place.startswith("files."):
            converted.insert(0, context)
        return _settled(implementation(*converted))
    except UndecidedError as reason:
        return _unanswered(name, arguments, str(reason), is_set=name not in NULLABLE)
    except RecursionError:
        return _unanswered(name, arguments, "has an argument nested too deeply", is_set=False)


_loaded: dict[str, Callable[..., Value]] = {}


def _implementation(place: str) -> Callable[..., Value]:
    found = _loaded.get(place)
    if found is None:
        module, _, attribute = place.partition(".")
        found = _loaded[place] = getattr(import_module(f"ctguard.sources.terraform.functions.{module}"), attribute)
    return found


def _unanswered(name: str, arguments: list[Value], why: str, *, is_set: bool) -> Unknown:
    return Unknown(what=f"{name}()", why=why, is_set=is_set, via=described(name, tuple(arguments)))


def _settled(result: Any) -> Value:
    """Return `result` within our limits, its text composed as Terraform composes all of its strings (NFC)."""
    if not isinstance(result, str):
        return result
    if len(result) > LONGEST_TEXT:
        raise UndecidedError("is longer than is worked out here")
    if result.isascii():
        return result
    from unicodedata import is_normalized, normalize

    return result if is_normalized("NFC", result) else normalize("NFC", result)
