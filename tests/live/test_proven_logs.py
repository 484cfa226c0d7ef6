"""An audit that verifies log files which are there: sound ones, a changed one, and what they tell of the trail."""

from __future__ import annotations

import base64
import json
import time

import pytest

from ctguard.logs.times import HOUR
from tests.live.front import ACCOUNT
from tests.live.scenes import BUCKET, one_trail
from tests.logs.forge import HOME, ForgedChain, chain, public_key, record

RULES = "trail-digest-chain-valid,trail-tamper-events"


@pytest.fixture
def delivered(aws) -> ForgedChain:
    """Build a trail that has delivered for two days, in one region, until this hour."""
    one_trail(aws)
    aws.enable(HOME)
    this_hour = int(time.time()) // HOUR * HOUR
    key = public_key(start=this_hour - 100 * HOUR, end=this_hour + 100 * HOUR)
    told = {
        "Value": base64.b64encode(key.der).decode(),
        "Fingerprint": key.fingerprint,
        "ValidityStartTime": key.start,
        "ValidityEndTime": key.end,
    }
    aws.on("cloudtrail.ListPublicKeys", reply={"PublicKeyList": [told]})
    status = {"IsLogging": True, "StartLoggingTime": this_hour - 60 * HOUR, "LatestDeliveryTime": this_hour}
    aws.on("cloudtrail.GetTrailStatus", reply={**status, "LatestDigestDeliveryTime": this_hour})
    forged = chain(account=ACCOUNT, bucket=BUCKET, trail="audit")
    forged.clock = this_hour - 48 * HOUR
    forged.deliver(40, logs=1)
    return forged


def upload(aws, forged: ForgedChain) -> None:
    s3 = aws.client("s3")
    for (bucket, key), stored in forged.archive.objects.items():
        s3.put_object(Bucket=bucket, Key=key, Body=stored.body, Metadata=stored.metadata, ContentEncoding="gzip")


def findings(done):
    return {one["rule_id"]: one for one in done.run["findings"]}


def test_whole_chains_are_proven(aws, audit, delivered):
    delivered.deliver(8, logs=1)
    upload(aws, delivered)

    done = audit("--select", RULES, "--verify-logs", "24", "-f", "json")

    assert {name: one["status"] for name, one in findings(done).items()} == dict.fromkeys(RULES.split(","), "pass")
    assert done.run["trails"][0]["dimensions"]["provable"]["status"] != "fail"


def test_whoever_stopped_the_trail_is_named(aws, audit, delivered):
    delivered.deliver(
        2,
        logs=1,
        records=[
            record("StopLogging", delivered.clock, requestParameters={"name": "audit"}, recipientAccountId=ACCOUNT)
        ],
    )
    delivered.deliver(6, logs=1)
    upload(aws, delivered)

    finding = findings(audit("--select", RULES, "--verify-logs", "24", "-f", "json"))["trail-tamper-events"]

    assert finding["status"] == "fail"
    assert finding["witness"]["event_name"] == "StopLogging"
    assert "StopLogging by arn:aws:iam::111122223333:user/mallory from 203.0.113.7" in json.dumps(
        finding["explanation"]
    )


def test_a_file_that_was_changed_is_named(aws, audit, delivered):
    delivered.deliver(8, logs=1)
    changed = delivered.digests[-5].logs[0]
    delivered.archive.change(changed, BUCKET, body=delivered.archive.get(delivered.digests[-6].logs[0], BUCKET).body)
    upload(aws, delivered)

    finding = findings(audit("--select", RULES, "--verify-logs", "24", "-f", "json"))["trail-digest-chain-valid"]

    assert (finding["status"], finding["witness"]["kind"]) == ("fail", "log_modified")
    assert finding["witness"]["object"].endswith(changed)
