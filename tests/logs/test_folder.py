"""A local copy is read as far as it reaches, and nothing outside of it."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctguard.logs.folder import Folder
from ctguard.logs.store import MISSING, NO_METADATA, ReadError
from tests.logs.forge import Archive


@pytest.fixture
def store(tmp_path):
    (tmp_path / "copy" / "a" / "b").mkdir(parents=True)
    (tmp_path / "copy" / "a" / "b" / "log.json.gz").write_bytes(b"content")
    (tmp_path / "secret").write_bytes(b"not yours")
    return Folder((tmp_path / "copy").resolve())


def read(store, key, **how):
    with store.read("bucket", key, **how) as body:
        return b"".join(body.chunks), dict(body.metadata)


def test_a_file_is_read_under_its_key(store):
    assert read(store, "a/b/log.json.gz") == (b"content", {})


@pytest.mark.parametrize("key", ["a/b/other", "a/b/log.json.gz/x", "nothing"])
def test_what_is_not_there_is_missing(store, key):
    with pytest.raises(ReadError) as failed:
        read(store, key)

    assert failed.value.kind == MISSING


@pytest.mark.parametrize(
    "key", ["../secret", "a/../../secret", "a/b/../b/log.json.gz", "/etc/passwd", "a//b/log.json.gz", "a\0b"]
)
def test_a_key_never_leads_out_of_the_copy(store, key):
    with pytest.raises(ReadError):
        read(store, key)


def test_links_are_not_followed(store):
    (store.path / "a" / "link").symlink_to("../../secret")
    (store.path / "linked").symlink_to(store.path / "a")

    for key in ("a/link", "linked/b/log.json.gz"):
        with pytest.raises(ReadError) as failed:
            read(store, key)
        assert failed.value.kind == "access_denied"
    assert [entry.key for entry in store.entries("bucket", "")] == ["a/b/log.json.gz"]


def test_a_pipe_does_not_block_and_a_folder_is_no_object(store):
    os.mkfifo(store.path / "pipe")

    for key in ("pipe", "a/b"):
        with pytest.raises(ReadError) as failed:
            read(store, key)
        assert failed.value.kind == "access_denied"


@pytest.mark.parametrize(
    "sidecar",
    [
        {"signature": "ab", "signature-algorithm": "x"},
        {"Metadata": {"signature": "ab", "signature-algorithm": "x"}, "ETag": "e", "ContentLength": 7},
        {"Metadata": {"Signature": "ab", "Signature-Algorithm": "x", "other": 7}},
    ],
)
def test_metadata_is_the_answer_of_head_object_or_the_metadata_alone(store, sidecar):
    (store.path / "a/b/log.json.gz.metadata.json").write_text(json.dumps(sidecar))

    assert read(store, "a/b/log.json.gz", metadata=True)[1] == {"signature": "ab", "signature-algorithm": "x"}


@pytest.mark.parametrize("sidecar", [None, b"", b"[]", b"{", b"[" * 100_000, b'{"Metadata": []}', b'"x"'])
def test_metadata_that_is_lost_is_an_error_of_its_own(store, sidecar):
    if sidecar is not None:
        (store.path / "a/b/log.json.gz.metadata.json").write_bytes(sidecar)

    with pytest.raises(ReadError) as failed:
        read(store, "a/b/log.json.gz", metadata=True)

    assert failed.value.kind == NO_METADATA


names = st.text("ab-_./", min_size=1, max_size=6).filter(
    lambda name: not name.startswith("/") and not name.endswith(("/", ".metadata.json")) and "//" not in name
).filter(lambda name: not {".", ".."} & set(name.split("/")))  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    keys=st.sets(names, max_size=8),
    after=st.text("ab-_./", max_size=4),
    before=st.text("ab-_./", min_size=1, max_size=4),
)
def test_a_folder_lists_in_the_order_of_s3(tmp_path_factory, keys, after, before):
    keys = {key for key in keys if not any(other.startswith(f"{key}/") for other in keys)}
    archive = Archive()
    for key in keys:
        archive.put(key, key.encode(), bucket="bucket")
    folder = tmp_path_factory.mktemp("copy")
    archive.write_to(folder)

    listed = [entry.key for entry in Folder(folder.resolve()).entries("bucket", "", after=after, before=before)]

    assert listed == [entry.key for entry in archive.entries("bucket", "", after=after, before=before)]
