"""What several trails record together, and what Insights need."""

from __future__ import annotations

import pytest

from ctguard.coverage import (
    CALL_RATE,
    ERROR_RATE,
    TrailScope,
    everywhere,
    insights_coverage,
    network_activity,
    read_selectors,
    regional_coverage,
    uncovered,
)
from ctguard.model.logic import Status
from ctguard.model.values import PartialList, Unknown

P, F, U = Status.PASS, Status.FAIL, Status.UNKNOWN
ALL = read_selectors(None, None)
READS = read_selectors([{"read_write_type": "ReadOnly"}], None)
WRITES = read_selectors([{"read_write_type": "WriteOnly"}], None)
REGIONS = ["eu-west-1", "us-east-1"]


def trail(selectors=ALL, home="eu-west-1", multi=True, worldwide=True, logging=True):
    return TrailScope("audit", selectors, home, multi, worldwide, logging)


@pytest.mark.parametrize(
    ("trails", "expected"),
    [
        ([trail()], P),
        ([], F),
        ([trail(logging=False)], F),
        ([trail(logging=Unknown("var.on"))], U),
        ([trail(multi=False)], F),
        ([trail(multi=False), trail(home="us-east-1", multi=False)], P),
        ([trail(multi=Unknown("var.multi"))], U),
        ([trail(home=Unknown("region"), multi=False)], U),
        ([trail(READS), trail(WRITES)], P),
        ([trail(READS), trail(WRITES, logging=Unknown("var.on"))], U),
        ([trail(worldwide=False)], F),
        ([trail(worldwide=False), trail(home="us-east-1", multi=False)], P),
        ([trail(worldwide=Unknown("var.global"))], U),
    ],
)
def test_the_union_of_trails_is_judged_region_by_region(trails, expected):
    coverage = regional_coverage(trails, REGIONS)

    assert everywhere(coverage).status is expected


def test_an_uncovered_cell_names_region_access_and_source():
    coverage = regional_coverage([trail(READS)], ["eu-west-1"])

    cells = [(region, access, source) for region, access, source, _ in uncovered(coverage)]

    assert ("eu-west-1", "write", "kms.amazonaws.com") in cells
    assert all(access == "write" for _, access, _ in cells)


def test_events_of_global_services_are_the_witness_where_they_are_left_out():
    coverage = regional_coverage([trail(worldwide=False)], REGIONS)

    witness = everywhere(coverage).witness

    assert witness["awsRegion"] == "us-east-1"
    assert witness["eventSource"] in {"iam.amazonaws.com", "sts.amazonaws.com", "cloudfront.amazonaws.com"}


BOTH = [{"insight_type": CALL_RATE}, {"insight_type": ERROR_RATE, "event_categories": ["Management"]}]


@pytest.mark.parametrize(
    ("selectors", "insights", "expected"),
    [
        (ALL, BOTH, (P, P)),
        (ALL, None, (F, F)),
        (ALL, [{"insight_type": CALL_RATE}], (P, F)),
        (ALL, [{"insight_type": CALL_RATE, "event_categories": ["Data"]}], (F, F)),
        (READS, BOTH, (F, P)),
        (WRITES, BOTH, (P, P)),
        (ALL, Unknown("var.insights"), (U, U)),
        (ALL, PartialList(({"insight_type": CALL_RATE},), Unknown("more")), (P, U)),
        (read_selectors(Unknown("var.s"), None), BOTH, (U, U)),
    ],
)
def test_insights_need_their_selector_and_the_events_that_they_count(selectors, insights, expected):
    answers = insights_coverage(selectors, insights)

    assert (answers[CALL_RATE].status, answers[ERROR_RATE].status) == expected


def test_network_activity_is_recorded_only_by_a_selector_for_it():
    selector = {
        "field_selectors": [
            {"field": "eventCategory", "equals": ["NetworkActivity"]},
            {"field": "eventSource", "equals": ["s3.amazonaws.com"]},
        ]
    }

    assert network_activity(ALL)[0].status is F
    assert network_activity(read_selectors(None, [selector]))[1] == ("s3.amazonaws.com",)
    assert network_activity(read_selectors(None, Unknown("var.s")))[0].status is U
