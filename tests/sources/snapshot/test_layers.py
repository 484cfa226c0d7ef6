"""A verdict on the policies of an account says which layers of permission it has seen."""

from __future__ import annotations

from tests.sources.snapshot.recorded import BUCKET, KEY, Recorded, finding

LOGS = f"arn:aws:s3:::{BUCKET}"


def said(account: Recorded, tmp_path, rule: str, address: str) -> str:
    leaves = finding(account.run(tmp_path, rule), rule, address).explanation
    return next(leaf.actual for leaf in leaves if leaf.path == "layers of permission")


def test_what_was_read_around_a_bucket_is_named_and_what_never_is(tmp_path):
    text = said(Recorded(), tmp_path, "bucket-least-privilege", LOGS)

    read, _, unread = text.partition("; not read: ")
    assert read.removeprefix("read: ").split(", ") == [
        "bucket policy",
        "ACL",
        "public access block of the bucket",
        "public access block of the account",
    ]
    assert {"SCP", "RCP", "access points", "Access Grants"} <= set(unread.split(", "))


def test_a_layer_that_was_refused_is_not_read(tmp_path):
    text = said(Recorded().denied("kms.ListGrants"), tmp_path, "key-least-privilege", KEY)

    read, _, unread = text.partition("; not read: ")
    assert (read, "grants" in unread.split(", ")) == ("read: key policies", True)
    assert said(Recorded(), tmp_path, "key-least-privilege", KEY).startswith("read: key policies, grants;")
