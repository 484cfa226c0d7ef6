"""What a local copy of a log bucket says of itself: which bucket it was taken from, under which prefix."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ctguard.logs.expectation import Asked, TrailFacts, expected_places
from ctguard.logs.folder import Folder
from ctguard.logs.inflate import DIGEST_BOUND, Inflater
from ctguard.logs.keys import SavedKeys
from ctguard.logs.naming import TrailName
from ctguard.logs.store import ReadError

_DIGESTS_ASKED = 5


def copy_facts(
    store: Folder, arn: str, trail: TrailName, saved: SavedKeys | None, bucket: str | None, prefix: str | None
) -> TrailFacts:
    """Return what was saved about the trail, completed by what the user and the copy itself say."""
    known = saved.trail if saved and saved.trail and saved.trail.get("arn") == arn else None
    facts = TrailFacts.from_json({name: known[name] for name in known if name != "arn"}) if known else TrailFacts()
    facts = replace(facts, bucket=bucket or facts.bucket, prefix=prefix or facts.prefix)
    if facts.prefix is None:
        facts = replace(facts, prefix=_prefix_in(store.root(facts.bucket or "")))
    if facts.bucket is None:
        facts = replace(facts, bucket=_bucket_told(store, trail, facts))
        # A copy of several buckets has a folder for each, which is not part of the prefix.
        first, _, rest = (facts.prefix or "").partition("/")
        facts = replace(facts, prefix=rest or None) if first and first == facts.bucket else facts
    return facts


def _prefix_in(folder: Path) -> str | None:
    """Return where in a copy the folder AWSLogs lies, at most three levels down; None when it is at the top."""
    for pattern in ("AWSLogs", "*/AWSLogs", "*/*/AWSLogs", "*/*/*/AWSLogs"):
        for found in sorted(folder.glob(pattern)):
            parent = found.relative_to(folder).parent
            return None if parent == Path() else str(parent)
    return None


def _bucket_told(store: Folder, trail: TrailName, facts: TrailFacts) -> str:
    """Return the bucket that most of a few digests say they belong to; others were then moved."""
    told: Counter[str] = Counter()
    for key in _digest_keys(store, trail, facts):
        if (bucket := _bucket_in(store, key)) is not None:
            told[bucket] += 1
        if told.total() >= _DIGESTS_ASKED:
            break
    return told.most_common(1)[0][0] if told else ""


def _digest_keys(store: Folder, trail: TrailName, facts: TrailFacts) -> Iterator[str]:
    expected = expected_places(trail, "", facts, Asked(), store)
    for place in (*expected.places, *expected.found):
        for entry in store.entries("", place.digest_folder):
            name = place.digest_name(entry.key)
            if name is not None and name.trail == place.own_trail:
                yield entry.key


def _bucket_in(store: Folder, key: str) -> str | None:
    inflater = Inflater(DIGEST_BOUND)
    try:
        with store.read("", key) as body:
            document = json.loads(b"".join(part for chunk in body.chunks for part in inflater.feed(chunk)))
    except (ReadError, ValueError, RecursionError):
        return None
    told = document.get("digestS3Bucket") if isinstance(document, dict) else None
    return told if isinstance(told, str) else None
