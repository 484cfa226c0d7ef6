"""What all modules of one input share while they are evaluated.

Named values (variables, local values, attributes of resources) are worked out
when they are first asked for, and kept. `Evaluation.named` is the one door to
them: it notices values that lead back to themselves, counts how far references
go, and turns an error into an unknown at the name where it belongs, so that
`try` in another place does not catch it, as in Terraform.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from ctguard.model.errors import Fault
from ctguard.model.values import Document, PartialList, PartialMap, PartialText, Unknown, Value
from ctguard.sources.terraform.functions import FunctionContext, FunctionError
from ctguard.sources.terraform.functions.failure import UndecidedError
from ctguard.sources.terraform.hcl.compiler import compile_template
from ctguard.sources.terraform.hcl.files import files_below, is_inside, read_regular_file
from ctguard.sources.terraform.hcl.inputs import VariableInputs
from ctguard.sources.terraform.hcl.limits import (
    MAX_PARTS,
    MAX_REFERENCES_IN_A_ROW,
    Budget,
    ExhaustedError,
    LimitError,
)
from ctguard.sources.terraform.hcl.scope import Scope

Key = TypeVar("Key", bound=Hashable)
_ABSENT: Any = object()
_PENDING: Any = object()
_BEGIN_OF_ARN = re.compile(r"arn:[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:?")  # in every report, and telling nothing
_COMPOUND = (list, dict, PartialList, PartialMap, Document)


class Evaluation:
    """The state of evaluating one root module (or one file by itself)."""

    def __init__(self, root: Path, boundary: Path, inputs: VariableInputs) -> None:
        self.root = root
        self.boundary = boundary
        self.inputs = inputs
        self.budget = Budget()
        self.met: list[Value] | None = None
        self.context = FunctionContext(self._read_bytes, self._render, self._list_files)
        self.faults: dict[Fault, None] = {}
        self.unseen: dict[str, Unknown] = {}
        self.handed: dict[str, Unknown] = {}
        self.secrets: set[str] = set()
        self.is_tainted = False
        self._tainted: set[str] = set()
        self._stack: list[str] = []
        self._is_exhausted = False

    def named(self, cache: dict[Key, Value], key: Key, name: str, compute: Callable[[], Value]) -> Value:
        """Return the value that is called `name`, from the cache or by computing it once."""
        found = cache.get(key, _ABSENT)
        if found is _PENDING:
            return self._cycle(name)
        if found is not _ABSENT:
            if name in self._tainted:
                self.is_tainted = True
            return found
        if len(self._stack) >= MAX_REFERENCES_IN_A_ROW:
            raise LimitError(f"refers to values more than {MAX_REFERENCES_IN_A_ROW} references away")
        cache[key] = _PENDING
        self._stack.append(name)
        met, self.met = self.met, None  # an error in there is not one that a `try` out here catches
        around, self.is_tainted = self.is_tainted, False
        try:
            value = compute()
            self.keep_if_tainted(value)
            if isinstance(value, _COMPOUND):
                self.budget.weigh(value)
        except FunctionError as refusal:
            value = Unknown(name, f"cannot be evaluated: {refusal}", "correct the expression")
        except UndecidedError as reason:
            value = Unknown(name, str(reason), "scan the plan")
        except BaseException:
            del cache[key]
            raise
        finally:
            self._stack.pop()
            self.met = met
            if self.is_tainted:
                self._tainted.add(name)
            self.is_tainted = self.is_tainted or around
        cache[key] = value
        return value

    def _cycle(self, name: str) -> Unknown:
        circle = " -> ".join([*self._stack[self._stack.index(name) :], name])
        self.fault(name, "cycle", f"refers to itself: {circle}")
        return Unknown(name, f"refers to itself: {circle}", "break the circle")

    def too_much(self, name: str, place: object, limit: BaseException) -> Unknown:
        """Return what stands for a value that asks for more than we give, and note a fault."""
        reason = str(limit) if isinstance(limit, LimitError) else "is nested too deeply"
        if not self._is_exhausted:  # nothing can be evaluated from then on; the first place is the one to look at
            self.fault(str(place), "limit", f"{name} {reason}")
        self._is_exhausted = isinstance(limit, ExhaustedError)
        return Unknown(name, reason, "simplify the expression")

    def fault(self, source: str, kind: str, message: str) -> None:
        """Note a fault, once."""
        self.faults[Fault(source, kind, message)] = None

    def has_tainted(self, name: str) -> bool:
        """Return whether the named value was computed from a sensitive one."""
        return name in self._tainted

    def keep_if_tainted(self, value: Value) -> None:
        """Note a text that was just computed, if a sensitive value was read on the way; parts keep their own."""
        if self.is_tainted and isinstance(value, str):
            self.keep_secret(value)
        elif self.is_tainted and isinstance(value, PartialText):
            known = (part for part in value.parts if isinstance(part, str))
            self.secrets.update(part for part in known if not _BEGIN_OF_ARN.fullmatch(part))

    def keep_secret(self, value: Value) -> None:
        """Note the texts in `value` as ones that no report may show."""
        if isinstance(value, str):
            if value:
                self.secrets.add(str(value))
        elif isinstance(value, PartialText):
            self.secrets.update(part for part in value.parts if isinstance(part, str))
        elif isinstance(value, Document):
            self.keep_secret(value.value)
        else:
            for item in _items(value):
                self.keep_secret(item)

    def _read_bytes(self, name: str) -> bytes | Unknown:
        path = self.root / name
        if not is_inside(path, self.boundary):
            return Unknown(
                f"file {name}", "lies outside of the scanned folder", "scan a folder that holds it", is_set=True
            )
        return read_regular_file(path)

    def _list_files(self, name: str) -> Iterable[str] | Unknown:
        path = self.root / name
        if not is_inside(path, self.boundary):
            return Unknown(
                f"files in {name}", "lie outside of the scanned folder", "scan a folder that holds them", is_set=True
            )
        return files_below(path, MAX_PARTS)

    def _render(self, template: str, variables: dict[str, Value]) -> Value:
        if len(self._stack) >= MAX_REFERENCES_IN_A_ROW:
            raise LimitError("renders templates within templates without end")
        self._stack.append("template")
        try:
            return compile_template(template)(Scope(self, None, variables))
        finally:
            self._stack.pop()


def _items(value: Value) -> Iterable[Value]:
    if isinstance(value, dict):
        return value.values()
    if isinstance(value, PartialMap):
        return value.items.values()
    if isinstance(value, PartialList):
        return value.items
    return value if isinstance(value, list) else ()
