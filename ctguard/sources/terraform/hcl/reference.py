"""References: which names belong to the thing that is meant, and which lead on into it."""

from __future__ import annotations

from collections.abc import Sequence

from ctguard.model.values import Value
from ctguard.sources.terraform.hcl.body import Expression
from ctguard.sources.terraform.hcl.limits import EvaluationError
from ctguard.sources.terraform.hcl.scope import Scope, Step
from ctguard.sources.terraform.hcl.traversal import attribute

# How many names after the first say what is meant: var.NAME, data.TYPE.NAME; every other word is a resource type.
_NAMES_OF = {"var": 1, "local": 1, "path": 1, "terraform": 1, "module": 1, "data": 2, "ephemeral": 2, "resource": 2}
_ONLY_IN_BLOCKS = {
    "each": "each is only there in a block with for_each",
    "count": "count is only there in a block with count",
    "self": "self is only there in a provisioner or connection",
}


def reference(root: str, names: Sequence[str], steps: Sequence[Step]) -> Expression:
    """Return the expression `root.name.name...` followed by `steps`."""
    taken = _NAMES_OF.get(root, 1)
    meant, onward = tuple(names[:taken]), list(names[taken:])

    def evaluate(scope: Scope) -> Value:
        if root in scope.names:
            value = scope.names[root]
            if scope.is_tainted:
                scope.surroundings.is_tainted = True
            for name in names:
                value = attribute(value, name)
        else:
            value = _global(scope, root, meant, taken)
            for name in onward:
                value = attribute(value, name)
        for step in steps:
            value = step(value, scope)
        met = scope.surroundings.met
        if met is not None:
            met.append(value)
        return value

    return evaluate


def _global(scope: Scope, root: str, names: tuple[str, ...], taken: int) -> Value:
    if root in _ONLY_IN_BLOCKS:
        raise EvaluationError(_ONLY_IN_BLOCKS[root])
    if len(names) < taken:
        raise EvaluationError(f"{'.'.join((root, *names))} is not a reference")
    if scope.module is None:
        raise EvaluationError(f"{'.'.join((root, *names))} cannot be used here")
    return scope.module.look_up(root, names)
