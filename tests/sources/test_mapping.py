"""Declarations become resources: parts join what they name, and what is not shown is not absent."""

from __future__ import annotations

from ctguard.model.errors import Fault
from ctguard.model.inventory import Inventory
from ctguard.model.resource import Resource
from ctguard.model.values import Document, PartialList, PartialText, Reference, Unknown, text
from ctguard.sources.declaration import Declaration, Unit
from ctguard.sources.mapping import resources, unseen

REGION, ACCOUNT = "eu-central-1", "111122223333"
TOPIC_ARN = f"arn:aws:sns:{REGION}:{ACCOUNT}:audit"
POLICY = '{"Version": "2012-10-17", "Statement": []}'


def read(*declarations: Declaration, dialect="terraform", missing=(), faults: list[Fault] | None = None):
    unit = Unit("unit", dialect, declarations, unseen=tuple(missing))
    return list(resources(unit, [] if faults is None else faults))


def one(kind: str, found: list[Resource]) -> Resource:
    (resource,) = [one for one in found if one.kind.name == kind]
    return resource


def test_a_part_joins_what_has_its_name_twice_over():
    topic = Declaration("aws_sns_topic", "aws_sns_topic.t", {"name": "audit", "arn": TOPIC_ARN, "id": TOPIC_ARN})
    policy = Declaration("aws_sns_topic_policy", "aws_sns_topic_policy.t", {"arn": TOPIC_ARN, "policy": POLICY})

    assert one("topic", read(topic, policy)).members == ("aws_sns_topic_policy.t",)


def test_a_part_joins_by_the_arn_that_follows_from_name_region_and_account():
    topic = Declaration("AWS::SNS::Topic", "Topic", {"TopicName": "audit"}, region=REGION, account_id=ACCOUNT)
    policy = Declaration("AWS::SNS::TopicPolicy", "Policy", {"Topics": [TOPIC_ARN], "PolicyDocument": {}})

    assert one("topic", read(topic, policy, dialect="cloudformation")).members == ("Policy",)


def test_a_part_joins_by_an_arn_of_which_region_and_account_are_not_known():
    topic = Declaration("AWS::SNS::Topic", "Topic", {"TopicName": "audit"})
    policy = Declaration("AWS::SNS::TopicPolicy", "Policy", {"Topics": [TOPIC_ARN], "PolicyDocument": {}})

    assert one("topic", read(topic, policy, dialect="cloudformation")).members == ("Policy",)


def test_a_part_that_may_belong_to_two_joins_neither():
    topics = [Declaration("aws_sns_topic", f"aws_sns_topic.{name}", {"name": "audit"}) for name in "ab"]
    policy = Declaration("aws_sns_topic_policy", "aws_sns_topic_policy.t", {"arn": TOPIC_ARN, "policy": POLICY})

    found = read(*topics, policy)

    assert [one.members for one in found if one.missing is None] == [(), ()]
    assert [one.address for one in found if one.missing] == ["aws_sns_topic_policy.t"]


def test_an_arn_with_another_name_is_another_thing():
    topic = Declaration("aws_sns_topic", "aws_sns_topic.t", {"name": "audit"})
    other = TOPIC_ARN.replace(":audit", ":other")
    policy = Declaration("aws_sns_topic_policy", "aws_sns_topic_policy.t", {"arn": other, "policy": POLICY})

    assert [one.missing is None for one in read(topic, policy)] == [True, False]


