"""Plain columns for a terminal, with nothing of a stranger's obeyed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from ctguard.render.terminal import not_a_command, plain


def columns(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return `rows` below `head`, each column as wide as its widest text, the last one ragged."""
    texts = [[plain(str(cell)) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip_longest(*texts, fillvalue="")]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in texts)
    return "\n".join(map(not_a_command, lines))
