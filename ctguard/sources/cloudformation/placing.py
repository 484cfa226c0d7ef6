"""Where a part of an evaluated resource is written.

What a rule looks at is a value; what a person edits is the template. A path into
values is followed back through the branches and lists that they came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from ctguard.model.location import Location, Path, Step
from ctguard.sources.cloudformation.conditions import truth
from ctguard.sources.cloudformation.evaluate import list_items
from ctguard.sources.cloudformation.stack import Stack
from ctguard.sources.cloudformation.template import Resource


class ResourcePlaces(Struct, frozen=True, eq=False):
    """The places of one resource: paths go into its evaluated properties, the empty path is all of it."""

    stack: Stack
    resource: Resource

    def at(self, path: Path) -> Location | None:
        """Return where `path` is written, else its nearest enclosing part."""
        written = [*self.resource.origin, "Properties"] if path else [*self.resource.origin]
        part: Any = self.resource.properties
        for step in path:
            part = self._through_branches(part, written)
            found = self._written_step(part, step)
            if found is None:
                break
            written.append(found)
            part = part[found]
        return self.stack.template.lines.at(tuple(written))

    def _through_branches(self, part: Any, written: list[Step]) -> Any:
        while isinstance(part, dict) and len(part) == 1 and "Fn::If" in part:
            argument = part["Fn::If"]
            holds = truth(argument[0], self.stack) if isinstance(argument, list) and len(argument) == 3 else None
            if not isinstance(holds, bool):
                break
            branch = 1 if holds else 2
            written += ["Fn::If", branch]
            part = argument[branch]
        return part

    def _written_step(self, part: Any, step: Step) -> Step | None:
        if isinstance(part, dict):
            return step if step in part else None
        if isinstance(part, list) and isinstance(step, int):
            return self._written_item(part, step)
        return None

    def _written_item(self, part: list[Any], step: int) -> int | None:
        certain: Sequence[int] = range(len(part))
        if any(item is None or _is_call(item) for item in part):
            certain = [index for index, _, is_certain in list_items(part, self.stack) if is_certain]
        return certain[step] if 0 <= step < len(certain) else None


def _is_call(item: Any) -> bool:
    """Return whether an item is a function, which may leave it out of its list."""
    return isinstance(item, dict) and len(item) == 1 and next(iter(item)).startswith(("Ref", "Fn::"))
