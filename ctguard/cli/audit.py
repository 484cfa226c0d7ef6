"""`ctguard audit`: judge living accounts."""

from __future__ import annotations

import gc
import re
from pathlib import Path

import click

from ctguard.cli.configured import configured_by
from ctguard.cli.judging import judging_options
from ctguard.cli.keeping import Keeping, keeping_options
from ctguard.cli.output import output_options, report, targets, view_option
from ctguard.cli.progress import StatusLine
from ctguard.model.errors import UsageError
from ctguard.model.visible import visible
from ctguard.run.judging import Asked, prepare
from ctguard.sources.snapshot.facts import Account, Call

BY_SIGNAL = 128
MOST_WORKERS = 64
MOST_HOURS = 24 * 90


@click.command()
@click.option("--profile", help="A profile of AWS's configuration files [default: as every AWS tool chooses].")
@click.option("--regions", help="Only these regions, with commas between [default: all that are enabled].")
@click.option("--org", "organization", is_flag=True, help="Every active account of the organization.")
@click.option("--accounts", "ids", help="These accounts, by id, with commas between [default: the caller's own].")
@click.option("--role-name", help="The role to take on in other accounts [default: CtguardAudit].")
@click.option("--external-id", default="", help="The external id that the role demands.")
@click.option("--snapshot", type=click.Path(path_type=Path, dir_okay=False), help="Keep what AWS said in this file.")
@click.option("--resume", is_flag=True, help="Go on with the audit that was cut short at --snapshot.")
@click.option(
    "--workers", type=click.IntRange(1, MOST_WORKERS), default=16, show_default=True, help="Calls at once per account."
)
@click.option(
    "--verify-logs",
    "verify_hours",
    type=click.IntRange(1, MOST_HOURS),
    metavar="HOURS",
    help="Verify the log files of the last hours too, by their digests; reads them all.",
)
@click.option("--dask", default="", metavar="ADDRESS", help="Ask accounts on a Dask cluster: tcp://scheduler:8786.")
@judging_options
@keeping_options
@view_option
@output_options
def audit(
    profile: str | None,
    regions: str | None,
    organization: bool,
    ids: str | None,
    role_name: str | None,
    external_id: str,
    snapshot: Path | None,
    resume: bool,
    workers: int,
    verify_hours: int | None,
    dask: str,
    asked: Asked,
    keeping: Keeping,
    format_: str | None,
    outputs: tuple[str, ...],
    quiet: bool,
    verbose: bool,
    view: str,
) -> int:
    """Judge the trails of living accounts, and all that they lean on.

    Only what the chosen rules need is asked; nothing is changed. What AWS said can be kept (--snapshot) and judged
    again at any time: ctguard scan SNAPSHOT.
    """
    targets(outputs)
    if resume and snapshot is None:
        raise UsageError("--resume needs --snapshot", hint="name the snapshot of the audit that was cut short")
    if organization and ids:
        raise UsageError("--org and --accounts exclude each other", hint="give one of them")
    chosen = _words(ids, r"\d{12}", "--accounts", "an account id has 12 digits")
    places = _words(regions, r"[a-z]{2}(-[a-z]+)+-\d+", "--regions", "write regions as eu-central-1")
    judging = prepare(asked)

    from ctguard.run.audit import Accounts
    from ctguard.run.audit import audit as audit_accounts
    from ctguard.sources.aws.accounts import Way
    from ctguard.sources.aws.names import DEFAULT_ROLE

    way = Way(profile, role_name or DEFAULT_ROLE, external_id)
    accounts = Accounts(way, chosen, organization, places, workers, dask, verify_hours or 0)
    gc.disable()  # little of what is made here is dropped before the end
    line = AuditLine(quiet=quiet)
    try:
        done = audit_accounts(judging, accounts, line, path=snapshot, resume=resume)
    finally:
        line.clear()
    kept = keeping.keep(done.run)
    report(
        done.run,
        format_=format_,
        outputs=outputs,
        quiet=quiet,
        verbose=verbose,
        view=view,
        notes=configured_by(asked.config),
        controls=bool(asked.framework),
    )
    return BY_SIGNAL + done.signal if done.signal else max(judging.exit_status(done.run), kept)


def _words(written: str | None, pattern: str, option: str, hint: str) -> tuple[str, ...]:
    words = [word.strip() for word in (written or "").split(",") if word.strip()]
    for word in words:
        if not re.fullmatch(pattern, word):
            raise UsageError(f"{option} {visible(word)}: is none", hint=hint)
    return tuple(dict.fromkeys(words))


class AuditLine:
    """Says on stderr how far the audit is: a line that changes on a terminal, one line an account elsewhere."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._line = StatusLine(quiet=quiet)
        self._accounts = 0
        self._finished = 0
        self._calls = 0

    def begin(self, accounts: int) -> None:
        self._accounts = accounts

    def call(self, call: Call) -> None:
        self._calls += 1
        self._line.show(f"{self._finished} of {self._accounts} accounts, {self._calls} calls: {call.operation}")

    def finish(self, account: Account) -> None:
        self._finished += 1
        if not self._quiet and not self._line.is_shown and self._accounts > 1:
            outcome = "" if account.failure is None else f": {visible(account.failure.message)}"
            click.echo(f"account {account.id} ({self._finished} of {self._accounts}){outcome}", err=True)

    def clear(self) -> None:
        self._line.clear()
