"""A scan keeps its word whatever the terminal, the disk, the locale and the impatience of its user."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.command import in_a_process
from tests.faults.inputs import GOOD_TF, TF

BAD_TF = TF % "false"
NAMED = BAD_TF.replace('name = "t"', 'name = "tr\xe4il\u2014\u202ex"')


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "main.tf").write_text(BAD_TF, encoding="utf-8")
    return tmp_path


def start(folder: Path, *words: str, **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "ctguard", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize("words", [(), ("-f", "json"), ("-v",)])
def test_a_reader_that_goes_away_is_no_trace(folder, words):
    process = start(folder, "scan", "--scope", "all", *words)
    assert process.stdout is not None
    process.stdout.close()

    _, err = process.communicate(timeout=60)

    assert b"Traceback" not in err
    assert b"BrokenPipe" not in err
    assert process.returncode == 141


@pytest.mark.parametrize("target", ["/dev/full"])
@pytest.mark.parametrize("words", [(), ("-f", "json")])
def test_a_full_disk_under_stdout_is_said(folder, target, words):
    if not Path(target).exists():
        pytest.skip(f"there is no {target} here")
    with Path(target).open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "ctguard", "scan", *words],
            cwd=folder,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )

    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert b"No space left" in done.stderr


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("somewhere", "is a folder"),
        ("gone/run.json", "No such file"),
        ("main.tf/run.json", "Not a directory"),
        ("/proc/run.json", ""),
    ],
)
def test_a_report_that_cannot_be_written_is_an_error_and_the_result_is_printed(folder, target, says):
    (folder / "somewhere").mkdir()

    done = in_a_process(folder, "scan", "-o", f"json:{target}")

    assert done.status == 2
    assert says in done.err
    assert "Traceback" not in done.err
    assert "FAIL" in done.out


def test_a_report_that_cannot_be_written_leaves_the_old_one(folder):
    (folder / "run.json").write_text("old")
    limits = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)); "
    program = f"{limits}import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); import sys; "
    program += "from ctguard.cli import main; sys.exit(main(['scan', '-o', 'run.json', '-q']))"

    done = subprocess.run(
        [sys.executable, "-B", "-c", program], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 2
    assert "run.json: File too large" in done.stderr
    assert (folder / "run.json").read_text() == "old"
    assert sorted(path.name for path in folder.iterdir()) == ["main.tf", "run.json"]


def test_a_report_is_whole_or_not_there(folder):
    for name in ("run.json", "r.html", "r.sarif"):
        in_a_process(folder, "scan", "-o", name)

    assert json.loads((folder / "run.json").read_text())["schema_version"] == "1"
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


ODD = {
    "no home": {"HOME": "/nonexistent", "XDG_CACHE_HOME": "/nonexistent"},
    "a far time zone": {"TZ": "Pacific/Kiritimati"},
    "a broken time zone": {"TZ": "Nowhere/At/All"},
    "the C locale": {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "a terminal of Latin-1": {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"},
    "a terminal of ASCII": {"PYTHONIOENCODING": "ascii:strict", "PYTHONUTF8": "0"},
    "a terminal that is dumb": {"TERM": "dumb", "COLUMNS": "20", "NO_COLOR": "1"},
    "a narrow terminal": {"COLUMNS": "1"},
    "another seed": {"PYTHONHASHSEED": "7"},
}


def json_of(folder: Path, **environment: str) -> str:
    run = in_a_process(folder, "scan", "--scope", "all", "-f", "json", **environment).run
    del run["run"]
    return json.dumps(run)


@pytest.mark.parametrize("environment", ODD.values(), ids=ODD)
def test_the_same_bytes_whatever_the_surroundings(folder, environment):
    (folder / "main.tf").write_text(NAMED, encoding="utf-8")

    assert json_of(folder, **environment) == json_of(folder)


@pytest.mark.parametrize("environment", ODD.values(), ids=ODD)
def test_the_console_is_printed_whatever_the_surroundings(folder, environment):
    (folder / "main.tf").write_text(NAMED, encoding="utf-8")

    process = start(folder, "scan", **environment)
    out, err = process.communicate(timeout=60)

    assert process.returncode == 1
    assert err == b""
    assert "tr" in out.decode("utf-8", "replace")


def test_files_in_another_order_give_the_same_bytes(tmp_path):
    for name, order in (("a", "xyz"), ("b", "zyx")):
        (tmp_path / name).mkdir()
        for letter in order:
            (tmp_path / name / f"{letter}.tf").write_text(GOOD_TF.replace('"t"', f'"{letter}"'))

    first, second = (json_of(tmp_path / name) for name in ("a", "b"))

    assert first == second


@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_impatient_user_gets_no_trace_and_no_half_file(folder, sent, status):
    for number in range(300):
        (folder / f"m{number}").mkdir()
        (folder / f"m{number}" / "main.tf").write_text(BAD_TF)
    (folder / "run.json").write_text("old")
    process = start(folder, "scan", "--scope", "all", "-o", "run.json")
    time.sleep(0.6)

    process.send_signal(sent)
    _, err = process.communicate(timeout=60)

    if process.returncode != 1:  # else it was done before
        assert process.returncode in (status, -sent)
        assert (folder / "run.json").read_text() == "old"
    assert b"Traceback" not in err
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_a_command_that_ends_with_1_of_its_own_still_does(folder):
    in_a_process(folder, "rules", "new", "ours", "--to", "pack")

    assert in_a_process(folder, "rules", "test", "--rules", "pack", "ours").status == 0

    text = (folder / "pack" / "ours.yaml").read_text()
    (folder / "pack" / "ours.yaml").write_text(text.replace("expect: pass", "expect: fail", 1))
    assert in_a_process(folder, "rules", "test", "--rules", "pack", "ours").status == 1
