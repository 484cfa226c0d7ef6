"""A small S3 for measurements: an archive in memory, served as fast as Python can, with a latency.

Answers what `ctguard logs verify` and `aws cloudtrail validate-logs` ask: objects,
listings of both versions, and CloudTrail's DescribeTrails, GetTrailStatus and
ListPublicKeys. `GET /-/stats` tells how many requests came.
"""

from __future__ import annotations

import asyncio
import base64
import json
import multiprocessing
import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from urllib.request import urlopen

from ctguard.logs.keys import PublicKey
from tests.logs.forge import Archive

_DATE = "Fri, 20 Nov 2026 00:00:00 GMT"


@dataclass
class Bucket:
    """The objects of one bucket as whole responses, and what the trail says of itself."""

    name: str
    trail: dict[str, Any]
    status: dict[str, Any]
    keys: list[PublicKey]
    objects: dict[str, bytes]
    listed: dict[str, str]
    order: list[str]


def bucket_of(archive: Archive, name: str, arn: str, keys: list[PublicKey]) -> Bucket:
    """Return an archive as responses that only have to be sent."""
    objects, listed = {}, {}
    for (bucket, key), stored in archive.objects.items():
        if bucket != name:
            continue
        tag = f"{abs(hash(stored.body)):032x}"
        head = [
            "HTTP/1.1 200 OK",
            f"Date: {_DATE}",
            f"Last-Modified: {_DATE}",
            f'ETag: "{tag}"',
            "Content-Type: application/json",
            "Content-Encoding: gzip",
            "x-amz-request-id: 0123456789ABCDEF",
            "x-amz-id-2: " + "a" * 76,
            "x-amz-server-side-encryption: AES256",
            *(f"x-amz-meta-{meta}: {value}" for meta, value in stored.metadata.items()),
            f"Content-Length: {len(stored.body)}",
        ]
        objects[key] = ("\r\n".join(head) + "\r\n\r\n").encode() + stored.body
        listed[key] = (
            f"<Contents><Key>{quote(key)}</Key><LastModified>2026-11-20T00:00:00.000Z</LastModified>"
            f"<ETag>&quot;{tag}&quot;</ETag><Size>{len(stored.body)}</Size>"
            "<StorageClass>STANDARD</StorageClass></Contents>"
        )
    trail_name = arn.rpartition("/")[2]
    home = arn.split(":")[3]
    trail = {
        "Name": trail_name,
        "S3BucketName": name,
        "TrailARN": arn,
        "HomeRegion": home,
        "IsMultiRegionTrail": False,
        "IsOrganizationTrail": False,
        "LogFileValidationEnabled": True,
    }
    return Bucket(name, trail, {"IsLogging": True}, keys, objects, listed, sorted(objects))


class _Server(asyncio.Protocol):
    def __init__(self, bucket: Bucket, latency: float, stats: dict[str, int]) -> None:
        self._bucket = bucket
        self._latency = latency
        self._stats = stats
        self._received = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end]
            length = 0
            if head.startswith(b"POST"):
                lower = head.lower()
                at = lower.find(b"content-length:")
                length = int(lower[at + 15 :].split(b"\r\n")[0]) if at >= 0 else 0
            if len(self._received) < end + 4 + length:
                return
            self._received = self._received[end + 4 + length :]
            answer = self._answer(head)
            if self._latency:
                asyncio.get_running_loop().call_later(self._latency, self._transport.write, answer)
            else:
                self._transport.write(answer)

    def _answer(self, head: bytes) -> bytes:
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        parts = urlsplit(target)
        if parts.path == "/-/stats":
            return _json(self._stats)
        if method == "POST":
            self._stats["calls"] += 1
            return self._call(head.lower())
        _, _, key = parts.path.lstrip("/").partition("/")
        if key:
            self._stats["objects"] += 1
            return self._bucket.objects.get(unquote(key)) or _error("404 Not Found", "NoSuchKey")
        self._stats["listings"] += 1
        return self._list(dict(parse_qsl(parts.query, keep_blank_values=True)))

    def _list(self, query: dict[str, str]) -> bytes:
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        after = query.get("continuation-token") or query.get("start-after") or query.get("marker") or ""
        order = self._bucket.order
        at = max(bisect_left(order, prefix), bisect_right(order, after))
        contents: list[str] = []
        folders: dict[str, None] = {}
        last = ""
        while at < len(order) and order[at].startswith(prefix) and len(contents) + len(folders) < 1000:
            key = order[at]
            cut = key.find(delimiter, len(prefix)) if delimiter else -1
            if cut >= 0:
                folder = key[: cut + 1]
                folders[folder] = None
                at = bisect_left(order, folder[:-1] + chr(ord("/") + 1))
                last = folder + "\U0010ffff"
            else:
                contents.append(self._bucket.listed[key])
                last = key
                at += 1
        more = at < len(order) and order[at].startswith(prefix)
        commons = "".join(f"<CommonPrefixes><Prefix>{quote(folder)}</Prefix></CommonPrefixes>" for folder in folders)
        token = f"<NextContinuationToken>{last}</NextContinuationToken><NextMarker>{last}</NextMarker>" if more else ""
        body = (
            '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Name>{self._bucket.name}</Name><Prefix>{quote(prefix)}</Prefix><EncodingType>url</EncodingType>"
            f"<MaxKeys>1000</MaxKeys><IsTruncated>{'true' if more else 'false'}</IsTruncated>{token}"
            f"{''.join(contents)}{commons}</ListBucketResult>"
        )
        return _response("200 OK", body.encode(), "application/xml")

    def _call(self, head: bytes) -> bytes:
        bucket = self._bucket
        if b"describetrails" in head:
            return _json({"trailList": [bucket.trail]})
        if b"gettrailstatus" in head:
            return _json(bucket.status)
        if b"listpublickeys" in head:
            keys = [
                {
                    "Value": base64.b64encode(key.der).decode(),
                    "ValidityStartTime": key.start,
                    "ValidityEndTime": key.end,
                    "Fingerprint": key.fingerprint,
                }
                for key in bucket.keys
            ]
            return _json({"PublicKeyList": keys})
        return _error("400 Bad Request", "UnknownOperation")


def _json(document: Any) -> bytes:
    return _response("200 OK", json.dumps(document).encode(), "application/x-amz-json-1.1")


def _error(status: str, code: str) -> bytes:
    return _response(status, f"<Error><Code>{code}</Code></Error>".encode(), "application/xml")


def _response(status: str, body: bytes, kind: str) -> bytes:
    head = f"HTTP/1.1 {status}\r\nDate: {_DATE}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _run(bucket: Bucket, latency: float, port: Any) -> None:
    stats = {"objects": 0, "listings": 0, "calls": 0}

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Server(bucket, latency, stats), "127.0.0.1", 0, backlog=1024)
        port.value = server.sockets[0].getsockname()[1]
        await server.serve_forever()

    asyncio.run(serve())


@contextmanager
def local_s3(bucket: Bucket, latency: float) -> Iterator[str]:
    """Serve `bucket` from a process of its own, `latency` seconds after each request; yield the URL."""
    port = multiprocessing.Value("i", 0)
    process = multiprocessing.get_context("fork").Process(target=_run, args=(bucket, latency, port), daemon=True)
    process.start()
    while not port.value:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port.value}"
    finally:
        process.terminate()
        process.join()


def requests_so_far(url: str) -> dict[str, int]:
    """Return how many requests the server has answered, by sort."""
    with urlopen(f"{url}/-/stats") as answer:
        counted: dict[str, int] = json.loads(answer.read())
    return counted
