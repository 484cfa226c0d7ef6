"""Measure `ctguard scan` beside other scanners, on generated input, in one run.

    python3 dev.py bench [--only one-tf folder templates plan-50 plan-250] [--times 5] [--alone]

Prints CPU seconds (user and system, of all processes) and the largest resident
set; the ratio says how many times ctguard's CPU the other needed. `parse only`
is the floor: the same parsers on the same input, and nothing else. `--alone` leaves the peers out.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.scan import generate  # noqa: E402
from benchmarks.scan.measure import Needed, needed  # noqa: E402
from benchmarks.scan.peers import FINISHED, Command, peers  # noqa: E402

LONGEST = 300  # seconds that another tool may take


class Work(NamedTuple):
    """One row of the table: what is scanned, how it is made, and what ctguard may need for it."""

    title: str
    kind: str
    write: Callable[[Path], None]
    path: str
    cpu: float | None
    memory: float | None = None


def _one_file(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(generate.terraform_file(100))


WORK: dict[str, Work] = {
    "one-tf": Work("one .tf file", "terraform", _one_file, "one/main.tf", 0.12, 60),
    "one-template": Work(
        "one template", "template", lambda path: _write(path, generate.template(0)), "template.yaml", 0.12, 60
    ),
    "folder": Work("1,000 .tf files, 100 root modules", "terraform", generate.terraform_tree, "tree", 1.0),
    "one-folder": Work(
        "1,000 .tf files, one folder",
        "terraform",
        lambda path: generate.terraform_tree(path, one_folder=True),
        "flat",
        1.0,
    ),
    "templates": Work("500 templates", "template", generate.templates, "templates", 0.6),
    "trail-each": Work(
        "500 templates, a trail in each",
        "template",
        lambda path: generate.templates(path, all_with_trail=True),
        "with-trails",
        None,
    ),
    "trails": Work(
        "plan, 50 MB, 140 trails", "plan", lambda path: generate.plan(path, 50, trails=140), "trails.json", None
    ),
    "plan-50": Work("plan, 50 MB", "plan", lambda path: generate.plan(path, 50), "plan-50.json", 0.4, 120),
    "plan-250": Work("plan, 250 MB", "plan", lambda path: generate.plan(path, 250), "plan-250.json", 1.5, 450),
}


def main(arguments: Sequence[str]) -> int:
    """Print the table; return 1 when ctguard needs more than it may."""
    parser = argparse.ArgumentParser(description="Measure ctguard scan beside other scanners.")
    parser.add_argument("--only", nargs="+", choices=list(WORK), default=list(WORK))
    parser.add_argument("--times", type=int, default=5, help="runs of ctguard, of which the cheapest counts")
    parser.add_argument("--alone", action="store_true", help="leave the other tools out")
    chosen = parser.parse_args(arguments)
    others = {} if chosen.alone else peers()
    print(f"{'work':36}{'tool':12}{'CPU s':>9}{'MiB':>8}{'ratio':>8}  at most")
    floor = needed([sys.executable, "-c", "pass"], times=chosen.times)
    print(f"{'nothing: the floor':36}{'python':12}{floor.cpu:9.3f}{floor.memory:8.0f}")
    with tempfile.TemporaryDirectory(prefix="ctguard-bench-") as folder:
        kept = [_measure(WORK[name], Path(folder), others, chosen.times) for name in chosen.only]
    return 0 if all(kept) else 1


def _measure(work: Work, folder: Path, others: dict[str, Command], times: int) -> bool:
    """Print the rows of one piece of work; return whether ctguard stayed within its bounds."""
    path = folder / work.path
    work.write(path)
    ours = needed([sys.executable, "-m", "ctguard", "scan", str(path)], times=times)
    within = (work.cpu is None or ours.cpu <= work.cpu) and (work.memory is None or ours.memory <= work.memory)
    kept = within and ours.status in (0, 1)
    bounds = (f"{work.cpu:g} s" if work.cpu else "", f"{work.memory:g} MiB" if work.memory else "")
    bound = ", ".join(filter(None, bounds))
    _row(work.title, "ctguard", ours, "", f"{bound or 'none'}  {'holds' if kept else 'NOT REACHED'}")
    parsing = needed([sys.executable, "-m", "benchmarks.scan.floor", work.kind, str(path)], times=times)
    _row("", "parse only", parsing, f"{parsing.cpu / ours.cpu:.2f}", "")
    for name, command in others.items():
        if (called := command(path, work.kind)) is not None:
            other = needed(called, times=1, seconds=LONGEST)
            finished = other.status in FINISHED
            ratio = f"{other.cpu / ours.cpu:.1f}" if finished else "-"
            _row("", name, other, ratio, "" if finished else "did not finish: its figures are no scan's")
    return kept


def _row(title: str, tool: str, result: Needed, ratio: str, remark: str) -> None:
    print(f"{title:36}{tool:12}{result.cpu:9.3f}{result.memory:8.0f}{ratio:>8}  {remark}", flush=True)


def _write(path: Path, text: str) -> None:
    path.write_text(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
