"""CSV: safe in a spreadsheet, whole for a program."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctguard.model.visible import shortened, visible
from ctguard.render import render
from ctguard.render.csv_table import COLUMNS
from tests.render.builders import make_finding, make_run
from tests.render.payloads import PAYLOADS, hostile_run
from tests.render.scenes import code_run

RUNS_AS_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def table(run) -> list[dict[str, str]]:
    rows = list(csv.DictReader(io.StringIO(render(run, "csv"), newline="")))
    assert all(len(row) == len(COLUMNS) and None not in row.values() for row in rows)
    return rows


def test_each_finding_and_each_error_is_a_line():
    run = code_run()
    rows = table(run)

    assert [row["status"] for row in rows] == [*(one.status.value for one in run.findings), "error"]
    assert rows[0]["path"] == "modules/logs/policy.tf"
    assert (rows[0]["line"], rows[0]["end_line"]) == ("14", "21")
    assert json.loads(rows[0]["witness"]) == run.findings[0].witness
    assert rows[-1]["path"] == "modules/broken/main.tf:12"


def test_a_waiver_and_the_baseline_have_columns():
    rows = {row["rule_id"]: row for row in table(code_run())}

    assert rows["bucket-object-lock"]["waived_by"] == "dana@example.com"
    assert rows["bucket-object-lock"]["waived_until"] == "2027-01-31"
    assert rows["trail-log-validation"]["baseline"] in ("true", "false")
    assert sum(row["baseline"] == "true" for row in table(code_run())) == 1


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_no_cell_runs_as_a_formula_and_none_hides_anything(payload):
    rows = table(hostile_run(payload))

    assert len(rows) == 11
    for row in rows:
        for cell in row.values():
            assert not cell.startswith(RUNS_AS_FORMULA)
            assert cell == visible(cell)
    shown = visible(shortened(payload, 32_000))
    assert rows[0]["message"].removeprefix("'") == shown.removeprefix("'") or rows[0]["message"] == f"'{shown}"


@settings(max_examples=200, deadline=None)
@given(
    st.text(
        st.characters(min_codepoint=32, max_codepoint=0x24F, exclude_characters=[chr(c) for c in range(0x7F, 0xAE)])
    )
)
def test_taking_one_leading_apostrophe_away_gives_the_text_back(text):
    (row,) = table(make_run([make_finding(message=text)]))

    assert row["message"].removeprefix("'") == visible(text)


def test_no_cell_is_longer_than_a_spreadsheet_holds():
    (row,) = table(make_run([make_finding(message="x" * 1_000_000)]))

    assert len(row["message"]) <= 32_767
    assert "1000000 characters, sha256" in row["message"]
