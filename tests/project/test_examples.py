"""The examples do what their page says: the good set-up holds in every form, the bad one does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
FORMS = {"terraform": "aws_cloudtrail", "plan": "aws_cloudtrail", "cloudformation": "Trail"}
TELLING = {
    "trail-multi-region",
    "trail-log-validation",
    "trail-management-events",
    "trail-no-excluded-sources",
    "trail-kms-encryption",
    "bucket-versioning",
    "bucket-retention",
    "bucket-public-access-block",
    "monitor-cloudtrail-changes",
}


def failing(run: Any) -> set[str]:
    return {finding["rule_id"] for finding in run["findings"] if finding["status"] == "fail"}


@pytest.mark.parametrize("form", ["", *FORMS])
def test_the_good_set_up_has_no_failure(ctguard, form):
    done = ctguard("scan", EXAMPLES / "good" / form, "-f", "json")

    assert failing(done.run) == set()
    assert done.run["errors"] == []
    assert done.status == 0
    assert {trail["verdict"] for trail in done.run["trails"]} == {"undetermined"}


@pytest.mark.parametrize("form", ["", *FORMS])
def test_the_bad_set_up_fails_where_it_matters(ctguard, form):
    done = ctguard("scan", EXAMPLES / "bad" / form, "-f", "json")

    assert done.status == 1
    assert failing(done.run) >= TELLING
    assert {trail["verdict"] for trail in done.run["trails"]} == {"not_trusted"}


@pytest.mark.parametrize("form", ["terraform", "cloudformation"])
def test_every_failure_of_the_bad_set_up_names_its_line(ctguard, form):
    run = ctguard("scan", EXAMPLES / "bad" / form, "-f", "json").run

    assert all(finding["location"]["line"] > 0 for finding in run["findings"] if finding["status"] == "fail")


@pytest.mark.parametrize("form", ["terraform", "cloudformation"])
def test_the_bad_set_up_shows_an_unknown_that_a_value_settles(ctguard, form):
    folder = EXAMPLES / "bad" / form

    before, after = (
        ctguard("scan", folder, "-f", "json", *words).run["unknowns"] for words in ((), ("--region", "eu-central-1"))
    )

    assert [group["what"].split()[:2] for group in before] == [["AWS", "region"]]
    assert after == []


@pytest.mark.parametrize("name", ["good", "bad"])
def test_a_plan_is_of_the_terraform_beside_it(ctguard, name):
    source, plan = (
        {finding["resource"]["address"] for finding in run["findings"] if finding["resource"]["type"] != "account"}
        for run in (ctguard("scan", EXAMPLES / name / form, "-f", "json").run for form in ("terraform", "plan"))
    )

    assert source == plan


def test_the_nightly_job_passes_its_own_scan(ctguard):
    done = ctguard("scan", EXAMPLES / "nightly", "--scope", "all", "-f", "json")

    assert done.run["errors"] == []
    # Server access logs of a store of runs would need one more bucket, and tell what CloudTrail's data events can.
    assert failing(done.run) == {"bucket-access-logging"}
    assert ctguard("scan", EXAMPLES / "nightly").status == 0
