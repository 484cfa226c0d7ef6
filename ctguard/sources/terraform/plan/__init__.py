"""Terraform plans and states as JSON.

`read_plan` takes what `terraform show -json` prints of a plan or a state, and
raw state files; `kind_of` tells them by their first bytes. Two modules know the
format (`shapes`, `state`), one the three kinds of values (`values`), one how a
value leads to the resource that it was taken from (`references`), one where a
resource stands in the source files beside the plan (`source_lines`).
"""

from ctguard.sources.terraform.plan.detection import kind_of
from ctguard.sources.terraform.plan.read import read_plan

__all__ = ["kind_of", "read_plan"]
