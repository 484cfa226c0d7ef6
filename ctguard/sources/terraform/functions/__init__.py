"""The built-in functions of Terraform 1.11, over values in which not everything is known.

`call` takes a function's name and its evaluated arguments and returns what
Terraform would return, as much of it as is known. Evaluating the arguments, and
the two functions that look at errors (`try`, `can`), are the evaluator's work.

Values are those of `ctguard.model.values`. Terraform's sets are lists here,
without duplicates and in Terraform's own order; tuples are lists, objects are
maps. Numbers are int where they are whole, else float.
"""

from ctguard.sources.terraform.functions.calling import FunctionContext, call
from ctguard.sources.terraform.functions.failure import FunctionError
from ctguard.sources.terraform.functions.json_form import json_text

__all__ = ["FunctionContext", "FunctionError", "call", "json_text"]
