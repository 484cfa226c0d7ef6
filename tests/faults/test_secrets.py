"""No secret of an input is in any report, log or error text, in whatever format, debug level included."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ctguard.render import FORMATS
from tests.command import Done, in_a_process
from tests.faults.planted import ERRORS, MARK, plant

SCAN = ("--debug", "scan", ".", "--scope", "all", "--select", "*", "-v")


@dataclass(frozen=True)
class Scanned:
    """What a scan of the planted folder left behind, in every format."""

    secrets: dict[str, str]
    done: Done
    reports: dict[str, str]


@pytest.fixture(scope="module")
def scanned(tmp_path_factory) -> Scanned:
    folder: Path = tmp_path_factory.mktemp("planted")
    secrets, words, environment = plant(folder)
    reports = folder.parent / "reports"
    reports.mkdir()
    outputs = [word for name in FORMATS for word in ("-o", f"{name}:{reports / name}")]
    done = in_a_process(folder, *SCAN, *words, *outputs, **environment)
    return Scanned(secrets, done, {name: (reports / name).read_text(encoding="utf-8") for name in FORMATS})


def spellings(secret: str) -> Iterator[str]:
    """Yield a secret as it may look once something has been made of it."""
    yield from (secret, secret.lower(), secret.upper(), secret[: len(secret) // 2])
    yield base64.b64encode(secret.encode()).decode().rstrip("=")[:-1]
    yield "".join(f"&#{ord(character)};" for character in secret)


def test_enough_secrets_are_planted(scanned):
    assert len(scanned.secrets) >= 30


def test_the_scan_looked_at_everything(scanned):
    assert scanned.done.status == 2, "the broken policy is an error"
    assert {
        *("aws_cloudtrail.t", "aws_cloudtrail.p", "aws_cloudtrail.s", "aws_cloudtrail.f", "Trail"),
        *("aws_s3_bucket.b", "aws_s3_bucket.broken", "aws_s3_bucket.p", "Logs"),
    } <= set(scanned.reports["csv"].replace('"', ",").split(","))
    assert "(sensitive)" in scanned.reports["console"]


@pytest.mark.parametrize("name", [*FORMATS, "stdout", "stderr"])
def test_no_secret_is_in_a_report(name, scanned):
    text = {"stdout": scanned.done.out, "stderr": scanned.done.err}.get(name) or scanned.reports.get(name, "")

    leaked = {
        place: spelling
        for secret, place in scanned.secrets.items()
        for spelling in spellings(secret)
        if spelling in text
    }

    assert leaked == {}
    assert MARK not in text


def test_no_secret_is_left_behind_in_a_cache(scanned):
    cached = [path for path in Path(__file__).parents[2].joinpath("ctguard").rglob("*.json") if path.is_file()]

    assert not [path for path in cached if MARK in path.read_text(encoding="utf-8", errors="replace")]


@pytest.mark.parametrize(("files", "words"), ERRORS.values(), ids=ERRORS)
def test_an_error_does_not_say_the_secret(files, words, tmp_path):
    token = f"{MARK}-in-an-error"
    for name, text in files.items():
        (tmp_path / name).write_text(text.replace("%s", token))

    done = in_a_process(tmp_path, "--debug", "scan", *(word.replace("%s", token) for word in words), "--scope", "all")

    assert MARK not in done.out + done.err
    assert "Traceback" not in done.err
