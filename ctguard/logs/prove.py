"""Prove a trail's log files: put together what `ctguard logs verify`, or an audit, asks for, and run it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from ctguard.logs.aws import AskError, Aws, key_ring, older_keys, region_state, trail_facts
from ctguard.logs.checkpoint import Checkpoint
from ctguard.logs.cluster import KitPlan, dask_crew
from ctguard.logs.crew import DEFAULT_WORKERS, Crew, ThreadCrew
from ctguard.logs.depth import Depth, measure, today
from ctguard.logs.expectation import Asked, TrailFacts, expected_places
from ctguard.logs.folder import Folder
from ctguard.logs.holes import DELIVERY, TrailState
from ctguard.logs.keys import KeyRing, SavedKeys, load_keys
from ctguard.logs.naming import TrailName, parse_trail_arn
from ctguard.logs.offline import copy_facts
from ctguard.logs.report import Report
from ctguard.logs.s3 import S3Spec, S3Store
from ctguard.logs.store import Patience, Store
from ctguard.logs.tampering import WANTED, Resources
from ctguard.logs.times import HOUR, Moment, Stretch
from ctguard.logs.verdict import Finding
from ctguard.logs.verify import Assignment, Progress, StateOf, verify
from ctguard.logs.work import Kit
from ctguard.model.errors import CtguardError, UsageError


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be proven, and from where; `folder` is a local copy, `keys` a file of saved public keys."""

    trail_arn: str
    window: Stretch
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    bucket: str | None = None
    prefix: str | None = None
    folder: Path | None = None
    keys: Path | None = None
    checkpoint: Path | None = None
    workers: int = DEFAULT_WORKERS
    dask: str | None = None


def trail_of(arn: str) -> TrailName:
    """Return the parts of a trail's ARN; UsageError when it is none."""
    trail = parse_trail_arn(arn)
    if trail is None:
        raise UsageError(
            f"{arn} is not the ARN of a trail",
            hint="it looks like arn:aws:cloudtrail:us-east-1:111122223333:trail/NAME",
        )
    return trail


def prove(
    order: Order, *, progress: Progress | None = None, now: Moment | None = None, aws: Aws | None = None
) -> Report:
    """Return what holds of the log files of `order`; CtguardError when it cannot be carried out at all."""
    trail, aws, patience = trail_of(order.trail_arn), aws or Aws(), Patience()
    if order.window.end <= order.window.start:
        raise UsageError("the window ends before it starts", hint="give --start a time before --end")
    now = int(time.time()) if now is None else now
    saved = load_keys(order.keys) if order.keys else None
    try:
        facts, store = _facts_and_store(order, trail, saved, aws, patience)
    except AskError as error:
        finding = Finding(error.kind, f"{error}; name the bucket with --s3-bucket to go on without")
        return Report(order.trail_arn, order.window, [], [], [finding])
    assignment = _assignment(order, trail, facts, store, saved, now, aws)
    with ExitStack() as stack:
        memory = stack.enter_context(Checkpoint(order.checkpoint)) if order.checkpoint else None
        crew: Crew
        if order.dask is not None:
            where = store if isinstance(store, Folder) else S3Spec(trail.home_region)
            crew = stack.enter_context(dask_crew(order.dask, KitPlan(where, assignment.ring, now, WANTED)))
        else:
            kit = Kit(store, assignment.ring, now, WANTED, patience)
            crew = stack.enter_context(ThreadCrew(kit, order.workers))
        return verify(assignment, crew, memory=memory, progress=progress)


def prove_recent(session: Any, arn: str, hours: int = 24, *, regions: tuple[str, ...] = ()) -> Report:
    """Return what holds of the last `hours` whose digests are due by now, asked with a boto3 session; for audits."""
    end = int(time.time()) - HOUR - DELIVERY
    return prove(Order(arn, Stretch(end - hours * HOUR, end), regions=regions), aws=Aws(session))


