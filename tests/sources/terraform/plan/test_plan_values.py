"""The three kinds of values of a plan, and what each leads to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ctguard.model.values import Linked, Reference, Unknown, first_unknown
from ctguard.sources.mapping import resources
from tests.sources.terraform.plan.builders import change, constant, plan, read, refers_to, values, written

TRAIL = "aws_cloudtrail.t"
BUCKET = "aws_s3_bucket.logs"


def test_a_known_value_is_itself_and_null_is_not_stated(tmp_path: Path) -> None:
    after = {"name": "audit", "enable_logging": True, "kms_key_id": None, "tags": {"a": None, "b": "c"}}

    unit = read(tmp_path, plan([change(TRAIL, after)], [written(TRAIL)]))

    assert values(unit, TRAIL) == {"name": "audit", "enable_logging": True, "tags": {"b": "c"}}
    assert not unit.faults


def test_an_unknown_value_is_unknown_although_it_is_absent(tmp_path: Path) -> None:
    unit = read(
        tmp_path,
        plan([change(TRAIL, {}, {"kms_key_id": True})], [written(TRAIL, {"kms_key_id": refers_to("local.key")})]),
    )

    unknown = values(unit, TRAIL)["kms_key_id"]

    assert unknown.what == "aws_cloudtrail.t.kms_key_id"
    assert unknown.cure
    assert not unknown.is_set  # a local value may be null
    assert unknown.refers_to is None


def test_an_unknown_name_that_refers_to_a_resource_is_set_and_leads_there(tmp_path: Path) -> None:
    unit = read(
        tmp_path,
        plan(
            [change(TRAIL, {}, {"s3_bucket_name": True}), change(BUCKET, {}, {"id": True})],
            [written(TRAIL, {"s3_bucket_name": refers_to("aws_s3_bucket.logs.id")}), written(BUCKET)],
        ),
    )

    unknown = values(unit, TRAIL)["s3_bucket_name"]

    assert unknown.is_set
    assert unknown.refers_to == Reference(BUCKET, "id")


def test_a_reference_to_what_the_plan_does_not_have_is_set_too(tmp_path: Path) -> None:
    unit = read(
        tmp_path,
        plan(
            [change(TRAIL, {}, {"s3_bucket_name": True})],
            [written(TRAIL, {"s3_bucket_name": refers_to("data.aws_s3_bucket.far.id")})],
        ),
    )

    unknown = values(unit, TRAIL)["s3_bucket_name"]

    assert unknown.is_set
    assert unknown.refers_to == Reference("data.aws_s3_bucket.far", "id")


def test_a_text_that_may_only_be_made_of_what_it_refers_to_is_no_link(tmp_path: Path) -> None:
    selector = {"data_resource": [{"values": {"references": ["aws_s3_bucket.logs.arn", "aws_s3_bucket.logs"]}}]}
    unit = read(
        tmp_path,
        plan(
            [
                change(
                    TRAIL,
                    {"event_selector": [{"data_resource": [{"values": [None]}]}]},
                    {"event_selector": [{"data_resource": [{"values": [True]}]}]},
                )
            ],
            [written(TRAIL, {"event_selector": [selector]}), written(BUCKET)],
        ),
    )

    unknown = values(unit, TRAIL)["event_selector"][0]["data_resource"][0]["values"][0]

    assert unknown.is_set
    assert unknown.refers_to is None
    assert "aws_s3_bucket.logs.arn" in unknown.why


def test_a_known_text_that_is_another_resources_attribute_is_a_link(tmp_path: Path) -> None:
    unit = read(
        tmp_path,
        plan(
            [change(TRAIL, {"s3_bucket_name": "logs"}), change(BUCKET, {"bucket": "logs"})],
            [written(TRAIL, {"s3_bucket_name": refers_to("aws_s3_bucket.logs.bucket")}), written(BUCKET)],
        ),
    )

    name = values(unit, TRAIL)["s3_bucket_name"]

    assert isinstance(name, Linked)
    assert (name, name.refers_to) == ("logs", Reference(BUCKET, "bucket"))


@pytest.mark.parametrize(
    ("name", "expression"),
    [("logs-copy", refers_to("aws_s3_bucket.logs.bucket")), ("logs", constant("logs")), ("logs", refers_to("var.b"))],
)
def test_a_known_text_that_is_made_otherwise_is_no_link(tmp_path: Path, name: str, expression: Any) -> None:
    unit = read(
        tmp_path,
        plan(
            [change(TRAIL, {"s3_bucket_name": name}), change(BUCKET, {"bucket": "logs"})],
            [written(TRAIL, {"s3_bucket_name": expression}), written(BUCKET)],
        ),
    )

    assert type(values(unit, TRAIL)["s3_bucket_name"]) is str


def test_what_nobody_configures_and_the_provider_fills_in_counts_as_omitted(tmp_path: Path) -> None:
    unknown = {"arn": True, "versioning": True, "acl": True, "policy": True}
    unit = read(
        tmp_path,
        plan(
            [
                change(BUCKET, {"bucket": "logs"}, unknown),
                change("aws_cloudwatch_log_group.g", {"retention_in_days": 0}),
            ],
            [written(BUCKET, {"bucket": constant("logs")}), written("aws_cloudwatch_log_group.g")],
        ),
    )

    assert values(unit, BUCKET) == {"bucket": "logs"}
    assert values(unit, "aws_cloudwatch_log_group.g") == {}


def test_a_resource_that_is_there_already_keeps_what_it_has(tmp_path: Path) -> None:
    unit = read(
        tmp_path,
        plan(
            [change(BUCKET, {"bucket": "logs"}, {"arn": True, "versioning": True}, actions=("update",))],
            [written(BUCKET)],
        ),
    )

    found = values(unit, BUCKET)

    assert isinstance(found["versioning"], Unknown)
    assert "arn" not in found


def test_what_is_configured_and_unknown_never_counts_as_omitted(tmp_path: Path) -> None:
    unit = read(
        tmp_path,
        plan(
            [change(BUCKET, {}, {"policy": True}), change("aws_cloudwatch_log_group.g", {"retention_in_days": 0})],
            [
                written(BUCKET, {"policy": refers_to("local.policy")}),
                written("aws_cloudwatch_log_group.g", {"retention_in_days": constant(0)}),
            ],
        ),
    )

    assert isinstance(values(unit, BUCKET)["policy"], Unknown)
    assert values(unit, "aws_cloudwatch_log_group.g") == {"retention_in_days": 0}


def test_an_unknown_block_that_only_the_configuration_can_bring_stays_unknown(tmp_path: Path) -> None:
    unit = read(tmp_path, plan([change(TRAIL, {}, {"event_selector": True})], [written(TRAIL)]))

    assert isinstance(values(unit, TRAIL)["event_selector"], Unknown)


def test_without_configuration_nothing_unknown_is_taken_for_omitted(tmp_path: Path) -> None:
    document = plan([change(BUCKET, {"bucket": "logs"}, {"versioning": True})])
    del document["configuration"]

    unknown = values(read(tmp_path, document), BUCKET)["versioning"]

    assert isinstance(unknown, Unknown)
    assert not unknown.is_set


def test_empty_names_of_what_aws_leaves_out_are_not_stated(tmp_path: Path) -> None:
    after = {"kms_key_id": "", "s3_key_prefix": "", "cloud_watch_logs_group_arn": "", "pattern": ""}

    unit = read(tmp_path, plan([change(TRAIL, after, actions=("no-op",))], [written(TRAIL)]))

    assert values(unit, TRAIL) == {"pattern": ""}


def test_unknown_elements_of_a_list_lead_to_as_many_references(tmp_path: Path) -> None:
    alarm = "aws_cloudwatch_metric_alarm.a"
    unit = read(
        tmp_path,
        plan(
            [change(alarm, {"alarm_actions": [None, "arn:aws:sns:::x", None]}, {"alarm_actions": [True, False, True]})],
            [written(alarm, {"alarm_actions": refers_to("aws_sns_topic.one.arn", "aws_sns_topic.two.arn")})],
        ),
    )

    first, known, last = values(unit, alarm)["alarm_actions"]

    assert (first.refers_to, last.refers_to) == (
        Reference("aws_sns_topic.one", "arn"),
        Reference("aws_sns_topic.two", "arn"),
    )
    assert known == "arn:aws:sns:::x"


def test_an_element_with_several_possible_origins_has_none(tmp_path: Path) -> None:
    unit = read(
        tmp_path,
        plan(
            [change(TRAIL, {}, {"s3_bucket_name": True})],
            [written(TRAIL, {"s3_bucket_name": refers_to("aws_s3_bucket.one.id", "aws_s3_bucket.two.id")})],
        ),
    )

    unknown = values(unit, TRAIL)["s3_bucket_name"]

    assert unknown.is_set
    assert unknown.refers_to is None


def test_a_nested_block_is_found_by_its_constants_in_whatever_order_the_plan_has_them(tmp_path: Path) -> None:
    blocks = [
        {"id": constant("a"), "target_bucket": refers_to("aws_s3_bucket.a.id")},
        {"id": constant("b"), "target_bucket": refers_to("aws_s3_bucket.b.id")},
    ]
    after = {"rules": [{"id": "b", "target_bucket": None}, {"id": "a", "target_bucket": None}]}
    unknown = {"rules": [{"target_bucket": True}, {"target_bucket": True}]}

    unit = read(tmp_path, plan([change(BUCKET, after, unknown)], [written(BUCKET, {"rules": blocks})]))

    assert [str(rule["target_bucket"].refers_to) for rule in values(unit, BUCKET)["rules"]] == [
        "aws_s3_bucket.b.id",
        "aws_s3_bucket.a.id",
    ]


def test_blocks_that_a_dynamic_block_made_have_no_origin(tmp_path: Path) -> None:
    after = {"rules": [{"target_bucket": None}]}

    unit = read(tmp_path, plan([change(BUCKET, after, {"rules": [{"target_bucket": True}]})], [written(BUCKET)]))

    assert values(unit, BUCKET)["rules"][0]["target_bucket"].refers_to is None


def test_of_a_resource_that_is_unknown_as_a_whole_every_attribute_is_unknown(tmp_path: Path) -> None:
    unit = read(tmp_path, plan([change("aws_cloudtrail.t", unknown=True)]))

    (trail,) = resources(unit, [])

    for name in ("name", "is_multi_region_trail", "log_file_validation_enabled", "kms_key_id", "event_selectors"):
        assert isinstance(first_unknown(trail.attributes[name]), Unknown), name
