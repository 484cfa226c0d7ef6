"""The program: `ctguard`, or `python -m ctguard`."""

import os
import sys
from contextlib import suppress
from typing import NoReturn

INTERRUPTED = 130


def program() -> NoReturn:
    """Run the command line as a process of its own, and end it at once.

    Everything is written and closed by then; the interpreter would take down each module and object one by one.
    """
    try:
        from ctguard.cli import main  # in here: loading is time enough to interrupt it

        status = main()
    except KeyboardInterrupt:
        status = INTERRUPTED
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # closed, or not there at all
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    program()
