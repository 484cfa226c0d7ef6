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
