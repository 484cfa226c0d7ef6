"""The answer: what the findings come to for a trail."""

from __future__ import annotations

from typing import Any

import pytest

from ctguard.engine.answer import trail_verdicts
from ctguard.engine.cases import given
from ctguard.engine.findings import judge_inventory
from ctguard.engine.pack import load_pack
from ctguard.model.finding import Dimension

TRUST = {
    "recorded": {"must_hold": ["trail-multi-region"], "shown_by": ["live", "terraform"], "about": "", "otherwise": ""},
    "protected": {
        "must_hold": [["bucket-versioning", "bucket-object-lock"], "key-enabled"],
        "shown_by": ["live", "terraform"],
        "about": "",
        "otherwise": "",
    },
}
SAFE: dict[str, Any] = {"versioning.status": "Enabled"}


def dimensions(trail: dict[str, Any], **others: dict[str, Any]) -> dict[str, Dimension]:
    pack = load_pack()
    names = {
        name
        for entry in TRUST.values()
        for must in entry["must_hold"]
        for name in ([must] if isinstance(must, str) else must)
    }
    rules = [pack.rules[name] for name in sorted(names)]
    inventory = given(
        {"trail.audit": trail} | {name.replace("_", ".", 1): one for name, one in others.items()}, "terraform"
    )
    judged = list(judge_inventory(rules, inventory))
    (verdict,) = trail_verdicts(judged, inventory, TRUST, pack.rules, frozenset(names))
    return dict(verdict.dimensions)


def test_a_trail_without_a_key_is_protected_by_what_it_has():
    found = dimensions({"s3_bucket_name": {"ref": "bucket.logs"}}, bucket_logs=SAFE)

    assert found["protected"].status == "pass"


@pytest.mark.parametrize("bucket", [SAFE, {"versioning.status": "Suspended"}])
def test_a_key_that_nobody_can_name_leaves_open_what_hangs_on_it(bucket):
    trail = {"s3_bucket_name": {"ref": "bucket.logs"}, "kms_key_id": {"unknown": "var.key has no value"}}

    found = dimensions(trail, bucket_logs=bucket)

    assert found["protected"].status == ("unknown" if bucket is SAFE else "fail")


def test_a_bucket_that_nobody_can_name_leaves_open_what_hangs_on_it():
    found = dimensions({"s3_bucket_name": {"unknown": "var.bucket has no value"}, "is_multi_region_trail": True})

    assert found["protected"].status == "unknown"
    assert found["recorded"].status == "pass"
