"""One set-up, written in several ways, gets one verdict.

`correspondence.yaml` says which things of the forms are the same, and where a
form cannot say what another can, with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml

from ctguard.engine.pack import load_pack
from tests.scenes.judging import HERE, REGION, Said, called_here, said

HCL = "terraform"
FORMS = (
    "plan.json",
    "state.json",
    "terraform.tfstate",
    "template.yaml",
    "template.json",
    "change-set.json",
    "change-set-new.json",
    "snapshot.json",
)
LIVE = "snapshot.json"
TERRAFORM = (HCL, "plan.json", "state.json", "terraform.tfstate")
DATA = yaml.safe_load((HERE / "correspondence.yaml").read_text(encoding="utf-8"))
UNNAMED = ("key", "account", "iam_policy")
"""Kinds of which code and account do not share a name; inline policies have no ARN of their own."""
SCENES: dict[str, dict[str, str]] = DATA["scenes"]
WRITTEN = [(scene, form) for scene in SCENES for form in FORMS if (HERE / scene / form).exists()]
EVERYWHERE = {rule.id for rule in load_pack().rules.values() if {"terraform", "cloudformation"} <= set(rule.inputs)}


@dataclass(frozen=True)
class Difference:
    """A verdict of one form that the HCL does not share."""

    scene: str
    form: str
    rule: str
    of: str
    says: str

    def is_listed_as(self, entry: dict[str, str]) -> bool:
        return all(
            fnmatchcase(getattr(self, name), one)
            for name in ("scene", "form", "rule", "of", "says")
            for one in [entry.get(name, "*")]
        )


def of(scene: str, form: str, *, placed: bool = False) -> Said:
    return said(HERE / scene / form, tuple(names(scene, form).items()), placed=placed)


def names(scene: str, form: str) -> dict[str, str]:
    """Return what the things of a scene are called in a form, each with its address in the HCL."""
    if form in TERRAFORM:
        return {}
    if form != LIVE:
        return {logical_id: address for address, logical_id in SCENES[scene].items()}
    found = {(one.resource.type, one.resource.name, one.resource.address) for one in said(HERE / scene / HCL).findings}
    # AWS makes up the id of a key, of which each scene has one.
    return {"key" if kind == "key" else f"{kind} {name}": address for kind, name, address in found}


def differences(scene: str, form: str) -> Iterator[Difference]:
    """Yield where a form differs from the HCL, by rules that both kinds of input can decide."""
    ours, theirs = of(scene, HCL), of(scene, form)
    things = {*SCENES[scene], "account"}
    for rule, thing in sorted({*ours.verdicts, *theirs.verdicts}):
        shared = form in TERRAFORM or rule in EVERYWHERE
        if form == LIVE:  # some rules judge an account as a whole there
            shared = (rule, thing) in ours.verdicts and (rule, thing) in theirs.verdicts
        if shared and thing in things and ours.verdicts.get((rule, thing)) != theirs.verdicts.get((rule, thing)):
            yield Difference(scene, form, rule, thing, theirs.verdicts.get((rule, thing), "absent"))
    for dimension, status in theirs.trail.items():
        if ours.trail[dimension] != status:
            yield Difference(scene, form, "(trail)", dimension, status)


@pytest.mark.parametrize(("scene", "form"), WRITTEN)
def test_every_form_says_the_same_but_for_what_is_listed(scene, form):
    listed: list[dict[str, str]] = DATA["differences"]

    unexpected = [one for one in differences(scene, form) if not any(one.is_listed_as(entry) for entry in listed)]

    assert unexpected == []


@pytest.mark.parametrize(("scene", "form"), WRITTEN)
def test_no_form_says_pass_where_another_says_fail(scene, form):
    ours, theirs = of(scene, HCL).verdicts, of(scene, form).verdicts

    opposed = {key: theirs[key] for key in ours.keys() & theirs.keys() if {ours[key], theirs[key]} == {"pass", "fail"}}

    assert opposed == {}


def test_every_listed_difference_is_there_and_has_a_reason():
    there = [one for scene, form in WRITTEN for one in differences(scene, form)]

    gone = [entry for entry in DATA["differences"] if not any(one.is_listed_as(entry) for one in there)]

    assert gone == []
    assert all(entry["why"] for entry in DATA["differences"])


@pytest.mark.parametrize(("scene", "least"), [("complete", 100), ("broken", 80)])
def test_most_of_what_code_shows_an_account_shows_as_well(scene, least):
    shared = of(scene, HCL).verdicts.keys() & of(scene, LIVE).verdicts.keys()

    assert len(shared) >= least


@pytest.mark.parametrize("scene", SCENES)
def test_every_form_judges_the_things_that_correspond(scene):
    forms = [HCL, *(form for one, form in WRITTEN if one == scene and form != "change-set-new.json")]

    things = {form: {thing for _, thing in of(scene, form).verdicts} & set(SCENES[scene]) for form in forms}

    assert len(set(map(frozenset, things.values()))) == 1, things


@pytest.mark.parametrize(("scene", "form"), WRITTEN)
def test_no_form_is_read_with_errors(scene, form):
    assert of(scene, form).errors == of(scene, HCL).errors == ()


def test_the_complete_scene_holds_and_the_broken_one_does_not():
    complete, broken, unsettled = (of(scene, HCL) for scene in ("complete", "broken", "open"))

    assert "fail" not in complete.trail.values()
    assert broken.trail["verdict"] == "not_trusted"
    assert {broken.trail[name] for name in ("recorded", "provable", "protected", "retained")} == {"fail"}
    assert {unsettled.trail[name] for name in ("recorded", "provable", "protected", "retained")} == {"unknown"}


@pytest.mark.parametrize("scene", ["complete", "broken"])
def test_provider_6_s_plans_say_the_same(scene, tmp_path):
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(as_of_provider_6(HERE / scene / "plan.json")))

    assert said(path).verdicts == of(scene, "plan.json").verdicts


def as_of_provider_6(plan: Path) -> dict[str, Any]:
    """Return a plan of provider 5 as provider 6 would have it: each resource of a region says which."""
    content: dict[str, Any] = json.loads(plan.read_text(encoding="utf-8"))
    for resource in content["resource_changes"]:
        if not resource["type"].startswith("aws_iam"):
            resource["change"]["after"] = {**(resource["change"]["after"] or {}), "region": REGION}
            if resource["change"]["after_unknown"] is not True:
                resource["change"]["after_unknown"].pop("region", None)
    return content


@pytest.mark.parametrize(
    ("scene", "form"),
    [
        (scene, form)
        for scene, form in WRITTEN
        if scene != "open" and form != "change-set-new.json" and (scene, form) != ("broken", "plan.json")
    ],
)
def test_one_fault_has_one_fingerprint_wherever_it_is_found(scene, form):
    """Where account and region are known (in the broken plan they are not), and AWS does not make the name up."""
    ours, theirs = (fingerprints(scene, one) for one in (HCL, form))

    assert {key: ours[key] for key in ours.keys() & theirs.keys()} == {
        key: theirs[key] for key in theirs.keys() & ours.keys()
    }


def fingerprints(scene: str, form: str) -> dict[tuple[str, str], str]:
    called = names(scene, form)
    return {
        (finding.rule_id, called_here(finding, called)): finding.fingerprint
        for finding in of(scene, form, placed=True).findings
        if finding.resource.type not in UNNAMED
    }
