"""The documentation is made from the program where it can be, and points to what is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(page for page in (ROOT / "docs").rglob("*.md") if page.parent.name != "rules")],
)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)[^)]*\)")


def test_generated_pages_are_up_to_date():
    done = subprocess.run(
        [sys.executable, "tools/docs.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    links = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]

    dead = [link for link in links if not (page.parent / link).exists()]

    assert not dead


def test_the_options_that_the_scans_page_names_are_the_programs():
    done = subprocess.run(
        [sys.executable, "-m", "ctguard", "scan", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    offered = set(re.findall(r"--[a-z-]+", done.stdout)) - {"--help"}
    page = (ROOT / "docs" / "scan.md").read_text(encoding="utf-8")

    named = {word for word in offered if word in page}
    short = {"--format", "--output", "--quiet", "--verbose"}  # named there by their letters

    assert offered - named - short == set()
