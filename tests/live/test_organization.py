"""`ctguard audit` of an organization: whom it asks, what it makes of what lies in several accounts, what it costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

import boto3
import pytest
from distributed import LocalCluster

from ctguard.run.calls import calls_for
from ctguard.run.judging import Asked, prepare
from ctguard.sources.snapshot.file import read_snapshot_file
from tests.command import Done, in_a_process
from tests.live.front import Front
from tests.live.organization import REGIONS, Organization, organization

VERDICTS = [
    # the rule, the account that has what is judged, its name, the verdict
    ("bucket-exists", "archive", "central-logs", "pass"),
    ("bucket-exists", "member", "own-logs", "pass"),
    ("bucket-policy-trail-can-write", "archive", "central-logs", "pass"),
    ("bucket-policy-trail-can-write", "member", "own-logs", "fail"),
    ("bucket-versioning", "archive", "central-logs", "pass"),
    ("bucket-versioning", "member", "own-logs", "fail"),
    ("key-policy-trail-can-encrypt", "archive", "key", "pass"),
    ("key-rotation", "archive", "key", "pass"),
    ("trail-kms-key-usable", "management", "organization", "pass"),
    ("trail-kms-key-usable", "member", "own", "not_applicable"),
    ("trail-log-validation", "management", "organization", "pass"),
    ("trail-log-validation", "member", "own", "fail"),
    ("trail-logging-enabled", "management", "organization", "pass"),
    ("trail-logging-enabled", "member", "own", "pass"),
    ("trail-multi-region", "management", "account", "pass"),
    ("trail-multi-region", "archive", "account", "pass"),
    ("trail-multi-region", "member", "account", "pass"),
]
RULES = sorted({rule for rule, *_ in VERDICTS})

NAMELESS = {"key": "key", "account": "account"}

SUBJECTS = {
    # What the calls of the plan are made for, in each account that is entered.
    "management": {"account": 1, "region": 17, "trail": 1, "bucket": 1, "located bucket": 1},
    "archive": {"account": 1, "region": 17, "bucket": 1, "located bucket": 1, "key": 1, "customer key": 1},
    "member": {"account": 1, "region": 17, "trail": 1, "bucket": 1, "located bucket": 1},
}


@pytest.fixture(scope="module")
def company(one_front: Front) -> Organization:
    one_front.reset()
    return organization(one_front)


@pytest.fixture
def audit(one_front: Front, company: Organization, tmp_path) -> Callable[..., Done]:
    one_front.forget()
    words = ("audit", "--select", ",".join(RULES), "-f", "json")
    return partial(in_a_process, tmp_path, *words, **one_front.environment)


def verdicts(run, company: Organization):
    """Return what a run says, in the words of `VERDICTS`."""
    places = {company.management: "management", company.archive: "archive", company.member: "member"}
    return sorted(
        (
            one["rule_id"],
            places[one["resource"]["account_id"]],
            NAMELESS.get(one["resource"]["type"], one["resource"]["name"]),
            one["status"],
        )
        for one in run["findings"]
    )


def planned(company: Organization) -> Counter[tuple[str, str]]:
    """Return how often each account is asked what, as the call plan has it."""
    expected: Counter[tuple[str, str]] = Counter()
    rows = calls_for(prepare(Asked(select=RULES)).rules)
    for account, subjects in SUBJECTS.items():
        for row in rows:
            expected[getattr(company, account), row.name] += subjects.get(row.each, 0)
    expected[company.management, "organizations.ListAccounts"] += 1
    for account in company.entered:  # which of them has the bucket that refused the management account?
        expected[account, "s3.ListBuckets"] += 1
    return +expected


def entering(company: Organization) -> Counter[tuple[str, str]]:
    """Return the calls by which accounts are entered, beyond the plan: two of them again, for bucket and key."""
    again = {(account, "sts.GetCallerIdentity"): 1 for account in (company.archive, company.member)}
    return Counter({(company.management, "sts.AssumeRole"): 3 + 2, **again})


def made(aws: Front) -> Counter[tuple[str, str]]:
    return Counter((call["account"], f"{call['service']}.{call['operation']}") for call in aws.calls())


def not_entered(run) -> list[str]:
    return [error["source"] for error in run["errors"]]


def test_an_organization_is_judged_as_one(one_front, audit, company):
    done = audit("--org")

    assert verdicts(done.run, company) == sorted(VERDICTS)
    assert done.status == 2
    assert not_entered(done.run) == [f"account {company.locked}"]
    assert sorted(one["resource"]["name"] for one in done.run["trails"]) == ["organization", "own"]
    assert company.suspended not in done.out
    assert {call["region"] for call in one_front.calls()} == set(REGIONS)
    assert made(one_front) == planned(company) + entering(company)


def test_chosen_accounts_are_entered_by_the_role_and_the_id_that_they_demand(one_front, audit, company):
    done = audit("--accounts", ",".join(company.entered), "--role-name", "Auditor", "--external-id", "agreed-on")

    demanded = {
        (call["parameters"]["RoleArn"], call["parameters"]["ExternalId"])
        for call in one_front.calls()
        if call["operation"] == "AssumeRole"
    }
    assert demanded == {
        (f"arn:aws:iam::{account}:role/Auditor", "agreed-on") for account in (company.member, company.archive)
    }
    assert done.run["errors"] == []
    assert verdicts(done.run, company) == sorted(VERDICTS)


@pytest.fixture
def as_archive(one_front: Front, company: Organization) -> dict[str, str]:
    """Return credentials of the account that keeps the logs."""
    sts = boto3.client(
        "sts",
        region_name="us-east-1",
        endpoint_url=one_front.url,
        aws_access_key_id="builder",
        aws_secret_access_key="builder",
    )
    role = f"arn:aws:iam::{company.archive}:role/Auditor"
    given = sts.assume_role(RoleArn=role, RoleSessionName="auditor")["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }


def test_a_delegated_administrator_comes_to_the_same(one_front, audit, company, as_archive):
    done = audit("--org", **as_archive)

    assert verdicts(done.run, company) == sorted(VERDICTS)
    assert not_entered(done.run) == [f"account {company.locked}"]
    assert made(one_front)[company.archive, "organizations.ListAccounts"] == 1


def test_who_may_not_list_the_accounts_is_told_who_may(one_front, audit, company, as_archive):
    one_front.on("organizations.ListAccounts", account=company.archive, error="AccessDeniedException", times=1)

    done = audit("--org", **as_archive)

    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("ctguard: organizations:ListAccounts: AccessDeniedException")
    assert "delegated administrator" in done.err


@pytest.fixture
def cluster(one_front: Front, monkeypatch) -> Iterator[LocalCluster]:
    """Yield a scheduler with two workers, whose calls go to the server too."""
    for name, value in one_front.environment.items():
        monkeypatch.setenv(name, value)
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as running:
        yield running


@pytest.mark.filterwarnings("default")
def test_workers_of_a_cluster_come_to_the_same_though_one_is_killed(one_front, audit, company, cluster, tmp_path):
    nanny = next(iter(cluster.workers.values()))
    victim = nanny.pid
    one_front.on("cloudtrail.DescribeTrails", account=company.member, die=victim, times=1)

    done = audit("--org", "--dask", cluster.scheduler_address, "--snapshot", "facts.json")

    assert nanny.pid != victim
    assert verdicts(done.run, company) == sorted(VERDICTS)
    assert not_entered(done.run) == [f"account {company.locked}"]
    kept = read_snapshot_file(tmp_path / "facts.json", "facts.json").calls
    assert Counter((call.account, f"{call.service}.{call.operation}") for call in kept) == planned(company)
