"""A bucket in S3 as a store: list and get, nothing else, signed with the user's credentials.

Buckets are addressed by path, so that any endpoint works that boto3 would use.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any
from urllib.parse import unquote_plus
from xml.etree import ElementTree as ET

from ctguard.logs.sigv4 import Credentials, Signer, encoded_path, encoded_query
from ctguard.logs.store import MISSING, Body, Entry, Patience, ReadError, persistently
from ctguard.logs.wire import Connection, Endpoint, Response, WireError, endpoint_of
from ctguard.model.errors import CtguardError

_META = "x-amz-meta-"
_TRANSIENT = {"SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "Busy", "503", "500"}
_MOST_REDIRECTS = 3


@dataclass(frozen=True, slots=True)
class S3Spec:
    """Which S3: as much as another machine needs to build the same store with credentials of its own."""

    region: str
    endpoint_url: str | None = None


class S3Store:
    """S3 as a store. Each thread keeps its own connections; what is learnt of buckets is shared."""

    def __init__(self, spec: S3Spec, session: Any = None, patience: Patience | None = None) -> None:
        import boto3

        self._spec = spec
        self._session = session or boto3.session.Session()
        self._patience = patience or Patience()
        credentials: Any = self._session.get_credentials()
        if credentials is None:
            raise CtguardError(
                "there are no credentials for AWS", hint="set up a profile, or AWS_ACCESS_KEY_ID and so on"
            )
        self._credentials = credentials
        self._lock = threading.Lock()
        self._homes: dict[str, str] = {}
        self._regions: dict[str, tuple[Endpoint, Signer]] = {}
        self._threads = threading.local()

    def entries(self, bucket: str, prefix: str, *, after: str = "", before: str | None = None) -> Iterator[Entry]:
        """Yield the objects below `prefix` in the order of their keys, page by page."""
        parameters = {"list-type": "2", "prefix": prefix, "encoding-type": "url"}
        if after:
            parameters["start-after"] = after
        for page in self._pages(bucket, parameters):
            for item in page.iterfind("Contents"):
                key = _decoded(page, item.findtext("Key", ""))
                if key <= after:
                    continue  # some servers do not know start-after
                if before is not None and key >= before:
                    return
                tag, size, written = (item.findtext(name, "") for name in ("ETag", "Size", "LastModified"))
                yield Entry(key, f"{tag}:{size}:{written}")

    def folders(self, bucket: str, prefix: str) -> list[str]:
        """Return the names right below `prefix` that have something below them."""
        parameters = {"list-type": "2", "prefix": prefix, "delimiter": "/", "encoding-type": "url"}
        return [
            _decoded(page, item.findtext("Prefix", ""))[len(prefix) : -1]
            for page in self._pages(bucket, parameters)
            for item in page.iterfind("CommonPrefixes")
        ]

    @contextmanager
    def read(self, bucket: str, key: str, *, metadata: bool = False) -> Iterator[Body]:
        """Open an object; its metadata comes with every answer."""
        response = self._get(bucket, key, "")
        found = {name[len(_META) :]: value for name, value in response.headers.items() if name.startswith(_META)}
        chunks = _checked(response)
        try:
            yield Body(found, chunks)
        finally:
            chunks.close()

    def _pages(self, bucket: str, parameters: dict[str, str]) -> Iterator[ET.Element]:
        token = None
        while True:
            query = parameters | ({"continuation-token": token} if token else {})
            page = persistently(partial(self._page, bucket, query), self._patience)
            yield page
            if page.findtext("IsTruncated") != "true":
                return
            before, token = token, page.findtext("NextContinuationToken")
            if not token or token == before:
                raise ReadError("server_error", "the listing does not go on where it says so")

    def _page(self, bucket: str, parameters: dict[str, str]) -> ET.Element:
        response = self._get(bucket, "", encoded_query(parameters))
        page = _xml(_text(response))
        if page is None or page.tag != "ListBucketResult":
            raise ReadError("server_error", "the answer is not a listing", transient=True)
        return page

    def _get(self, bucket: str, key: str, query: str) -> Response:
        """Return the answer of S3 to one signed request, whatever region the bucket is in."""
        path = encoded_path(bucket, key)
        for _ in range(_MOST_REDIRECTS):
            region = self._homes.get(bucket, self._spec.region)
            endpoint, signer = self._region(region)
            headers = signer.headers(endpoint.host, path, query)
            try:
                response = self._connection(endpoint).get(f"{path}?{query}" if query else path, headers)
            except WireError as error:
                raise ReadError("network", str(error), transient=True) from None
            if response.status == 200:
                return response
            text = _text(response)
            home = response.headers.get("x-amz-bucket-region") or _region_in(text)
            if response.status in (301, 307, 400) and home and home != region:
                self._homes[bucket] = home
                continue
            raise _failure(response, text)
        raise ReadError("server_error", "S3 sends the request from region to region")

    def _region(self, region: str) -> tuple[Endpoint, Signer]:
        with self._lock:
            if region not in self._regions:
                endpoint = _endpoint(self._session, region, self._spec.endpoint_url)
                self._regions[region] = (endpoint, Signer(region, self._current))
            return self._regions[region]

    def _current(self) -> Credentials:
        frozen = self._credentials.get_frozen_credentials()
        return (frozen.access_key, frozen.secret_key, frozen.token)

    def _connection(self, endpoint: Endpoint) -> Connection:
        kept: dict[str, Connection] = self._threads.__dict__
        if endpoint.host not in kept:
            kept[endpoint.host] = Connection(endpoint)
        return kept[endpoint.host]


_KINDS = {"NoSuchKey": MISSING, "NoSuchBucket": "server_error", "InvalidObjectState": "archived"}


def _failure(response: Response, text: bytes) -> ReadError:
    """Return what an answer that is not the object means."""
    root = _xml(text)
    code = (root.findtext("Code") if root is not None else None) or str(response.status)
    message = (root.findtext("Message") if root is not None else None) or ""
    detail = f"{code}: {message}" if message else code
    if code == "RequestTimeTooSkewed":
        detail = f"{detail}; the clock of this machine is wrong, S3 says {response.headers.get('date')}"
    if response.status >= 500 or response.status == 429 or code in _TRANSIENT:
        return ReadError("server_error", detail, transient=True)
    return ReadError(_KINDS.get(code) or _by_status(response.status, code, message), detail)


def _by_status(status: int, code: str, message: str) -> str:
    if code.startswith("KMS.") or (status == 403 and "kms" in message.lower()):
        return "kms_denied"
    return "access_denied" if status in (401, 403) or code in ("ExpiredToken", "InvalidToken") else "server_error"


def _decoded(page: ET.Element, text: str) -> str:
    return unquote_plus(text) if page.findtext("EncodingType") == "url" else text


def _checked(response: Response) -> Generator[bytes, None, None]:
    """Yield the body; what breaks it off is a fault of the network."""
    try:
        yield from response.chunks()
    except WireError as error:
        raise ReadError("network", str(error), transient=True) from None


def _text(response: Response) -> bytes:
    try:
        return response.text()
    except WireError as error:
        raise ReadError("network", str(error), transient=True) from None


def _xml(text: bytes) -> ET.Element | None:
    """Return the parsed answer with namespaces taken off, None when it is no XML or brings a document type."""
    if b"<!DOCTYPE" in text[:1000]:
        return None
    try:
        root = ET.fromstring(text.replace(b' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"', b"", 1))  # noqa: S314
    except ET.ParseError:
        return None
    return root


def _region_in(text: bytes) -> str | None:
    root = _xml(text)
    return root.findtext("Region") if root is not None else None


def _endpoint(session: Any, region: str, endpoint_url: str | None) -> Endpoint:
    """Return the endpoint that boto3 would use, with the certificates that it would trust."""
    from botocore.config import Config

    client = session.client(
        "s3", region_name=region, endpoint_url=endpoint_url, config=Config(s3={"addressing_style": "path"})
    )
    try:
        return endpoint_of(client.meta.endpoint_url, trust=_trust(session))
    except WireError as error:
        raise CtguardError(
            str(error), hint="look at AWS_ENDPOINT_URL and endpoint_url in the AWS configuration"
        ) from None


def _trust(session: Any) -> ssl.SSLContext:
    from botocore.httpsession import get_cert_path

    configured = session._session.get_config_variable("ca_bundle")
    return _context(configured or get_cert_path(True))


@lru_cache(maxsize=4)
def _context(bundle: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=bundle)
