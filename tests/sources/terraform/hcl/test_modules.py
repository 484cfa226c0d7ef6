"""Modules: called ones with their inputs and outputs, and those that are not in sight."""

from __future__ import annotations

import json

import pytest

from ctguard.model.values import Reference, Unknown
from ctguard.sources.terraform.hcl import read_file, read_module, root_modules
from tests.sources.terraform.hcl.conftest import declared, write
from tests.sources.terraform.hcl.test_unknown_values import described

BUCKET = """
variable "name" { type = string }
variable "versioned" {
  type    = bool
  default = true
}
resource "aws_s3_bucket" "it" { bucket = var.name }
output "id" { value = aws_s3_bucket.it.id }
output "path" { value = path.module }
output "versioned" { value = var.versioned }
"""


def test_values_go_into_a_module_and_come_out_of_it(read):
    unit = read(
        {
            "main.tf": """
            module "logs" {
              source = "./modules/bucket"
              name   = "${local.prefix}-logs"
            }
            locals { prefix = "acme" }
            resource "aws_cloudtrail" "t" { s3_bucket_name = module.logs.id }
            """,
            "modules/bucket/main.tf": BUCKET,
        }
    )

    bucket = declared(unit, "module.logs.aws_s3_bucket.it")
    name = declared(unit, "aws_cloudtrail.t").values["s3_bucket_name"]

    assert bucket.values == {"bucket": "acme-logs"}
    assert bucket.places.at(("bucket",)).path == "infra/modules/bucket/main.tf"
    assert name == "acme-logs"
    assert name.refers_to == Reference("module.logs.aws_s3_bucket.it", "id")
    assert unit.unseen == ()


@pytest.mark.parametrize(
    ("multiplied", "expression", "addresses"),
    [
        ("count = 2", "module.logs[1].id", ["module.logs[0].aws_s3_bucket.it", "module.logs[1].aws_s3_bucket.it"]),
        (
            'for_each = toset(["a", "b"])',
            'module.logs["b"].id',
            ['module.logs["a"].aws_s3_bucket.it', 'module.logs["b"].aws_s3_bucket.it'],
        ),
        ("count = 0", "one(module.logs[*].id)", []),
    ],
)
def test_modules_can_have_instances(read, multiplied, expression, addresses):
    unit = read(
        {
            "main.tf": f"""
            module "logs" {{
              source = "./b"
              {multiplied}
              name   = "logs"
            }}
            resource "thing" "it" {{ value = {expression} }}
            """,
            "b/main.tf": BUCKET,
        }
    )

    assert [each.address for each in unit.declarations if each.type == "aws_s3_bucket"] == addresses
    assert declared(unit, "thing.it").values == ({"value": "logs"} if addresses else {})


def test_what_a_module_of_unknown_count_declares_may_be_there(read):
    unit = read(
        {
            "main.tf": 'variable "on" {}\nmodule "m" {\n source = "./b"\n count = var.on ? 1 : 0\n name = "x"\n}',
            "b/main.tf": BUCKET,
        }
    )

    assert declared(unit, "module.m.aws_s3_bucket.it").exists.cure == "set var.on"


def test_an_argument_of_a_module_call_hides_the_default_even_where_it_is_unknown(read):
    unit = read(
        {
            "main.tf": """
            variable "v" {}
            module "m" {
              source    = "./b"
              name      = "x"
              versioned = var.v
            }
            resource "thing" "it" { value = module.m.versioned }
            """,
            "b/main.tf": BUCKET,
        }
    )

    assert declared(unit, "thing.it").values["value"].what == "var.v"


def test_an_input_that_the_call_leaves_out_is_named_with_its_module(read):
    unit = read({"main.tf": 'module "m" { source = "./b" }', "b/main.tf": BUCKET})

    name = declared(unit, "module.m.aws_s3_bucket.it").values["bucket"]

    assert (name.what, name.cure) == ("module.m.var.name", "give name to module.m")


def test_provider_configurations_are_inherited_and_passed(read):
    unit = read(
        {
            "main.tf": """
            provider "aws" { region = "eu-west-1" }
            provider "aws" {
              alias  = "east"
              region = "us-east-1"
            }
            module "inherits" {
              source = "./b"
              name   = "x"
            }
            module "passed" {
              source    = "./b"
              name      = "x"
              providers = { aws = aws.east }
            }
            """,
            "b/main.tf": BUCKET,
        }
    )

    assert declared(unit, "module.inherits.aws_s3_bucket.it").region == "eu-west-1"
    assert declared(unit, "module.passed.aws_s3_bucket.it").region == "us-east-1"


