"""Reference cases that lie beside the repository, where they do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ctguard.model.document import read_document
from ctguard.policy.context import PolicyContext
from ctguard.policy.delivery_role import grants_only_delivery, trusts_only_cloudtrail
from ctguard.policy.evaluate import decide
from ctguard.policy.grammar import parse_policy
from ctguard.policy.identity import Target, exemptions_of, members_cannot
from ctguard.policy.pattern import STAR, Pattern, compile_pattern
from ctguard.policy.principals import Entry, covers
from ctguard.policy.request import AWS, Caller, Request, caller_of
from ctguard.policy.verdict import check

REFERENCE = Path(__file__).parents[3] / "shared" / "reference"
pytestmark = pytest.mark.skipif(not REFERENCE.is_dir(), reason="no reference beside the repository")

OWNER, MEMBER, ORG = "111111111111", "222222222222", "o-exampleorgid"
TRAIL = f"arn:aws:cloudtrail:us-east-1:{OWNER}:trail/example"
AROUND = {
    "partition": "aws", "account_id": OWNER, "bucket": "example-trail-logs", "bucket_owner": OWNER, "prefix": None,
    "topic_arn": f"arn:aws:sns:us-east-1:{OWNER}:trail-topic", "topic_owner": OWNER,
    "key_arn": f"arn:aws:kms:us-east-1:{OWNER}:key/1", "key_owner": OWNER, "key_admins": [],
    "trail_arns": [TRAIL], "trail_accounts": [OWNER], "log_accounts": [OWNER], "is_organization_trail": False,
    "org_id": None, "multi_region": True, "log_file_validation": True, "kms_key_arn": None,
}  # fmt: skip


def read(name):
    path = REFERENCE / name
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


TEMPLATES, CASES = read("policy-templates.json"), read("iam-eval-cases.json")
GOOD = {
    "bucket_single_account": ("s3", {}),
    "bucket_single_account_prefix": ("s3", {"prefix": "audit"}),
    "bucket_multi_account": (
        "s3",
        {
            "trail_accounts": [OWNER, MEMBER],
            "trail_arns": [TRAIL, f"arn:aws:cloudtrail:us-east-1:{MEMBER}:trail/second"],
        },
    ),
    "bucket_organization": (
        "s3",
        {"is_organization_trail": True, "org_id": ORG, "log_accounts": [OWNER, MEMBER]},
    ),
    "kms_trail": ("kms", {}),
    "sns_topic": ("sns", {}),
}
NO_EXCESS = {  # broken or merely wide, not insecure
    "stringequals_with_wildcard", "put_outside_account_path", "org_condition_wrong_key",
    "deny_fence_without_service_exemption", "legacy_account_principals",
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_good_templates_pass(name):
    kind, changed = GOOD[name]

    judged = check(read_document(TEMPLATES["good"][name]), kind, PolicyContext.from_json(AROUND | changed))

    assert (judged.least_privilege, judged.delivers) == (True, True)


@pytest.mark.parametrize("case", TEMPLATES.get("bad", []), ids=lambda case: case["id"])
def test_bad_templates_are_judged_by_what_they_allow(case):
    kind = "sns" if case["id"].startswith("sns") else "s3"

    judged = check(read_document(case["policy"]), kind, PolicyContext.from_json(AROUND))

    assert judged.least_privilege is (case["id"] in NO_EXCESS)


@pytest.mark.parametrize(
    "case", [one for one in TEMPLATES.get("bad", []) if "object" in one], ids=lambda case: case["id"]
)
@pytest.mark.parametrize("source", ["own_trail", "foreign_trail"])
def test_deliveries_of_the_templates_are_decided_as_computed(case, source):
    policy = parse_policy(read_document(case["policy"]))
    carried = {key.lower(): value for key, value in TEMPLATES["delivery_contexts"][source].items()}

    decision = decide(policy, Request(caller_of("cloudtrail.amazonaws.com"), "s3:PutObject", case["object"], carried))

    assert decision.allowed is case[f"{source}_allowed"]


@pytest.mark.parametrize("case", CASES.get("condition_cases", []), ids=lambda case: case["id"])
def test_conditions_hold_as_in_the_reference(case):
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": case["condition"]}
    policy = parse_policy(read_document({"Version": case["version"], "Statement": statement}))
    carried = {key.lower(): tuple(one) if isinstance(one, list) else one for key, one in case["context"].items()}

    assert decide(policy, Request(Caller("Anonymous", "x"), "s3:GetObject", "x", carried)).allowed is case["expect"]


@pytest.mark.parametrize("case", CASES.get("match_cases", []), ids=lambda case: f"{case['pattern']} {case['value']}")
def test_patterns_match_as_in_the_reference(case):
    if case["kind"] == "principal_aws":
        name = Pattern((STAR,)) if case["pattern"] == "*" else compile_pattern(case["pattern"], wild=False)
        entry = Entry(AWS, name)
        found = case["pattern"] == "*" or covers(entry, caller_of(case["value"]))
    else:
        found = compile_pattern(case["pattern"], wild=True, folded=case["kind"] == "action").matches(case["value"])

    assert found is case["expect"]


def test_templates_of_roles_and_organizations_hold():
    good = TEMPLATES["good"]
    group = f"arn:aws:logs:us-east-1:{OWNER}:log-group:trail-group"
    full = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    levels = [[read_document(full), read_document(good["scp_protect_trail"])]]

    assert trusts_only_cloudtrail(read_document(good["cwl_role_trust"])).status == "pass"
    assert grants_only_delivery([read_document(good["cwl_role_permissions"])], group).status == "pass"
    targets = [Target("cloudtrail:StopLogging"), Target("cloudtrail:PutEventSelectors")]
    assert members_cannot(levels, targets, exempt=exemptions_of(levels)).status == "pass"
