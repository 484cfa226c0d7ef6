"""Take the secrets of the inputs out of a finished run: the one way by which a value gets out."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from ctguard.model.finding import Run

MASK: Final = "(sensitive)"
SHORTEST: Final = 5
"""Shorter texts ("true", "80") stand everywhere by chance; masking them would hide the report, not the secret."""


def masked(run: Run, secrets: frozenset[str]) -> Run:
    """Return `run` with every occurrence of a secret replaced."""
    worth_hiding = sorted((secret for secret in secrets if len(secret) >= SHORTEST), key=len, reverse=True)
    if not worth_hiding:
        return run
    pattern = re.compile("|".join(re.escape(secret) for secret in worth_hiding))
    plain = _masked(msgspec.to_builtins(run), pattern)
    return msgspec.convert(plain, Run, strict=False)


def _masked(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return pattern.sub(MASK, value)
    if isinstance(value, dict):
        return {_masked(key, pattern): _masked(item, pattern) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(item, pattern) for item in value]
    return value
