"""One line on a terminal that says how far a command is; elsewhere lines are plain, or there are none."""

from __future__ import annotations

import sys
import time
from typing import Final

import click

SELDOM: Final = 0.2
"""Seconds between two states of the line: nobody reads faster."""


class StatusLine:
    """A line on stderr that is written over, a few times a second; nothing where stderr is no terminal."""

    def __init__(self, *, quiet: bool) -> None:
        self.is_shown = not quiet and sys.stderr.isatty()
        self._last = time.monotonic()
        self._is_dirty = False

    def show(self, text: str) -> None:
        """Show a new state, unless the last one is too young."""
        if self.is_shown and time.monotonic() - self._last > SELDOM:
            self._last = time.monotonic()
            self._is_dirty = True
            click.echo(f"\r\x1b[K{text}", err=True, nl=False)

    def clear(self) -> None:
        """Take the line away."""
        if self._is_dirty:
            self._is_dirty = False
            click.echo("\r\x1b[K", err=True, nl=False)
