"""Make a run again from the files of a bundle, and tell what differs."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import chdir
from datetime import date
from pathlib import Path
from typing import Any, Final

from ctguard.evidence.statement import Recipe
from ctguard.model.errors import CtguardError
from ctguard.model.run_file import write_run
from ctguard.run.config import Config
from ctguard.run.config_file import read_config
from ctguard.run.inputs import Options, load
from ctguard.run.judging import Asked, prepare
from ctguard.sources.cloudformation.inputs import ParameterInputs, PseudoParameters
from ctguard.sources.terraform.hcl.inputs import VariableInputs

_PARTS: Final = ("summary", "unknowns", "errors")
_OF_THE_RUN: Final = ("inputs", "rules_digest", "audited", "left_out")


def made_again(recipe: Recipe, inputs: Path, rules: Path, day: date) -> dict[str, Any]:
    """Return the run that unpacked inputs and shipped rules give on `day`, as plain data; CtguardError."""
    begin = _inside(inputs, str(inputs / recipe.folder))
    begin.mkdir(parents=True, exist_ok=True)  # nothing may have been read there
    with chdir(begin):
        judging = prepare(_asked(recipe, inputs, day), shipped=rules)
        paths = [_inside(inputs, path) for path in recipe.paths]
        _, run = judging.scan(load(paths, _options(recipe, inputs)), paths)
    return plain(write_run(run))


def plain(saved: bytes) -> dict[str, Any]:
    """Return the plain data of a saved run."""
    found: dict[str, Any] = json.loads(saved)
    return found


def differences(made: Mapping[str, Any], again: Mapping[str, Any]) -> list[str]:
    """Return what differs between a run and the same run made again, a line each; the time and id of a run may."""
    return [
        *_differing_items(made["findings"], again["findings"], _finding),
        *_differing_items(made["trails"], again["trails"], lambda one: f"trail {one['resource']['address']}"),
        *(f"{name}: not the same" for name in _PARTS if made[name] != again[name]),
        *(f"run.{name}: not the same" for name in _OF_THE_RUN if made["run"].get(name) != again["run"].get(name)),
    ]


def _finding(finding: Mapping[str, Any]) -> str:
    return f"{finding['rule_id']} on {finding['resource']['address']}"


def _differing_items(made: Any, again: Any, title: Any) -> Iterator[str]:
    """Yield how two lists of findings, or of trails, differ; their order does not count."""
    sides: dict[str, tuple[list[Any], list[Any]]] = defaultdict(lambda: ([], []))
    for side, items in enumerate((made, again)):
        for item in items:
            sides[title(item)][side].append(item)
    for name, (left, right) in sides.items():
        gone = [item for item in left if item not in right]
        new = [item for item in right if item not in left]
        if len(gone) == len(new) == 1:
            yield f"{name}: {_fields(gone[0], new[0])}"
        elif gone or new or len(left) != len(right):
            yield f"{name}: {len(left)} in the run, {len(right)} when made again"


def _fields(left: Mapping[str, Any], right: Mapping[str, Any]) -> str:
    told = [name for name in left if left[name] != right.get(name)]
    if "status" in told:
        return f"{left['status']} in the run, {right['status']} when made again"
    if "verdict" in told:
        return f"{left['verdict']} in the run, {right['verdict']} when made again"
    return f"not the same: {', '.join(told)}"


def _asked(recipe: Recipe, inputs: Path, day: date) -> Asked:
    return Asked(
        folders=[_inside(inputs, path) for path in recipe.rules],
        replace_rules=recipe.replace_rules,
        select=recipe.select,
        ignore=recipe.ignore,
        framework=recipe.framework,
        scope="all" if recipe.everything else "trail",
        baseline=None if recipe.baseline is None else _inside(inputs, recipe.baseline),
        config=Config() if recipe.config is None else read_config(_inside(inputs, recipe.config)),
        today=day,
    )


def _options(recipe: Recipe, inputs: Path) -> Options:
    return Options(
        variables=VariableInputs(
            arguments=recipe.variables,
            files=tuple(_inside(inputs, path) for path in recipe.variable_files),
            region=recipe.region,
            account_id=recipe.account_id,
        ),
        parameters=ParameterInputs(recipe.parameters, PseudoParameters(recipe.account_id, recipe.region)),
        root=None if recipe.root is None else _inside(inputs, recipe.root),
    )


def _inside(inputs: Path, path: str) -> Path:
    """Return a path of a recipe; CtguardError when it leads out of `inputs`, seen from the current folder."""
    if not Path(path).resolve().is_relative_to(inputs):
        raise CtguardError(f"{path}: leads out of the bundle")
    return Path(path)
