"""Runs kept as objects in an S3 bucket, for a nightly job that has a bucket and no database.

    PREFIX/runs/STARTED-ID.json.gz       the run
    PREFIX/records/STARTED-ID.json.gz    its record, written last: a run without one was cut short and does not count

No object is ever written twice, so that Object Lock may hold them all.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ctguard.history.record import Record, checked_document, packed, packed_record, read_record
from ctguard.history.store import Store
from ctguard.model.errors import CtguardError, Fault, UsageError

ALREADY_THERE: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})
SIDE_BY_SIDE: Final = 16
SETTINGS: Final = Config(
    connect_timeout=10,
    read_timeout=30,
    retries={"mode": "standard", "total_max_attempts": 4},
    max_pool_connections=SIDE_BY_SIDE,
)


class BucketStore(Store):
    """Objects below one prefix of a bucket; credentials and region are found as boto3 finds them."""

    def __init__(self, url: str, _is_new: bool) -> None:
        parts = urlsplit(url)
        if not parts.netloc:
            raise UsageError(f"{url}: names no bucket", hint="write s3://BUCKET/PREFIX")
        self._bucket = parts.netloc
        self._prefix = f"{parts.path.strip('/')}/".lstrip("/")
        self._shown = f"s3://{self._bucket}/{self._prefix}"
        with self._reached():
            self._s3: Any = boto3.client("s3", config=SETTINGS)

    def add(self, record: Record, document: bytes) -> None:
        self._put(self._key("runs", record), packed(document))
        self._put(self._key("records", record), packed_record(record))

    def records(
        self, faults: list[Fault], *, series: str | None = None, since: date | None = None, until: date | None = None
    ) -> Iterator[Record]:
        first = f"{since:%Y%m%d}" if since else ""
        end = f"{until + timedelta(days=1):%Y%m%d}" if until else "~"
        folder = f"{self._prefix}records/"
        keys = [key for key in self._keys(folder) if first <= key.removeprefix(folder) < end]
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            for key, data in zip(keys, pool.map(self._get, keys), strict=True):
                source = f"s3://{self._bucket}/{key}"
                try:
                    record = read_record(data, source)
                except CtguardError as error:
                    faults.append(Fault(source, "damaged", str(error)))
                    continue
                if series in (None, record.series):
                    yield record

    def document(self, run_id: str) -> bytes:
        ending = f"-{run_id}.json.gz"
        folder = f"{self._prefix}records/"
        key = next((key for key in self._keys(folder) if key.endswith(ending)), None)
        if key is None:
            raise CtguardError(f"{self._shown}: holds no run {run_id}", hint="see ctguard history list")
        record = read_record(self._get(key), f"s3://{self._bucket}/{key}")
        place = self._key("runs", record)
        return checked_document(self._get(place), record.digest, f"s3://{self._bucket}/{place}")

    def remove(self, records: Sequence[Record]) -> None:
        for record in records:
            for folder in ("records", "runs"):
                with self._reached():
                    self._s3.delete_object(Bucket=self._bucket, Key=self._key(folder, record))

    def close(self) -> None:
        self._s3.close()

    def _key(self, folder: str, record: Record) -> str:
        started = record.started_at.replace("-", "").replace(":", "")
        return f"{self._prefix}{folder}/{started}-{record.id}.json.gz"

    def _put(self, key: str, data: bytes) -> None:
        with self._reached():
            try:
                self._s3.put_object(
                    Bucket=self._bucket, Key=key, Body=data, ContentType="application/gzip", IfNoneMatch="*"
                )
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") not in ALREADY_THERE:
                    raise

    def _get(self, key: str) -> bytes:
        with self._reached():
            body: bytes = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        return body

    def _keys(self, folder: str) -> list[str]:
        with self._reached():
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=folder)
            return sorted(one["Key"] for page in pages for one in page.get("Contents", ()))

    @contextlib.contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            reason = error.response.get("Error", {})
            told = f"{error.operation_name}: {reason.get('Code', 'no code')}: {reason.get('Message', 'no message')}"
            raise CtguardError(f"{self._shown}: {told}", hint="check the bucket, and what you may do there") from error
        except BotoCoreError as error:
            raise CtguardError(f"{self._shown}: {error}", hint="check credentials, region and network") from error
