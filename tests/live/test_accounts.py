"""Many accounts in one audit: each is entered by a role, and one that is shut costs no other."""

from __future__ import annotations

import json
import os
import signal
import threading
import time

import pytest

from tests.live.scenes import bucket_policy, one_trail

RULES = "trail-exists,trail-logging-enabled,trail-log-validation,bucket-versioning"


@pytest.fixture
def members(aws):
    """Return the ids of four accounts of an organization, two of which have a trail; the caller's is its manager."""
    organizations = aws.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    made = [
        organizations.create_account(Email=f"team-{number}@example.com", AccountName=f"team {number}")
        for number in range(4)
    ]
    ids = [one["CreateAccountStatus"]["AccountId"] for one in made]
    for id_ in ids[:2]:
        one_trail(aws, account=id_, bucket=f"logs-{id_}")
    return ids


def statuses(run):
    return {(one["rule_id"], one["resource"]["account_id"]): one["status"] for one in run["findings"]}


def test_every_account_of_an_organization_is_asked(aws, audit, members, tmp_path):
    done = audit("--org", "--select", RULES, "-f", "json", "--snapshot", "facts.json")

    snapshot = json.loads((tmp_path / "facts.json").read_text())
    assert [one["id"] for one in snapshot["accounts"]] == sorted([*members, "123456789012"])
    assert done.run["errors"] == []
    assert statuses(done.run)["trail-exists", members[0]] == "pass"
    assert statuses(done.run)["trail-exists", members[3]] == "fail"


def test_an_account_that_is_shut_is_named_and_the_others_are_complete(aws, audit, members):
    whole = statuses(audit("--org", "--select", RULES, "-f", "json").run)
    aws.on("sts.AssumeRole", holds=members[0], error="AccessDenied", status=403)

    done = audit("--org", "--select", RULES, "-f", "json")

    assert done.status == 2
    assert [error["source"] for error in done.run["errors"]] == [f"account {members[0]}"]
    assert "sts:AssumeRole" in done.run["errors"][0]["message"]
    others = {key: status for key, status in whole.items() if key[1] != members[0]}
    assert {key: status for key, status in statuses(done.run).items() if key[1] != members[0]} == others


def test_accounts_are_named_and_entered_with_role_and_external_id(aws, audit, members):
    audit("--accounts", members[1], "--role-name", "Auditor", "--external-id", "secret", "--select", "trail-exists")

    entered = [call["parameters"] for call in aws.calls() if call["operation"] == "AssumeRole"]
    assert [one["RoleArn"] for one in entered] == [f"arn:aws:iam::{members[1]}:role/Auditor"]
    assert [one["ExternalId"] for one in entered] == ["secret"]


def test_credentials_of_a_role_are_in_no_snapshot(aws, audit, members, tmp_path):
    audit("--org", "--select", "trail-exists", "--snapshot", "facts.json")

    text = (tmp_path / "facts.json").read_text()
    assert "SessionToken" not in text
    assert "SecretAccessKey" not in text


def test_who_may_not_list_accounts_is_told_where_to_do_it(aws, audit):
    aws.on("organizations.ListAccounts", error="AccessDeniedException")

    done = audit("--org", "--select", "trail-exists")

    assert (done.status, done.out) == (2, "")
    assert "management account" in done.err


def test_a_bucket_is_asked_about_in_the_account_that_owns_it(aws, audit, members):
    trail, owner = members[2], members[3]
    s3 = aws.client("s3", account=owner)
    s3.create_bucket(Bucket="central-logs")
    s3.put_bucket_policy(Bucket="central-logs", Policy=bucket_policy("central-logs", trail, "audit"))
    s3.put_bucket_versioning(Bucket="central-logs", VersioningConfiguration={"Status": "Enabled"})
    aws.client("cloudtrail", account=trail).create_trail(Name="audit", S3BucketName="central-logs")
    for id_ in {trail, *members} - {owner}:
        aws.on("s3.*", account=id_, holds="central-logs", error="AccessDenied", status=403)

    done = audit("--accounts", f"{trail},{owner}", "--select", "bucket-versioning", "-f", "json")

    assert [one["status"] for one in done.run["findings"]] == ["pass"]
    assert done.run["errors"] == []


@pytest.mark.filterwarnings("default")
def test_a_dask_cluster_gives_the_same_answer_though_a_worker_is_killed(aws, audit, members, monkeypatch):
    distributed = pytest.importorskip("distributed")
    alone = statuses(audit("--org", "--select", RULES, "-f", "json").run)
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        victim = next(iter(cluster.workers.values())).process.pid
        aws.forget()
        aws.on("cloudtrail.GetTrailStatus", seconds=2)

        def kill():
            while not aws.counted()["cloudtrail.GetTrailStatus"]:
                time.sleep(0.05)
            os.kill(victim, signal.SIGKILL)

        threading.Thread(target=kill, daemon=True).start()
        done = audit("--org", "--select", RULES, "-f", "json", "--dask", cluster.scheduler_address)

    assert done.run["errors"] == []
    assert statuses(done.run) == alone
