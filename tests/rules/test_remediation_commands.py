"""Every command that a rule gives as remediation is one that the AWS CLI, or this program, takes."""

import pytest

from ctguard.engine.pack import load_pack
from tests.command import here
from tests.rules.remediation import aws_cli

RULES = load_pack().rules
COMMANDS = {rule.id: rule.remediation.cli for rule in RULES.values() if rule.remediation.cli}


def test_every_rule_about_accounts_has_a_command():
    of_accounts = [rule.id for rule in RULES.values() if "live" in rule.inputs and rule.resource != "waiver"]

    assert [rule_id for rule_id in of_accounts if rule_id not in COMMANDS] == []


@pytest.mark.parametrize("rule_id", COMMANDS)
def test_the_command_could_be_sent(rule_id):
    aws_cli.check(COMMANDS[rule_id])


@pytest.mark.parametrize("rule_id", [rule_id for rule_id, command in COMMANDS.items() if "ctguard" in command])
def test_our_own_command_has_these_options(rule_id, tmp_path):
    (words,) = aws_cli.split(COMMANDS[rule_id])
    subcommands = [word for word in words[1:] if word.islower() and not word.startswith("--")]

    shown = here(tmp_path, *subcommands, "--help")

    assert [word for word in words if word.startswith("--") and word not in shown.out] == []
    assert words[0] == "ctguard"
    assert shown.status == 0


WRONG = {
    "no such command": "aws s3api put-bucket --bucket B",
    "no such option": "aws cloudtrail update-trail --name TRAIL --multi-region",
    "a required option is missing": "aws s3api put-bucket-policy --bucket BUCKET",
    "a field that the structure has not": "aws s3api put-bucket-versioning --bucket B --versioning-configuration On=1",
    "a word that is none of the enumeration": (
        "aws s3api put-bucket-versioning --bucket B --versioning-configuration Status=enabled"
    ),
    "a text where a number belongs": "aws logs put-retention-policy --log-group-name G --retention-in-days year",
    "two values for one": "aws kms enable-key --key-id KEY_ID OTHER",
    "the API's word, which the AWS CLI renames": "aws sns subscribe --topic-arn T --protocol email --endpoints x",
    "JSON that is not closed": "aws cloudtrail put-insight-selectors --insight-selectors '[{'",
    "the second of two commands": "aws kms enable-key --key-id KEY_ID && aws kms enable",
}


@pytest.mark.parametrize("command", WRONG.values(), ids=WRONG)
def test_a_command_that_could_not_be_sent_is_refused(command):
    with pytest.raises((aws_cli.WrongCommandError, ValueError)):
        aws_cli.check(command)
