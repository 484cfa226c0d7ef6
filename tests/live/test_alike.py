"""What is alike is said once: a call that fails in every region, regions that nobody wanted to look into."""

from __future__ import annotations

import pytest

from tests.live.scenes import one_trail

REGIONS = ["eu-central-1", "eu-west-1", "us-east-1"]
PAGE = "<!doctype html>\n<html lang=en>\n<title>501 Not Implemented</title>\n<h1>Nothing of the kind</h1>"


def test_a_call_that_is_refused_in_all_regions_is_one_error_that_names_them(aws, audit):
    one_trail(aws)
    aws.on("cloudtrail.DescribeTrails", error="AccessDeniedException")

    done = audit("--select", "trail-multi-region", "-f", "json")

    (error,) = done.run["errors"]
    assert f"in {', '.join(REGIONS)} of account" in error["message"]
    assert error["message"].count("on purpose") == 1


def test_refusals_of_two_sorts_are_two_errors(aws, audit):
    one_trail(aws)
    aws.on("cloudtrail.DescribeTrails", error="AccessDeniedException")
    aws.on("cloudtrail.DescribeTrails", error="OptInRequired", region="eu-west-1")

    done = audit("--select", "trail-multi-region", "-f", "json")

    assert sorted(error["kind"] for error in done.run["errors"]) == ["denied", "failed"]


@pytest.mark.parametrize("status", [500, 200])
def test_of_a_page_that_comes_instead_of_a_reply_the_title_is_told(aws, audit, status):
    one_trail(aws)
    aws.on("sns.GetTopicAttributes", body=PAGE, status=status, content_type="text/html")

    done = audit("--select", "topic-encryption", "-f", "json")

    (error,) = done.run["errors"]
    assert "a page of HTML: 501 Not Implemented; audit again" in error["message"]
    assert "<" not in error["message"]


def test_regions_that_nobody_wanted_to_look_into_are_one_unknown(aws, audit):
    one_trail(aws)

    done = audit("--select", "trail-duplicate-management-events,monitor-*", "--regions", "us-east-1", "-f", "json")

    assert done.run["errors"] == []
    assert [(one["what"], one["cure"]) for one in done.run["unknowns"]] == [
        ("what is in regions that --regions left out was not asked", "audit without --regions")
    ]
