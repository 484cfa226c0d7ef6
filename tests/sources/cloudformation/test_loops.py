"""Fn::ForEach: in every section that takes it, within itself, and where it cannot be written out."""

from __future__ import annotations

from typing import Any

import pytest

from ctguard.model.values import PartialMap
from tests.sources.cloudformation.templates import declared, evaluated, read

TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::Join": [".", [{"Ref": "Name"}, "fifo"]]}}}


def looped(collection: Any, fragment: dict[str, Any], **sections: Any) -> Any:
    return {
        "Transform": "AWS::LanguageExtensions",
        **sections,
        "Resources": {"Fn::ForEach::Loop": ["Name", collection, fragment], "Plain": {"Type": "Custom::Thing"}},
    }


@pytest.mark.parametrize(
    "collection",
    [["a", "b"], {"Ref": "Names"}, {"Fn::Split": ["|", "a|b"]}, {"Fn::FindInMap": ["M", "k", "v"]}],
)
def test_a_loop_writes_out_a_resource_for_each_item(collection: Any) -> None:
    unit = read(
        looped(
            collection,
            {"Topic${Name}": TOPIC},
            Parameters={"Names": {"Type": "CommaDelimitedList", "Default": "a,b"}},
            Mappings={"M": {"k": {"v": ["a", "b"]}}},
        )
    )

    assert [one.address for one in unit.declarations] == ["Topica", "Topicb", "Plain"]
    assert declared(unit, "Topicb").values["TopicName"] == "b.fifo"
    assert unit.unseen == ()


def test_an_ampersand_leaves_out_what_a_logical_id_cannot_hold() -> None:
    fragment = {"Topic&{Name}": {"Type": "Custom::Thing", "Properties": {"Value": {"Fn::Sub": "x-${Name}"}}}}

    unit = read(looped(["eu-west-1"], fragment))

    assert declared(unit, "Topiceuwest1").values["Value"] == "x-eu-west-1"


def test_loops_nest() -> None:
    inner = {"T${Name}${Size}": {"Type": "Custom::Thing", "Properties": {"Value": "${Name}/${Size}"}}}

    unit = read(looped(["a", "b"], {"Fn::ForEach::Inner${Name}": ["Size", [1, 2], inner]}))

    values = {one.address: one.values.get("Value") for one in unit.declarations}
    assert values == {"Ta1": "a/1", "Ta2": "a/2", "Tb1": "b/1", "Tb2": "b/2", "Plain": None}


def test_a_loop_over_an_unknown_collection_may_hold_more_than_is_seen() -> None:
    unit = read(looped({"Ref": "Names"}, {"Topic${Name}": TOPIC}, Parameters={"Names": {"Type": "CommaDelimitedList"}}))

    assert [one.address for one in unit.declarations] == ["Plain"]
    assert [one.what for one in unit.unseen] == ["parameter Names"]
    assert "decides which resources there are" in unit.unseen[0].why


def test_loops_write_out_conditions_outputs_and_properties() -> None:
    conditions = {"Fn::ForEach::C": ["E", ["dev", "prod"], {"Is${E}": {"Fn::Equals": [{"Ref": "Env"}, "${E}"]}}]}
    parameters = {"Env": {"Type": "String", "Default": "prod"}}
    expression = {"Fixed": 0, "Fn::ForEach::P": ["E", ["x", "y"], {"Key${E}": {"Fn::If": ["Isprod", "${E}", "no"]}}]}

    value = evaluated(expression, Conditions=conditions, Parameters=parameters)

    assert value == {"Fixed": 0, "Keyx": "x", "Keyy": "y"}


def test_a_loop_among_properties_over_an_unknown_collection_leaves_the_map_open() -> None:
    expression = {"Fixed": 0, "Fn::ForEach::P": ["E", {"Ref": "Names"}, {"K${E}": 1}]}

    value = evaluated(expression, Parameters={"Names": {"Type": "CommaDelimitedList"}})

    assert isinstance(value, PartialMap)
    assert value.items == {"Fixed": 0}
    assert value.rest.what == "parameter Names"


def test_a_loop_that_makes_one_resource_twice_is_a_fault() -> None:
    unit = read(looped(["a", "b"], {"Same": {"Type": "Custom::Thing"}}))

    assert [one.address for one in unit.declarations] == ["Same", "Plain"]
    assert ["declared twice" in fault.message for fault in unit.faults] == [True]


@pytest.mark.parametrize(
    "body",
    [
        "text",
        [],
        ["Name", ["a"]],
        [1, ["a"], {}],
        ["Name", "a", {}],
        ["Name", [["a", {}]], {"x": 1}],
        ["Name", ["a"], 1],
    ],
)
def test_a_loop_that_is_none_is_named(body: Any) -> None:
    unit = read({"Resources": {"Fn::ForEach::Loop": body, "Plain": {"Type": "Custom::Thing"}}})

    assert [one.address for one in unit.declarations] == ["Plain"]
    assert len(unit.unseen) == 1


def test_loops_in_loops_that_write_out_too_much_are_refused() -> None:
    body: dict[str, Any] = {"T${A0}x${A1}x${A2}x${A3}x${A4}": {"Type": "Custom::Thing"}}
    for level in range(5):
        body = {f"Fn::ForEach::L{level}": [f"A{level}", [str(item) for item in range(100)], body]}

    unit = read({"Resources": body})

    assert [fault.kind for fault in unit.faults] == ["limit"]


def test_loops_among_properties_that_write_out_too_much_are_unknown() -> None:
    body: dict[str, Any] = {"T${A0}${A1}${A2}${A3}${A4}": 1}
    for level in range(4):
        body = {f"Fn::ForEach::L{level}": [f"A{level}", [str(item) for item in range(100)], body]}

    value = evaluated(body | {"Fixed": 1})

    assert isinstance(value, PartialMap)


def test_more_than_five_loops_in_each_other_are_not_followed() -> None:
    body: dict[str, Any] = {"T": {"Type": "Custom::Thing"}}
    for level in range(7):
        body = {f"Fn::ForEach::L{level}": [f"A{level}", ["a"], body]}

    unit = read({"Resources": {**body, "Plain": {"Type": "Custom::Thing"}}})

    assert [one.address for one in unit.declarations] == ["Plain"]
    assert "is nested in more than 5 others" in unit.unseen[0].why
