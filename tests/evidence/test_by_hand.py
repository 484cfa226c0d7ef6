"""The page on evidence: its commands, run as they stand there, tell a sound bundle from every other."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import here
from tests.evidence.authority import authority
from tests.evidence.making import ATTESTATION, TRAIL, contents_of, made, packed

PAGE = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text(encoding="utf-8")
MAKE, *BY_HAND, TIMESTAMP = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def shell(folder, *blocks):
    return subprocess.run(
        ["sh", "-eu"], input="\n".join(blocks), cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )


def test_the_commands_that_make_a_bundle_make_one(tmp_path):
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "trail.tf").write_text(TRAIL)
    ctguard = f'ctguard() {{ "{sys.executable}" -m ctguard "$@" || [ $? = 1 ]; }}'

    done = shell(tmp_path, ctguard, MAKE)

    assert done.returncode == 0, done.stderr
    shown = [re.sub(r"[0-9a-f]{64}|\d+", "N", line.strip()) for line in done.stdout.splitlines()[-6:]]
    assert shown == [re.sub(r"[0-9a-f]{64}|\d+", "N", line.strip()) for line in PAGE.split("```")[2].splitlines()[2:8]]


@pytest.fixture(scope="module", params=["ed25519", "ecdsa-p256"])
def bundled(request, tmp_path_factory):
    """Return a bundle of each kind of key; the second one has a timestamp."""
    folder = tmp_path_factory.mktemp("bundled")
    assert here(folder, "evidence", "keygen", "-o", "key.pem", "--type", request.param).status == 0
    if request.param == "ed25519":
        return made(folder)
    with authority(folder / "tsa") as running:
        one = made(folder, "--timestamp", running.url)
    shutil.copy(running.root, folder / "tsa.pem")
    return one


@pytest.fixture
def by_hand(bundled, tmp_path):
    """Return a function that checks an archive by hand."""

    def check(archive: bytes):
        (tmp_path / "evidence.zip").write_bytes(archive)
        shutil.copy(bundled.folder / "key.pem.pub", tmp_path / "public.pem")
        has_timestamp = (bundled.folder / "tsa.pem").exists()
        if has_timestamp:
            shutil.copy(bundled.folder / "tsa.pem", tmp_path)
        return shell(tmp_path, *BY_HAND, TIMESTAMP if has_timestamp else "")

    return check


def test_a_sound_bundle_is_found_sound(bundled, by_hand):
    done = by_hand(bundled.bundle.read_bytes())

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Verified" in done.stdout
    if (bundled.folder / "tsa.pem").exists():
        assert "Time stamp: " in done.stdout


def change(name):
    return lambda contents: contents.update({name: contents[name].replace(b"e", b"f", 1)})


CHANGES = {
    "a changed input": change("inputs/infra/trail.tf"),
    "a changed run": change("run.json"),
    "a changed statement": change(ATTESTATION),
    "a missing file": lambda contents: contents.pop("reports/report.md"),
    "an added file": lambda contents: contents.update({"reports/other.md": b"all is well"}),
}


@pytest.mark.parametrize("what", CHANGES)
def test_every_other_bundle_is_not(bundled, by_hand, what):
    contents = contents_of(bundled.bundle)
    CHANGES[what](contents)

    assert by_hand(packed(contents)).returncode != 0
