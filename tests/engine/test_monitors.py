"""Monitors judge the whole chain, from the event in real HCL and templates to somebody who is told."""

from __future__ import annotations

import shlex
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctguard.engine.answer import with_causes
from ctguard.engine.cases import given as case
from ctguard.engine.findings import judge_inventory, judge_resource
from ctguard.engine.judgements import filter_watch
from ctguard.engine.outcome import Context
from ctguard.engine.pack import load_pack
from ctguard.engine.rule import Rule
from ctguard.filter_pattern import CONTROLS, control_named, coverage, demands, match, metric_filter, parse_pattern
from ctguard.model.finding import Finding
from ctguard.run.inputs import Options, load
from ctguard.run.scan import inventory_of

EXAMPLES = Path(__file__).parents[2] / "examples"
MONITORS = tuple(f"monitor-{control.id}" for control in CONTROLS)

TRAIL = """\
resource "aws_cloudtrail" "main" {
  name                       = "main"
  s3_bucket_name             = "logs"
  is_multi_region_trail      = true
  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.trail.arn}:*"
}
"""
GROUP = """\
resource "aws_cloudwatch_log_group" "trail" {
  name = "/trail"
}
"""
FILTER = """\
resource "aws_cloudwatch_log_metric_filter" "changes" {
  name           = "changes"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = "{ ($.eventName = \\"*Trail\\") || ($.eventName = \\"*Logging\\") }"

  metric_transformation {
    name      = "changes"
    namespace = "Audit"
    value     = "1"
  }
}
"""
ALARM = """\
resource "aws_cloudwatch_metric_alarm" "changes" {
  alarm_name          = "changes"
  namespace           = "Audit"
  metric_name         = aws_cloudwatch_log_metric_filter.changes.metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  alarm_actions       = [aws_sns_topic.alarms.arn]
}
"""
TOPIC = """\
resource "aws_sns_topic" "alarms" {
  name = "alarms"
}
"""
SUBSCRIPTION = """\
resource "aws_sns_topic_subscription" "security" {
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = "security@example.com"
}
"""
WHOLE = TRAIL + GROUP + FILTER + ALARM + TOPIC + SUBSCRIPTION


def scanned(folder: Path, name: str, text: str) -> dict[str, Finding]:
    """Return the findings on an input by rule, causes included; of several resources the worst counts."""
    (folder / name).write_text(textwrap.dedent(text))
    return findings_of(folder / name)


def findings_of(path: Path) -> dict[str, Finding]:
    inventory = inventory_of(load([path], Options()))
    judged = with_causes(list(judge_inventory(_rules(), inventory)), inventory)
    order = ("not_applicable", "pass", "unknown", "fail")
    return {one.finding.rule_id: one.finding for one in sorted(judged, key=lambda one: order.index(one.finding.status))}


def _rules() -> list[Rule]:
    """Return the rules on monitors and those that they follow from."""
    rules = load_pack().rules
    watching = [one for name, one in rules.items() if name.startswith(("monitor-", "eventbridge-"))]
    causes = dict.fromkeys(name for one in watching for name in one.follows_from if name in rules)
    return [*watching, *(rules[name] for name in causes)]


def by_fingerprint(findings: dict[str, Finding], fingerprint: str | None) -> str | None:
    return next((one.rule_id for one in findings.values() if one.fingerprint == fingerprint), None)


@pytest.mark.parametrize("input_", ["terraform", "cloudformation/template.yaml"])
def test_the_good_example_is_watched_by_every_monitor(input_):
    findings = findings_of(EXAMPLES / "good" / input_)

    watching = (*MONITORS, "eventbridge-trail-tamper", "monitor-filter-unmatchable", "monitor-filter-narrowed")
    assert {rule: findings[rule].status.value for rule in watching} == dict.fromkeys(watching, "pass")


