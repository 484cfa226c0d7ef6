"""The regions of each partition, as AWS lists them (Account Management Reference Guide, late 2026).

Where a language says "some region", any name of that shape would do; a request
that is shown as a witness comes from a region that exists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ctguard.policy.language import REGION, Item, Language, spell

_COMMERCIAL: Final = """us-east-1 us-east-2 us-west-1 us-west-2 eu-west-1 eu-west-2 eu-west-3 eu-central-1 eu-central-2
eu-north-1 eu-south-1 eu-south-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-southeast-1 ap-southeast-2
ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ap-south-1 ap-south-2 ap-east-1 ap-east-2
ca-central-1 ca-west-1 sa-east-1 mx-central-1 me-south-1 me-central-1 af-south-1 il-central-1"""

REGIONS: Final = {
    "aws": tuple(_COMMERCIAL.split()),
    "aws-cn": ("cn-north-1", "cn-northwest-1"),
    "aws-us-gov": ("us-gov-west-1", "us-gov-east-1"),
}
_OF_TRAIL: Final = re.compile(r"arn:([^:]*):cloudtrail:([^:]*):")
_SHAPE: Final = re.compile(r"[a-z]{2,}(?:-[a-z]+)+-[0-9]+")


def in_each_region(language: Language) -> Iterator[Language]:
    """Yield a language of ARNs with each region of its partition in place of any region."""
    place = next((index for index, item in enumerate(language) if item == Item(REGION)), None)
    if place is None:
        yield language
        return
    start = "".join(item.char for item in language[:place] if isinstance(item.char, str))
    for region in REGIONS.get(start.split(":")[1], REGIONS["aws"]):
        yield (*language[:place], *spell(region), *language[place + 2 :])


def is_in_a_region(arn: str) -> bool:
    """Say whether an ARN, if it is one of CloudTrail, names a region that exists."""
    found = _OF_TRAIL.match(arn)
    return found is None or found[2] in REGIONS.get(found[1], REGIONS["aws"])


def may_be_in_a_region(arn: str) -> bool:
    """Say whether an ARN, if it is one of CloudTrail, names what may be a region, now or one day."""
    found = _OF_TRAIL.match(arn)
    return found is None or _SHAPE.fullmatch(found[2]) is not None
