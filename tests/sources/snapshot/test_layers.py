"""A verdict on a policy of an account says which layer of permission it is about, and which it does not see."""

from __future__ import annotations

import pytest

from tests.sources.snapshot.recorded import BUCKET, KEY, Recorded, finding

LOGS = f"arn:aws:s3:::{BUCKET}"


@pytest.mark.parametrize(
    ("rule", "address", "seen", "unseen"),
    [
        (
            "bucket-least-privilege",
            LOGS,
            "the bucket policy",
            {"access points", "Access Grants", "SCPs", "RCPs", "ACL"},
        ),
        ("key-least-privilege", KEY, "the key's own policy", {"grants", "SCPs", "RCPs"}),
    ],
)
def test_the_layers_stand_in_the_explanation(tmp_path, rule, address, seen, unseen):
    leaves = finding(Recorded().run(tmp_path, rule), rule, address).explanation

    (said,) = (leaf.actual for leaf in leaves if leaf.path == "layers of permission")
    about, _, rest = said.partition("; not part of this verdict: ")
    assert about.startswith(seen)
    assert unseen <= set(rest.split(", "))
