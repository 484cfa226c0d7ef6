"""What names in a policy must look like: principals, actions, resources, condition keys, policy variables.

AWS refuses to store a name of another form (IAM User Guide, "AWS JSON policy
elements: Principal", "IAM identifiers", "Grammar of the IAM JSON policy
language"). To judge one all the same would be to judge a name that is nobody's.
Every function returns what is wrong, or None.
"""

from __future__ import annotations

import re
from typing import Final

from ctguard.policy.request import AWS, CANONICAL, FEDERATED, SERVICE

_ACCOUNT: Final = re.compile(r"[0-9]{12}")
_ARN: Final = re.compile(
    r"arn:aws[a-z-]*:(?:"
    r"iam::[0-9]{12}:(?:root|user/.+|role/.+)"
    r"|iam::cloudfront:user/.+"  # an origin access identity of CloudFront
    r"|sts::[0-9]{12}:(?:assumed-role/[^/]+/.+|federated-user/.+)"
    r")"
)
_UNIQUE_ID: Final = re.compile(r"A[A-Z0-9]{15,127}")
_SERVICE: Final = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_VARIABLE: Final = re.compile(r"\$\{[^{}]*[^{}\s][^{}]*\}")
_ARN_COLONS: Final = 5


def fault_of_everybody(kind: str, *, negated: bool) -> str | None:
    """Say why "*" is no principal of a type: only AWS principals can be everybody, and services in Principal."""
    if kind in (FEDERATED, CANONICAL) or (kind == SERVICE and negated):
        return f'"*" is no principal of type {kind}'
    return None


def fault_of_principal(kind: str, name: str) -> str | None:
    """Say why a name is no principal of a type; a unique id (AROA...) is what AWS shows of a deleted one."""
    if kind == AWS and not any(form.fullmatch(name) for form in (_ACCOUNT, _ARN, _UNIQUE_ID)):
        return f'the principal "{name}" is neither an account id nor the ARN of a root, user, role or session'
    if kind == SERVICE and not _SERVICE.fullmatch(name):
        return f'the principal "{name}" is no service, such as cloudtrail.amazonaws.com'
    return None


def fault_of_action(text: str) -> str | None:
    """Say why a text is no action."""
    service, _, name = text.partition(":")
    well_formed = service and name and ":" not in name and not any(char.isspace() for char in text)
    return None if text == "*" or well_formed else 'must look like "service:Action" or be "*"'


def fault_of_resource(text: str) -> str | None:
    """Say why a text is no resource; what has a wildcard may stand for any number of an ARN's components."""
    if text and not text.strip("*"):
        return None
    open_ended = "*" in text or "?" in text or "${" in text
    is_arn = text.startswith("arn:") if not open_ended else text[:1] in "a*?$" and ":" in text
    if not is_arn:
        return 'must be an ARN or "*"'
    if not open_ended and text.count(":") < _ARN_COLONS:
        return "must be an ARN of six components"
    return None


def fault_of_key(key: str) -> str | None:
    """Say why a text is no condition key."""
    prefix, _, name = key.partition(":")
    return None if prefix and name else f'the condition key "{key}" must look like "service:Key"'


def fault_of_variables(text: str) -> str | None:
    """Say what is wrong with the policy variables in a text."""
    if "${" in text and "${" in _VARIABLE.sub("", text):
        return f'"{text}" holds a policy variable that is empty or has no end'
    return None
