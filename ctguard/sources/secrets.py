"""Which texts give a secret away, if the secret is a document: the texts inside of it.

A report does not quote a policy as it was written, it names a statement, an ARN,
a condition's value. Words that every policy has stay readable: they tell nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

SHORTEST_PIECE: Final = 5
DEEPEST: Final = 40
MOST_PIECES: Final = 2_000
LONGEST: Final = 2_000_000

# IAM User Guide, "Grammar of the IAM JSON policy language" and "IAM JSON policy elements: Condition operators";
# values of keys that stand in every bucket policy; folders that CloudTrail writes and types of resources in ARNs.
_WORDS: Final = """
    version id statement sid effect principal notprincipal action notaction resource notresource condition
    allow deny aws service federated canonicaluser 2012-10-17 2008-10-17 true false null none
    bucket-owner-full-control aes256 aws:kms aws:kms:dsse rest-header
    awslogs cloudtrail cloudtrail-digest cloudtrail-insight alias trail topic assumed-role log-group log-stream
    policy federated-user instance-profile service-role aws-service-role role user group root key
"""
_SAYS_NOTHING: Final = frozenset(_WORDS.split())
_OPERATOR: Final = re.compile(
    r"(?:For(?:All|Any)Values?:)?(?:(?:String|Numeric|Date|Arn)(?:Not)?(?:Equals|Like|LessThan|GreaterThan)(?:Equals)?"
    r"(?:IgnoreCase)?|Bool|BinaryEquals|(?:Not)?IpAddress|Null)(?:IfExists)?",
    re.IGNORECASE,
)
_SERVICES: Final = (
    "aws|s3|kms|sns|sqs|iam|sts|logs|events|lambda|ec2|cloudtrail|cloudtrail-data|cloudwatch|config|organizations|"
    "vpce|saml|cognito-identity\\.amazonaws\\.com"
)
_ACTION_OR_KEY: Final = re.compile(rf"(?:{_SERVICES}):[A-Za-z*?][\w*?-]*", re.IGNORECASE)
_SERVICE_PRINCIPAL: Final = re.compile(r"(?:delivery\.)?[a-z0-9-]+\.amazonaws\.com(?:\.cn)?")
_ARN: Final = re.compile(r"arn:[^:]*:[^:]*:[^:]*:([^:]*):(.+)", re.DOTALL)


def pieces(text: str) -> Iterator[str]:
    """Yield the texts inside of `text`, if it is JSON, that would give away what it says, at any depth."""
    found: dict[str, None] = {}
    for one in _within(text, DEEPEST):
        for piece in (one, *_parts_of_arn(one)):
            if len(piece) >= SHORTEST_PIECE and not says_nothing(piece):
                found[piece] = None
        if len(found) >= MOST_PIECES:
            break
    yield from found


def says_nothing(text: str) -> bool:
    """Return whether a text is a word of the policy language, or of AWS, and so part of every policy."""
    return text.lower() in _SAYS_NOTHING or any(
        one.fullmatch(text) for one in (_OPERATOR, _ACTION_OR_KEY, _SERVICE_PRINCIPAL)
    )


def _within(value: Any, depth: int) -> Iterator[str]:
    """Yield the texts in a value, keys of maps too; a text that is JSON is looked into."""
    if depth == 0:
        return
    if isinstance(value, str):
        document = _document(value)
        if document is not None:
            for one in _texts(document, depth):
                yield one
                yield from _within(one, depth - 1)


def _texts(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth and isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _texts(item, depth - 1)
    elif depth and isinstance(value, list):
        for item in value:
            yield from _texts(item, depth - 1)


def _document(text: str) -> dict[str, Any] | list[Any] | None:
    if text.lstrip()[:1] not in ("{", "[") or len(text) > LONGEST:
        return None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict | list) else None


def _parts_of_arn(text: str) -> Iterator[str]:
    """Yield the account and the names of an ARN: reports show each of them without the rest."""
    found = _ARN.fullmatch(text)
    if found is not None:
        for part in (found[1], *re.split(r"[/:]", found[2])):
            yield part.strip("*?")
