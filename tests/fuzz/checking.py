"""What must hold of a scan whatever it is given: no trace, no hang, an answer that can be read."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from tests.command import Done, here
from tests.faults.inputs import GOOD_TF
from tests.fuzz.inputs import Files

SECONDS = 20  # of CPU time: a busy machine must not look like a hang


class HangError(AssertionError):
    """A scan that does not end."""


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """Raise HangError once so much CPU time is used up."""

    def over(number: int, frame: FrameType | None) -> None:
        raise HangError(f"not done after {seconds} s of CPU time")

    before = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def check(folder: Path, files: Files) -> None:
    """Scan a folder with these files, and with the rules among them, and see that nothing breaks."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
    own = ("--rules", "pack") if (folder / "pack").is_dir() else ()
    if own:
        (folder / "trail.tf").write_text(GOOD_TF)
    with within(SECONDS):
        done = here(folder, "scan", "--scope", "all", "--select", "*", "-f", "json", *own)
        shown = here(folder, "rules", "test", *own, "mine") if own else here(folder, "scan", "--scope", "all", *own)
    may_refuse = own or "ctguard.yaml" in files
    sound(done, is_json=not (may_refuse and done.status == 2 and not done.out))
    sound(shown, is_json=False)


def sound(done: Done, *, is_json: bool) -> None:
    assert done.status in (0, 1, 2), done.status
    assert "Traceback" not in done.err, done.err
    assert "this is a bug" not in done.err, done.err
    if is_json:
        run = json.loads(done.out)
        assert (done.status == 2) == bool(run["errors"]), run["errors"]
        assert all(error["message"] and "\n" not in error["message"] for error in run["errors"]), run["errors"]
