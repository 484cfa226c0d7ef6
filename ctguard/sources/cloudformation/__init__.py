"""CloudFormation: templates, change sets and CDK output, read into units of declarations.

Nothing here connects to AWS, and nothing outside of the root that the caller
names is read. What is exported is imported when it is first asked for: a change
set needs no YAML, and telling what a file is needs nothing of either.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ctguard.sources.cloudformation.cdk import is_cdk_output, read_cdk_output
    from ctguard.sources.cloudformation.change_set import read_change_set
    from ctguard.sources.cloudformation.detection import is_change_set, is_template
    from ctguard.sources.cloudformation.inputs import ParameterInputs, PseudoParameters, read_parameter_file
    from ctguard.sources.cloudformation.reader import read_template

__all__ = [
    "ParameterInputs",
    "PseudoParameters",
    "is_cdk_output",
    "is_change_set",
    "is_template",
    "read_cdk_output",
    "read_change_set",
    "read_parameter_file",
    "read_template",
]

_HOME: Final = {
    "ParameterInputs": "inputs",
    "PseudoParameters": "inputs",
    "is_cdk_output": "cdk",
    "is_change_set": "detection",
    "is_template": "detection",
    "read_cdk_output": "cdk",
    "read_change_set": "change_set",
    "read_parameter_file": "inputs",
    "read_template": "reader",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
