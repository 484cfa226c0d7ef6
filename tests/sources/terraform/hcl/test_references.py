"""What a reference to another resource gives: its configuration, what follows from it, or an honest unknown."""

from __future__ import annotations

import pytest

from ctguard.model.values import Linked, Reference, Unknown, first_unknown, reference_of
from ctguard.sources.terraform.hcl.inputs import VariableInputs
from tests.sources.terraform.hcl.conftest import declared
from tests.sources.terraform.hcl.test_unknown_values import described

BUCKET = 'resource "aws_s3_bucket" "b" { bucket = "logs" }\n'
REGION = 'provider "aws" { region = "eu-west-1" }\n'


def test_a_configured_name_is_known_and_linked(value_of):
    value = value_of("aws_s3_bucket.b.bucket", BUCKET)

    assert value == "logs"
    assert isinstance(value, Linked)
    assert value.refers_to == Reference("aws_s3_bucket.b", "bucket")


def test_a_link_ends_where_the_value_becomes_part_of_another(value_of):
    value = value_of('"${aws_s3_bucket.b.bucket}-copy"', BUCKET)

    assert value == "logs-copy"
    assert not isinstance(value, Linked)


def test_a_link_leads_to_where_the_value_first_came_from(value_of):
    context = BUCKET + 'resource "aws_s3_bucket_versioning" "v" { bucket = aws_s3_bucket.b.id }\n'

    value = value_of("aws_s3_bucket_versioning.v.bucket", context)

    assert value.refers_to == Reference("aws_s3_bucket.b", "id")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("aws_s3_bucket.b.id", "logs"),
        ("aws_s3_bucket.b.arn", "arn:aws:s3:::logs"),
        ("aws_s3_bucket.b.region", "eu-west-1"),
        ("aws_cloudtrail.t.arn", "arn:aws:cloudtrail:eu-west-1:{AWS account id}:trail/main"),
        ("aws_cloudtrail.t.home_region", "eu-west-1"),
        ("aws_sns_topic.n.arn", "arn:aws:sns:eu-west-1:{AWS account id}:alerts"),
        ("aws_sns_topic.n.id", "arn:aws:sns:eu-west-1:{AWS account id}:alerts"),
        ("aws_cloudwatch_log_group.g.arn", "arn:aws:logs:eu-west-1:{AWS account id}:log-group:/trail"),
        ("aws_iam_role.r.arn", "arn:aws:iam::{AWS account id}:role/deliver"),
        ("aws_iam_role.r.name", "deliver"),
        ("aws_iam_role.p.arn", "arn:aws:iam::{AWS account id}:role/service/deliver"),
        ("aws_kms_alias.a.arn", "arn:aws:kms:eu-west-1:{AWS account id}:alias/trail"),
        ("aws_kms_alias.a.target_key_arn", "{aws_kms_key.k.arn}"),
        ("aws_kms_key.k.arn", "{aws_kms_key.k.arn}"),
        ("aws_s3_bucket.generated.arn", "arn:aws:s3:::{aws_s3_bucket.generated.bucket}"),
        ("aws_s3_bucket.prefixed.id", "logs-{trimprefix(aws_s3_bucket.prefixed.bucket, bucket_prefix)}"),
        ("aws_s3_bucket.asked.arn", "arn:aws:s3:::{var.name}"),
    ],
)
def test_computed_attributes_follow_from_what_is_configured(value_of, expression, expected):
    context = (
        REGION
        + BUCKET
        + """
        variable "name" {}
        resource "aws_s3_bucket" "generated" {}
        resource "aws_s3_bucket" "prefixed" { bucket_prefix = "logs-" }
        resource "aws_s3_bucket" "asked" { bucket = var.name }
        resource "aws_cloudtrail" "t" { name = "main" }
        resource "aws_sns_topic" "n" { name = "alerts" }
        resource "aws_cloudwatch_log_group" "g" { name = "/trail" }
        resource "aws_iam_role" "r" { name = "deliver" }
        resource "aws_iam_role" "p" {
          name = "deliver"
          path = "/service/"
        }
        resource "aws_kms_alias" "a" {
          name          = "alias/trail"
          target_key_id = aws_kms_key.k.key_id
        }
        resource "aws_kms_key" "k" {}
        """
    )

    value = value_of(expression, context)

    assert described(value) == expected
    assert reference_of(value) is not None


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("us-iso-east-1", "aws-iso")],
)
def test_the_partition_follows_from_the_region(value_of, region, partition):
    context = BUCKET + f'provider "aws" {{ region = "{region}" }}\n'

    assert value_of("aws_s3_bucket.b.arn", context) == f"arn:{partition}:s3:::logs"


