"""`ctguard evidence`: make keys, bundle a run with all that it was made of, check a bundle."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import click

from ctguard.cli.inputs import input_options
from ctguard.cli.judging import choosing_options
from ctguard.model.errors import CtguardError, UsageError
from ctguard.model.visible import visible
from ctguard.run.inputs import Options
from ctguard.run.judging import Asked

if TYPE_CHECKING:
    from ctguard.evidence.verify import Verdict

_A_PATH: Final = click.Path(path_type=Path)
_PASSPHRASE: Final = click.option(
    "--passphrase-file", type=_A_PATH, metavar="FILE", help="A file whose first line is the private key's passphrase."
)
_SHOWN: Final = 20


@click.group()
def evidence() -> None:
    """Sign a run with all that it was made of, and check what was signed."""


@evidence.command()
@click.option(
    "-o", "--output", type=_A_PATH, required=True, metavar="FILE", help="The private key; the public one is FILE.pub."
)
@click.option("--type", "kind", type=click.Choice(["ed25519", "ecdsa-p256"]), default="ed25519", show_default=True)
@_PASSPHRASE
def keygen(output: Path, kind: str, passphrase_file: Path | None) -> None:
    """Make a key that signs evidence.

    FILE gets the private key (PEM, PKCS #8; readable by you alone), FILE.pub the
    public one. Files that are there are left alone.
    """
    from ctguard.evidence.keys import generate

    public = output.with_name(f"{output.name}.pub")
    for path in (output, public):
        if path.exists():
            raise CtguardError(f"{path}: is there already", hint="choose another name; a lost key cannot be made again")
    private_pem, public_pem = generate(kind, _passphrase(passphrase_file))
    _write_new(output, private_pem, 0o600)
    _write_new(public, public_pem, 0o644)
    click.echo(f"{output}: keep it secret; {public}: hand it to those who check", err=True)


@evidence.command()
@click.option(
    "--run", type=_A_PATH, required=True, metavar="RUN.json", help="The saved run: `ctguard scan -o RUN.json`."
)
@click.option(
    "--input",
    "paths",
    type=_A_PATH,
    required=True,
    multiple=True,
    is_eager=True,  # the configuration is looked for above the inputs
    metavar="PATH",
    help="What it was made of, as it was named to the scan. Repeatable.",
)
@click.option("--logs", type=_A_PATH, metavar="FILE", help="What `ctguard logs verify -o FILE` wrote.")
@click.option("--report", "reports", type=_A_PATH, multiple=True, metavar="FILE", help="A report of it. Repeatable.")
@click.option("--key", required=True, metavar="FILE|ARN", help="The private key, or the ARN of a KMS key.")
@_PASSPHRASE
@click.option("--timestamp", metavar="URL", help="Have an RFC 3161 authority state the time.")
@click.option("--with-secrets", is_flag=True, help="Bundle inputs as they are, even where they may hold secrets.")
@click.option("-o", "--output", type=_A_PATH, required=True, metavar="FILE", help="The bundle, a ZIP.")
@input_options
@choosing_options
def bundle(
    run: Path,
    paths: tuple[Path, ...],
    logs: Path | None,
    reports: tuple[Path, ...],
    key: str,
    passphrase_file: Path | None,
    timestamp: str | None,
    with_secrets: bool,
    output: Path,
    options: Options,
    asked: Asked,
) -> None:
    """Bundle a run with all that it was made of, and sign it.

    Give what the scan was given: inputs, values, rules. The run is made again from the bundle; when it does not
    come out the same, no bundle is kept.
    """
    from ctguard.evidence.bundle import Order
    from ctguard.evidence.bundle import bundle as make
    from ctguard.evidence.keys import signer
    from ctguard.evidence.timestamp import request
    from ctguard.model.whole_file import whole_file

    order = Order(run, paths, options, asked, logs, reports, with_secrets)
    signing = signer(key, _passphrase(passphrase_file))
    stamped = (lambda signed: request(timestamp, signed)) if timestamp else None
    with whole_file(output) as file:
        verdict = make(order, signing, stamped, file)
    _show(verdict, output)


@evidence.command()
@click.argument("bundle_file", metavar="BUNDLE", type=_A_PATH)
@click.option("--public-key", type=_A_PATH, required=True, metavar="FILE", help="The signer's public key, in PEM.")
@click.option(
    "--tsa-certificate", type=_A_PATH, metavar="FILE", help="The time-stamping authority's root certificates, in PEM."
)
@click.option("-f", "--format", "format_", type=click.Choice(["console", "json"]), default="console")
def verify(bundle_file: Path, public_key: Path, tsa_certificate: Path | None, format_: str) -> int:
    """Check a bundle: its form, signature, hashes, timestamp; and make its findings again.

    Exit status: 0 it holds, 1 it does not, 2 that cannot be decided.
    """
    from ctguard.evidence.keys import public_key as load_key
    from ctguard.evidence.timestamp import certificates
    from ctguard.evidence.verify import verify as check

    key = load_key(public_key)
    authorities = certificates(tsa_certificate) if tsa_certificate else None
    with _opened(bundle_file) as file:
        verdict = check(file, key, authorities)
    if format_ == "json":
        _print_json(verdict, bundle_file)
    else:
        _show(verdict, bundle_file)
    return verdict.exit_status


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """Give a bundle to read; CtguardError for what is no regular file, or larger than a bundle can be."""
    from ctguard.evidence.archive import LARGEST

    hint = "give a bundle that `ctguard evidence bundle` made"
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise UsageError(f"{path}: is no file", hint=hint)
        if status.st_size > LARGEST:
            raise UsageError(f"{path}: is larger than {LARGEST >> 30} GiB, so it is no bundle", hint=hint)
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise CtguardError(f"{path}: {error.strerror or error}", hint=hint) from None


def _show(verdict: Verdict, path: Path) -> None:
    outcome = {0: "holds", 1: "DOES NOT HOLD", 2: "UNDECIDED"}[verdict.exit_status]
    click.echo(f"{outcome}  {visible(str(path))}")
    for check in verdict.checks:
        first, *others = check.details
        click.echo(f"  {check.name:9}  {check.status:11}  {visible(first)}")
        for detail in others[:_SHOWN]:
            click.echo(f"  {'':24}{visible(detail)}")
        if len(others) > _SHOWN:
            click.echo(f"  {'':24}and {len(others) - _SHOWN} more; -f json shows all")


def _print_json(verdict: Verdict, path: Path) -> None:
    from ctguard.model.run_file import write_json

    status = {0: "holds", 1: "fails", 2: "undecided"}[verdict.exit_status]
    click.echo(write_json({"bundle": str(path), "status": status, "checks": verdict.checks}), nl=False)


def _passphrase(path: Path | None) -> bytes | None:
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            line = file.readline(4096).rstrip(b"\r\n")
    except OSError as error:
        raise CtguardError(f"{path}: {error.strerror}", hint="give a file with the passphrase") from None
    if not line:
        raise CtguardError(f"{path}: its first line is empty", hint="write the passphrase into it")
    return line


def _write_new(path: Path, content: bytes, mode: int) -> None:
    """Write a file that is not there yet, readable from its first moment by those only who may read it."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
    except OSError as error:
        raise CtguardError(f"{path}: {error.strerror}", hint="choose a place that can be written to") from None