def test_a_pass_shows_each_step_of_the_chain_and_where_it_is_written(tmp_path):
    finding = scanned(tmp_path, "main.tf", WHOLE)["monitor-cloudtrail-changes"]

    assert finding.status == "pass"
    assert [leaf.path for leaf in finding.explanation] == [
        "aws_cloudtrail.main.cloud_watch_logs_log_group_arn",
        "aws_cloudwatch_log_metric_filter.changes.filter_pattern",
        "aws_cloudwatch_metric_alarm.changes",
        "aws_cloudwatch_metric_alarm.changes.alarm_actions",
        "aws_sns_topic.alarms.subscription",
    ]
    lines = WHOLE.splitlines()
    written = [lines[leaf.location.line - 1].strip() for leaf in finding.explanation if leaf.location]
    assert written[0].startswith("cloud_watch_logs_group_arn")
    assert written[1].startswith("pattern")
    assert written[3].startswith("alarm_actions")


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("cloud_watch_logs_group_arn =", "# cloud_watch_logs_group_arn =", "trail-cloudwatch-logs"),
        ("is_multi_region_trail      = true", "is_multi_region_trail = false", "trail-multi-region"),
        ("is_multi_region_trail ", "enable_logging = false\n  is_multi_region_trail ", "trail-logging-enabled"),
        ('name = "/trail"', 'name = "/trail"\n  log_group_class = "INFREQUENT_ACCESS"', "log-group-standard-class"),
        ("threshold           = 1", "threshold = 5", "alarm-effective"),
        ("alarm_actions       = [aws_sns_topic.alarms.arn]", "", "alarm-actions"),
        ("alarm_actions ", "actions_enabled = false\n  alarm_actions ", "alarm-actions"),
        (SUBSCRIPTION, "", None),
        ('pattern        = "{ ($.eventName = \\"*Trail\\") || ', 'pattern = "{ ', None),
    ],
)
def test_a_broken_chain_fails_and_names_the_failure_that_it_follows_from(tmp_path, old, new, cause):
    assert old in WHOLE

    findings = scanned(tmp_path, "main.tf", WHOLE.replace(old, new, 1))

    finding = findings["monitor-cloudtrail-changes"]
    assert finding.status == "fail"
    assert by_fingerprint(findings, finding.caused_by) == cause
    assert finding.witness
    assert any(leaf.status == "fail" for leaf in finding.explanation)


def test_a_missing_log_group_is_one_cause_with_fifteen_consequences(tmp_path):
    text = TRAIL.replace("cloud_watch_logs_group_arn =", "# no log group:")

    findings = scanned(tmp_path, "main.tf", text)

    cause = findings["trail-cloudwatch-logs"].fingerprint
    assert [findings[rule].caused_by for rule in MONITORS] == [cause] * 15


def test_a_log_group_without_filters_is_one_cause_and_the_other_fourteen_follow(tmp_path):
    findings = scanned(tmp_path, "main.tf", TRAIL + GROUP)

    heads = [rule for rule in MONITORS if findings[rule].caused_by is None]
    assert heads == ["monitor-cloudtrail-changes"]
    assert {findings[rule].caused_by for rule in MONITORS} == {None, findings[heads[0]].fingerprint}


def test_a_topic_without_subscribers_is_one_cause_of_all_monitors_that_lead_there(tmp_path):
    for file in (EXAMPLES / "good" / "terraform").iterdir():
        text = file.read_text()
        begin = text.find('resource "aws_sns_topic_subscription"')
        end = text.find("resource", begin + 1)
        (tmp_path / file.name).write_text(text if begin < 0 else text[:begin] + text[end:])

    findings = findings_of(tmp_path)

    cause = findings["topic-subscriber"].fingerprint
    assert [findings[rule].caused_by for rule in (*MONITORS, "eventbridge-trail-tamper")] == [cause] * 16


def test_filters_that_are_missing_beside_others_are_each_a_cause(tmp_path):
    findings = scanned(tmp_path, "main.tf", WHOLE)

    failing = [rule for rule in MONITORS if findings[rule].status == "fail"]
    assert len(failing) == 14
    assert all(findings[rule].caused_by is None for rule in failing)


def test_the_witness_is_an_event_that_the_pattern_does_not_match(tmp_path):
    pattern = '{ ($.eventName = "*Trail") && ($.awsRegion = "us-east-1") || ($.eventName = "*Logging") }'

    finding = scanned(
        tmp_path,
        "main.tf",
        WHOLE.replace(
            '{ ($.eventName = \\"*Trail\\") || ($.eventName = \\"*Logging\\") }', pattern.replace('"', '\\"')
        ),
    )["monitor-cloudtrail-changes"]

    assert finding.status == "fail"
    assert finding.witness is not None
    assert match(parse_pattern(pattern), finding.witness) is False
    assert finding.witness["eventName"].endswith("Trail")


