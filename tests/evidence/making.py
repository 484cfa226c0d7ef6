"""Make bundles as users do, and change them as those do who want to be believed."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.command import Done, here

ATTESTATION = "attestation.dsse.json"

TRAIL = """\
resource "aws_cloudtrail" "audit" {
  name                          = "audit"
  s3_bucket_name                = aws_s3_bucket.logs.id
  include_global_service_events = true
  is_multi_region_trail         = false
}

resource "aws_s3_bucket" "logs" {
  bucket = "audit-logs"
}
"""


@dataclass(frozen=True)
class Made:
    """A folder with a key and a bundle, and the words that make another one."""

    folder: Path
    words: tuple[str, ...]

    @property
    def bundle(self) -> Path:
        return self.folder / "evidence.zip"

    def verify(self, bundle: Path | None = None, *words: str, key: str = "key.pem.pub") -> Done:
        return here(self.folder, "evidence", "verify", bundle or self.bundle, "--public-key", key, *words)


def make(folder: Path, *words: str, scan: tuple[str, ...] = ("infra",), given: tuple[str, ...] = ()) -> Made:
    """Scan `folder`/infra, and bundle the run; `scan` are the scan's words, `given` those of the bundle's inputs."""
    (folder / "infra").mkdir(exist_ok=True)
    if not any((folder / "infra").iterdir()):
        (folder / "infra" / "trail.tf").write_text(TRAIL)
    done = here(folder, "scan", *scan, "-q", "-o", "run.json", "-o", "report.md")
    assert done.status in (0, 1), done.err
    if not (folder / "key.pem").exists():
        assert here(folder, "evidence", "keygen", "-o", "key.pem").status == 0
    inputs = given or ("--input", *scan)
    all_words = ("--run", "run.json", "--report", "report.md", "--key", "key.pem", *inputs, *words)
    return Made(folder, ("evidence", "bundle", *all_words, "-o", "evidence.zip"))


def made(folder: Path, *words: str, **others: Any) -> Made:
    """Return what `make` prepares, with the bundle made."""
    one = make(folder, *words, **others)
    done = here(folder, *one.words)
    assert done.status == 0, done.err
    return one


def contents_of(bundle: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(bundle) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(contents: Mapping[str, bytes]) -> bytes:
    """Return an archive of `contents` in the one form that a bundle has, by other means than ctguard's."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(contents.items()):
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system, info.create_version, info.extract_version = 3, 20, 10
            info.external_attr = 0o100644 << 16
            archive.writestr(info, content)
    return file.getvalue()


def checks_of(done: Done) -> dict[str, tuple[str, list[str]]]:
    """Return the checks that `verify -f json` printed: status and details by name."""
    return {one["name"]: (one["status"], one["details"]) for one in json.loads(done.out)["checks"]}
