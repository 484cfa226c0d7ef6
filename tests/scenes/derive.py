"""Write a scene's template as JSON, and the change sets that CloudFormation would show for it.

    python -m tests.scenes.derive

`template.yaml` is written by hand; the rest follows from it. Two change sets:

- `change-set.json` changes every resource of a stack that exists (its tags,
  say), so that whatever they refer to has its value;
- `change-set-new.json` makes the stack: what refers to a resource that does
  not exist yet is `{{changeSet:KNOWN_AFTER_APPLY}}`, as CloudFormation prints it.

The small resolver here is for scenes alone, and is not ctguard's.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
SCENES = ("complete", "broken", "open")
REGION, ACCOUNT = "eu-central-1", "111122223333"
STACK = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/audit/5f1a4c60-0000-11f0-9cd2-0242ac120002"
LATER = "{{changeSet:KNOWN_AFTER_APPLY}}"
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
PSEUDO = {"AWS::AccountId": ACCOUNT, "AWS::Region": REGION, "AWS::Partition": "aws", "AWS::StackName": "audit"}
NAMES = {  # type: (property with the name, what Ref gives, attributes)
    "AWS::S3::Bucket": ("BucketName", "{name}", {"Arn": "arn:aws:s3:::{name}"}),
    "AWS::KMS::Key": ("", KEY_ID, {"Arn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{KEY_ID}"}),
    "AWS::SNS::Topic": (
        "TopicName",
        f"arn:aws:sns:{REGION}:{ACCOUNT}:{{name}}",
        {"TopicName": "{name}", "TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:{{name}}"},
    ),
    "AWS::Logs::LogGroup": ("LogGroupName", "{name}", {"Arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{name}}:*"}),
    "AWS::IAM::Role": ("RoleName", "{name}", {"Arn": f"arn:aws:iam::{ACCOUNT}:role/{{name}}"}),
}


class Loader(yaml.SafeLoader):
    """Reads the short forms of functions into the long ones."""


def function(loader: Loader, suffix: str, node: yaml.Node) -> Any:
    value = (
        loader.construct_scalar(node)
        if isinstance(node, yaml.ScalarNode)
        else loader.construct_sequence(node, deep=True)
    )
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix == "Ref" else f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", function)


class Resolver:
    """Puts values in the place of functions, for a template without conditions."""

    def __init__(self, template: dict[str, Any], *, exists: bool) -> None:
        self.resources = template["Resources"]
        self.parameters = {name: body.get("Default", LATER) for name, body in template.get("Parameters", {}).items()}
        self.exists = exists

    def __call__(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self(item) for item in value]
        if not isinstance(value, dict):
            return value
        match value:
            case {"Ref": name}:
                return self.named(name, "")
            case {"Fn::GetAtt": [name, attribute]}:
                return self.named(name, attribute)
            case {"Fn::Sub": text}:
                return re.sub(r"\$\{([\w:.]+)\}", lambda found: self.named(*found[1].partition(".")[::2]), text)
        return {key: self(item) for key, item in value.items()}

    def named(self, name: str, attribute: str) -> str:
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.parameters:
            return str(self.parameters[name])
        if not self.exists:
            return LATER
        resource = self.resources[name]
        prop, reference, attributes = NAMES[resource["Type"]]
        pattern = attributes[attribute] if attribute else reference
        return pattern.format(name=self(resource["Properties"][prop]) if prop else "")


def change_set(template: dict[str, Any], *, exists: bool) -> dict[str, Any]:
    """Return what `describe-change-set --include-property-values` answers."""
    resolve = Resolver(template, exists=exists)
    return {
        "Changes": [
            {"Type": "Resource", "ResourceChange": change(name, body, resolve)}
            for name, body in sorted(template["Resources"].items())
        ],
        "ChangeSetName": "next",
        "ChangeSetId": STACK.replace(":stack/audit", ":changeSet/next"),
        "StackId": STACK,
        "StackName": "audit",
        "Description": None,
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in resolve.parameters.items()
            if value != LATER
        ],
        "CreationTime": "2026-11-20T09:00:00.000000+00:00",
        "ExecutionStatus": "AVAILABLE",
        "Status": "CREATE_COMPLETE",
        "StatusReason": None,
        "NotificationARNs": [],
        "RollbackConfiguration": {},
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
        "Tags": [{"Key": "team", "Value": "security"}],
        "ParentChangeSetId": None,
        "IncludeNestedStacks": False,
        "RootChangeSetId": None,
        "OnStackFailure": None,
        "ImportExistingResources": None,
    }


def change(name: str, body: dict[str, Any], resolve: Resolver) -> dict[str, Any]:
    after = {"Properties": resolve(body.get("Properties", {}))}
    after |= {key: body[key] for key in ("DeletionPolicy", "UpdateReplacePolicy") if key in body}
    texts = json.loads(json.dumps(after), parse_int=str, parse_float=str)
    shown = {"LogicalResourceId": name, "ResourceType": body["Type"], "AfterContext": json.dumps(as_text(texts))}
    if not resolve.exists:
        return {"Action": "Add", **shown, "Scope": [], "Details": []}
    tags = {
        "Target": {"Attribute": "Tags", "RequiresRecreation": "Never"},
        "Evaluation": "Static",
        "ChangeSource": "DirectModification",
    }
    physical = {"PhysicalResourceId": resolve.named(name, "")} if body["Type"] in NAMES else {}
    return {"Action": "Modify", **shown, **physical, "Replacement": "False", "Scope": ["Tags"], "Details": [tags]}


def as_text(value: Any) -> Any:
    """CloudFormation prints booleans and numbers of property values as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return [as_text(item) for item in value]
    return {key: as_text(item) for key, item in value.items()} if isinstance(value, dict) else value


def main() -> None:
    for scene in SCENES:
        folder = HERE / scene
        template = yaml.load((folder / "template.yaml").read_text(), Loader)
        write(folder / "template.json", template)
        if scene != "open":  # a stack that exists has values for everything
            write(folder / "change-set.json", change_set(template, exists=True))
        write(folder / "change-set-new.json", change_set(template, exists=False))


def write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