@pytest.mark.parametrize("name", ["trail_log_group", "alarm_topic"])
def test_what_is_only_referred_to_is_one_unknown_with_one_cure(tmp_path, name):
    elsewhere = {
        "trail_log_group": TRAIL.replace("${aws_cloudwatch_log_group.trail.arn}:*", "${var.trail_log_group}:*"),
        "alarm_topic": WHOLE.replace("[aws_sns_topic.alarms.arn]", "[var.alarm_topic]"),
    }

    findings = scanned(tmp_path, "main.tf", elsewhere[name] + f'variable "{name}" {{}}\n')

    finding = findings["monitor-cloudtrail-changes"]
    assert finding.status == "unknown"
    assert f"var.{name}" in finding.message


def test_filters_on_a_log_group_that_is_looked_up_count(tmp_path):
    text = WHOLE.replace(GROUP, 'data "aws_cloudwatch_log_group" "trail" { name = "/trail" }\n')

    findings = scanned(
        tmp_path, "main.tf", text.replace("aws_cloudwatch_log_group.trail.", "data.aws_cloudwatch_log_group.trail.")
    )

    assert findings["monitor-cloudtrail-changes"].status == "pass"
    assert findings["monitor-root-usage"].status == "unknown"


def test_a_log_group_in_another_repository_leaves_the_monitors_undecided(tmp_path):
    text = TRAIL.replace(
        "${aws_cloudwatch_log_group.trail.arn}", "arn:aws:logs:us-east-1:111122223333:log-group:/trail"
    )

    findings = scanned(tmp_path, "main.tf", text)

    assert {findings[rule].status.value for rule in MONITORS} == {"unknown"}
    assert {findings[rule].message.partition(": ")[2].partition(": ")[2] for rule in MONITORS} != {""}


def test_a_monitor_in_a_template(tmp_path):
    template = """\
        Resources:
          Trail:
            Type: AWS::CloudTrail::Trail
            Properties:
              IsLogging: true
              IsMultiRegionTrail: true
              S3BucketName: logs
              CloudWatchLogsLogGroupArn: !GetAtt Group.Arn
          Group: {Type: AWS::Logs::LogGroup}
          Filter:
            Type: AWS::Logs::MetricFilter
            Properties:
              LogGroupName: !Ref Group
              FilterPattern: '{ ($.eventName = "*Trail") || ($.eventName = "*Logging") }'
              MetricTransformations: [{MetricName: changes, MetricNamespace: Audit, MetricValue: "1"}]
          Alarm:
            Type: AWS::CloudWatch::Alarm
            Properties:
              Namespace: Audit
              MetricName: changes
              Statistic: Sum
              Period: 300
              EvaluationPeriods: 1
              Threshold: 1
              ComparisonOperator: GreaterThanOrEqualToThreshold
              AlarmActions: [!Ref Topic]
          Topic:
            Type: AWS::SNS::Topic
            Properties:
              Subscription: [{Protocol: email, Endpoint: security@example.com}]
        """

    whole = scanned(tmp_path, "whole.yaml", template)
    unheard = scanned(tmp_path, "unheard.yaml", template.partition("      Subscription")[0])
    for_one_region = template.replace(
        "LogGroupName: !Ref Group",
        "LogGroupName: !Ref Group\n              FieldSelectionCriteria: '@aws.region = \"x\"'",
    )

    assert whole["monitor-cloudtrail-changes"].status == "pass"
    assert unheard["monitor-cloudtrail-changes"].status == "fail"
    assert scanned(tmp_path, "region.yaml", for_one_region)["monitor-cloudtrail-changes"].status == "fail"


