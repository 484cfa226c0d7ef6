"""What the files of one module declare, by name, with override files merged in.

Reading a block's body is put off until somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from ctguard.sources.terraform.hcl.body import Attribute, Block

ResourceKey = tuple[str, str, str]
"""Mode ("managed", "data", "ephemeral"), type and name."""

_MODES = {"resource": "managed", "data": "data", "ephemeral": "ephemeral"}
_TWO_LABELS = 2


class Declared(Struct):
    """Everything that a module declares.

    One address may be declared twice, which Terraform refuses: all blocks are
    kept, the first is the one that references mean.
    """

    variables: dict[str, Block] = field(default_factory=dict)
    locals: dict[str, Attribute] = field(default_factory=dict)
    outputs: dict[str, Block] = field(default_factory=dict)
    modules: dict[str, Block] = field(default_factory=dict)
    providers: list[Block] = field(default_factory=list)
    resources: dict[ResourceKey, list[Block]] = field(default_factory=dict)

    def add(self, blocks: Iterable[Block], *, override: bool = False) -> None:
        """Take in the blocks of one file; those of an override file go over what is there already."""
        for block in blocks:
            kind, labels = block.kind, block.labels
            if kind in _MODES and len(labels) >= _TWO_LABELS:
                self._add_resource((_MODES[kind], labels[0], labels[1]), block, override)
            elif kind == "locals":
                self.locals.update(block.body.attributes)
            elif kind == "provider":
                self.providers.append(block)
            elif kind in ("variable", "output", "module") and labels:
                table = {"variable": self.variables, "output": self.outputs, "module": self.modules}[kind]
                before = table.get(labels[0])
                table[labels[0]] = before.overridden_by(block) if override and before is not None else block

    def _add_resource(self, key: ResourceKey, block: Block, override: bool) -> None:
        blocks = self.resources.setdefault(key, [])
        if override and blocks:
            blocks[:] = [before.overridden_by(block) for before in blocks]
        else:
            blocks.append(block)
