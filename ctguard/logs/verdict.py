"""The words for what was found in an archive, and what each makes of the verdict.

The four verdicts and all kinds are part of the contract of `ctguard logs verify`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from ctguard.logs.times import Stretch, iso


class Verdict(StrEnum):
    """What is said of a chain, and of all chains together."""

    VALID = "valid"
    INVALID = "invalid"
    GAP = "gap"
    ERROR = "error"


_RANK = (Verdict.INVALID, Verdict.ERROR, Verdict.GAP)

_INVALID = (
    "log_modified log_corrupt log_too_large log_missing log_unlisted log_foreign "
    "digest_modified digest_corrupt digest_too_large digest_missing digest_moved digest_unlinked "
    "signature_invalid signature_missing weak_algorithm key_expired chain_broken chain_loop time_order"
)
_GAP = "chain_restarted time_hole logging_stopped coverage_gap no_digests trail_too_young"
_ERROR = "key_missing key_invalid access_denied kms_denied archived server_error network"

WEIGHT = MappingProxyType(
    {
        kind: verdict
        for kinds, verdict in ((_INVALID, Verdict.INVALID), (_GAP, Verdict.GAP), (_ERROR, Verdict.ERROR))
        for kind in kinds.split()
    }
)
"""What a kind makes of the verdict; a `digest_missing` of which only the clock speaks is a gap."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that stands between a chain and `valid`.

    `object` is the key that it is about; `start` and `end` enclose the time that
    is not proven because of it. `by_clock`: nothing but the time that has passed
    says that something is missing.
    """

    kind: str
    detail: str
    object: str | None = None
    period: Stretch | None = None
    account_id: str | None = None
    region: str | None = None
    by_clock: bool = False

    @property
    def weight(self) -> Verdict:
        return Verdict.GAP if self.by_clock else WEIGHT[self.kind]

    def sort_key(self) -> tuple[str, str, int, int, str, str]:
        start, end = self.period or (0, 0)
        return (self.account_id or "", self.region or "", start, end, self.kind, self.object or "")

    def as_json(self) -> dict[str, str | None]:
        """Return the finding as the contract writes it."""
        return {
            "kind": self.kind,
            "object": self.object,
            "start": iso(self.period.start) if self.period else None,
            "end": iso(self.period.end) if self.period else None,
            "account_id": self.account_id,
            "region": self.region,
            "detail": self.detail,
        }


def joined(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict on a whole from those on its parts."""
    found = set(verdicts)
    return next((verdict for verdict in _RANK if verdict in found), Verdict.VALID)
