"""Runs to keep: a real scan, dated and bent as a test needs it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tests.command import here

TRAIL = (
    'resource "aws_cloudtrail" "t" {\n  name = "audit"\n  s3_bucket_name = "logs"\n  is_multi_region_trail = %s\n}\n'
)
CONTROL = ("cis-aws-5.0.0", "3.1")
"""A control that `trail-multi-region` alone decides in these runs."""


@cache
def _scanned(multi_region: str) -> str:
    with TemporaryDirectory() as folder:
        (Path(folder) / "main.tf").write_text(TRAIL % multi_region)
        return here(Path(folder), "scan", "main.tf", "--select", "trail-multi-region", "-f", "json").out


def run(
    day: str,
    status: str = "pass",
    *,
    account: str | None = None,
    at: str = "01:30:00",
    whole: bool = True,
    left_out: Any = None,
) -> Any:
    """Return a run of one rule on one trail that began on `day`, as JSON decoded."""
    document = json.loads(_scanned("false" if status in ("fail", "waived") else "true"))
    document["run"] |= {
        "id": str(uuid5(NAMESPACE_URL, f"{day} {at} {status} {account}")),
        "started_at": f"{day}T{at}Z",
        "finished_at": f"{day}T{at}Z",
        "inputs": ["main.tf"],
        "left_out": left_out or [],
    }
    (finding,) = document["findings"]
    finding["resource"]["account_id"] = account
    if status == "waived":
        finding["waiver"] = {"owner": "ada", "reason": "moves away", "expires": "2027-01-01"}
        document["summary"] |= {"fail": 0, "waived": 1}
    elif status == "unknown":
        finding["status"] = "unknown"
        document["summary"] |= {"pass": 0, "unknown": 1}
    if not whole:
        document["errors"] = [{"source": "main.tf", "kind": "unreadable", "message": "main.tf: half of it"}]
        document["summary"]["errors"] = 1
    return document


def written(folder: Path, *documents: Any) -> list[Path]:
    """Write runs as files and return where they are."""
    paths = []
    for document in documents:
        path = folder / f"{document['run']['id']}.json"
        path.write_text(json.dumps(document))
        paths.append(path)
    return paths
