"""Change sets: what resources will be, what is known only then, what a change set cannot show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ctguard.model.values import PartialText, Reference, Unknown
from ctguard.sources.cloudformation import read_change_set
from ctguard.sources.declaration import Unit
from tests.sources.cloudformation.templates import declared, unknown

LATER = "{{changeSet:KNOWN_AFTER_APPLY}}"


def change(logical_id: str, properties: Any = None, **fields: Any) -> dict[str, Any]:
    context = {} if properties is None else {"AfterContext": json.dumps({"Properties": properties})}
    resource = {
        "Action": "Add",
        "LogicalResourceId": logical_id,
        "ResourceType": "AWS::CloudTrail::Trail",
        **context,
        **fields,
    }
    return {"Type": "Resource", "ResourceChange": resource}


def read(tmp_path: Path, *changes: Any, **fields: Any) -> Unit:
    path = tmp_path / "changes.json"
    answer = {
        "ChangeSetName": "next",
        "StackId": "arn:aws:cloudformation:eu-west-1:111122223333:stack/audit/0000",
        "StackName": "audit",
        "Changes": list(changes),
        **fields,
    }
    path.write_text(json.dumps(answer, indent=1))
    return read_change_set(path, display="changes.json")


def test_a_change_set_shows_what_resources_will_be(tmp_path: Path) -> None:
    unit = read(tmp_path, change("Trail", {"IsLogging": "true", "EventSelectors": [{"ReadWriteType": "All"}]}))

    trail = declared(unit, "Trail")
    assert trail.values == {"IsLogging": "true", "EventSelectors": [{"ReadWriteType": "All"}]}
    assert (trail.region, trail.account_id, trail.exists) == ("eu-west-1", "111122223333", None)
    location = trail.places.at(("IsLogging",))
    assert location is not None
    assert location.line == 6
    assert unit.faults == ()


def test_it_says_that_it_shows_what_changes_alone(tmp_path: Path) -> None:
    unit = read(tmp_path, change("Trail", {}))

    assert [one.what for one in unit.unseen] == ["stack audit"]
    assert unit.faults == ()


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ((), "CREATE_COMPLETE"),
        ((), "FAILED"),
        ((change("Trail", {}),), "FAILED"),
        ((change("Trail", {}),), "CREATE_IN_PROGRESS"),
    ],
)
def test_a_change_set_that_failed_or_shows_no_change_is_incomplete(
    tmp_path: Path, changes: tuple[Any, ...], status: str
) -> None:
    unit = read(tmp_path, *changes, Status=status, StatusReason="no updates are to be performed")

    assert [fault.kind for fault in unit.faults] == ["incomplete"]
    assert "change set next" in [one.what for one in unit.unseen]


def test_what_it_removes_is_named_with_its_type_if_that_is_wanted(tmp_path: Path) -> None:
    read(tmp_path, change("Trail", Action="Remove"), change("F", Action="Remove", ResourceType="AWS::Lambda::Function"))

    unit = read_change_set(
        tmp_path / "changes.json", display="changes.json", wanted=frozenset({"AWS::CloudTrail::Trail"})
    )

    assert unit.provenance["removed"] == "Trail AWS::CloudTrail::Trail"


def test_what_is_known_only_after_the_change_is_unknown_and_linked_to_its_cause(tmp_path: Path) -> None:
    details = [
        {
            "Target": {"Attribute": "Properties", "Name": "S3BucketName", "Path": "/Properties/S3BucketName"},
            "ChangeSource": "ResourceReference",
            "CausingEntity": "Logs",
        },
        {
            "Target": {"Attribute": "Properties", "Name": "KMSKeyId"},
            "ChangeSource": "ResourceAttribute",
            "CausingEntity": "Key.Arn",
        },
        {"Target": "odd"},
        7,
    ]
    properties = {
        "S3BucketName": LATER,
        "KMSKeyId": LATER,
        "SnsTopicName": f"arn:{LATER}:{LATER}",
        "Tags": [{"Value": LATER}],
    }

    values = declared(read(tmp_path, change("Trail", properties, Action="Modify", Details=details)), "Trail").values

    assert unknown(values["S3BucketName"]).refers_to == Reference("Logs", "Ref")
    assert unknown(values["KMSKeyId"]).refers_to == Reference("Key", "Arn")
    assert unknown(values["S3BucketName"]).is_set
    assert isinstance(values["SnsTopicName"], PartialText)
    assert unknown(values["Tags"][0]["Value"]).what == "Trail.Tags.0.Value"


def test_masked_and_dynamic_values_are_unknown(tmp_path: Path) -> None:
    values = declared(read(tmp_path, change("T", {"A": "****", "B": "{{resolve:ssm:/x}}"})), "T").values

    assert isinstance(values["A"], Unknown)
    assert unknown(values["B"]).what == "{{resolve:ssm:/x}}"


def test_what_is_removed_does_not_exist_and_is_named(tmp_path: Path) -> None:
    unit = read(tmp_path, change("Trail", Action="Remove"), change("Other", {}))

    assert [one.address for one in unit.declarations] == ["Other"]
    assert unit.provenance["removed"] == "Trail AWS::CloudTrail::Trail"
    assert unit.faults == ()


def test_without_property_values_it_says_how_to_get_them(tmp_path: Path) -> None:
    unit = read(tmp_path, change("A"), change("B"), change("C", {}))

    assert [one.address for one in unit.declarations] == ["C"]
    assert [fault.kind for fault in unit.faults] == ["incomplete"]
    assert "2 resources (A, B)" in unit.faults[0].message
    assert "--include-property-values" in unit.faults[0].message
    assert {one.what for one in unit.unseen} >= {"resource A", "resource B"}


def test_one_page_of_several_is_a_fault(tmp_path: Path) -> None:
    unit = read(tmp_path, change("Trail", {}), NextToken="more")

    assert [fault.kind for fault in unit.faults] == ["incomplete"]
    assert "change set next" in [one.what for one in unit.unseen]


def test_a_nested_stack_has_a_change_set_of_its_own(tmp_path: Path) -> None:
    unit = read(
        tmp_path, change("Child", {}, ChangeSetId="arn:aws:cloudformation:eu-west-1:111122223333:changeSet/n/1")
    )

    assert "nested stack Child" in [one.what for one in unit.unseen]


def test_an_action_that_is_decided_later_leaves_existence_unknown(tmp_path: Path) -> None:
    assert isinstance(declared(read(tmp_path, change("T", {}, Action="Dynamic")), "T").exists, Unknown)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"Action": "Modify", "Replacement": "False"}, "audit-logs-1x"),
        ({"Action": "Modify", "Replacement": "True"}, None),
        ({"Action": "Modify", "Replacement": "Conditional"}, None),
        ({"Action": "Add"}, None),
    ],
)
def test_a_bucket_that_stays_keeps_the_name_it_has(fields: dict[str, str], name: str | None, tmp_path: Path) -> None:
    one = change("Logs", {}, ResourceType="AWS::S3::Bucket", PhysicalResourceId="audit-logs-1x", **fields)

    assert declared(read(tmp_path, one), "Logs").values.get("BucketName") == name


@pytest.mark.parametrize(
    ("changes", "kind"),
    [([change("T", AfterContext="{")], "syntax"), ([{"ResourceChange": {"Action": "Add"}}], "syntax")],
)
def test_a_change_that_cannot_be_read_is_a_fault(changes: list[Any], kind: str, tmp_path: Path) -> None:
    unit = read(tmp_path, *changes)

    assert kind in [fault.kind for fault in unit.faults]
    assert unit.declarations == ()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"Changes": 1}', '{"a": 1, "a": 2}', "\x00"])
def test_a_file_that_is_no_change_set_is_a_fault(content: str, tmp_path: Path) -> None:
    path = tmp_path / "changes.json"
    path.write_text(content)

    unit = read_change_set(path, display="changes.json")

    assert len(unit.faults) == 1


def test_odd_entries_are_passed_by(tmp_path: Path) -> None:
    assert read(tmp_path, 7, {"Type": "Hook"}, {"ResourceChange": None}).declarations == ()