def test_paths_are_those_of_terraform(read):
    unit = read(
        {
            "main.tf": """
            module "m" {
              source = "./modules/b"
              name   = "x"
            }
            resource "thing" "it" { value = [path.module, path.root, module.m.path, file("${path.module}/a.txt")] }
            """,
            "a.txt": "content",
            "modules/b/main.tf": BUCKET,
        }
    )

    assert declared(unit, "thing.it").values["value"] == [".", ".", "modules/b", "content"]


def test_a_module_from_elsewhere_is_not_in_sight(read):
    unit = read(
        """
        module "logs" {
          source  = "trussworks/logs/aws"
          version = "1.0"
        }
        resource "aws_cloudtrail" "t" { s3_bucket_name = module.logs.bucket }
        """
    )

    name = declared(unit, "aws_cloudtrail.t").values["s3_bucket_name"]

    assert [each.what for each in unit.unseen] == ["module.logs"]
    assert "trussworks/logs/aws" in unit.unseen[0].why
    assert not name.is_set
    assert name.cure == "run terraform init, or scan the plan"
    assert unit.faults == ()


def test_a_module_that_is_surely_not_called_does_not_have_to_be_in_sight(read):
    unit = read('module "logs" {\n source = "somewhere/else/aws"\n count = 0\n}')

    assert unit.unseen == ()


def test_credentials_in_a_source_are_not_shown(read):
    unit = read('module "logs" { source = "git::https://user:token@example.com/logs.git" }')

    assert "token" not in unit.unseen[0].why


def test_an_installed_module_is_read_where_terraform_init_put_it(read):
    manifest = {
        "Modules": [
            {"Key": "", "Source": "", "Dir": "."},
            {"Key": "logs", "Source": "acme/logs/aws", "Dir": ".terraform/modules/logs"},
            {"Key": "logs.inner", "Source": "acme/inner/aws", "Dir": ".terraform/modules/logs.inner"},
        ]
    }
    unit = read(
        {
            "main.tf": 'module "logs" {\n source = "acme/logs/aws"\n count = 1\n}',
            ".terraform/modules/modules.json": json.dumps(manifest),
            ".terraform/modules/logs/main.tf": 'module "inner" {\n source = "acme/inner/aws"\n name = "deep"\n}',
            ".terraform/modules/logs.inner/main.tf": BUCKET,
        }
    )

    assert unit.unseen == ()
    assert declared(unit, "module.logs[0].module.inner.aws_s3_bucket.it").values == {"bucket": "deep"}


@pytest.mark.parametrize("folder", ["../outside", "../../../etc", "/etc"])
def test_a_manifest_or_source_never_leads_out_of_the_scanned_folder(read, tmp_path, folder):
    write(tmp_path, {"outside/main.tf": BUCKET})
    manifest = {"Modules": [{"Key": "vendored", "Dir": folder}]}

    unit = read(
        {
            "root/main.tf": 'module "local" { source = "../outside" }\nmodule "vendored" { source = "a/b/aws" }',
            "root/.terraform/modules/modules.json": json.dumps(manifest),
        },
        folder="root",
    )
    inside_only = read_module(tmp_path / "root", root=tmp_path / "root")

    assert inside_only.declarations == ()
    assert {each.what for each in inside_only.unseen} == {"module.local", "module.vendored"}
    assert "module.local.aws_s3_bucket.it" in {each.address for each in unit.declarations}


def test_a_link_to_a_folder_outside_is_not_followed(read, tmp_path):
    write(tmp_path, {"outside/main.tf": BUCKET, "root/main.tf": 'module "m" { source = "./linked" }'})
    (tmp_path / "root/linked").symlink_to(tmp_path / "outside")

    unit = read_module(tmp_path / "root")

    assert unit.declarations == ()
    assert "outside of the scanned folder" in unit.unseen[0].why


def test_modules_that_call_each_other_in_a_circle_are_named_and_end(read):
    unit = read(
        {
            "a/main.tf": 'module "b" { source = "../b" }\nresource "thing" "a" {}',
            "b/main.tf": 'module "a" { source = "../a" }\nresource "thing" "b" {}',
        },
        folder="a",
    )

    assert [fault.kind for fault in unit.faults] == ["cycle"]
    assert "module.b.module.a" in unit.faults[0].message
    assert [each.address for each in unit.declarations] == ["thing.a", "module.b.thing.b"]
    assert [each.what for each in unit.unseen] == ["module.b.module.a"]