def archive_depth(order: Order, since: date, *, aws: Aws | None = None) -> Depth:
    """Return which days since `since`, up to yesterday, the archive holds; CtguardError."""
    trail, aws = trail_of(order.trail_arn), aws or Aws()
    until = today() - timedelta(days=1)
    try:
        facts, store = _facts_and_store(order, trail, None, aws, Patience())
    except AskError as error:
        return Depth(order.trail_arn, since, until, [], [Finding(error.kind, str(error))])
    expected = expected_places(trail, facts.bucket or "", facts, Asked(order.accounts, order.regions), store)
    problems = (*facts.problems, *expected.problems)
    return measure(order.trail_arn, (*expected.places, *expected.found), store, since, until, problems)


def _facts_and_store(
    order: Order, trail: TrailName, saved: SavedKeys | None, aws: Aws, patience: Patience
) -> tuple[TrailFacts, Store]:
    if order.folder is not None:
        copy = folder_store(order.folder)
        return copy_facts(copy, order.trail_arn, trail, saved, order.bucket, order.prefix), copy
    facts = live_facts(order, trail, aws)
    return facts, S3Store(S3Spec(trail.home_region), aws.session, patience)


def folder_store(folder: Path) -> Folder:
    """Return a local copy as a store; UsageError when there is no such folder."""
    if not folder.is_dir():
        raise UsageError(f"{folder}: is not a folder", hint="name the folder that holds the copy of the bucket")
    return Folder(folder.resolve())


def live_facts(order: Order, trail: TrailName, aws: Aws) -> TrailFacts:
    """Return what AWS says of the trail, the user's bucket in its place; AskError when there is neither."""
    try:
        facts = trail_facts(aws, order.trail_arn, trail, ask_regions=not order.regions, ask_accounts=not order.accounts)
    except AskError as error:
        if order.bucket is None:
            raise
        told = Finding(error.kind, f"{error}; so what the trail covers is not known: name --account-id and --region")
        facts = TrailFacts(problems=() if order.accounts and order.regions else (told,))
    if facts is None and order.bucket is None:
        raise CtguardError(
            f"there is no trail {order.trail_arn}",
            hint="name the bucket that holds its log files with --s3-bucket, and --s3-prefix if it has one",
        )
    facts = facts or TrailFacts()
    return replace(facts, bucket=order.bucket, prefix=order.prefix) if order.bucket else facts


def _assignment(
    order: Order, trail: TrailName, facts: TrailFacts, store: Store, saved: SavedKeys | None, now: Moment, aws: Aws
) -> Assignment:
    expected = expected_places(trail, facts.bucket or "", facts, Asked(order.accounts, order.regions), store)
    regions = {place.region for place in (*expected.places, *expected.found)}
    ring = _saved_ring(saved, regions, order) if saved else key_ring(aws, regions, order.window)
    return Assignment(
        resources=Resources(
            trail=trail,
            arn=order.trail_arn,
            bucket=facts.bucket,
            key=facts.kms_key_id,
            topic=facts.sns_topic,
            log_group=facts.log_group,
            is_organization=facts.is_organization,
        ),
        window=order.window,
        places=expected.places,
        found=expected.found,
        now=now,
        ring=ring,
        pauses=facts.pauses,
        state_of=_state_of(order, trail, facts, aws),
        shares_folder=facts.shares_folder,
        findings=tuple(replace(problem, period=order.window) for problem in (*facts.problems, *expected.problems)),
        older_keys=None if saved else older_keys(aws),
    )


def _saved_ring(saved: SavedKeys, regions: Iterable[str], order: Order) -> KeyRing:
    missing = {region: ("key_missing", f"{order.keys} holds no keys of {region}") for region in regions}
    return KeyRing(saved.ring.keys, {region: told for region, told in missing.items() if region not in saved.regions})


def _state_of(order: Order, trail: TrailName, facts: TrailFacts, aws: Aws) -> StateOf:
    """Return what tells how the trail fares where; what only AWS could say is asked once, and not offline."""

    @cache
    def state_of(account_id: str, region: str) -> TrailState:
        if account_id != trail.account_id or (region != trail.home_region and order.folder is not None):
            return TrailState(facts.state.digests_due)
        if region == trail.home_region:
            return facts.state
        return region_state(aws, order.trail_arn, region, facts.state)

    return state_of