def test_without_a_region_the_partition_is_one_unknown_for_all(value_of):
    one, other = value_of(
        "[aws_s3_bucket.b.arn, data.aws_partition.p.partition]", BUCKET + 'data "aws_partition" "p" {}'
    )

    assert one.parts == ("arn:", other, ":s3:::logs")
    assert other.is_set


def test_a_reference_to_a_resource_that_is_not_declared_is_set(value_of):
    value = value_of("aws_kms_key.elsewhere.arn")

    assert value.what == "aws_kms_key.elsewhere.arn"
    assert value.is_set
    assert value.refers_to == Reference("aws_kms_key.elsewhere", "arn")


def test_an_attribute_that_only_the_provider_knows_is_set(value_of):
    value = value_of("aws_kms_key.k.key_id", 'resource "aws_kms_key" "k" {}')

    assert isinstance(value, Unknown)
    assert value.is_set
    assert value.refers_to == Reference("aws_kms_key.k", "key_id")


def test_an_argument_that_may_be_null_may_be_null_through_a_reference(value_of):
    context = 'variable "key" {}\nresource "aws_sns_topic" "n" { kms_master_key_id = var.key }'

    value = value_of("aws_sns_topic.n.kms_master_key_id", context)

    assert value.what == "var.key"
    assert not value.is_set
    assert value.refers_to == Reference("aws_sns_topic.n", "kms_master_key_id")


def test_a_nested_block_can_be_referred_to(value_of):
    context = 'resource "a_b" "c" {\n rule {\n id = "x"\n }\n rule {\n id = "y"\n }\n}'

    assert value_of("a_b.c.rule[1].id", context) == "y"
    assert value_of("a_b.c.rule[*].id", context) == ["x", "y"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("aws_s3_bucket.c[0].id", ("l0", "aws_s3_bucket.c[0]")),
        ("aws_s3_bucket.c[1].id", ("l1", "aws_s3_bucket.c[1]")),
        ('aws_s3_bucket.e["x"].id', ("e-x", 'aws_s3_bucket.e["x"]')),
        ("one(aws_s3_bucket.o[*].id)", ("one", "aws_s3_bucket.o[0]")),
        ("try(aws_s3_bucket.o[0].id, null)", ("one", "aws_s3_bucket.o[0]")),
        ("try(aws_s3_bucket.c[7].id, aws_s3_bucket.c[0].id)", ("l0", "aws_s3_bucket.c[0]")),
        ("element(aws_s3_bucket.c[*].id, 1)", ("l1", "aws_s3_bucket.c[1]")),
        ('coalesce(null, aws_s3_bucket.e["x"].id)', ("e-x", 'aws_s3_bucket.e["x"]')),
        ('lookup({ a = aws_s3_bucket.c[0].id }, "a")', ("l0", "aws_s3_bucket.c[0]")),
        ("resource.aws_s3_bucket.c[0].id", ("l0", "aws_s3_bucket.c[0]")),
        ("values(aws_s3_bucket.e)[0].id", ("e-x", 'aws_s3_bucket.e["x"]')),
        ("[for k, b in aws_s3_bucket.e : b.id][1]", ("e-y", 'aws_s3_bucket.e["y"]')),
    ],
)
def test_links_survive_instances_and_passing_through_collections(value_of, expression, expected):
    context = """
    resource "aws_s3_bucket" "c" {
      count  = 2
      bucket = "l${count.index}"
    }
    resource "aws_s3_bucket" "o" {
      count  = 1
      bucket = "one"
    }
    resource "aws_s3_bucket" "e" {
      for_each = toset(["x", "y"])
      bucket   = "e-${each.key}"
    }
    """

    value = value_of(expression, context)

    assert (value, value.refers_to.address) == expected


