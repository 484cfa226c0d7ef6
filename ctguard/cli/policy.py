"""`ctguard policy`: judge one policy document by the requests that it allows."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from ctguard.model.errors import CtguardError, DocumentError, UsageError

if TYPE_CHECKING:
    from ctguard.policy.verdict import PolicyVerdict

_LARGEST_FILE: Final = 64 * 1024 * 1024


@click.group()
def policy() -> None:
    """Judge one policy document by the requests that it allows."""


@policy.command("check")
@click.argument("file", metavar="POLICY.json")
@click.option("--kind", type=click.Choice(["s3", "sns", "kms"]), required=True, help="Whose policy it is.")
@click.option("--context", "context_file", required=True, metavar="CONTEXT.json", help="What the policy stands around.")
@click.option("--fail-on-unknown", is_flag=True, help="Exit with 1 when a verdict cannot be decided.")
@click.option("-f", "--format", "format_", type=click.Choice(["console", "json"]), default="console")
def check(file: str, kind: str, context_file: str, fail_on_unknown: bool, format_: str) -> int:
    """Is the policy least privilege, and can CloudTrail still deliver?

    POLICY.json is the policy of a bucket, topic or key; - reads standard input.
    Exit status: 0 nothing is false, 1 something is, 2 the document is no policy.
    What cannot be decided is 0.
    """
    verdict, fault = _verdict(file, kind, context_file)
    if format_ == "json":
        click.echo(json.dumps(_answer(kind, verdict, fault), indent=2))
    elif verdict is not None:
        _print(verdict)
    if fault is not None:
        click.echo(_plain(f"ctguard: {fault}"), err=True)
        if fault.hint:
            click.echo(_plain(f"  {fault.hint}"), err=True)
    if verdict is None:
        return 2
    truths = [verdict.least_privilege, verdict.delivers]
    if kind == "sns":
        truths.append(verdict.topic_source_arn)
    return 1 if False in truths or (fail_on_unknown and None in truths) else 0


def _verdict(file: str, kind: Any, context_file: str) -> tuple[PolicyVerdict | None, CtguardError | None]:
    from ctguard.model.document import read_document
    from ctguard.model.location import Location, OnePlace
    from ctguard.policy.context import PolicyContext
    from ctguard.policy.verdict import check as check_policy

    try:
        if file == "-" and context_file == "-":
            raise UsageError("POLICY.json and --context cannot both be standard input")
        context = PolicyContext.from_text(_read(context_file), context_file)
        text = _read(file)
        lines = text.rstrip("\n").count("\n") + 1
        name = "<stdin>" if file == "-" else file
        return check_policy(read_document(text, OnePlace(Location(name, 1, lines))), kind, context), None
    except CtguardError as error:
        return None, error


def _read(name: str) -> str:
    """Return the text of a file or of standard input; raise what a user can act on."""
    if name == "-":
        return _decoded(sys.stdin.buffer.read(_LARGEST_FILE + 1), "<stdin>")
    path = Path(name)
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe without a writer would be waited for
            raise UsageError(f"{name}: is no file")
        with path.open("rb") as stream:
            return _decoded(stream.read(_LARGEST_FILE + 1), name)
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror or error}") from None
    except ValueError:
        raise UsageError(f"{name!r} is no name of a file") from None


def _decoded(content: bytes, name: str) -> str:
    if len(content) > _LARGEST_FILE:
        raise DocumentError(f"{name}: is larger than {_LARGEST_FILE // 2**20} MiB")
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise DocumentError(f"{name}: is no text in UTF-8 (byte {error.start})") from None


def _answer(kind: str, verdict: PolicyVerdict | None, fault: CtguardError | None) -> dict[str, Any]:
    from ctguard.policy.verdict import PolicyVerdict

    answer = (verdict or PolicyVerdict(kind, None, None)).to_json()
    if fault is not None:
        source, kind = ("context", "usage") if isinstance(fault, UsageError) else ("policy", "syntax")
        answer["errors"] = [{"source": source, "kind": kind, "message": str(fault)}]
    return answer


def _print(verdict: PolicyVerdict) -> None:
    from ctguard.policy.explanation import explain

    for line in explain(verdict):
        click.echo(_plain(line))


def _plain(text: str) -> str:
    """Make control and bidirectional characters visible: names in policies are other people's."""
    shown = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)
    encoding = sys.stdout.encoding or "utf-8"
    return shown.encode(encoding, errors="backslashreplace").decode(encoding)
