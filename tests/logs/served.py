"""A forged archive behind HTTP: moto's server, with a thin layer before it that answers ListPublicKeys.

The layer can also break things: it is asked before each request whether to
answer in moto's place.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.request import Request, urlopen

import boto3
from moto.core import DEFAULT_ACCOUNT_ID
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from ctguard.logs.keys import PublicKey
from tests.logs.forge import BUCKET, HOME, TRAIL, Archive

ACCOUNT = DEFAULT_ACCOUNT_ID
ARN = f"arn:aws:cloudtrail:{HOME}:{ACCOUNT}:trail/{TRAIL}"

Answer = tuple[str, list[tuple[str, str]], bytes]
Break = Callable[[str, dict[str, Any]], Answer | None]

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_DEFAULT_REGION": HOME,
}


@dataclass
class Served:
    """A running server: `requests` are the paths that were asked for, `breaks` may answer in moto's place."""

    url: str
    keys: list[PublicKey] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    breaks: Break | None = None

    def client(self, service: str, region: str = HOME) -> Any:
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id=ENVIRONMENT["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=ENVIRONMENT["AWS_SECRET_ACCESS_KEY"],
        )

    def upload(self, archive: Archive) -> None:
        """Put the objects of an archive, as CloudTrail does: gzip in content and encoding."""
        s3 = self.client("s3")
        for bucket in sorted({bucket for bucket, _ in archive.objects} | {BUCKET}):
            s3.create_bucket(Bucket=bucket)  # once more in us-east-1 changes nothing
        for (bucket, key), stored in archive.objects.items():
            s3.put_object(
                Bucket=bucket,
                Key=key,
                Body=stored.body,
                Metadata=stored.metadata,
                ContentEncoding="gzip",
                ContentType="application/json",
            )

    def create_trail(self, **settings: Any) -> str:
        """Create the trail in moto, logging, and return its ARN."""
        client = self.client("cloudtrail")
        settings = {"S3BucketName": BUCKET, "EnableLogFileValidation": True} | settings
        client.create_trail(Name=TRAIL, **settings)
        client.start_logging(Name=TRAIL)
        return ARN

    def object_requests(self) -> list[str]:
        return [path for path in self.requests if path.endswith(".json.gz")]

    def reset(self) -> None:
        """Empty moto, and forget requests, keys and breaks."""
        self.breaks = None
        self.keys.clear()
        with urlopen(Request(f"{self.url}/moto-api/reset", method="POST")):
            self.requests.clear()


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: Any) -> None:
        """Say nothing."""


def _region(environ: dict[str, Any]) -> str:
    scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split("/")
    return scope[2] if len(scope) > 2 else HOME


def _listed(keys: Iterable[PublicKey], region: str) -> bytes:
    items = [
        {
            "Value": base64.b64encode(key.der).decode(),
            "ValidityStartTime": key.start,
            "ValidityEndTime": key.end,
            "Fingerprint": key.fingerprint,
        }
        for key in keys
        if key.region == region
    ]
    return json.dumps({"PublicKeyList": items}).encode()


@contextmanager
def served() -> Iterator[Served]:
    """Run the server as long as the block lasts."""
    moto = DomainDispatcherApplication(create_backend_app)
    state = Served("")

    def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        state.requests.append(path)
        answer = state.breaks(path, environ) if state.breaks else None
        if answer is None and environ.get("HTTP_X_AMZ_TARGET", "").endswith(".ListPublicKeys"):
            answer = ("200 OK", [("Content-Type", "application/x-amz-json-1.1")], _listed(state.keys, _region(environ)))
        if answer is None:
            found: Iterable[bytes] = moto(environ, start)
            return found
        status, headers, body = answer
        start(status, [*headers, ("Content-Length", str(len(body)))] if not _has_length(headers) else headers)
        return [body]

    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _has_length(headers: list[tuple[str, str]]) -> bool:
    return any(name.lower() == "content-length" for name, _ in headers)
