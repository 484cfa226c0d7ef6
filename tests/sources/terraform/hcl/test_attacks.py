"""What somebody does who wants to see what is not theirs, or to have us say what is not so."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctguard.model.values import Unknown
from ctguard.sources.terraform.hcl import read_module
from ctguard.sources.terraform.hcl.inputs import VariableInputs

OUTSIDE = 'Xsecret:0:0\nname = "outside"\n'


@pytest.mark.parametrize("name", ["terraform.tfvars", "a.auto.tfvars", "terraform.tfvars.json", "a.auto.tfvars.json"])
def test_a_variable_file_that_is_a_link_out_of_the_folder_is_refused_and_not_read(tmp_path: Path, name: str):
    (tmp_path / "outside").write_text(OUTSIDE)
    root = tmp_path / "root"
    root.mkdir()
    (root / "main.tf").write_text(
        'variable "name" { default = "inside" }\nresource "thing" "it" { value = var.name }\n'
    )
    (root / name).symlink_to(tmp_path / "outside")

    unit = read_module(root, root=root, display="infra")

    assert [(fault.source, fault.kind) for fault in unit.faults] == [(f"infra/{name}", "unreadable")]
    assert "Xsecret" not in str(unit.faults)
    assert isinstance(unit.declarations[0].values["value"], Unknown)


def test_a_variable_file_that_the_user_names_may_be_anywhere(tmp_path: Path):
    (tmp_path / "outside.tfvars").write_text('name = "outside"\n')
    root = tmp_path / "root"
    root.mkdir()
    (root / "main.tf").write_text('variable "name" {}\nresource "thing" "it" { value = var.name }\n')
    (root / "linked.tfvars").symlink_to(tmp_path / "outside.tfvars")

    unit = read_module(root, root=root, variables=VariableInputs(files=(root / "linked.tfvars",)))

    assert (unit.declarations[0].values, unit.faults) == ({"value": "outside"}, ())


@pytest.mark.parametrize(
    ("expression", "cure"),
    [
        ("terraform.workspace", "scan the plan"),
        ("path.cwd", "scan the plan"),
        ("data.aws_organizations_organization.it.id", "scan the plan"),
        ("data.aws_vpc.it.cidr_block", "scan the plan"),
        ("data.aws_region.it.name", "give --region"),
        ("data.aws_region.other.name", "set region in provider aws.other"),
        ("data.aws_caller_identity.it.account_id", "give --account"),
        ("data.aws_caller_identity.other.account_id", "set allowed_account_ids in its provider"),
        ("data.aws_partition.it.partition", "set the provider's region, or give --region"),
        ('fileset("..", "*")', "scan a folder that holds them"),
        ("aws_vpc.nowhere.id", "declare aws_vpc.nowhere"),
    ],
)
def test_every_cure_is_a_command_or_an_edit(value_of, expression: str, cure: str):
    found = value_of(
        expression,
        """
        provider "aws" {
          alias   = "other"
          profile = "other"
        }
        data "aws_organizations_organization" "it" {}
        data "aws_vpc" "it" {}
        data "aws_region" "it" {}
        data "aws_region" "other" { provider = aws.other }
        data "aws_caller_identity" "it" {}
        data "aws_caller_identity" "other" { provider = aws.other }
        data "aws_partition" "it" {}
        """,
    )

    assert isinstance(found, Unknown)
    assert found.cure == cure


SENSITIVE = """
variable "n" {
  sensitive = true
  default   = "SEKRETn-abcdef"
}
variable "m" {
  sensitive = true
  default   = { "k-one" = "SEKRETm-abcdef" }
}
locals {
  lowered = lower(var.n)
}
resource "aws_s3_bucket" "b" {
  bucket = reverse(split("-", local.lowered))[1]
}
"""


@pytest.mark.parametrize(
    ("expression", "secret"),
    [
        ("lower(var.n)", "sekretn-abcdef"),
        ('split("-", lower(var.n))[0]', "sekretn"),
        ("base64encode(var.n)", "U0VLUkVUbi1hYmNkZWY="),
        ('"${var.n}-x"', "SEKRETn-abcdef-x"),
        ('"${local.lowered}-x"', "sekretn-abcdef-x"),
        ("{ a = [upper(local.lowered)] }", "SEKRETN-ABCDEF"),
        ('[for word in split("-", var.n) : "${word}-y"]', "SEKRETn-y"),
        ('{ for key, word in var.m : key => "${word}-y" }', "SEKRETm-abcdef-y"),
        ('"%{for word in [var.n]}${upper(word)}%{endfor}!"', "SEKRETN-ABCDEF!"),
        ('var.n == "SEKRETn-abcdef" ? "branch-1" : "branch-2"', "branch-1"),
        ('lower(sensitive("THIRD"))', "third"),
        ("upper(aws_s3_bucket.b.id)", "SEKRETN"),
        ('{ a = var.n == "SEKRETn-abcdef" ? "branch-1" : "branch-2" }', "branch-1"),
        ('jsonencode({ Name = "${lower(var.n)}/*" })', "sekretn-abcdef/*"),
    ],
)
def test_what_was_computed_from_a_sensitive_value_is_secret_too(read, expression: str, secret: str):
    unit = read(f'{SENSITIVE}\nresource "thing" "it" {{\n  value = {expression}\n}}\n')

    assert secret in unit.secrets


def test_the_value_in_a_nested_block_and_of_a_dynamic_one_is_secret(read):
    unit = read(
        SENSITIVE
        + """
        resource "thing" "it" {
          part { value = var.m["k-one"] == "" ? "left-1" : "right-1" }
          dynamic "more" {
            for_each = [lower(var.n)]
            content { value = "${more.value}-more" }
          }
        }
        """
    )

    assert {"right-1", "sekretn-abcdef-more"} <= unit.secrets


def test_a_sensitive_output_and_a_sensitive_argument_of_a_module_taint_what_is_made_of_them(read):
    unit = read(
        {
            "main.tf": SENSITIVE
            + """
            module "m" {
              source = "./m"
              name   = var.n
            }
            resource "thing" "it" { value = "${module.m.quiet}-out" }
            """,
            "m/main.tf": """
            variable "name" {}
            output "quiet" {
              sensitive = true
              value     = "hushed"
            }
            resource "thing" "inner" { value = lower(var.name) }
            """,
        }
    )

    assert {"hushed", "hushed-out", "sekretn-abcdef"} <= unit.secrets


def test_what_does_not_come_from_a_sensitive_value_is_not_secret(read):
    unit = read(
        SENSITIVE
        + """
        resource "thing" "it" {
          value = lower(nonsensitive("${var.n}"))
          tags  = merge({ By = "terraform" }, { Name = lower(var.n) })
          plain = upper("plain")
          policy = jsonencode({ Effect = "Allow", Name = var.n })
        }
        """
    )

    assert not {"terraform", "PLAIN", "Allow"} & unit.secrets
