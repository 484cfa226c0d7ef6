"""CloudFormation: templates, change sets and CDK output, read into units of declarations.

Nothing here connects to AWS, and nothing outside of the root that the caller
names is read.
"""

from ctguard.sources.cloudformation.detection import is_change_set, is_template
from ctguard.sources.cloudformation.inputs import ParameterInputs, PseudoParameters, read_parameter_file
from ctguard.sources.cloudformation.reader import read_template

__all__ = [
    "ParameterInputs",
    "PseudoParameters",
    "is_change_set",
    "is_template",
    "read_parameter_file",
    "read_template",
]
