"""The documentation is made from the program where it can be, and points to what is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import here

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


def test_the_rule_and_the_framework_of_the_page_on_rules_work_as_they_stand_there(tmp_path):
    page = (ROOT / "docs" / "writing-rules.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "rules" / "frameworks").mkdir(parents=True)
    for name in ("trail-has-prefix", "frameworks/house-rules-2026"):
        text = next(one for one in blocks if one.startswith(f"id: {Path(name).name}\n"))
        (tmp_path / "rules" / f"{name}.yaml").write_text(text, encoding="utf-8")
    trail = 'resource "aws_cloudtrail" "a" {\n  name           = "a"\n  s3_bucket_name = "b"\n}\n'
    (tmp_path / "main.tf").write_text(trail, encoding="utf-8")

    tried = here(tmp_path, "rules", "test", "--rules", "rules", "trail-has-prefix")
    scanned = here(tmp_path, "scan", "--rules", "rules", "--framework", "house-rules-2026", "-f", "json")

    assert (tried.status, tried.err) == (0, "")
    assert (scanned.status, scanned.err) == (1, "")
    controls = {control["control"] for one in scanned.run["findings"] for control in one["controls"]}
    assert controls == {"LOG-1", "LOG-2"}


def test_the_skeleton_of_a_rule_does_not_take_a_shipped_id(tmp_path):
    done = here(tmp_path, "rules", "new", "trail-multi-region")

    assert done.status == 2
    assert "trail-multi-region: there is a shipped rule of this id" in done.err
    assert not (tmp_path / "rules").exists()


def test_a_command_of_two_words_is_shown_with_and_without_quotes(tmp_path):
    quoted, plain = (here(tmp_path, "config", "show", *words) for words in (["logs verify"], ["logs", "verify"]))

    assert quoted.status == 0
    assert quoted == plain
