"""Answers about all events against the concrete meaning of single events."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ctguard.coverage import data_coverage, management_coverage, read_selectors, records
from ctguard.model.logic import Status
from ctguard.model.values import PartialText, Unknown

S3 = "AWS::S3::Object"
SOURCES = ["kms.amazonaws.com", "rdsdata.amazonaws.com", "iam.amazonaws.com", "ec2.amazonaws.com"]
ARNS = ["arn:aws:s3", "arn:aws:s3:::", "arn:aws:s3:::a/", "arn:aws:s3:::a/b", "arn:aws:s3:::b/", "arn:aws:s3:::a/b.log"]
KEYS = ["arn:aws:s3:::a/b", "arn:aws:s3:::a/b.log", "arn:aws:s3:::b/x.log", "arn:aws:s3:::c/d", "arn:aws:s3:::ab/c"]
NAMES = ["GetObject", "PutObject", "HeadObject", "DeleteObject", "Put", "Object"]
UNKNOWNS = [Unknown("var.a"), PartialText(("arn:aws:s3:::", Unknown("var.b"), "/"))]


def lists(values):
    return st.lists(st.sampled_from(values), max_size=2)


classic_selectors = st.fixed_dictionaries(
    {},
    optional={
        "read_write_type": st.sampled_from(["All", "ReadOnly", "WriteOnly", Unknown("var.rw")]),
        "include_management_events": st.sampled_from([True, False, Unknown("var.m")]),
        "exclude_management_event_sources": lists([*SOURCES[:2], Unknown("var.e")]),
        "data_resources": st.lists(
            st.fixed_dictionaries({"type": st.just(S3), "values": lists([*ARNS, *UNKNOWNS])}), max_size=2
        ),
    },
)


def field(name, values, operators):
    tests = st.dictionaries(
        st.sampled_from(operators), st.lists(st.sampled_from(values), min_size=1, max_size=2), max_size=2
    )
    return tests.map(lambda chosen: {"field": name, **chosen})


OPERATORS = ["equals", "starts_with", "ends_with", "not_equals", "not_starts_with", "not_ends_with"]
advanced_selectors = st.tuples(
    st.sampled_from(["Management", "Data"]),
    st.one_of(st.none(), field("readOnly", ["true", "false"], ["equals"])),
    st.one_of(st.none(), field("eventSource", SOURCES, OPERATORS)),
    st.one_of(st.none(), field("eventName", NAMES, OPERATORS)),
    st.one_of(st.none(), field("resources.ARN", [*ARNS, *UNKNOWNS, ".log"], OPERATORS)),
).map(
    lambda parts: {
        "field_selectors": [
            {"field": "eventCategory", "equals": [parts[0]]},
            *([{"field": "resources.type", "equals": [S3]}] if parts[0] == "Data" else []),
            *(part for part in parts[1:] if part and (parts[0] == "Data" or part["field"] != "resources.ARN")),
        ]
    }
)
selector_sets = st.one_of(
    st.lists(classic_selectors, max_size=3).map(lambda items: read_selectors(items, None)),
    st.lists(advanced_selectors, max_size=3).map(lambda items: read_selectors(None, items, on_store=True)),
)
data_events = st.builds(
    lambda name, arn: {
        "eventCategory": "Data",
        "eventSource": "s3.amazonaws.com",
        "eventName": name,
        "eventType": "AwsApiCall",
        "readOnly": name.startswith(("Get", "Head")),
        "resources": [{"type": S3, "ARN": arn}],
        "userIdentity": {"arn": "arn:aws:iam::111122223333:user/alice"},
    },
    st.sampled_from(NAMES[:4]),
    st.sampled_from(KEYS),
)
management_events = st.builds(
    lambda source, read_only: {
        "eventCategory": "Management",
        "eventSource": source,
        "eventName": "DescribeThings" if read_only else "CreateThing",
        "eventType": "AwsApiCall",
        "readOnly": read_only,
    },
    st.sampled_from([*SOURCES, "sqs.amazonaws.com"]),
    st.booleans(),
)


@settings(max_examples=250, deadline=None)
@given(selector_sets, st.lists(data_events, min_size=1, max_size=6))
def test_an_answer_about_all_data_events_holds_for_each(selectors, events):
    coverage = {access: data_coverage(selectors, S3, access) for access in ("read", "write")}

    for event in events:
        answer, judged = records(selectors, event), coverage["read" if event["readOnly"] else "write"]
        assert not (judged.every is Status.PASS and answer is not True)
        assert not (judged.some is Status.FAIL and answer is not False)
    for judged in coverage.values():
        if judged.witness is not None and "${" not in str(judged.witness):
            assert records(selectors, judged.witness) is not True


@settings(max_examples=250, deadline=None)
@given(selector_sets, st.lists(management_events, min_size=1, max_size=6))
def test_an_answer_about_all_management_events_holds_for_each(selectors, events):
    coverage = management_coverage(selectors)

    for event in events:
        judged = coverage.of("read" if event["readOnly"] else "write")
        assert not (judged.status is Status.PASS and records(selectors, event) is not True)
    for judged in coverage.cells.values():
        assert judged.witness is None or records(selectors, judged.witness) is False