def test_all_instances_can_be_listed(value_of):
    context = 'resource "aws_s3_bucket" "c" {\n count = 2\n bucket = "l${count.index}"\n}'

    assert value_of("aws_s3_bucket.c[*].arn", context + REGION) == ["arn:aws:s3:::l0", "arn:aws:s3:::l1"]


def test_a_resource_that_nobody_knows_the_count_of_has_an_instance_that_may_be_there(read):
    unit = read('variable "on" {}\nresource "aws_s3_bucket" "b" {\n count = var.on ? 1 : 0\n bucket = "logs"\n}')

    bucket = declared(unit, "aws_s3_bucket.b")

    assert bucket.exists.cure == "set var.on"
    assert bucket.values == {"bucket": "logs"}


@pytest.mark.parametrize("key", ["0", "count.index"])
def test_an_instance_that_may_be_there_is_linked_to_the_resource_that_stands_for_it(read, key):
    unit = read(
        f"""
        variable "n" {{}}
        resource "aws_s3_bucket" "b" {{ count = var.n }}
        resource "aws_s3_bucket_versioning" "v" {{
          count  = var.n
          bucket = aws_s3_bucket.b[{key}].id
        }}
        """
    )

    bucket = declared(unit, "aws_s3_bucket_versioning.v").values["bucket"]

    assert bucket.refers_to == Reference("aws_s3_bucket.b", "id")
    assert not bucket.is_set


@pytest.mark.parametrize("expression", ["try(aws_s3_bucket.b[0].id, null)", "one(aws_s3_bucket.b[*].id)"])
def test_a_guarded_reference_to_an_instance_that_may_not_be_there_may_be_null(value_of, expression):
    context = 'variable "on" {}\nresource "aws_s3_bucket" "b" {\n count = var.on ? 1 : 0\n bucket = "logs"\n}'

    value = value_of(expression, context)

    assert isinstance(value, Unknown)
    assert not value.is_set
    assert value.cure == "set var.on"


def test_a_count_of_zero_declares_nothing(read):
    assert read('resource "aws_s3_bucket" "b" { count = 0 }').declarations == ()


def test_instances_of_a_partly_known_collection_are_there_beside_one_that_stands_for_the_rest(read):
    unit = read(
        'variable "more" {}\nresource "aws_s3_bucket" "b" {\n'
        '  for_each = merge(var.more, { a = "x" })\n  bucket = each.value\n}'
    )

    assert [(each.address, each.exists is None) for each in unit.declarations] == [
        ('aws_s3_bucket.b["a"]', True),
        ("aws_s3_bucket.b", False),
    ]


def test_a_count_that_terraform_refuses_leaves_open_what_exists(read):
    unit = read('resource "aws_s3_bucket" "b" { count = "many" }')

    assert "a number is required" in declared(unit, "aws_s3_bucket.b").exists.why


def test_null_counts_as_omitted(read):
    unit = read('resource "aws_s3_bucket" "b" {\n bucket = null\n tags = { a = null }\n rule {\n id = null\n }\n}')

    assert declared(unit, "aws_s3_bucket.b").values == {"tags": {"a": None}, "rule": [{}]}


def test_meta_arguments_are_not_values(read):
    unit = read(
        """
        resource "aws_s3_bucket" "b" {
          count      = 1
          provider   = aws.east
          depends_on = [aws_kms_key.k]
          bucket     = "logs"
          lifecycle {
            prevent_destroy = true
            ignore_changes  = [tags, policy]
          }
          provisioner "local-exec" { command = self.id }
        }
        """
    )

    bucket = declared(unit, "aws_s3_bucket.b[0]")

    assert bucket.values == {"bucket": "logs"}
    assert bucket.settings == {"prevent_destroy": True, "ignore_changes": ["tags", "policy"]}


def test_an_address_that_is_declared_twice_is_there_twice(read):
    unit = read('resource "aws_s3_bucket" "b" { bucket = "one" }\nresource "aws_s3_bucket" "b" { bucket = "two" }')

    assert [each.values["bucket"] for each in unit.declarations] == ["one", "two"]


