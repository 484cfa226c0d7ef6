"""Terraform plans and states as JSON.

`read_plan` takes what `terraform show -json` prints of a plan or a state, and
raw state files; `kind_of` tells them by their first bytes. `shapes` knows the
format, `planned` and `state` make declarations of it, `values` tells the three
kinds of values apart, `references` leads from a value to the resource that it was
taken from, `source_lines` to the lines of the source beside the plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ctguard.sources.terraform.plan.detection import kind_of

if TYPE_CHECKING:
    from ctguard.sources.terraform.plan.read import read_plan

__all__ = ["kind_of", "read_plan"]


def __getattr__(name: str) -> Any:
    """Load the reader when it is asked for: whoever only tells files apart does without the decoder."""
    if name != "read_plan":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from ctguard.sources.terraform.plan.read import read_plan

    return read_plan
