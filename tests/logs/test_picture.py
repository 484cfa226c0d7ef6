"""The hours of a window, drawn."""

from __future__ import annotations

from datetime import date

import pytest

from ctguard.logs.depth import months_before
from ctguard.logs.holes import Pause
from ctguard.logs.picture import Cell, strips, timeline
from ctguard.logs.store import ReadError
from tests.logs.forge import chain
from tests.logs.verifying import check

SIGNS = {Cell.PROVEN: "p", Cell.PAUSED: "-", Cell.MISSING: "m", Cell.UNDECIDED: "u", Cell.TAMPERED: "t"}


def drawn(report, **how):
    return ["".join(SIGNS[cell] for cell in row.cells) for row in timeline(report, **how)]


def test_each_hour_shows_what_is_known_of_it():
    forged = chain()
    forged.deliver(10)
    pause = forged.pause(3)
    forged.deliver(4)
    forged.pause(2)
    forged.deliver(4)
    forged.archive.change(forged.digests[2].logs[0], body=b"changed")
    forged.archive.delete(forged.digests[5].key)
    forged.archive.errors[forged.digests[8].key] = ReadError("archived", "in Glacier")

    report = check(forged, pauses=(Pause(pause.start, pause.end, "status"),))

    assert drawn(report) == ["pptpptppup" + "---" + "pppp" + "mm" + "pppp"]


def test_a_planted_log_file_marks_its_hour_though_all_of_it_is_proven():
    forged = chain()
    forged.deliver(4)
    forged.put_log(forged.window.start + 5000, [])

    assert drawn(check(forged)) == ["ptpp"]


def test_a_long_window_is_drawn_in_fewer_cells_and_the_worst_shows():
    forged = chain()
    forged.deliver(100, logs=1)
    forged.archive.change(forged.digests[50].logs[0], body=b"changed")

    assert drawn(check(forged), most=10) == ["ppppptpppp"]


def test_the_strip_fits_the_terminal_and_says_what_its_signs_mean():
    forged = chain()
    forged.deliver(100, logs=0)

    lines = list(strips(check(forged), 60, blocks=False))

    assert max(map(len, lines)) <= 60
    assert lines[0].startswith("  111122223333 us-east-1  ###")
    assert "# proven" in lines[1]


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2026, 11, 20), 12, date(2025, 11, 20)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 31), 1, date(2025, 12, 31)),
        (date(2026, 12, 31), 13, date(2025, 11, 30)),
    ],
)
def test_months_are_counted_back_to_the_same_day(day, months, before):
    assert months_before(day, months) == before