@pytest.mark.parametrize(
    ("text", "circle"),
    [
        ("locals {\n a = local.b\n b = local.a\n}", "local.a -> local.b -> local.a"),
        ("locals {\n a = [local.a]\n}", "local.a -> local.a"),
        ('variable "x" { default = 1 }\nlocals {\n a = "${local.b}"\n b = { c = local.a }\n}', "local.a -> local.b"),
        (
            'resource "aws_sns_topic" "x" { name = aws_sns_topic.y.name }\n'
            'resource "aws_sns_topic" "y" { name = aws_sns_topic.x.name }\nlocals { a = aws_sns_topic.x.name }',
            "aws_sns_topic.x.name -> aws_sns_topic.y.name -> aws_sns_topic.x.name",
        ),
    ],
)
def test_a_value_that_leads_back_to_itself_is_named_and_ends(read, text, circle):
    unit = read(text + '\nresource "thing" "it" { value = local.a }')

    assert [fault.kind for fault in unit.faults] == ["cycle"]
    assert circle in unit.faults[0].message
    assert "refers to itself" in first_unknown(declared(unit, "thing.it").values["value"]).why


def test_only_the_wanted_types_are_evaluated_and_what_they_refer_to(read):
    unit = read(
        BUCKET + 'resource "aws_s3_bucket_policy" "p" { bucket = aws_s3_bucket.b.id }\nresource "null_resource" "n" {}',
        wanted=frozenset({"aws_s3_bucket_policy"}),
    )

    assert [(each.address, each.values) for each in unit.declarations] == [
        ("aws_s3_bucket_policy.p", {"bucket": "logs"})
    ]


def test_the_region_is_the_resource_s_own_else_the_provider_s(read):
    unit = read(
        """
        provider "aws" { region = "eu-west-1" }
        provider "aws" {
          alias  = "east"
          region = "us-east-1"
        }
        resource "aws_s3_bucket" "own" { region = "eu-north-1" }
        resource "aws_s3_bucket" "default" {}
        resource "aws_s3_bucket" "aliased" { provider = aws.east }
        resource "aws_s3_bucket" "old" { provider = "aws.east" }
        resource "null_resource" "n" {}
        """
    )

    regions = {each.address: each.region for each in unit.declarations}

    assert regions == {
        "aws_s3_bucket.own": "eu-north-1",
        "aws_s3_bucket.default": "eu-west-1",
        "aws_s3_bucket.aliased": "us-east-1",
        "aws_s3_bucket.old": "us-east-1",
        "null_resource.n": None,
    }


def test_a_region_that_is_not_configured_is_unknown_and_set_or_what_the_user_says(read):
    assert declared(read(BUCKET), "aws_s3_bucket.b").region.is_set

    told = read(BUCKET, variables=VariableInputs(region="eu-west-1", account_id="111122223333"))

    assert declared(told, "aws_s3_bucket.b").region == "eu-west-1"
    assert declared(told, "aws_s3_bucket.b").account_id == "111122223333"


def test_accounts_differ_where_credentials_do(read):
    unit = read(
        """
        provider "aws" { region = "eu-west-1" }
        provider "aws" {
          alias  = "east"
          region = "us-east-1"
        }
        provider "aws" {
          alias = "role"
          assume_role { role_arn = "arn:aws:iam::111122223333:role/deploy" }
        }
        provider "aws" {
          alias   = "profile"
          profile = "logs"
        }
        provider "aws" {
          alias               = "allowed"
          allowed_account_ids = ["444455556666"]
        }
        resource "aws_s3_bucket" "default" {}
        resource "aws_s3_bucket" "east" { provider = aws.east }
        resource "aws_s3_bucket" "role" { provider = aws.role }
        resource "aws_s3_bucket" "profile" { provider = aws.profile }
        resource "aws_s3_bucket" "allowed" { provider = aws.allowed }
        """
    )

    account = {each.address.partition(".")[2]: each.account_id for each in unit.declarations}

    assert account["default"] == account["east"]
    assert account["role"] == "111122223333"
    assert account["allowed"] == "444455556666"
    assert account["profile"] != account["default"]
    assert account["profile"].what == "AWS account id"
