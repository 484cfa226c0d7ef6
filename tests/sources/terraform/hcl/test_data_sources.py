"""Data sources: what stands for one thing in a whole input, and what only AWS knows."""

from __future__ import annotations

import pytest

from ctguard.model.values import Reference, Unknown
from ctguard.sources.terraform.hcl.inputs import VariableInputs
from tests.sources.terraform.hcl.conftest import declared
from tests.sources.terraform.hcl.test_unknown_values import described

DATA = """
data "aws_caller_identity" "one" {}
data "aws_caller_identity" "two" {}
data "aws_region" "here" {}
data "aws_partition" "here" {}
data "aws_organizations_organization" "org" {}
data "aws_canonical_user_id" "me" {}
data "aws_kms_key" "k" { key_id = "alias/trail" }
data "aws_s3_bucket" "b" { bucket = "logs" }
data "aws_iam_role" "r" { name = "deliver" }
"""


@pytest.mark.parametrize(
    ("attribute", "what"),
    [
        ("aws_caller_identity.one.account_id", "AWS account id"),
        ("aws_caller_identity.one.id", "AWS account id"),
        ("aws_region.here.name", "AWS region"),
        ("aws_region.here.region", "AWS region"),
        ("aws_region.here.id", "AWS region"),
        ("aws_partition.here.partition", "AWS partition"),
        ("aws_organizations_organization.org.id", "AWS organization id"),
        ("aws_canonical_user_id.me.id", "AWS canonical user id"),
    ],
)
def test_what_is_the_same_for_a_whole_input_has_one_name_and_is_set(value_of, attribute, what):
    value = value_of(f"data.{attribute}", DATA)

    assert (value.what, value.via, value.is_set) == (what, "", True)


def test_the_organization_is_the_same_whether_it_is_looked_up_or_declared(value_of):
    one, other = value_of(
        "[data.aws_organizations_organization.org.id, aws_organizations_organization.org.id]",
        DATA + 'resource "aws_organizations_organization" "org" {}',
    )

    assert one == other


def test_two_data_sources_of_one_account_are_equal(value_of):
    one, two = value_of("[data.aws_caller_identity.one.account_id, data.aws_caller_identity.two.account_id]", DATA)

    assert one == two


def test_a_configured_region_is_what_the_data_source_reads(value_of):
    context = DATA + 'provider "aws" { region = "us-gov-west-1" }'

    value = value_of(
        '"${data.aws_region.here.name} ${data.aws_partition.here.partition} ${data.aws_partition.here.dns_suffix}"',
        context,
    )

    assert value == "us-gov-west-1 aws-us-gov amazonaws.com"


def test_what_the_user_knows_is_used(read):
    known = VariableInputs(account_id="111122223333", region="eu-west-1", organization_id="o-abc", workspace="prod")
    text = (
        '"${data.aws_caller_identity.one.account_id} ${data.aws_region.here.name} '
        '${data.aws_organizations_organization.org.id} ${terraform.workspace}"'
    )

    unit = read(f'{DATA}\nresource "thing" "it" {{ value = {text} }}', variables=known)

    assert declared(unit, "thing.it").values["value"] == "111122223333 eu-west-1 o-abc prod"


def test_an_arn_made_by_hand_keeps_its_known_parts(value_of):
    value = value_of(
        '"arn:${data.aws_partition.here.partition}:cloudtrail:${data.aws_region.here.name}:'
        '${data.aws_caller_identity.one.account_id}:trail/main"',
        DATA,
    )

    assert described(value) == "arn:{AWS partition}:cloudtrail:{AWS region}:{AWS account id}:trail/main"


def test_what_only_aws_knows_is_set_and_says_where_it_comes_from(value_of):
    value = value_of("data.aws_kms_key.k.arn", DATA)

    assert isinstance(value, Unknown)
    assert value.is_set
    assert value.refers_to == Reference("data.aws_kms_key.k", "arn")


def test_what_is_configured_for_a_data_source_is_known(value_of):
    assert value_of("data.aws_kms_key.k.key_id", DATA) == "alias/trail"
    assert described(value_of("data.aws_s3_bucket.b.arn", DATA)) == "arn:{AWS partition}:s3:::logs"


def test_a_role_that_is_looked_up_may_have_a_path(value_of):
    value = value_of("data.aws_iam_role.r.arn", DATA)

    assert described(value) == "arn:{AWS partition}:iam::{AWS account id}:role{data.aws_iam_role.r.path}deliver"


def test_an_undeclared_data_source_is_unknown_and_set(value_of):
    value = value_of("data.aws_vpc.main.id")

    assert value.what == "data.aws_vpc.main.id"
    assert value.is_set


def test_data_sources_can_have_instances(value_of):
    context = 'data "aws_s3_bucket" "b" {\n for_each = toset(["x"])\n bucket = each.key\n}'

    assert value_of('data.aws_s3_bucket.b["x"].id', context) == "x"
