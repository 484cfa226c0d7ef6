"""Take the secrets of the inputs out of a finished run: the one way by which a value gets out."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from ctguard.model.finding import Run

MASK: Final = "(sensitive)"
SHORTEST: Final = 5
"""Shorter texts ("true", "80") stand everywhere by chance; masking them would hide the report, not the secret."""

OUR_WORDS: Final = frozenset(
    {
        *("schema_version", "tool", "id", "command", "started_at", "finished_at", "rules_digest", "summary"),
        *("verdict", "dimensions", "rule_id", "severity", "status", "type", "controls", "kind"),
        *("fingerprint", "caused_by", "baseline", "decided_by", "presence", "relation", "state"),
    }
)
"""Fields that hold words of ours or of the rules: a secret such as "unknown" stands there by chance."""

FREE: Final = "witness"
"""The field in which all words are the input's, the keys too."""

CUT: Final = "... ("
"""What stands behind a value that was too long to be shown whole."""


def masked(run: Run, secrets: frozenset[str]) -> Run:
    """Return `run` with every occurrence of a secret replaced."""
    worth_hiding = sorted((secret for secret in secrets if len(secret) >= SHORTEST), key=len, reverse=True)
    if not worth_hiding:
        return run
    plain = _masked(msgspec.to_builtins(run), _Mask(worth_hiding), free=False)
    return msgspec.convert(plain, Run, strict=False)


class _Mask:
    """Replaces secrets in texts."""

    def __init__(self, secrets: list[str]) -> None:
        self._pattern = re.compile("|".join(re.escape(secret) for secret in secrets))
        self._secrets = secrets

    def __call__(self, text: str) -> str:
        *cut, rest = self._pattern.sub(MASK, text).split(CUT)
        return CUT.join([*map(self._without_beginning, cut), rest])

    def _without_beginning(self, before: str) -> str:
        """Return a text that was cut without the beginning of a secret at its end."""
        for secret in self._secrets:
            for length in range(min(len(secret) - 1, len(before)), SHORTEST - 1, -1):
                if before.endswith(secret[:length]):
                    return before[:-length] + MASK
        return before


def _masked(value: Any, mask: _Mask, *, free: bool) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {mask(key) if free else key: _field(key, item, mask, free=free) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(item, mask, free=free) for item in value]
    return value


def _field(key: str, item: Any, mask: _Mask, *, free: bool) -> Any:
    if not free and (key in OUR_WORDS or _are_fingerprints(key, item)):
        return item
    return _masked(item, mask, free=free or key == FREE)


def _are_fingerprints(key: str, item: Any) -> bool:
    """Say whether these are the findings that share an unknown: a list of fingerprints, where the run has findings."""
    return key == "findings" and all(isinstance(one, str) for one in item)
