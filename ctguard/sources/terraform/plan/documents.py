"""Rebuild a policy document that a plan could not render yet from what is planned of its statements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ctguard.model.location import Places
from ctguard.model.values import Document, PartialList, Unknown, Value

VERSION = "2012-10-17"


def document_of(values: Mapping[str, Value], places: Places) -> Value:
    """Return the document that `aws_iam_policy_document` will render from `values`; its unknown parts stay unknown.

    (AWS provider, data source aws_iam_policy_document.)
    """
    others = [
        values.get(name)
        for name in ("source_policy_documents", "override_policy_documents", "source_json", "override_json")
    ]
    if unknown := next((one for one in others if one not in (None, [], "")), None):
        return unknown if isinstance(unknown, Unknown) else Unknown("source_policy_documents", "are not known yet")
    statements = values.get("statement")
    if isinstance(statements, Unknown):
        return statements
    written = [_statement(one) for one in statements or []]
    return Document({"Version": values.get("version") or VERSION, "Statement": written}, places)


def _statement(block: Value) -> Value:
    if not isinstance(block, dict):
        return block
    statement: dict[str, Value] = {"Effect": block.get("effect") or "Allow"}
    if sid := block.get("sid"):
        statement["Sid"] = sid
    for name, key in (
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ):
        if (value := block.get(name)) not in (None, []):
            statement[key] = value
    for name, key in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        if (value := block.get(name)) not in (None, []):
            statement[key] = _principals(value)
    if (conditions := block.get("condition")) not in (None, []):
        statement["Condition"] = _conditions(conditions)
    return statement


def _principals(blocks: Value) -> Value:
    if not isinstance(blocks, list):
        return blocks
    found: dict[str, Value] = {}
    for block in blocks:
        if not isinstance(block, dict) or not isinstance(block.get("type"), str):
            return block if isinstance(block, Unknown) else Unknown("principals", "are not known yet")
        if block["type"] == "*":
            return "*"
        found[block["type"]] = _joined(found.get(block["type"]), block.get("identifiers"))
    return found


def _conditions(blocks: Value) -> Value:
    if not isinstance(blocks, list):
        return blocks
    found: dict[str, Any] = {}
    for block in blocks:
        if (
            not isinstance(block, dict)
            or not isinstance(block.get("test"), str)
            or not isinstance(block.get("variable"), str)
        ):
            return block if isinstance(block, Unknown) else Unknown("condition", "is not known yet")
        keys = found.setdefault(block["test"], {})
        keys[block["variable"]] = _joined(keys.get(block["variable"]), block.get("values"))
    return found


def _joined(before: Value, more: Value) -> Value:
    if before is None:
        return more
    if isinstance(before, list) and isinstance(more, list):
        return before + more
    unknown = more if isinstance(more, Unknown) else before
    known = before if isinstance(before, list) else more if isinstance(more, list) else []
    return PartialList(tuple(known), unknown) if isinstance(unknown, Unknown) else unknown
