"""Which management events selectors record, in tables that anybody can extend."""

from __future__ import annotations

import pytest

from ctguard.coverage import management_coverage, read_selectors, records
from ctguard.model.logic import Status
from ctguard.model.values import PartialList, Unknown

P, F, U = Status.PASS, Status.FAIL, Status.UNKNOWN
KMS, RDS = "kms.amazonaws.com", "rdsdata.amazonaws.com"
VAR = Unknown("var.x")


def classic(**attributes):
    return [attributes]


def advanced(*selectors):
    return [
        {"name": None, "field_selectors": [{"field": field, **operators} for field, operators in selector.items()]}
        for selector in selectors
    ]


MANAGEMENT = {"eventCategory": {"equals": ["Management"]}}
READ = {"readOnly": {"equals": ["true"]}}
WRITE = {"readOnly": {"equals": ["false"]}}

CASES = [
    ("nothing stated is the default", None, None, (P, P)),
    ("empty lists are the default", [], [], (P, P)),
    ("an empty selector has defaults", classic(), None, (P, P)),
    ("read only", classic(read_write_type="ReadOnly"), None, (P, F)),
    ("write only", classic(read_write_type="WriteOnly"), None, (F, P)),
    ("no management events", classic(include_management_events=False), None, (F, F)),
    ("kms left out", classic(exclude_management_event_sources=[KMS]), None, (F, F)),
    ("two selectors join", [{"read_write_type": "ReadOnly"}, {"read_write_type": "WriteOnly"}], None, (P, P)),
    (
        "exclusions that do not coincide are harmless",
        [{"exclude_management_event_sources": [KMS]}, {"exclude_management_event_sources": [RDS]}],
        None,
        (P, P),
    ),
    ("access not known", classic(read_write_type=VAR), None, (U, U)),
    ("access not known beside all", [{"read_write_type": VAR}, {}], None, (P, P)),
    ("management not known", classic(include_management_events=VAR), None, (U, U)),
    ("exclusions not known", classic(exclude_management_event_sources=VAR), None, (U, U)),
    ("one exclusion known", classic(exclude_management_event_sources=PartialList((KMS,), VAR)), None, (F, F)),
    ("the list not known", VAR, None, (U, U)),
    ("more selectors may follow", PartialList(({"read_write_type": "ReadOnly"},), VAR), None, (P, U)),
    ("advanced, all", None, advanced(MANAGEMENT), (P, P)),
    ("advanced, read", None, advanced(MANAGEMENT | READ), (P, F)),
    ("advanced, read and write apart", None, advanced(MANAGEMENT | READ, MANAGEMENT | WRITE), (P, P)),
    ("advanced, both values", None, advanced(MANAGEMENT | {"readOnly": {"equals": ["true", "false"]}}), (P, P)),
    ("advanced, no kms", None, advanced(MANAGEMENT | {"eventSource": {"not_equals": [KMS]}}), (F, F)),
    ("advanced, one source", None, advanced(MANAGEMENT | {"eventSource": {"equals": ["iam.amazonaws.com"]}}), (F, F)),
    ("advanced, data only", None, advanced({"eventCategory": {"equals": ["Data"]}}), (F, F)),
    ("advanced, a field that trails lack", None, advanced(MANAGEMENT | {"eventName": {"equals": ["X"]}}), (F, F)),
    ("advanced, a field never heard of", None, advanced(MANAGEMENT | {"colour": {"equals": ["red"]}}), (U, U)),
    ("advanced, an operator never heard of", None, advanced(MANAGEMENT | {"eventSource": {"like": ["*"]}}), (U, U)),
    ("advanced, category not known", None, advanced({"eventCategory": {"equals": [VAR]}}), (U, U)),
    ("advanced, no fields", None, [{"field_selectors": []}], (U, U)),
    ("both kinds", classic(), advanced(MANAGEMENT), (U, U)),
]


@pytest.mark.parametrize(
    ("classic_list", "advanced_list", "expected"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_reads_and_writes_are_judged_by_what_the_selectors_mean(classic_list, advanced_list, expected):
    selectors = read_selectors(classic_list, advanced_list)

    coverage = management_coverage(selectors)

    assert (coverage.of("read").status, coverage.of("write").status) == expected


@pytest.mark.parametrize(("classic_list", "advanced_list"), [case[1:3] for case in CASES], ids=[c[0] for c in CASES])
def test_a_witness_is_an_event_that_the_selectors_do_not_record(classic_list, advanced_list):
    selectors = read_selectors(classic_list, advanced_list)

    for answer in management_coverage(selectors).cells.values():
        assert (answer.witness is not None) == (answer.status is F)
        assert answer.witness is None or records(selectors, answer.witness) is False


def test_the_witness_of_an_excluded_source_is_a_real_event():
    selectors = read_selectors(classic(exclude_management_event_sources=[KMS]), None)

    witness = management_coverage(selectors).of("read").witness

    assert witness is not None
    assert (witness["eventSource"], witness["eventName"], witness["readOnly"]) == (KMS, "Decrypt", True)


def test_excluded_sources_are_named():
    selectors = read_selectors(None, advanced(MANAGEMENT | {"eventSource": {"not_equals": [KMS, RDS]}}))

    assert management_coverage(selectors).excluded_sources() == (KMS, RDS)


def test_several_sets_are_judged_by_their_union():
    reads = read_selectors(classic(read_write_type="ReadOnly"), None)
    writes = read_selectors(None, advanced(MANAGEMENT | WRITE))

    assert management_coverage(reads).everything.status is F
    assert management_coverage(reads, writes).everything.status is P


def test_no_trail_records_nothing():
    assert management_coverage().everything.status is F


def test_a_store_may_test_event_names():
    narrowed = MANAGEMENT | {"eventName": {"not_equals": ["Decrypt", "GenerateDataKey"]}}
    selectors = read_selectors(None, advanced(narrowed), on_store=True)

    coverage = management_coverage(selectors)

    assert coverage.of("read").status is F
    assert coverage.of("write").status is P
    assert coverage.of("read").witness["eventName"] == "Decrypt"


def test_values_of_several_positive_operators_are_joined_by_or():
    split = MANAGEMENT | {"eventName": {"equals": ["StopLogging"], "starts_with": ["Delete"]}}
    selectors = read_selectors(None, advanced(split), on_store=True)

    recorded = [
        records(selectors, {"eventCategory": "Management", "eventName": name})
        for name in ("StopLogging", "DeleteTrail", "X")
    ]

    assert recorded == [True, True, False]
