"""Which AWS call an HTTP request is, and how its service writes errors: as much as it takes to stand before moto."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

import botocore.session

SERVICES = {"monitoring": "cloudwatch"}
"""botocore's names of services that sign under another name."""

XML_ERRORS = {
    "ec2": "<Response><Errors><Error><Code>{}</Code><Message>{}</Message></Error></Errors></Response>",
    "s3": "<Error><Code>{}</Code><Message>{}</Message></Error>",
}
XML_ERROR = "<ErrorResponse><Error><Code>{}</Code><Message>{}</Message></Error></ErrorResponse>"


@dataclass(frozen=True)
class Request:
    """One call: who asks what, where, of which service."""

    service: str
    operation: str
    region: str
    access_key: str
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.service}.{self.operation}"


def request_of(method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> Request:
    """Return what a request asks; an empty operation where it is none that we know."""
    scope = headers.get("authorization", "").partition("Credential=")[2].partition(",")[0].split("/")
    access_key, _, region, signed_as = (scope + [""] * 4)[:4]
    service = SERVICES.get(signed_as, signed_as)
    written = dict(parse_qsl(query, keep_blank_values=True))
    if target := headers.get("x-amz-target"):
        return Request(service, target.rpartition(".")[2], region, access_key, _json(body))
    if path.startswith("/v20180820/"):
        account = headers.get("x-amz-account-id", "")
        operation = "GetPublicAccessBlock" if path.endswith("/publicAccessBlock") else ""
        return Request("s3control", operation, region, access_key, {"AccountId": account})
    if service == "s3":
        bucket, _, key = path.lstrip("/").partition("/")
        operation = "" if key else _s3_operations().get((method, bool(bucket), _word(written)), "")
        return Request(service, operation, region, access_key, {"Bucket": bucket, **written})
    form = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    return Request(service, form.pop("Action", ""), region, access_key, form)


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _word(query: dict[str, str]) -> str:
    """Return the sub-resource that an S3 request is about: a parameter without a value, or the second way to list."""
    return next((name for name, value in query.items() if not value or name == "list-type"), "")


@cache
def _s3_operations() -> dict[tuple[str, bool, str], str]:
    model = botocore.session.Session().get_service_model("s3")
    found: dict[tuple[str, bool, str], str] = {}
    for name in model.operation_names:
        operation = model.operation_model(name)
        uri = urlsplit(operation.http["requestUri"])
        if "{Key" in uri.path or operation.deprecated:
            continue
        word = _word(dict(parse_qsl(uri.query, keep_blank_values=True)))
        found.setdefault((operation.http["method"], "{Bucket}" in uri.path, word), name)
    return found


def error_body(request: Request, code: str, message: str) -> tuple[str, bytes]:
    """Return the content type and body of an error, as the request's service writes it."""
    if request.service in ("s3", "s3control", "ec2", "sts", "iam", "sns"):
        template = XML_ERRORS.get(request.service, XML_ERROR)
        return "text/xml", template.format(escape(code), escape(message)).encode()
    return "application/x-amz-json-1.1", json.dumps({"__type": code, "message": message}).encode()