def test_a_missing_output_is_refused_by_a_whole_module_and_unknown_in_a_broken_one(read):
    whole = read(
        {
            "main.tf": 'module "m" { source = "./b" }\nresource "thing" "it" { value = try(module.m.no, 1) }',
            "b/main.tf": "",
        }
    )
    broken = read(
        {
            "main.tf": 'module "m" { source = "./b" }\nresource "thing" "it" { value = try(module.m.no, 1) }',
            "b/main.tf": 'output "no" {\n value = = 1\n}',
        }
    )

    assert declared(whole, "thing.it").values["value"] == 1
    assert isinstance(declared(broken, "thing.it").values["value"], Unknown)
    assert [fault.source for fault in broken.faults] == ["infra/b/main.tf:2"]


def test_a_whole_module_or_resource_can_be_passed_on(read):
    unit = read(
        {
            "main.tf": """
            resource "aws_s3_bucket" "b" { bucket = "logs" }
            module "m" {
              source = "./policy"
              bucket = aws_s3_bucket.b
            }
            """,
            "policy/main.tf": """
            variable "bucket" { type = object({ id = string, arn = string }) }
            resource "aws_s3_bucket_policy" "p" {
              bucket = var.bucket.id
              policy = "${var.bucket.arn}/*"
            }
            """,
        }
    )

    values = declared(unit, "module.m.aws_s3_bucket_policy.p").values

    assert values["bucket"].refers_to == Reference("aws_s3_bucket.b", "id")
    assert described(values["policy"]) == "arn:{AWS partition}:s3:::logs/*"


def test_a_file_by_itself_sees_neither_its_neighbours_nor_its_modules(tmp_path):
    write(
        tmp_path,
        {
            "main.tf": 'module "m" { source = "./b" }\nresource "thing" "it" { value = [var.x, local.y, module.m.id] }',
            "variables.tf": 'variable "x" { default = 1 }\nlocals { y = 2 }',
            "terraform.tfvars": "x = 3",
            "b/main.tf": BUCKET,
        },
    )

    unit = read_file(tmp_path / "main.tf", display="infra/main.tf")

    assert [each.address for each in unit.declarations] == ["thing.it"]
    assert [each.what for each in unit.declarations[0].values["value"]] == ["var.x", "local.y", "module.m"]
    assert unit.unseen[0].cure == "scan the folder"
    assert str(unit.declarations[0].places.at(())) == "infra/main.tf:2"


def test_root_modules_are_those_that_no_other_module_calls(tmp_path):
    write(
        tmp_path,
        {
            "prod/main.tf": 'module "b" { source = "../modules/bucket" }',
            "test/main.tf.json": '{"module": {"b": {"source": "../modules/key"}}}',
            "modules/bucket/main.tf": 'module "k" { source = "./inner" }',
            "modules/bucket/inner/main.tf": "",
            "modules/key/main.tf": "",
            "modules/alone/main.tofu": '# module "b" { source = "../key" }',
            "commented/main.tf": '# module "a" { source = "../modules/alone" }\n/* source = "../prod" */',
            "circle/a/main.tf": 'module "b" { source = "../b" }',
            "circle/b/main.tf": 'module "a" { source = "../a" }',
            "self/main.tf": 'module "me" { source = "./" }',
            ".terraform/modules/x/main.tf": "",
            ".git/main.tf": "",
            "node_modules/x/main.tf": "",
            "docs/readme.md": "",
        },
    )
    (tmp_path / "linked").symlink_to(tmp_path / "prod")

    found = [path.relative_to(tmp_path).as_posix() for path in root_modules(tmp_path)]

    assert found == ["circle/a", "commented", "modules/alone", "prod", "self", "test"]


def test_overrides_go_over_what_the_other_files_say(read):
    unit = read(
        {
            "main.tf": """
            variable "name" { default = "one" }
            locals { tag = "plain" }
            resource "aws_s3_bucket" "b" {
              bucket = var.name
              rule { id = "a" }
              rule { id = "b" }
              other { id = "kept" }
              tags = { t = local.tag }
            }
            """,
            "override.tf": 'locals { tag = "over" }\nvariable "name" { default = "two" }',
            "z_override.tf": 'resource "aws_s3_bucket" "b" {\n rule { id = "c" }\n force_destroy = true\n}',
        }
    )

    assert declared(unit, "aws_s3_bucket.b").values == {
        "bucket": "two",
        "rule": [{"id": "c"}],
        "other": [{"id": "kept"}],
        "tags": {"t": "over"},
        "force_destroy": True,
    }
