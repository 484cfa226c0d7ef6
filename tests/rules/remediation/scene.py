"""The set-up that remediations are applied to, broken for one rule and mended by its snippet, in either dialect."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ctguard.engine.rule import Rule
from tests.rules.remediation import hcl, template

HERE = Path(__file__).parent
REGION, ACCOUNT = "eu-west-1", "111122223333"
STANDS_FOR = {"REGION": REGION, "ACCOUNT": ACCOUNT, "NAME": "main", "ORG_ID": "o-abcde12345", "ROLE": "auditor"}
PLACEHOLDER = re.compile(rf"\b({'|'.join(STANDS_FOR)})\b")


class Place(NamedTuple):
    """What is judged of a kind, and where its policy is written."""

    terraform: str
    cloudformation: str
    policy: str = ""
    """The data source of the policy document."""
    holder: str = ""
    """The logical id of the resource that holds the policy document."""
    document: str = "PolicyDocument"


PLACES = {
    "account": Place("", ""),
    "alarm": Place("aws_cloudwatch_metric_alarm.root", "RootAlarm"),
    "bucket": Place("aws_s3_bucket.logs", "LogBucket", "data.aws_iam_policy_document.logs", "LogBucketPolicy"),
    "config_aggregator": Place("aws_config_configuration_aggregator.main", "Aggregator"),
    "config_recorder": Place("aws_config_configuration_recorder.main", "Recorder"),
    "event_data_store": Place("aws_cloudtrail_event_data_store.main", "Store"),
    "iam_policy": Place("aws_iam_policy.operators", "Operators", "data.aws_iam_policy_document.operators", "Operators"),
    "key": Place("aws_kms_key.trail", "TrailKey", "data.aws_iam_policy_document.key", "TrailKey", "KeyPolicy"),
    "log_group": Place("aws_cloudwatch_log_group.trail", "TrailLogGroup"),
    "organization": Place("aws_organizations_organization.main", ""),
    "topic": Place("aws_sns_topic.trail", "TrailTopic", "data.aws_iam_policy_document.topic", "TrailTopicPolicy"),
    "topic_key": Place("", "", "data.aws_iam_policy_document.topic_key", "TopicKey", "KeyPolicy"),
    "trail": Place("aws_cloudtrail.main", "Trail"),
}


class Pair(NamedTuple):
    """The set-up in one dialect: broken for a rule, and with its snippet in."""

    broken: str
    mended: str


@cache
def faults() -> Mapping[str, Any]:
    """Return what breaks each rule, as `faults.yaml` has it."""
    found: Mapping[str, Any] = template.read((HERE / "faults.yaml").read_text(encoding="utf-8"))
    return found


def judged(rule: Rule, dialect: str) -> str:
    """Return the address of what the rule is to find; "" where it judges the account."""
    usual = getattr(PLACES[rule.resource], dialect)
    return str(faults().get(rule.id, {}).get("of", {}).get(dialect, usual))


def settings(rule: Rule) -> str:
    """Return a ctguard.yaml with the parameters of the rule that are its owner's to set."""
    parameters = faults().get(rule.id, {}).get("parameters")
    return json.dumps({"parameters": {rule.id: parameters}} if parameters else {})


def terraform(rule: Rule) -> Pair:
    """Return the set-up in Terraform, and with the snippet of the rule."""
    fault, place = _fault(rule)
    text = (HERE / "main.tf").read_text(encoding="utf-8")
    for address, written in fault.get("terraform", {}).items():
        text = hcl.put(text, _path(address) if address else [], written)
    statement = fault.get("statement")
    if statement is not None:
        text = hcl.put(text, [place.policy], hcl.statement(statement))
    snippet = _filled(rule.remediation.terraform)
    into = _path(fault.get("into", {}).get("terraform", judged(rule, "terraform")))
    paths = {
        "resource": [],
        "data": [],
        "statement": [place.policy],
        "condition": [place.policy, f"statement.{statement['Sid']}"] if statement else [],
    }
    kind = hcl.items(snippet)[0][0].partition(".")[0]
    return Pair(text, hcl.put(text, paths.get(kind, into), snippet))


def cloudformation(rule: Rule) -> Pair:
    """Return the set-up as a template, and with the snippet of the rule."""
    fault, place = _fault(rule)
    broken = template.read((HERE / "template.yaml").read_text(encoding="utf-8"))
    for logical_id, written in fault.get("cloudformation", {}).items():
        if "Type" in written:
            broken = template.put_resources(broken, {logical_id: written})
        else:
            broken = template.put_properties(broken, logical_id, written)
    statement = fault.get("statement")
    if statement is not None:
        broken = template.put_statements(broken, place.holder, place.document, [statement])
    snippet = template.read(_filled(rule.remediation.cloudformation))
    if isinstance(snippet, list):
        mended = template.put_statements(broken, place.holder, place.document, snippet)
    elif snippet.keys() == {"Condition"}:
        mended = template.put_condition(broken, place.holder, place.document, statement["Sid"], snippet["Condition"])
    elif all(isinstance(one, dict) and "Type" in one for one in snippet.values()):
        mended = template.put_resources(broken, snippet)
    else:
        into = fault.get("into", {}).get("cloudformation", judged(rule, "cloudformation"))
        mended = template.put_properties(broken, into, snippet)
    return Pair(json.dumps(broken), json.dumps(mended))


DIALECTS: Mapping[str, tuple[str, Callable[[Rule], Pair]]] = {
    "terraform": ("main.tf", terraform),
    "cloudformation": ("template.json", cloudformation),
}
"""Each dialect with the name of the file that it is written to."""


def _fault(rule: Rule) -> tuple[Mapping[str, Any], Place]:
    fault = faults().get(rule.id, {})
    return fault, PLACES[fault.get("policy", rule.resource)]


def _path(address: str) -> list[str]:
    return [address if address.startswith("data.") else f"resource.{address}"]


def _filled(snippet: str) -> str:
    return PLACEHOLDER.sub(lambda found: STANDS_FOR[found.group()], snippet)
