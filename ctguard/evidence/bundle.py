"""Make a bundle: gather what a run was made of, sign a statement of it all, and check the whole before it is kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Final

from msgspec import Struct
from securesystemslib.signer import Signer

from ctguard.engine.pack import shipped_folder
from ctguard.evidence.archive import measure, member_name, pack
from ctguard.evidence.envelope import sealed
from ctguard.evidence.inputs import Gathered, gather, rule_files
from ctguard.evidence.secrecy import may_hold_secrets
from ctguard.evidence.statement import (
    PAYLOAD_TYPE,
    Digest,
    Predicate,
    Recipe,
    Statement,
    Subject,
    this_tool,
    written,
)
from ctguard.evidence.timestamp import PAYLOAD_TYPE as REPLY_TYPE
from ctguard.evidence.verify import ATTESTATION, RULES, RUN, TIMESTAMP, Verdict, verify
from ctguard.model.errors import CtguardError, UsageError
from ctguard.run.inputs import Options
from ctguard.run.judging import Asked

SHOWN: Final = 10

Contents = dict[str, bytes | Path]


class Order(Struct, frozen=True):
    """What is to be bundled: a saved run, the inputs and options that it was made with, and what goes with it."""

    run: Path
    paths: Sequence[Path]
    options: Options
    asked: Asked
    logs: Path | None = None
    reports: Sequence[Path] = ()
    with_secrets: bool = False


def bundle(order: Order, signer: Signer, timestamp: Callable[[bytes], bytes] | None, file: IO[bytes]) -> Verdict:
    """Write the bundle, and return what its own check says; CtguardError, unless the bundle holds.

    `timestamp` gets the signed statement and returns the reply of a time-stamping authority.
    """
    asked = order.asked
    beside = [*asked.folders, *(path for path in (asked.config.path, asked.baseline) if path is not None)]
    gathered = gather(order.paths, order.options, beside)
    _check_secrets(order, gathered)
    recipe = _recipe(order, gathered)
    contents = dict(_contents(order, gathered))
    subjects = [measure(name, content) for name, content in sorted(contents.items())]
    statement = Statement(
        tuple(Subject(one.name, Digest(one.sha256)) for one in subjects),
        Predicate(recipe, this_tool(), order.with_secrets, timestamp is not None),
    )
    contents[ATTESTATION] = attestation = sealed(written(statement), PAYLOAD_TYPE, signer)
    if timestamp is not None:
        contents[TIMESTAMP] = sealed(timestamp(attestation), REPLY_TYPE, signer)
    pack([(measure(name, content), content) for name, content in contents.items()], file)
    return _checked(order, file, signer)


def _check_secrets(order: Order, gathered: Gathered) -> None:
    words = bool(order.options.variables.arguments or order.options.parameters.values)
    reasons = [] if order.with_secrets else may_hold_secrets(gathered.loaded, gathered.files, words)
    if reasons:
        raise CtguardError(
            "\n".join(["the inputs may hold secrets, and whoever gets the bundle gets them:", *reasons[:SHOWN]]),
            hint="look at them; --with-secrets bundles them as they are (masked, no finding could be made again)",
        )


def _recipe(order: Order, gathered: Gathered) -> Recipe:
    options, asked = order.options, order.asked
    return Recipe(
        folder=gathered.folder,
        paths=tuple(path.as_posix() for path in order.paths),
        root=None if options.root is None else options.root.as_posix(),
        variables=dict(options.variables.arguments),
        variable_files=tuple(path.as_posix() for path in options.variables.files),
        parameters=dict(options.parameters.values),
        region=options.variables.region,
        account_id=options.variables.account_id,
        rules=tuple(path.as_posix() for path in asked.folders),
        replace_rules=asked.replace_rules,
        select=tuple(asked.select),
        ignore=tuple(asked.ignore),
        framework=tuple(asked.framework),
        everything=asked.scope == "all",
        config=None if asked.config.path is None else asked.config.path.as_posix(),
        baseline=None if asked.baseline is None else asked.baseline.as_posix(),
    )


def _contents(order: Order, gathered: Gathered) -> Iterator[tuple[str, bytes | Path]]:
    yield RUN, _existing(order.run)
    yield from gathered.files.items()
    for path in rule_files(shipped_folder()):
        yield member_name(RULES, *path.relative_to(shipped_folder()).parts), path
    if order.logs is not None:
        yield "logs.json", _existing(order.logs)
    seen: set[str] = set()
    for report in order.reports:
        if report.name in seen:
            raise UsageError(f"--report {report}: there is a report of that name already", hint="name it otherwise")
        seen.add(report.name)
        yield member_name("reports", report.name), _existing(report)


def _existing(path: Path) -> Path:
    if not path.is_file() or not os.access(path, os.R_OK):
        raise CtguardError(f"{path}: is no file that can be read", hint="give a file that is there")
    return path


def _checked(order: Order, file: IO[bytes], signer: Signer) -> Verdict:
    """Check the finished bundle as its reader will; one that does not hold is not kept."""
    verdict = verify(file, signer.public_key, None)
    if not verdict.holds:
        findings = verdict.checks[-1].name == "findings"
        fault = f"{order.run}: the inputs do not give this run" if findings else "the finished bundle does not hold"
        reasons = [
            detail for check in verdict.checks if check.status in ("fails", "undecided") for detail in check.details
        ]
        raise CtguardError(
            "\n".join([f"{fault}:", *reasons[:SHOWN]]),
            hint="give the inputs, rules and options that it was made with (TF_VAR_ variables with --var)",
        )
    return verdict
