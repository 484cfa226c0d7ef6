"""Where CloudTrail puts digest and log files, and what their names say.

The layout is that of the CloudTrail User Guide ("Finding your CloudTrail log
files", "CloudTrail digest file structure"). Trail names may contain `_`, `.` and
`-`, so a name is never split: the expected text is built and compared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from ctguard.logs.times import Moment, day_path, from_key

DIGEST_FOLDER = "CloudTrail-Digest"
LOG_FOLDER = "CloudTrail"

_ARN = re.compile(r"arn:(aws[a-z-]*):cloudtrail:([a-z0-9-]+):(\d{12}):trail/([A-Za-z0-9._-]{1,128})", re.ASCII)
_OBJECT = re.compile(
    r"(?:.*/)?AWSLogs/(?:(?P<org>o-[a-z0-9]+)/)?(?P<account>\d{12})/(?P<folder>CloudTrail[A-Za-z-]*)/"
    r"(?P<region>[a-z0-9-]+)/\d{4}/\d\d/\d\d/(?P<name>[^/]+)",
    re.ASCII | re.DOTALL,
)
_DIGEST_TAIL = re.compile(r"_(\d{8}T\d{6}Z)(_backfill)?\.json\.gz", re.ASCII)
_LOG_TAIL = re.compile(r"_(\d{8}T\d{4}Z)_[^/]+\.json\.gz", re.ASCII)


class TrailName(NamedTuple):
    """What the ARN of a trail says."""

    partition: str
    home_region: str
    account_id: str
    name: str


def parse_trail_arn(arn: str) -> TrailName | None:
    """Return the parts of a trail's ARN, None when it is not one."""
    match = _ARN.fullmatch(arn)
    return TrailName(*match.groups()) if match else None


class Residence(NamedTuple):
    """The account and region whose folder an object lies in."""

    account_id: str
    region: str
    folder: str
    name: str


def residence(key: str) -> Residence | None:
    """Return whose folder `key` lies in, None when it is not a key of CloudTrail's layout."""
    match = _OBJECT.fullmatch(key)
    if match is None:
        return None
    return Residence(match["account"], match["region"], match["folder"], match["name"])


class DigestName(NamedTuple):
    """What the name of a digest file says: when it ends, and which chain it is of."""

    end: Moment
    backfill: bool
    trail: str


@dataclass(frozen=True)
class Place:
    """One account and region of a trail, in one bucket: where its digest and log files lie.

    `root` is everything before the account: `[prefix/]AWSLogs/[o-id/]`.
    """

    bucket: str
    root: str
    account_id: str
    region: str
    trail_name: str
    home_region: str

    @property
    def digest_folder(self) -> str:
        return f"{self.root}{self.account_id}/{DIGEST_FOLDER}/{self.region}/"

    @property
    def log_folder(self) -> str:
        return f"{self.root}{self.account_id}/{LOG_FOLDER}/{self.region}/"

    def log_day(self, moment: Moment) -> str:
        """Return the folder of the log files of one day."""
        return f"{self.log_folder}{day_path(moment)}/"

    def digest_marker(self, moment: Moment) -> str:
        """Return a key that sorts before every digest file of the day of `moment`, and after all earlier days'."""
        return f"{self.digest_folder}{day_path(moment)}/"

    @cached_property
    def own_trail(self) -> str:
        return f"{self.trail_name}_{self.home_region}"

    def digest_name(self, key: str) -> DigestName | None:
        """Return what the name of a digest file in this folder says, None for any other object.

        `trail` is `name_homeRegion`: several trails can share the folder.
        """
        name = key.rpartition("/")[2]
        lead = f"{self.account_id}_{DIGEST_FOLDER}_{self.region}_"
        if not (key.startswith(self.digest_folder) and name.startswith(lead)):
            return None
        tail = _DIGEST_TAIL.search(name, len(lead))
        if tail is None or tail.end() != len(name):
            return None
        end = from_key(tail[1])
        return None if end is None else DigestName(end, tail[2] is not None, name[len(lead) : tail.start()])

    def log_time(self, key: str) -> Moment | None:
        """Return the delivery time in the name of a log file of this folder, None for any other object."""
        name = key.rpartition("/")[2]
        lead = f"{self.account_id}_{LOG_FOLDER}_{self.region}"
        if not (key.startswith(self.log_folder) and name.startswith(lead)):
            return None
        tail = _LOG_TAIL.fullmatch(name, len(lead))
        return from_key(tail[1]) if tail else None


def place_of(bucket: str, key: str, trail_name: str, home_region: str) -> Place | None:
    """Return the place whose digest folder holds `key`: where a link across buckets or prefixes leads."""
    found = residence(key)
    if found is None or found.folder != DIGEST_FOLDER:
        return None
    root = key[: key.rindex(f"{found.account_id}/{DIGEST_FOLDER}/")]
    return Place(bucket, root, found.account_id, found.region, trail_name, home_region)


def root_of(prefix: str | None, organization_id: str | None = None) -> str:
    """Return `[prefix/]AWSLogs/[o-id/]`."""
    lead = f"{prefix.strip('/')}/" if prefix and prefix.strip("/") else ""
    return f"{lead}AWSLogs/" + (f"{organization_id}/" if organization_id else "")
