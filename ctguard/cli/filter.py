"""`ctguard filter`: check patterns against a control, match them against events."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from ctguard.model.errors import CtguardError, DocumentError

_FORMAT = click.option("-f", "--format", "format_", type=click.Choice(["console", "json"]), default="console")


@click.group("filter")
def filter_group() -> None:
    """Judge CloudWatch Logs filter patterns by the events that they match."""


@filter_group.command("check")
@click.argument("patterns", nargs=-1, required=True, metavar="PATTERN...")
@click.option("--control", required=True, metavar="ID", help="A control, its rule, or a number: cis-aws-5.0.0:4.5.")
@click.option("--fail-on-unknown", is_flag=True, help="Exit with 1 when it cannot be decided.")
@_FORMAT
def check(patterns: tuple[str, ...], control: str, fail_on_unknown: bool, format_: str) -> int:
    """Do these patterns, feeding one alarm, cover what a control demands?

    Every event that the control demands must match at least one PATTERN. Exit
    status: 0 covers, 1 misses, 2 error; undecided is 0.
    """
    answer = _check(control, patterns)
    if format_ == "json":
        click.echo(json.dumps(answer, indent=2))
    else:
        _print_check(answer)
    if answer["errors"]:
        return 2
    return 1 if answer["verdict"] == "misses" or (fail_on_unknown and answer["verdict"] is None) else 0


def _check(name: str, patterns: Sequence[str]) -> dict[str, Any]:
    from ctguard.filter_pattern import Filter, control_named, coverage

    answer: dict[str, Any] = {"control": name, "verdict": None, "overbroad": False, "missed": [], "errors": []}
    try:
        control = control_named(name)
        answer["control"] = control.id
    except CtguardError as error:
        answer["errors"].append({"source": "--control", "kind": "usage", "message": f"{error}; {error.hint}"})
    answer["errors"] += _faults(patterns)
    if answer["errors"]:
        return answer
    filters = [Filter(pattern) for pattern in patterns]
    found = coverage(control, filters)
    answer["verdict"] = None if found.verdict is None else str(found.verdict)
    answer["overbroad"] = found.overbroad is not None
    answer["missed"] = list(found.missed)
    answer["undecided"] = [{"what": control.id, "because": reason} for reason in found.undecided]
    answer["notes"] = _notes(patterns, found.unseen_further, found.overbroad)
    return answer


def _faults(patterns: Sequence[str]) -> list[dict[str, str]]:
    from ctguard.filter_pattern import PatternError, parse_pattern

    faults = []
    for number, pattern in enumerate(patterns, 1):
        try:
            parse_pattern(pattern)
        except PatternError as error:
            hint = f"; {error.hint}" if error.hint else ""
            faults.append({"source": f"pattern {number}", "kind": "syntax", "message": f"{error}{hint}"})
    return faults


def _notes(patterns: Sequence[str], unseen: Sequence[str], overbroad: Mapping[str, Any] | None) -> list[str]:
    from ctguard.filter_pattern import Filter, unheard_fields, unmatchable

    notes = [f"{name}, which newer benchmarks list, is seen by no pattern" for name in unseen]
    if overbroad is not None:
        notes.append(f"matches far more, for example {overbroad['eventName']} of {overbroad['eventSource']}")
    for number, pattern in enumerate(patterns, 1):
        if len(pattern) > 1024:
            notes.append(f"pattern {number} has {len(pattern)} characters, CloudWatch Logs takes 1024")
        if unmatchable(Filter(pattern)):
            notes.append(f"pattern {number} can never match a CloudTrail event")
        for field, meant in unheard_fields([Filter(pattern)]).items():
            meaning = f", perhaps {meant} is meant" if meant else ""
            notes.append(f"pattern {number} looks at {field}, which CloudTrail's record does not list{meaning}")
    return notes


def _print_check(answer: Mapping[str, Any]) -> None:
    for fault in answer["errors"]:
        click.echo(_plain(f"ctguard: {fault['source']}: {fault['message']}"), err=True)
    if answer["errors"]:
        return
    click.echo(f"{answer['control']}: {answer['verdict'] or 'undecided'}")
    for item in answer["undecided"]:
        click.echo(_plain(f"  because {item['because']}"))
    for event in answer["missed"]:
        click.echo(f"  goes unseen: {_line(event)}")
    if answer["missed"]:
        click.echo(json.dumps(answer["missed"][0], indent=2))
    for note in answer["notes"]:
        click.echo(_plain(f"  note: {note}"))


@filter_group.command("match")
@click.argument("pattern")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@_FORMAT
def match_command(pattern: str, file: Path, format_: str) -> int:
    """Which events of FILE does PATTERN match?

    FILE is a CloudTrail log file (.json, .json.gz), a single event, one event a
    line, or an export of CloudWatch Logs; - reads standard input. Exit status: 0
    whether or not something matches, 2 when the file or the pattern cannot be read.
    """
    from ctguard.filter_pattern import match, parse_pattern
    from ctguard.filter_pattern.log_file import events_in
    from ctguard.filter_pattern.syntax import JsonPattern

    parsed = parse_pattern(pattern)
    path = Path("/dev/stdin") if str(file) == "-" else file
    total, matched, undecided = 0, [], []
    for event in events_in(path, raw_lines=not isinstance(parsed, JsonPattern)):
        total += 1
        answer = match(parsed, event)
        if answer:
            matched.append(event)
        elif answer is None:
            undecided.append(event)
    if format_ == "json":
        document = {"total": total, "matched": len(matched), "events": matched, "undecided": undecided, "errors": []}
        click.echo(_dumped(document, file))
        return 0
    for event in matched:
        click.echo(_line(event))
    click.echo(f"{len(matched)} of {total} events match", err=bool(matched))
    if undecided:
        click.echo(f"{len(undecided)} cannot be decided: AWS does not document what happens", err=True)
    return 0


def _dumped(document: Mapping[str, Any], file: Path) -> str:
    try:
        return json.dumps(document, indent=2)
    except RecursionError:
        raise DocumentError(f"{file}: nests too deeply to be printed") from None


def _line(event: Mapping[str, Any] | str) -> str:
    """Return an event in one line: when, what, who, from where, with what error."""
    if isinstance(event, str):
        return _plain(event)
    identity = event.get("userIdentity")
    who = ""
    if isinstance(identity, Mapping):
        who = identity.get("arn") or identity.get("invokedBy") or identity.get("type") or ""
    parts = [
        event.get("eventTime"),
        event.get("eventSource"),
        event.get("eventName"),
        event.get("awsRegion"),
        who,
        event.get("sourceIPAddress"),
        event.get("errorCode"),
    ]
    return _plain("  ".join(str(part) for part in parts if part))


def _plain(text: str) -> str:
    """Return `text` with everything escaped that could steer a terminal or cannot be written."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )
