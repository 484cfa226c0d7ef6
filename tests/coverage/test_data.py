"""Which data events selectors record, on all resources and on one bucket."""

from __future__ import annotations

import pytest

from ctguard.coverage import bucket_arn, data_coverage, own_deliveries_recorded, read_selectors, records
from ctguard.model.logic import Status
from ctguard.model.values import PartialText, Reference, Unknown, text

S3, LAMBDA, TABLE = "AWS::S3::Object", "AWS::Lambda::Function", "AWS::DynamoDB::Table"
DATA = {"eventCategory": {"equals": ["Data"]}, "resources.type": {"equals": [S3]}}
PARTITION = Unknown("data.aws_partition.current.partition")
LOGS_ARN = Unknown("aws_s3_bucket.logs.arn", is_set=True, refers_to=Reference("aws_s3_bucket.logs", "arn"))
LOGS_NAME = Unknown("aws_s3_bucket.logs.id", is_set=True, refers_to=Reference("aws_s3_bucket.logs", "id"))


def classic(*values, kind=S3, access="All"):
    return read_selectors(
        [{"read_write_type": access, "data_resources": [{"type": kind, "values": list(values)}]}], None
    )


def advanced(*selectors):
    return read_selectors(
        None,
        [{"field_selectors": [{"field": name, **tests} for name, tests in selector.items()]} for selector in selectors],
    )


CASES = [
    ("no selectors", read_selectors(None, None), S3, "none", "none"),
    ("all buckets", classic("arn:aws:s3"), S3, "all", "all"),
    ("all buckets, longer spelling", classic("arn:aws:s3:::"), S3, "all", "all"),
    ("all buckets, another partition", classic("arn:aws-us-gov:s3"), S3, "all", "all"),
    ("all buckets, partition not known", classic(PartialText(("arn:", PARTITION, ":s3:::"))), S3, "all", "all"),
    ("writes to all buckets", classic("arn:aws:s3", access="WriteOnly"), S3, "none", "all"),
    ("one bucket", classic("arn:aws:s3:::logs/"), S3, "some", "some"),
    ("a bucket without its slash", classic("arn:aws:s3:::logs"), S3, "unknown", "unknown"),
    ("a bucket of unknown name", classic(PartialText((LOGS_ARN, "/"))), S3, "some", "some"),
    ("values not known", classic(Unknown("var.buckets")), S3, "unknown", "unknown"),
    ("no values", classic(), S3, "none", "none"),
    ("functions are no objects", classic("arn:aws:lambda", kind=LAMBDA), S3, "none", "none"),
    ("all functions", classic("arn:aws:lambda", kind=LAMBDA), LAMBDA, "all", "all"),
    ("all tables", classic("arn:aws:dynamodb", kind=TABLE), TABLE, "all", "all"),
    ("advanced, all", advanced(DATA), S3, "all", "all"),
    ("advanced, reads", advanced(DATA | {"readOnly": {"equals": ["true"]}}), S3, "all", "none"),
    (
        "advanced, one bucket left out",
        advanced(DATA | {"resources.ARN": {"not_starts_with": ["arn:aws:s3:::logs/"]}}),
        S3,
        "some",
        "some",
    ),
    (
        "advanced, a bucket of unknown name left out",
        advanced(DATA | {"resources.ARN": {"not_starts_with": [PartialText((LOGS_ARN, "/"))]}}),
        S3,
        "some",
        "some",
    ),
    ("advanced, read names left out", advanced(DATA | {"eventName": {"not_equals": ["GetObject"]}}), S3, "some", "all"),
    ("advanced, one write name", advanced(DATA | {"eventName": {"equals": ["PutObject"]}}), S3, "none", "some"),
    ("advanced, no type", advanced({"eventCategory": {"equals": ["Data"]}}), S3, "unknown", "unknown"),
    (
        "advanced, split by bucket",
        advanced(
            DATA | {"resources.ARN": {"starts_with": ["arn:aws:s3:::logs/"]}},
            DATA | {"resources.ARN": {"not_starts_with": ["arn:aws:s3:::logs/"]}},
        ),
        S3,
        "all",
        "all",
    ),
    ("management only", advanced({"eventCategory": {"equals": ["Management"]}}), S3, "none", "none"),
]


@pytest.mark.parametrize(
    ("selectors", "kind", "read", "write"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_the_extent_of_data_events_follows_from_their_meaning(selectors, kind, read, write):
    coverages = [data_coverage(selectors, kind, access) for access in ("read", "write")]

    assert [coverage.extent for coverage in coverages] == [read, write]
    for coverage in coverages:
        assert coverage.every is not Status.FAIL or coverage.witness is not None


def test_a_witness_is_an_event_that_is_not_recorded():
    selectors = classic("arn:aws:s3:::logs/", "arn:aws:s3:::other/")

    witness = data_coverage(selectors, S3, "write").witness

    assert witness is not None
    assert records(selectors, witness) is False
    assert witness["resources"][0]["ARN"].startswith("arn:aws:s3:::")


def test_the_named_resources_are_listed():
    assert data_coverage(classic("arn:aws:s3:::b/", "arn:aws:s3:::a/"), S3, "read").named == (
        "arn:aws:s3:::a/",
        "arn:aws:s3:::b/",
    )


@pytest.mark.parametrize(
    ("selectors", "expected"),
    [
        (classic("arn:aws:s3"), "all"),
        (classic("arn:aws:s3:::logs/"), "all"),
        (classic("arn:aws:s3:::logs/AWSLogs/"), "some"),
        (classic("arn:aws:s3:::other/"), "none"),
        (classic("arn:aws:s3:::log"), "unknown"),
        (classic(PartialText((LOGS_ARN, "/"))), "unknown"),
        (advanced(DATA | {"resources.ARN": {"not_starts_with": ["arn:aws:s3:::logs/"]}}), "none"),
        (advanced(DATA | {"resources.ARN": {"ends_with": [".json"]}}), "some"),
    ],
)
def test_one_bucket_can_be_asked_for(selectors, expected):
    within = text([bucket_arn("logs"), "/"])

    assert data_coverage(selectors, S3, "write", within=within).extent == expected


@pytest.mark.parametrize(
    ("selectors", "bucket", "expected"),
    [
        (classic("arn:aws:s3"), "logs", Status.FAIL),
        (classic("arn:aws:s3"), Unknown("var.bucket"), Status.FAIL),
        (classic("arn:aws:s3", access="ReadOnly"), "logs", Status.PASS),
        (classic("arn:aws:s3:::data/"), "logs", Status.PASS),
        (classic("arn:aws:s3:::data/"), Unknown("var.bucket"), Status.UNKNOWN),
        (classic(PartialText((LOGS_ARN, "/"))), LOGS_NAME, Status.FAIL),
        (
            advanced(DATA | {"resources.ARN": {"not_starts_with": [PartialText((LOGS_ARN, "/"))]}}),
            LOGS_NAME,
            Status.PASS,
        ),
        (read_selectors(None, None), "logs", Status.PASS),
    ],
)
def test_a_trail_that_records_its_own_deliveries_is_seen(selectors, bucket, expected):
    answer = own_deliveries_recorded(selectors, bucket)

    assert answer.status is expected
    assert (answer.witness is not None) == (expected is Status.FAIL)


def test_several_trails_together_record_what_each_records():
    reads, writes = classic("arn:aws:s3", access="ReadOnly"), classic("arn:aws:s3", access="WriteOnly")

    assert data_coverage([reads, writes], S3, "read").extent == "all"
    assert data_coverage([reads, writes], S3, "write").extent == "all"
