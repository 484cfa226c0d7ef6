"""Tell by its bytes what a file is, before anything is parsed; and whether it can matter."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

_RESOURCE_TYPE: Final = re.compile(
    rb"""["']?Type["']?\s*:\s*(?:!!str\s+)?["']?(?:AWS|Custom|Alexa|[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64})::"""
)
_FORMAT_VERSION: Final = re.compile(rb"""["']?AWSTemplateFormatVersion["']?\s*:""")
_JSON_RESOURCES: Final = re.compile(rb'(?<!\\)"Resources"\s*:\s*\{')
_FIRST_LINE: Final = re.compile(rb"""^([ \t]*)[^\s#%]""", re.MULTILINE)
# The AWS CLI writes the list of changes before the name of the change set.
_CHANGES: Final = re.compile(rb'"(?:ChangeSetId|ChangeSetName|ResourceChange)"\s*:')
_CHANGE_LIST: Final = re.compile(rb'"Changes"\s*:\s*\[')

# What may bring resources of a type that the file itself never mentions.
_MAY_BRING_MORE: Final = re.compile(rb"AWS::CloudFormation::Stack|Transform|::MODULE|Fn::ForEach|Macro|AWS::Serverless")
_ESCAPE: Final = re.compile(rb"\\(?:[xuU/]|\r?\n)")


def is_template(content: bytes) -> bool:
    """Return whether this is evidently a CloudFormation template, sound or broken.

    `content` is the file's, in UTF-8 or UTF-16; its first 64 KiB are enough for
    templates that begin with what they are.
    """
    content = _plain(content)
    if not (_RESOURCE_TYPE.search(content) or _FORMAT_VERSION.search(content)):
        return False
    if content.lstrip()[:1] == b"{":
        return bool(_JSON_RESOURCES.search(content) or _FORMAT_VERSION.search(content))
    return _has_top_level_key(content)


def _has_top_level_key(content: bytes) -> bool:
    for first in _FIRST_LINE.finditer(content):
        if content.startswith((b"---", b"..."), first.start(1)):
            continue
        key = rb"""^%s["']?(?:Resources|AWSTemplateFormatVersion)["']?\s*:""" % re.escape(first[1])
        return re.search(key, content, re.MULTILINE) is not None
    return False


def is_change_set(content: bytes) -> bool:
    """Return whether this is what `aws cloudformation describe-change-set` prints; its first 64 KiB are enough."""
    content = _plain(content)
    return content.lstrip()[:1] == b"{" and bool(_CHANGES.search(content) and _CHANGE_LIST.search(content))


def may_matter(content: bytes, wanted: frozenset[str]) -> bool:
    """Return whether a template may declare a resource of the `wanted` types; when in doubt, yes."""
    if not _RESOURCE_TYPE.search(content):
        return True
    return bool(_mention(wanted).search(content) or _MAY_BRING_MORE.search(content) or _ESCAPE.search(content))


@cache
def _mention(wanted: frozenset[str]) -> re.Pattern[bytes]:
    return re.compile("|".join(map(re.escape, sorted(wanted))).encode() if wanted else rb"(?!)")


def _plain(content: bytes) -> bytes:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content[: len(content) // 2 * 2].decode("utf-16", "replace").encode()
    return content.removeprefix(b"\xef\xbb\xbf")