SURROUNDINGS = """\
Resources:
  Trail:
    Type: AWS::CloudTrail::Trail
    Properties:
      IsLogging: true
      IsMultiRegionTrail: true
      S3BucketName: logs
      CloudWatchLogsLogGroupArn: !GetAtt TrailLogGroup.Arn
  TrailLogGroup: {Type: AWS::Logs::LogGroup}
  AlarmTopic:
    Type: AWS::SNS::Topic
    Properties: {Subscription: [{Protocol: email, Endpoint: security@example.com}]}
  AlarmTopicPolicy:
    Type: AWS::SNS::TopicPolicy
    Properties:
      Topics: [!Ref AlarmTopic]
      PolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Service: events.amazonaws.com}
            Action: sns:Publish
            Resource: !Ref AlarmTopic
"""
TOPIC_POLICY = """\
resource "aws_sns_topic_policy" "alarms" {
  arn = aws_sns_topic.alarms.arn
  policy = jsonencode({
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.alarms.arn
    }]
  })
}
"""


@pytest.mark.parametrize("rule_id", [*MONITORS, "eventbridge-trail-tamper"])
def test_what_a_rule_says_to_write_makes_it_pass(tmp_path, rule_id):
    fix = load_pack().rules[rule_id].remediation
    parts = (TRAIL, GROUP, TOPIC, SUBSCRIPTION, TOPIC_POLICY, fix.terraform, "\n")

    in_terraform = scanned(tmp_path, "main.tf", "".join(parts))
    in_a_template = scanned(tmp_path, "template.yaml", SURROUNDINGS + textwrap.indent(fix.cloudformation, "  "))

    assert in_terraform[rule_id].status == "pass"
    assert in_a_template[rule_id].status == "pass"


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.id)
def test_the_pattern_that_a_rule_gives_the_command_line_covers_its_control(control):
    words = shlex.split(load_pack().rules[f"monitor-{control.id}"].remediation.cli)

    pattern = words[words.index("--filter-pattern") + 1]

    assert coverage(control, [metric_filter(pattern)]).verdict == "covers"


EVENT_RULE = (
    """\
provider "aws" {
  region = "us-east-1"
}
resource "aws_cloudtrail" "main" {
  name                  = "main"
  s3_bucket_name        = "logs"
  is_multi_region_trail = true
}
resource "aws_cloudwatch_event_rule" "iam" {
  name = "iam"
  event_pattern = jsonencode({
    source      = ["aws.iam"]
    detail-type = ["AWS API Call via CloudTrail"]
    detail      = { eventSource = ["iam.amazonaws.com"] }
  })
}
resource "aws_cloudwatch_event_target" "iam" {
  rule = aws_cloudwatch_event_rule.iam.name
  arn  = aws_sns_topic.alarms.arn
}
data "aws_caller_identity" "current" {}
resource "aws_sns_topic_policy" "alarms" {
  arn = aws_sns_topic.alarms.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.alarms.arn
      Condition = { ArnEquals = { "aws:SourceArn" = aws_cloudwatch_event_rule.iam.arn } }
    }]
  })
}
"""
    + TOPIC
    + SUBSCRIPTION
)


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        ("", "", "pass"),
        ('region = "us-east-1"', 'region = "eu-west-1"', "fail"),
        ('region = "us-east-1"', "region = var.region", "unknown"),
        ('name = "iam"\n', 'name = "iam"\n  state = "DISABLED"\n', "fail"),
        ('name = "iam"\n', 'name = "iam"\n  is_enabled = false\n', "fail"),
        ('["iam.amazonaws.com"]', '["iam.amazonaws.com"], eventName = [{ prefix = "Attach" }]', "fail"),
        ("arn  = aws_sns_topic.alarms.arn", "arn  = aws_lambda_function.page.arn", "pass"),
        ("arn  = aws_sns_topic.alarms.arn", "arn  = var.target", "unknown"),
        ("rule = aws_cloudwatch_event_rule.iam.name", 'rule = "another"', "fail"),
        ("events.amazonaws.com", "cloudwatch.amazonaws.com", "fail"),
        ("aws_cloudwatch_event_rule.iam.arn }", '"arn:aws:events:us-east-1:111122223333:rule/x" }', "unknown"),
        (SUBSCRIPTION, "", "fail"),
        ("is_multi_region_trail = true", "enable_logging = false", "fail"),
    ],
)
def test_an_event_rule_monitors_where_it_sees_the_events_and_tells_somebody(tmp_path, old, new, status):
    assert old in EVENT_RULE

    findings = scanned(
        tmp_path, "main.tf", EVENT_RULE.replace(old, new, 1) + 'variable "region" {}\nvariable "target" {}'
    )

    assert findings["monitor-iam-policy-changes"].status == status


