"""The functions of the AWS provider: `provider::aws::arn_parse` and its kin."""

from __future__ import annotations

from ctguard.model.values import Unknown, Value
from ctguard.model.values import text as composed
from ctguard.sources.terraform.functions.derivation import doubt
from ctguard.sources.terraform.functions.failure import FunctionError
from ctguard.sources.terraform.functions.text_parts import Text, parts_of

ARN_PARTS = ("partition", "service", "region", "account_id", "resource")


def arn_build(partition: Text, service: Text, region: Text, account_id: Text, resource: Text) -> Text:
    """Return the ARN of these parts."""
    pieces = [piece for part in (partition, service, region, account_id, resource) for piece in (":", part)]
    return composed(("arn", *pieces))


def arn_parse(arn: Text) -> Value:
    """Return the parts of an ARN: partition, service, region, account_id, resource.

    In an ARN with holes, the parts that end before the first hole are certain.
    """
    if isinstance(arn, str):
        sections = arn.split(":", 5)
        if len(sections) < 6 or sections[0] != "arn":
            raise FunctionError(f"{arn!r} is not an ARN")
        return dict(zip(ARN_PARTS, sections[1:], strict=True))
    first, *others = parts_of(arn)
    sections = first.split(":", 5) if isinstance(first, str) else [""]
    if len(sections) > 1 and sections[0] != "arn":
        raise FunctionError("the text is not an ARN")
    hole = next(part for part in parts_of(arn) if isinstance(part, Unknown))
    unclear: dict[str, Value] = {name: doubt(hole, f"arn_parse.{name}", arn) for name in ARN_PARTS}
    certain: list[Text] = [*sections[1:-1]]
    if len(sections) > len(ARN_PARTS):
        certain.append(composed((sections[-1], *others)))
    return unclear | dict(zip(ARN_PARTS, certain, strict=False))


def trim_iam_role_path(arn: Text) -> Value:
    """Return the ARN of an IAM role without its path."""
    parsed = arn_parse(arn)
    if not isinstance(arn, str):
        hole = next(part for part in parts_of(arn) if isinstance(part, Unknown))
        return doubt(hole, "provider::aws::trim_iam_role_path", arn)
    kind, slash, rest = parsed["resource"].partition("/")
    if parsed["service"] != "iam" or kind != "role" or not slash or parsed["region"]:
        raise FunctionError(f"{arn!r} is not the ARN of an IAM role")
    partition, service, region, account_id = (parsed[name] for name in ARN_PARTS[:4])
    return arn_build(partition, service, region, account_id, f"role/{rest.rpartition('/')[2]}")
