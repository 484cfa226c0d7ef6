"""Which files are plans and states, and what is said of those that cannot be judged whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctguard.model.kinds import types_of_interest
from ctguard.model.values import Reference, Unknown, reference_of
from ctguard.sources.terraform.plan import kind_of, read_plan
from tests.sources.terraform.plan.builders import TYPES, change, declared, plan, read, values, written

RECORDED = Path(__file__).parent / "recorded"
CORPUS = Path(__file__).parents[5] / "shared" / "corpus"
OWN = frozenset({"terraform_data"})
WHOLE = plan([change("aws_cloudtrail.t", {"name": "t"})])


def recorded(name: str) -> Any:
    path = RECORDED / f"{name}.json"
    return read_plan(path, display=path.name, wanted=OWN)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("create", "plan"),
        ("no_changes", "plan"),
        ("refresh_only", "plan"),
        ("destroy", "plan"),
        ("state", "state"),
        ("terraform.tfstate", "state file"),
    ],
)
def test_files_that_terraform_wrote_are_told_by_their_first_bytes(name: str, kind: str) -> None:
    content = (RECORDED / f"{name}.json").read_bytes()

    assert kind_of(content[:65_536]) == kind
    assert kind_of(b"\xef\xbb\xbf" + content) == kind
    assert kind_of(content.decode().encode("utf-16")) == kind
    assert kind_of(content.decode().encode("utf-16-le")) == kind


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[1]",
        b'{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {}}',
        b'{"version": 4}',
        b'{"configuration": {"a": 1}}',
        b"resource aws_x y {}",
        b"\xff\xfe\x00",
    ],
)
def test_other_files_are_neither(content: bytes) -> None:
    assert kind_of(content) is None


def test_a_plan_whose_keys_were_sorted_is_still_one(tmp_path: Path) -> None:
    content = json.dumps(WHOLE, sort_keys=True).encode()

    assert kind_of(content) == "plan"
    assert values(read(tmp_path, content), "aws_cloudtrail.t") == {"name": "t"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_a_plan_in_another_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    unit = read(tmp_path, json.dumps(WHOLE).encode(encoding))

    assert values(unit, "aws_cloudtrail.t") == {"name": "t"}


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ({**WHOLE, "format_version": "2.0"}, "version"),
        ({key: value for key, value in WHOLE.items() if key != "format_version"}, "version"),
        ({"version": 3, "serial": 1, "lineage": "x", "modules": []}, "version"),
        ({"serial": 1, "lineage": "x", "encrypted_data": "c2VjcmV0", "encryption_version": "v0"}, "encrypted"),
        ({**WHOLE, "resource_changes": [{"address": 1}]}, "syntax"),
        (json.dumps(WHOLE).encode()[:-10], "syntax"),
        (json.dumps(WHOLE).encode() + b"}", "syntax"),
        (json.dumps(WHOLE).encode().replace(b'"t"', b'"\xff"'), "syntax"),
        (json.dumps(WHOLE).encode().replace(b'{"name": "t"}', b"[" * 100_000), "syntax"),
        (json.dumps(WHOLE).encode().replace(b'"t"', b"NaN"), "syntax"),
        ({"a": 1}, "syntax"),
    ],
)
def test_what_cannot_be_read_is_one_fault_and_no_exception(tmp_path: Path, document: Any, kind: str) -> None:
    unit = read(tmp_path, document)

    assert [fault.kind for fault in unit.faults] == [kind]
    assert "\n" not in unit.faults[0].message
    assert not unit.declarations


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    unit = read_plan(tmp_path / "none.json", display="none.json", wanted=TYPES)

    assert [fault.kind for fault in unit.faults] == ["unreadable"]


@pytest.mark.parametrize(
    "document",
    [
        {**WHOLE, "errored": True},
        {**WHOLE, "complete": False},
        {**WHOLE, "deferred_changes": [{"reason": "x"}]},
    ],
)
def test_a_plan_that_shows_only_a_part_says_so(tmp_path: Path, document: Any) -> None:
    unit = read(tmp_path, document)

    assert [fault.kind for fault in unit.faults] == ["incomplete"]
    assert unit.unseen
    assert unit.declarations


def test_a_targeted_plan_of_terraform_says_so() -> None:
    unit = recorded("targeted")

    assert [fault.kind for fault in unit.faults] == ["incomplete"]
    assert {one.address for one in unit.declarations} == {"terraform_data.origin", "terraform_data.local"}


def test_a_plan_that_only_refreshes_shows_what_is_there_and_says_so() -> None:
    unit = recorded("refresh_only")

    assert [fault.kind for fault in unit.faults] == ["incomplete"]
    assert unit.unseen
    assert {one.address for one in unit.declarations} == {one.address for one in recorded("state").declarations}


def test_a_plan_that_was_cut_down_to_its_values_takes_what_is_missing_for_unknown(tmp_path: Path) -> None:
    foreseen = {"address": "aws_cloudtrail.t", "type": "aws_cloudtrail", "name": "t", "values": {"name": "t"}}
    document = plan(
        None,
        [written("aws_cloudtrail.t", {"s3_bucket_name": {"references": ["aws_s3_bucket.b.id", "aws_s3_bucket.b"]}})],
        planned_values={"root_module": {"resources": [foreseen]}},
    )

    unit = read(tmp_path, document)

    assert [fault.kind for fault in unit.faults] == ["incomplete"]
    assert values(unit, "aws_cloudtrail.t")["name"] == "t"
    assert values(unit, "aws_cloudtrail.t")["s3_bucket_name"].refers_to == Reference("aws_s3_bucket.b", "id")


def test_a_plan_that_makes_nothing_of_what_is_declared_is_not_taken_for_a_sound_one(tmp_path: Path) -> None:
    unit = read(tmp_path, plan(None, [written("aws_cloudtrail.t")]))

    assert not unit.faults
    assert unit.unseen


def test_a_plan_without_resources_is_sound_and_empty(tmp_path: Path) -> None:
    unit = read(tmp_path, plan(None, [written("data.aws_region.here")]))

    assert not (unit.faults or unit.unseen or unit.declarations)


@pytest.mark.parametrize(
    ("actions", "exists"),
    [
        (("no-op",), True),
        (("create",), True),
        (("update",), True),
        (("delete", "create"), True),
        (("create", "delete"), True),
        (("create", "forget"), True),
        (("delete",), False),
        (("forget",), False),
    ],
)
def test_what_there_will_be_follows_from_the_actions(tmp_path: Path, actions: tuple[str, ...], exists: bool) -> None:
    unit = read(tmp_path, plan([change("aws_cloudtrail.t", {"name": "t"}, actions=actions)]))

    assert bool(unit.declarations) == exists
    assert ("aws_cloudtrail.t" in unit.provenance.get("removed", "")) != exists


def test_what_will_be_removed_is_named_with_its_type_a_line_each(tmp_path: Path) -> None:
    changes = [change(f"aws_s3_bucket.b[{index}]", actions=("delete",)) for index in range(30)]
    other = change("aws_instance.i", actions=("delete",))

    unit = read(tmp_path, plan([change("aws_cloudtrail.t", actions=("forget",)), *changes, other]))

    first, *rest = unit.provenance["removed"].splitlines()
    assert first == "aws_cloudtrail.t aws_cloudtrail"
    assert rest == [f"aws_s3_bucket.b[{index}] aws_s3_bucket" for index in range(30)]


@pytest.mark.parametrize("changes", [[], None])
def test_a_plan_that_shows_nothing_but_drift_is_incomplete(tmp_path: Path, changes: list[Any] | None) -> None:
    drift = change("aws_cloudtrail.t", {"name": "t"}, actions=("update",))

    unit = read(tmp_path, plan(changes, resource_drift=[drift]))

    assert [fault.kind for fault in unit.faults] == ["incomplete"]
    assert unit.unseen


def test_a_plan_without_changes_and_without_values_is_incomplete(tmp_path: Path) -> None:
    document = plan([])
    del document["planned_values"]

    unit = read(tmp_path, document)

    assert [fault.kind for fault in unit.faults] == ["incomplete"]


def test_old_objects_and_other_types_are_passed_over(tmp_path: Path) -> None:
    unit = read(
        tmp_path,
        plan(
            [
                change("aws_cloudtrail.t", {"name": "new"}),
                change("aws_cloudtrail.t", {"name": "old"}, deposed="abc"),
                change("aws_instance.i", {"ami": "x"}),
                change("data.aws_s3_bucket.d", {}, actions=("read",)),
            ]
        ),
    )

    assert [(one.address, one.values["name"]) for one in unit.declarations] == [("aws_cloudtrail.t", "new")]


def test_links_of_a_real_plan_lead_through_modules_and_repetitions() -> None:
    unit = recorded("no_changes")

    found = {one.address: str(reference_of(one.values["input"])) for one in unit.declarations}

    assert found['terraform_data.chained["k"]'] == 'terraform_data.each["k"].id'
    assert found["terraform_data.counted[1]"] == 'terraform_data.each["k"].id'
    assert found["terraform_data.of_module"] == 'module.inner["p"].terraform_data.within.id'
    assert found["terraform_data.paired[0]"] == found["terraform_data.local"] == "None"


def test_unknowns_of_a_real_plan_say_what_they_are_made_of() -> None:
    unit = recorded("create")

    paired = declared(unit, "terraform_data.paired[1]").values["input"]
    nested = declared(unit, 'module.inner["q"].terraform_data.within').values["input"]["list"]

    assert isinstance(paired, Unknown)
    assert "terraform_data.counted[1]" in paired.why
    assert "terraform_data.origin.id" in nested[0].why
    assert nested[1] == "s"


@pytest.mark.parametrize("name", ["create", "state", "terraform.tfstate", "no_changes", "refresh_only"])
def test_what_is_sensitive_is_among_the_secrets(name: str) -> None:
    assert "correct horse" in recorded(name).secrets


def test_texts_that_give_nothing_away_are_no_secrets(tmp_path: Path) -> None:
    after = {"name": "a long secret", "enable_logging": "true", "s3_key_prefix": "x", "tags": {"a": "not secret"}}
    sensitive = {"name": True, "enable_logging": True, "s3_key_prefix": True, "tags": {}}

    unit = read(tmp_path, plan([change("aws_cloudtrail.t", after, sensitive=sensitive)]))

    assert unit.secrets == {"a long secret"}
    assert values(unit, "aws_cloudtrail.t")["name"] == "a long secret"


def test_a_sensitive_document_is_secret_piece_by_piece(tmp_path: Path) -> None:
    statement = {"Sid": "Hidden", "Effect": "Allow", "Resource": "arn:aws:s3:::hidden-logs/*"}
    after = {"policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}

    unit = read(tmp_path, plan([change("aws_s3_bucket_policy.p", after, sensitive={"policy": True})]))

    assert unit.secrets == {after["policy"], "Hidden", "arn:aws:s3:::hidden-logs/*", "hidden-logs"}


def test_all_texts_of_a_sensitive_map_are_secret(tmp_path: Path) -> None:
    after = {"tags": {"owner": "a hidden team", "more": [{"deep": "deeply hidden"}]}}

    unit = read(tmp_path, plan([change("aws_s3_bucket.b", after, sensitive={"tags": True})]))

    assert unit.secrets == {"a hidden team", "deeply hidden"}


def test_a_state_knows_everything() -> None:
    unit = recorded("terraform.tfstate")

    shown = recorded("state")

    assert {one.address for one in unit.declarations} == {one.address for one in shown.declarations}
    assert not any(isinstance(value, Unknown) for one in unit.declarations for value in one.values.values())
    assert int(unit.provenance["serial"]) > 0


def test_region_and_account_of_a_state_are_those_of_the_arn(tmp_path: Path) -> None:
    instance = {"attributes": {"name": "t", "arn": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/t"}}
    resource = {"mode": "managed", "type": "aws_cloudtrail", "name": "t", "instances": [instance]}
    document = {"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "resources": [resource]}

    found = declared(read(tmp_path, document), "aws_cloudtrail.t")

    assert (found.region, found.account_id) == ("eu-west-1", "111122223333")


def test_region_and_account_of_a_plan_come_from_the_provider_and_its_data_sources(tmp_path: Path) -> None:
    caller = "data.aws_caller_identity.me"
    document = plan(
        [change("aws_cloudtrail.t", {"name": "t"})],
        [written("aws_cloudtrail.t"), written(caller)],
        variables={"region": {"value": "eu-central-1"}},
        prior_state={
            "values": {
                "root_module": {
                    "resources": [
                        {
                            "address": caller,
                            "mode": "data",
                            "type": "aws_caller_identity",
                            "name": "me",
                            "values": {"account_id": "111122223333"},
                        }
                    ]
                }
            }
        },
    )
    document["configuration"]["provider_config"]["aws"]["expressions"] = {"region": {"references": ["var.region"]}}

    found = declared(read(tmp_path, document), "aws_cloudtrail.t")

    assert (found.region, found.account_id) == ("eu-central-1", "111122223333")


def test_the_regions_own_argument_counts_first(tmp_path: Path) -> None:
    document = plan([change("aws_cloudtrail.t", {"region": "us-east-2"})], [written("aws_cloudtrail.t")])
    document["configuration"]["provider_config"]["aws"]["expressions"] = {"region": {"constant_value": "eu-west-1"}}

    assert declared(read(tmp_path, document), "aws_cloudtrail.t").region == "us-east-2"


def test_what_a_plan_does_not_tell_of_a_lifecycle_is_unknown(tmp_path: Path) -> None:
    settings = declared(read(tmp_path, WHOLE), "aws_cloudtrail.t").settings

    assert isinstance(settings["prevent_destroy"], Unknown)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus of others' plans beside the checkout")
def test_every_plan_of_the_corpus_is_read_or_named() -> None:
    wanted = types_of_interest("terraform")
    folders = ("plans-unlabelled", "derived-plans", "terraform-compliance")
    paths = [path for folder in folders for path in (CORPUS / folder).rglob("*.json")]

    units = [read_plan(path, display=path.name, wanted=wanted) for path in paths]

    assert len(units) > 150
    assert [unit.name for unit in units if unit.faults] == [
        "terraform__runner__resources__plan_with_resource_reference__tfplan_graph.json"
    ]
    assert sum(bool(unit.declarations) for unit in units) > 0.9 * len(units)


JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from(["", "x", "aws_cloudtrail", "true", "var.x"])),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
    max_leaves=4,
)


@given(st.sampled_from(["create", "replace", "refresh_only", "state", "terraform.tfstate"]), st.data())
@settings(max_examples=150, deadline=None)
def test_a_damaged_file_is_read_or_named(tmp_path_factory: pytest.TempPathFactory, name: str, data: Any) -> None:
    document = json.loads((RECORDED / f"{name}.json").read_text())
    node = document
    for _ in range(data.draw(st.integers(0, 9))):
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        if not isinstance(node[key], dict | list):
            node[key] = data.draw(JUNK)
            break
        node = node[key]
    else:
        if isinstance(node, dict) and node:
            node[data.draw(st.sampled_from(sorted(node)))] = data.draw(JUNK)

    unit = read(tmp_path_factory.getbasetemp(), document, wanted=OWN)

    assert unit.name == "plan.json"
