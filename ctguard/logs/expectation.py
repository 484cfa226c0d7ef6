"""Which chains a trail is expected to have: every account and region that it covers.

What AWS says of the trail is asked in `aws`, or was saved with the public keys.
What is found in the bucket is added: a region that was switched off since has a
chain too. Nothing is expected that nobody knows of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ctguard.logs.holes import Pause, TrailState
from ctguard.logs.naming import DIGEST_FOLDER, Place, TrailName, root_of
from ctguard.logs.store import ReadError, Store
from ctguard.logs.times import iso
from ctguard.logs.verdict import WEIGHT, Finding
from ctguard.model.errors import CtguardError


@dataclass(frozen=True, slots=True)
class TrailFacts:
    """What is known of a trail beside its objects; None is what nobody could say.

    `regions` are those that it covers, `accounts` those whose events it records.
    `shares_folder`: another trail without digest files writes into the same
    folder, so a log file that no digest lists may well be that trail's. An empty
    key, topic or log group is one that the trail does not have.
    """

    bucket: str | None = None
    prefix: str | None = None
    organization_id: str | None = None
    is_organization: bool | None = None
    regions: tuple[str, ...] | None = None
    accounts: tuple[str, ...] | None = None
    kms_key_id: str | None = None
    sns_topic: str | None = None
    log_group: str | None = None
    state: TrailState = field(default_factory=TrailState)
    pauses: tuple[Pause, ...] = ()
    shares_folder: bool = False
    problems: tuple[Finding, ...] = field(default=(), compare=False)

    def as_json(self) -> dict[str, Any]:
        """Return the facts as a key file keeps them."""
        saved: dict[str, Any] = msgspec.to_builtins(self)
        del saved["problems"]
        return saved

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> TrailFacts:
        """Return saved facts; CtguardError when they are none."""
        try:
            return msgspec.convert(dict(saved) | {"problems": ()}, cls)
        except msgspec.ValidationError as error:
            raise CtguardError(f"the facts about the trail that were saved with the keys: {error}") from None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asked for; empty accounts or regions mean all that are expected."""

    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expected:
    """The places to verify: those that must have a chain, and others that have a digest folder."""

    places: tuple[Place, ...]
    found: tuple[Place, ...]
    problems: tuple[Finding, ...] = ()


def expected_places(trail: TrailName, bucket: str, facts: TrailFacts, asked: Asked, store: Store) -> Expected:
    """Return which places of `bucket` to verify for `trail`."""
    root = root_of(facts.prefix, facts.organization_id)
    roots = [root]
    if facts.organization_id is None and facts.is_organization is not False:
        roots += _organization_roots(store, bucket, root)
    found: list[Place] = []
    problems: list[Finding] = []
    if not (asked.accounts and asked.regions and len(roots) == 1 and facts.bucket):
        for candidate in roots:
            try:
                found += _found(trail, bucket, candidate, asked, store)
            except ReadError as error:
                kind = error.kind if error.kind in WEIGHT else "server_error"
                detail = f"which accounts and regions have digests cannot be listed: {error.detail}"
                problems.append(Finding(kind, detail, candidate))
    home_root = _home_root(found, root, store)
    places = [
        Place(bucket, home_root, account, region, trail.name, trail.home_region)
        for account in sorted(set(asked.accounts or facts.accounts or (trail.account_id,)))
        for region in sorted(set(asked.regions or facts.regions or (trail.home_region,)))
    ]
    return Expected(tuple(places), tuple(place for place in found if place not in set(places)), tuple(problems))


def _organization_roots(store: Store, bucket: str, root: str) -> list[str]:
    """Return the roots of organizations below `root`, where nobody told whether the trail is one's."""
    try:
        names = store.folders(bucket, root)
    except ReadError:
        return []  # listing the root itself fails the same way, and says so
    return [f"{root}{name}/" for name in names if name.startswith("o-")]


def _found(trail: TrailName, bucket: str, root: str, asked: Asked, store: Store) -> list[Place]:
    accounts = asked.accounts or [name for name in store.folders(bucket, root) if name.isdigit() and len(name) == 12]
    return [
        Place(bucket, root, account, region, trail.name, trail.home_region)
        for account in accounts
        for region in store.folders(bucket, f"{root}{account}/{DIGEST_FOLDER}/")
        if not asked.regions or region in asked.regions
    ]


def _home_root(found: Sequence[Place], root: str, store: Store) -> str:
    """Return the root under which chains are expected: an organization's where only that has digests of the trail."""
    roots = {place.root for place in found}
    if len(roots) > 1:
        roots = {place.root for place in found if _has_digest(store, place)}
    return root if root in roots or len(roots) != 1 else roots.pop()


def _has_digest(store: Store, place: Place) -> bool:
    names = (place.digest_name(entry.key) for entry in store.entries(place.bucket, place.digest_folder))
    return any(name is not None and name.trail == place.own_trail for name in names)


def status_pause(stopped: int | None, started: int | None, *, is_logging: bool) -> tuple[Pause, ...]:
    """Return the pause that the status of a trail tells of: the last one only."""
    if stopped is None:
        return ()
    if not is_logging:
        return (Pause(stopped, None, f"its status says that it was stopped at {iso(stopped)}"),)
    if started is not None and started >= stopped:
        told = f"its status says that it was stopped at {iso(stopped)} and started at {iso(started)}"
        return (Pause(stopped, started, told),)
    return ()