def test_without_filters_no_filter_semantics_are_loaded(tmp_path):
    (tmp_path / "main.tf").write_text(TRAIL + GROUP)
    script = f"""
from pathlib import Path
import sys
from ctguard.engine.findings import judge_inventory, judge_resource
from ctguard.engine.pack import load_pack
from ctguard.run.inputs import Options, load
from ctguard.run.scan import inventory_of
rules = [one for one in load_pack().rules.values() if one.id.startswith("monitor-")]
found = list(judge_inventory(rules, inventory_of(load([Path({str(tmp_path)!r})], Options()))))
assert len(found) == 17
heavy = {{"ctguard.filter_pattern.decision", "ctguard.filter_pattern.event_rules", "ctguard.filter_pattern.automaton"}}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


PATTERNS = (
    '{ ($.eventName = "*Trail") || ($.eventName = "*Logging") }',
    '{ $.eventName = "*Trail" }',
    '{ ($.eventName = "*Logging") && ($.awsRegion = "us-east-1") }',
    '{ ($.eventName = "*Logging") && ($.awsRegion != "us-east-1") }',
    '{ ($.eventName = "*Logging") && ($.errorCode IS NULL || $.errorCode = "*") }',
    '{ $.userIdentity.type = "Root" }',
    '{ ($.userIdentity.type != "Root") && ($.eventSource = "cloudtrail.amazonaws.com") }',
    '{ $.eventSource = "kms.amazonaws.com" }',
    '{ $.errorCode = "AccessDenied*" }',
    '{ $.errorCode = "*UnauthorizedOperation" }',
    "",
    "StopLogging",
)


@settings(max_examples=40, deadline=None)
@given(
    control=st.sampled_from(["cloudtrail-changes", "kms-disable-or-delete", "root-usage", "unauthorized-api-calls"]),
    patterns=st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=4, unique=True),
)
def test_the_short_way_to_a_verdict_leads_where_the_long_one_does(control, patterns):
    wanted, filters = control_named(control), [metric_filter(pattern) for pattern in patterns]
    group = {f"metric_filter.f{at}": {"filter_pattern": text} for at, text in enumerate(patterns)}
    inventory = case(
        {
            "log_group.trail": {},
            **{name: {"log_group_name": {"ref": "log_group.trail"}, **values} for name, values in group.items()},
        }
    )
    log_group = inventory.of_kind("log_group")[0]
    context = Context(inventory, log_group)

    short = filter_watch.covering(context, log_group, wanted, filter_watch.watches(context, log_group))

    assert short.verdict == coverage(wanted, filters).verdict
    for event in short.missed:
        assert demands(wanted, event)
        assert not any(match(parse_pattern(pattern), event) for pattern in patterns)


@pytest.mark.parametrize("rule_id", [*MONITORS, "eventbridge-trail-tamper", "monitor-filter-unmatchable"])
def test_knowing_less_never_says_otherwise(rule_id):
    rule = load_pack().rules[rule_id]
    settings_ = {name: parameter.default for name, parameter in rule.parameters.items()}
    turned = []
    for one in rule.source["cases"]:
        if one["expect"] not in ("pass", "fail"):
            continue
        for address, attribute in _attributes(one["given"]):
            less = {
                **one["given"],
                address: {**one["given"][address], attribute: {"unknown": f"var.{attribute} is hidden"}},
            }
            inventory = case(less, one.get("input", "live"))
            judged = inventory.of_kind(rule.resource)[0]
            context = Context(inventory, judged, {**settings_, **one.get("parameters", {})})
            status = judge_resource(rule, context).finding.status
            if status not in (one["expect"], "unknown"):
                turned.append((one.get("name"), address, attribute, status))

    assert turned == []


def _attributes(resources: dict[str, dict[str, object]]) -> list[tuple[str, str]]:
    return [(address, name) for address, values in resources.items() for name in values if name != "exists"]
