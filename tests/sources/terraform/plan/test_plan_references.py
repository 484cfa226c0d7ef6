"""From a planned value to the instance that it was taken from, through modules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ctguard.model.values import Reference
from tests.sources.terraform.plan.builders import change, plan, read, refers_to, values, written

UNKNOWN = {"s3_bucket_name": True}


def origin(unit: Any, address: str = "aws_cloudtrail.t") -> str:
    return str(values(unit, address)["s3_bucket_name"].refers_to)


def trail(references: Any, **more: Any) -> dict[str, Any]:
    return written("aws_cloudtrail.t", {"s3_bucket_name": references}, **more)


def test_a_variable_leads_to_what_the_caller_gives(tmp_path: Path) -> None:
    inner = {"resources": [trail(refers_to("var.bucket"))]}
    middle = {"module_calls": {"in": {"expressions": {"bucket": refers_to("var.name")}, "module": inner}}}
    unit = read(
        tmp_path,
        plan(
            [change("module.out.module.in.aws_cloudtrail.t", {}, UNKNOWN), change("aws_s3_bucket.b")],
            [written("aws_s3_bucket.b")],
            calls={"out": {"expressions": {"name": refers_to("aws_s3_bucket.b.id")}, "module": middle}},
        ),
    )

    assert origin(unit, "module.out.module.in.aws_cloudtrail.t") == "aws_s3_bucket.b.id"


def test_an_output_leads_into_the_called_module(tmp_path: Path) -> None:
    deep = {
        "resources": [written("aws_s3_bucket.b")],
        "outputs": {"id": {"expression": refers_to("aws_s3_bucket.b.id")}},
    }
    called = {
        "module_calls": {"deep": {"module": deep}},
        "outputs": {"name": {"expression": refers_to("module.deep.id")}},
    }
    unit = read(
        tmp_path,
        plan(
            [change("aws_cloudtrail.t", {}, UNKNOWN), change("module.m.module.deep.aws_s3_bucket.b")],
            [trail(refers_to("module.m.name"))],
            calls={"m": {"module": called}},
        ),
    )

    assert origin(unit) == "module.m.module.deep.aws_s3_bucket.b.id"


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ('module.m["p"].name', 'module.m["p"].aws_s3_bucket.b.id'),
        ('module.m["q"].name', 'module.m["q"].aws_s3_bucket.b.id'),
    ],
)
def test_an_output_of_a_repeated_module_leads_to_the_instance_that_is_named(
    tmp_path: Path, reference: str, found: str
) -> None:
    called = {
        "resources": [written("aws_s3_bucket.b")],
        "outputs": {"name": {"expression": refers_to("aws_s3_bucket.b.id")}},
    }
    unit = read(
        tmp_path,
        plan(
            [
                change("aws_cloudtrail.t", {}, UNKNOWN),
                *(change(f'module.m["{key}"].aws_s3_bucket.b') for key in "pq"),
            ],
            [trail(refers_to(reference))],
            calls={"m": {"module": called}},
        ),
    )

    assert origin(unit) == found


def test_a_written_index_names_the_instance(tmp_path: Path) -> None:
    unit = read(
        tmp_path,
        plan(
            [change("aws_cloudtrail.t", {}, UNKNOWN), change("aws_s3_bucket.b[0]"), change("aws_s3_bucket.b[1]")],
            [trail(refers_to("aws_s3_bucket.b[1].id")), written("aws_s3_bucket.b")],
        ),
    )

    assert origin(unit) == "aws_s3_bucket.b[1].id"


@pytest.mark.parametrize(("keys", "by"), [((0, 1), "count.index"), (('"x"', '"y"'), "each.key")])
def test_instances_are_paired_by_their_key(tmp_path: Path, keys: tuple[Any, Any], by: str) -> None:
    unit = read(
        tmp_path,
        plan(
            [change(f"{kind}[{key}]", {}, UNKNOWN) for key in keys for kind in ("aws_cloudtrail.t", "aws_s3_bucket.b")],
            [trail({"references": ["aws_s3_bucket.b", by]}), written("aws_s3_bucket.b")],
        ),
    )

    found = [values(unit, f"aws_cloudtrail.t[{key}]")["s3_bucket_name"].refers_to for key in keys]

    assert found == [Reference(f"aws_s3_bucket.b[{key}]", "") for key in keys]


def test_each_value_leads_to_the_instances_that_a_resource_is_repeated_for(tmp_path: Path) -> None:
    unit = read(
        tmp_path,
        plan(
            [change(f'{kind}["k"]', {}, UNKNOWN) for kind in ("aws_cloudtrail.t", "aws_s3_bucket.b")]
            + [change('aws_s3_bucket.b["l"]')],
            [
                trail(refers_to("each.value.id"), for_each_expression={"references": ["aws_s3_bucket.b"]}),
                written("aws_s3_bucket.b"),
            ],
        ),
    )

    assert origin(unit, 'aws_cloudtrail.t["k"]') == 'aws_s3_bucket.b["k"].id'


def test_several_instances_without_a_key_are_no_link(tmp_path: Path) -> None:
    unit = read(
        tmp_path,
        plan(
            [change("aws_cloudtrail.t", {}, UNKNOWN), change("aws_s3_bucket.b[0]"), change("aws_s3_bucket.b[1]")],
            [trail({"references": ["aws_s3_bucket.b"]}), written("aws_s3_bucket.b")],
        ),
    )

    assert values(unit, "aws_cloudtrail.t")["s3_bucket_name"].refers_to is None
    assert values(unit, "aws_cloudtrail.t")["s3_bucket_name"].is_set


def test_the_only_instance_is_meant_whatever_the_index(tmp_path: Path) -> None:
    unit = read(
        tmp_path,
        plan(
            [change("aws_cloudtrail.t", {}, UNKNOWN), change("aws_s3_bucket.b[0]")],
            [trail({"references": ["aws_s3_bucket.b"]}), written("aws_s3_bucket.b")],
        ),
    )

    assert values(unit, "aws_cloudtrail.t")["s3_bucket_name"].refers_to.address == "aws_s3_bucket.b[0]"


@pytest.mark.parametrize("reference", ["local.name", "path.module", "var.not_given", "module.absent.x", "each.value"])
def test_what_the_format_does_not_tell_leads_nowhere(tmp_path: Path, reference: str) -> None:
    unit = read(tmp_path, plan([change("aws_cloudtrail.t", {}, UNKNOWN)], [trail({"references": [reference]})]))

    assert values(unit, "aws_cloudtrail.t")["s3_bucket_name"].refers_to is None
    assert not values(unit, "aws_cloudtrail.t")["s3_bucket_name"].is_set


def test_outputs_that_lead_in_a_circle_end(tmp_path: Path) -> None:
    inner: dict[str, Any] = {
        "module_calls": {},
        "outputs": {name: {"expression": refers_to("var.a", "var.b")} for name in ("x", "y")},
    }
    call = {
        "expressions": {"a": refers_to("module.m.x", "module.m.y"), "b": refers_to("module.m.y", "module.m.x")},
        "module": inner,
    }
    unit = read(
        tmp_path,
        plan([change("aws_cloudtrail.t", {}, UNKNOWN)], [trail(refers_to("module.m.x"))], calls={"m": call}),
    )

    assert values(unit, "aws_cloudtrail.t")["s3_bucket_name"].refers_to is None
