"""A bundle is handed on: what may hold secrets gets in on purpose only, and nothing of the environment ever does."""

from __future__ import annotations

import json

import pytest

from tests.command import here, in_a_process
from tests.evidence.making import TRAIL, contents_of, make
from tests.faults.planted import MARK, plant

SECRET = "kept-from-all"
VARIABLE = 'variable "password" {\n  type = object({ value = string })\n  sensitive = true\n%s}\n'
PLAN = {
    "format_version": "1.2",
    "terraform_version": "1.9.0",
    "planned_values": {"root_module": {}},
    "resource_changes": [
        {
            "address": "aws_db_instance.d",
            "type": "aws_db_instance",
            "name": "d",
            "mode": "managed",
            "change": {
                "actions": ["create"],
                "before": None,
                "after": {"password": SECRET},
                "after_unknown": {},
                "after_sensitive": {"password": True},
            },
        }
    ],
    "configuration": {"root_module": {}},
}
STATE = {"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "x", "outputs": {}, "resources": []}
TEMPLATE = {
    "Parameters": {"Password": {"Type": "String", "NoEcho": True, "Default": SECRET}},
    "Resources": {"Trail": {"Type": "AWS::CloudTrail::Trail", "Properties": {"IsLogging": True, "S3BucketName": "b"}}},
}

BEARERS = {
    "a default": ({"trail.tf": TRAIL + VARIABLE % f'  default = "{SECRET}"\n'}, ()),
    "a file of values": ({"trail.tf": TRAIL + VARIABLE % "", "terraform.tfvars": f'password = "{SECRET}"\n'}, ()),
    "a value on the command line": ({"trail.tf": TRAIL + VARIABLE % ""}, ("--var", f"password={SECRET}")),
    "a call": ({"trail.tf": TRAIL + f'locals {{\n  password = sensitive("{SECRET}")\n}}\n'}, ()),
    "a variable in JSON": (
        {"trail.tf": TRAIL, "v.tf.json": json.dumps({"variable": {"p": {"sensitive": True, "default": SECRET}}})},
        (),
    ),
    "a plan, in what no rule asks for": ({"plan.json": json.dumps(PLAN)}, ()),
    "a state": ({"terraform.tfstate": json.dumps(STATE), "trail.tf": TRAIL}, ()),
    "a template": ({"template.json": json.dumps(TEMPLATE)}, ()),
}


def made_of(folder, files):
    (folder / "infra").mkdir()
    for name, content in files.items():
        (folder / "infra" / name).write_text(content)


@pytest.mark.parametrize("bearer", BEARERS)
def test_inputs_that_may_hold_secrets_get_in_on_purpose_only(tmp_path, bearer):
    files, words = BEARERS[bearer]
    made_of(tmp_path, files)
    one = make(tmp_path, scan=("infra", *words), given=("--input", "infra", *words))

    refused = here(tmp_path, *one.words)

    assert refused.status == 2
    assert "the inputs may hold secrets" in refused.err
    assert SECRET not in refused.err
    assert "infra" in refused.err.splitlines()[1]  # which of them
    assert not one.bundle.exists()


def test_on_purpose_inputs_get_in_as_they_are(tmp_path):
    files, _ = BEARERS["a default"]
    made_of(tmp_path, files)
    one = make(tmp_path, "--with-secrets")

    done = here(tmp_path, *one.words)

    assert done.status == 0, done.err
    assert SECRET in contents_of(one.bundle)["inputs/infra/trail.tf"].decode()
    assert one.verify().status == 0


def test_what_is_declared_without_a_value_is_no_secret(tmp_path):
    made_of(
        tmp_path, {"trail.tf": TRAIL + VARIABLE % "", "out.tf": 'output "o" {\n  sensitive = true\n  value = 1\n}\n'}
    )

    done = here(tmp_path, *make(tmp_path).words)

    assert done.status == 0, done.err


def test_nothing_of_the_environment_gets_in(tmp_path, monkeypatch):
    made_of(tmp_path, {"trail.tf": 'variable "name" {}\n' + TRAIL.replace('"audit"\n', "var.name\n", 1)})
    monkeypatch.setenv("TF_VAR_name", SECRET)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    one = make(tmp_path)

    refused = here(tmp_path, *one.words)
    given = here(tmp_path, *one.words, "--var", "name=audit")
    monkeypatch.delenv("TF_VAR_name")
    fresh = make(tmp_path, scan=("infra", "--var", "name=audit"), given=("--input", "infra", "--var", "name=audit"))
    bundled = here(tmp_path, *fresh.words)

    assert refused.status == given.status == 2
    assert "TF_VAR_ variables with --var" in refused.err
    assert bundled.status == 0
    assert SECRET not in str(contents_of(one.bundle))


def test_nothing_is_given_away_by_a_bundle_that_is_refused(tmp_path):
    code = tmp_path / "code"
    code.mkdir()
    _, words, environment = plant(code)
    options = words[words.index(next(word for word in words if word.startswith("-"))) :]
    in_a_process(code, "scan", *words, ".", "-q", "-o", "json:../run.json", **environment)
    here(code, "evidence", "keygen", "-o", "../key.pem")

    bundle = ("--run", "../run.json", "--input", ".", *options, "--key", "../key.pem", "-o", "../evidence.zip")
    done = in_a_process(code, "--debug", "evidence", "bundle", *bundle, **environment)

    assert done.status == 2
    assert "the inputs may hold secrets" in done.err
    assert MARK not in done.out + done.err
    assert not (tmp_path / "evidence.zip").exists()
