"""Which layer of permission a verdict on an account's policies is about, and which it does not see.

A resource's own policy is one of several things that decide who gets in. Code shows no more of them than it declares;
of an account the report says where the verdict ends. (S3 User Guide, "How Amazon S3 authorizes a request";
KMS Developer Guide, "Determining access to AWS KMS keys".)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ctguard.model.finding import Leaf
from ctguard.model.logic import Status
from ctguard.model.resource import Resource

SEEN: Final[Mapping[str, str]] = {
    "bucket": "the bucket policy",
    "key": "the key's own policy, and the one that RAM gives it",
    "topic": "the topic policy",
}
ELSEWHERE: Final[Mapping[str, tuple[str, ...]]] = {
    "bucket": ("ACL", "public access blocks", "access points", "Access Grants"),
    "key": ("grants",),
}
ALWAYS_ELSEWHERE: Final = ("SCPs", "RCPs", "identity policies", "VPC endpoint policies", "session policies")


def layers(resource: Resource) -> tuple[Leaf, ...]:
    """Return what a report says of the layers around a resource's policy; nothing for code."""
    if resource.input != "live" or resource.kind.name not in SEEN:
        return ()
    unseen = ", ".join((*ELSEWHERE.get(resource.kind.name, ()), *ALWAYS_ELSEWHERE))
    said = f"{SEEN[resource.kind.name]}; not part of this verdict: {unseen}"
    return (Leaf("layers of permission", "named", said, Status.PASS),)
