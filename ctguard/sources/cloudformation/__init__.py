"""CloudFormation: templates, change sets and CDK output, read into units of declarations.

Nothing here connects to AWS, and nothing outside of the root that the caller
names is read.
"""

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