def test_a_key_that_exists_is_known_by_its_id():
    key = Declaration(
        "AWS::KMS::Key", "Key", {}, region=REGION, account_id=ACCOUNT, settings={"PhysicalResourceId": "1234-abcd"}
    )

    found = one("key", read(key, dialect="cloudformation"))

    assert (found["key_id"], found["arn"]) == ("1234-abcd", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234-abcd")


def test_the_arn_of_a_new_key_is_the_key_s_own():
    found = one("key", read(Declaration("aws_kms_key", "aws_kms_key.k", {})))

    assert isinstance(found["arn"], Unknown)
    assert found["arn"].refers_to.address == "aws_kms_key.k"


def test_an_empty_text_says_nothing_in_terraform():
    bucket = Declaration("aws_s3_bucket", "aws_s3_bucket.b", {"bucket": "b", "policy": ""})
    group = Declaration("aws_cloudwatch_log_group", "aws_cloudwatch_log_group.g", {"log_group_class": ""})
    faults: list[Fault] = []

    found = read(bucket, group, faults=faults)

    assert one("bucket", found)["policy"] is None
    assert one("log_group", found)["log_group_class"] == "STANDARD"
    assert faults == []


def test_a_policy_inside_a_list_is_read_as_a_document():
    role = Declaration("aws_iam_role", "aws_iam_role.r", {"name": "r", "inline_policy": [{"policy": POLICY}]})

    (inline,) = one("role", read(role))["inline_policies"]

    assert isinstance(inline["document"], Document)
    assert inline["document"].value["Statement"] == []


def test_a_policy_inside_a_list_that_cannot_be_read_is_an_error():
    role = Declaration("aws_iam_role", "aws_iam_role.r", {"name": "r", "inline_policy": [{"policy": "{"}]})
    faults: list[Fault] = []

    (inline,) = one("role", read(role, faults=faults))["inline_policies"]

    assert isinstance(inline["document"], Unknown)
    assert [fault.kind for fault in faults] == ["malformed"]


CHANGES = Unknown("stack audit", "is shown in what changes alone")
BUCKET = Declaration("AWS::S3::Bucket", "Logs", {"BucketName": "logs"})
TRAIL = Declaration("AWS::CloudTrail::Trail", "Trail", {"S3BucketName": "logs", "IsLogging": True})
ROLE = Declaration("AWS::IAM::Role", "Role", {"Policies": [{"PolicyDocument": {"Statement": []}}]})


def test_what_a_part_that_is_not_shown_may_state_is_not_known():
    found = read(BUCKET, ROLE, dialect="cloudformation", missing=[CHANGES])

    assert one("bucket", found)["policy"] == CHANGES
    assert isinstance(one("role", found)["inline_policies"], PartialList)


def test_what_the_resource_itself_states_is_known_whatever_else_is_not_shown():
    bucket = one("bucket", read(BUCKET, dialect="cloudformation", missing=[CHANGES]))

    assert bucket["name"] == "logs"
    assert bucket["versioning.status"] == "Disabled"


def test_what_may_lead_to_a_resource_unseen_is_among_what_leads_there():
    unit = Unit("unit", "cloudformation", (BUCKET, TRAIL), unseen=(CHANGES,))
    inventory = Inventory(resources(unit, []), unseen={"unit": unseen(unit)})
    bucket, trail = inventory.of_kind("bucket")[0], inventory.of_kind("trail")[0]

    assert inventory.follow(bucket, "trails") == [trail, CHANGES]
    assert inventory.follow(trail, "bucket") is bucket


def test_a_terraform_module_that_is_not_on_disk_makes_nothing_else_unknown():
    module = Unknown("module.vpc", "comes from elsewhere, which is not on disk")
    broken = Unknown("main.tf", "could not be read as a whole")
    bucket = Declaration("aws_s3_bucket", "aws_s3_bucket.b", {"bucket": "b"})

    assert one("bucket", read(bucket, missing=[module]))["policy"] is None
    assert one("bucket", read(bucket, missing=[module, broken]))["policy"] == broken


def test_one_unknown_name_joins_what_bears_it():
    name = Unknown("var.bucket", "has no value")
    bucket = Declaration("aws_s3_bucket", "aws_s3_bucket.b", {"bucket": name})
    policy = Declaration("aws_s3_bucket_policy", "aws_s3_bucket_policy.b", {"bucket": name, "policy": POLICY})
    half = text([name, "-logs"])
    assert isinstance(half, PartialText)
    other = Declaration("aws_s3_bucket_versioning", "aws_s3_bucket_versioning.b", {"bucket": half})

    found = read(bucket, policy, other)

    assert [one.members for one in found if one.missing is None] == [("aws_s3_bucket_policy.b",)]


def test_a_list_that_is_known_only_by_what_it_refers_to_holds_that():
    reference = Reference("aws_sns_topic.t", "arn")
    later = Unknown("aws_cloudwatch_metric_alarm.a.alarm_actions", "is known only after apply", refers_to=reference)
    alarm = Declaration("aws_cloudwatch_metric_alarm", "aws_cloudwatch_metric_alarm.a", {"alarm_actions": later})
    topic = Declaration("aws_sns_topic", "aws_sns_topic.t", {"name": "t"})

    found = read(alarm, topic)

    assert one("alarm", found)["alarm_actions"] == PartialList((later,), later)
    assert Inventory(found).follow(one("alarm", found), "action_topics") == [one("topic", found), later]


def test_a_name_taken_from_the_thing_itself_leads_nowhere():
    loop = Unknown("Trail.Arn", "is chosen when it is made", refers_to=Reference("Trail", "Arn"))
    trail = Declaration("AWS::CloudTrail::Trail", "Trail", {"S3BucketName": loop})
    inventory = Inventory(read(trail, dialect="cloudformation"))

    assert isinstance(inventory.follow(inventory.of_kind("trail")[0], "bucket"), Unknown)


def test_a_long_chain_of_aliases_ends():
    def alias(number: int) -> Declaration:
        target = Unknown(f"a{number}", refers_to=Reference(f"aws_kms_alias.a{number + 1}", "id"))
        return Declaration("aws_kms_alias", f"aws_kms_alias.a{number}", {"name": "alias/a", "target_key_id": target})

    inventory = Inventory(read(*(alias(number) for number in range(2000))))

    assert isinstance(inventory.follow(inventory.of_kind("key_alias")[0], "key"), Unknown)
