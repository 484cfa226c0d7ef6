"""Take the pictures of the HTML reports in the README and the docs, in Chromium: what they show is what is made.

python tools/screenshots.py
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ctguard.model.finding import Run  # noqa: E402 - of this checkout
from ctguard.model.run_file import read_run  # noqa: E402
from ctguard.render import render  # noqa: E402
from ctguard.render.html_logs import render as render_logs  # noqa: E402

IMAGES: Final = ROOT / "docs" / "images"
RUN: Final = "3f0c2c7e-6f5e-4a55-9a39-0c9b7d1f1a10"
MOMENT: Final = "2026-11-20T08:15:02Z"


class Picture(Struct, frozen=True):
    """One picture: its file, the page, the part of it (all that is seen where none), the size, light or dark."""

    file: str
    page: str
    part: str = ""
    width: int = 1280
    height: int = 900
    scheme: str = "light"


PICTURES: Final = (
    Picture("report.png", "bad"),
    Picture("report-dark.png", "bad", scheme="dark"),
    Picture("surroundings.png", "watched", "#surroundings"),
    Picture("auditor.png", "auditor"),
    Picture("hours.png", "hours", ".drawn"),
)


def main() -> int:
    """Write the pictures."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        write_pages(Path(folder))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for picture in PICTURES:
            take(browser, Path(folder), picture)
        browser.close()
    return 0


def take(browser: Any, folder: Path, picture: Picture) -> None:
    """Take one picture of a page in `folder`."""
    size = {"width": picture.width, "height": picture.height}
    context = browser.new_context(viewport=size, color_scheme=picture.scheme)
    page = context.new_page()
    page.goto((folder / f"{picture.page}.html").as_uri())
    target = page.locator(picture.part).first if picture.part else page
    target.screenshot(path=IMAGES / picture.file)
    context.close()


def write_pages(folder: Path) -> None:
    """Write the pages: of the examples, one of them damaged, and of a chain of digests that was tampered with."""
    bad = scanned(ROOT / "examples" / "bad" / "terraform")
    (folder / "bad.html").write_text(str(render(bad, "html")), encoding="utf-8")
    (folder / "auditor.html").write_text(str(render(bad, "html", view="auditor")), encoding="utf-8")
    watched = folder / "watched"
    shutil.copytree(ROOT / "examples" / "good" / "terraform", watched)
    damage(watched)
    (folder / "watched.html").write_text(str(render(scanned(watched), "html")), encoding="utf-8")
    (folder / "hours.html").write_text(render_logs(verified()), encoding="utf-8")


def damage(folder: Path) -> None:
    """Break the sound example as set-ups often are broken: nobody subscribed, and no key."""
    for file in folder.glob("*.tf"):
        text = file.read_text(encoding="utf-8")
        text = text.replace('resource "aws_sns_topic_subscription"', 'resource "aws_sns_topic_data_protection_policy"')
        text = re.sub(r'(resource "aws_cloudtrail".*?)\n  kms_key_id[^\n]*', r"\1", text, flags=re.DOTALL)
        file.write_text(text, encoding="utf-8")


def scanned(folder: Path) -> Run:
    """Return what a scan of a folder finds, at a time that does not change."""
    done = subprocess.run(
        [sys.executable, "-m", "ctguard", "scan", "--no-config", "-f", "json", "."],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        check=False,
    )
    run = read_run(done.stdout)
    return replace(run, run=replace(run.run, id=RUN, started_at=MOMENT, finished_at=MOMENT, inputs=("infra",)))


def verified() -> Any:
    """Return the verification of an archive of three days: a pause, a changed log file, a digest that is gone."""
    from ctguard.logs.holes import Pause
    from ctguard.model.log_verification import verification_of
    from tests.logs.forge import chain
    from tests.logs.verifying import check

    forged = chain()
    forged.deliver(30)
    pause = forged.pause(6)
    forged.deliver(36)
    forged.archive.change(forged.digests[12].logs[0], body=b"changed")
    forged.archive.delete(forged.digests[50].key)
    return verification_of(check(forged, pauses=(Pause(pause.start, pause.end, "status"),)).as_json())


if __name__ == "__main__":
    sys.exit(main())
