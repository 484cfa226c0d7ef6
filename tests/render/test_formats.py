"""The table of formats: what every one of them promises."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ctguard.model.errors import UsageError
from ctguard.model.visible import visible
from ctguard.render import FORMATS, format_of, render
from ctguard.render.contract_page import page
from tests.render.builders import make_run
from tests.render.payloads import PAYLOADS, hostile_run
from tests.render.scenes import account_run, code_run

DOCS = Path(__file__).parents[2] / "docs"
RUNS = {"code": code_run, "accounts": account_run, "empty": make_run}


@pytest.mark.parametrize("make", RUNS.values(), ids=RUNS)
@pytest.mark.parametrize("name", FORMATS)
def test_the_same_run_gives_the_same_bytes(name, make):
    assert render(make(), name) == render(make(), name)


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_no_format_hides_or_obeys_a_character_of_the_content(payload):
    for name, options in [*((name, {}) for name in FORMATS), ("html", {"view": "auditor"})]:
        report = render(hostile_run(payload), name, **options)
        text = report if isinstance(report, str) else report.decode()
        for line in text.replace("\r\n", "\n").split("\n"):
            plain = line.replace("\t", "") if name in ("html", "markdown") else line  # snippets keep their tabs
            assert visible(plain) == plain, name
        assert render(hostile_run(payload), name, **options) == report


def test_the_view_of_an_auditor_is_the_same_bytes_too():
    assert render(code_run(), "html", view="auditor") == render(code_run(), "html", view="auditor")


def test_reports_are_the_same_whatever_the_hash_seed_locale_and_time_zone():
    program = (
        "import sys; from tests.render.scenes import code_run; from ctguard.render import FORMATS, render\n"
        "for name in FORMATS:\n"
        "    out = render(code_run(), name)\n"
        "    sys.stdout.buffer.write(out if isinstance(out, bytes) else out.encode())"
    )
    reports = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale},
            cwd=DOCS.parent,
            capture_output=True,
            check=True,
        ).stdout
        for seed, zone, locale in (("1", "UTC", "C"), ("2", "Asia/Kathmandu", "tr_TR.UTF-8"))
    }

    assert len(reports) == 1


@pytest.mark.parametrize(
    ("output", "format_name", "file"),
    [
        ("run.json", "json", "run.json"),
        ("out/RUN.JSON", "json", "out/RUN.JSON"),
        ("json:results.txt", "json", "results.txt"),
    ],
)
def test_the_ending_or_a_prefix_names_the_format(output, format_name, file):
    assert format_of(output) == (format_name, Path(file))


@pytest.mark.parametrize("output", ["report.docx", "report", "nonsense:report", "json:", "C:\\report"])
def test_a_file_whose_format_nobody_can_tell_is_refused_with_the_choices(output):
    with pytest.raises(UsageError) as refusal:
        format_of(output)

    assert ".json" in refusal.value.hint


def test_an_unknown_format_is_refused_with_the_choices():
    with pytest.raises(UsageError) as refusal:
        render(make_run(), "docx")

    assert "json" in refusal.value.hint


def test_one_set_of_options_serves_several_formats_but_a_misspelt_option_serves_none():
    assert render(make_run(), "json", width=80) == render(make_run(), "json")
    with pytest.raises(TypeError):
        render(make_run(), "json", widht=80)


def test_the_page_on_the_json_contract_is_made_from_its_schema():
    assert (DOCS / "json-contract.md").read_text(encoding="utf-8") == page()


def test_the_page_on_formats_tells_of_every_one_its_endings_and_its_statuses():
    page_lines = (DOCS / "formats.md").read_text(encoding="utf-8").splitlines()

    for name, row in FORMATS.items():
        assert f"## {name}" in page_lines
        (line,) = [one for one in page_lines if one.startswith(f"| [`{name}`]")]
        assert all(f"`{ending}`" in line for ending in row.endings)
        assert row.endings or name == "console" or f"`{name}:FILE`" in line
        (statuses,) = [one for one in page_lines if one.startswith(f"| `{name}` |")]
        assert statuses.count("|") == 9
