"""`ctguard init`: begin with ctguard in a repository."""

from __future__ import annotations

from pathlib import Path

import click

from ctguard.cli.configured import Unconfigured
from ctguard.model.errors import CtguardError
from ctguard.model.whole_file import write_whole
from ctguard.run.config import CONFIG_NAME

HOOKS = ".pre-commit-config.yaml"


@click.command(cls=Unconfigured)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=Path())
@click.option("--force", is_flag=True, help=f"Write {CONFIG_NAME} anew where there is one.")
def init(folder: Path, force: bool) -> None:
    """Write ctguard.yaml and the pre-commit entry for the repository in FOLDER (here by default).

    It looks for Terraform and CloudFormation and says what it found. A
    pre-commit configuration that is there keeps what it has.
    """
    from ctguard.run.proposal import config_text, with_hook

    path, hooks = folder / CONFIG_NAME, folder / HOOKS
    if path.exists() and not force:
        raise CtguardError(f"{path}: is there already", hint="write it anew with --force")
    added = with_hook(_text(hooks))
    write_whole(path, config_text(folder))
    click.echo(f"{path}: written; ctguard config show says what applies")
    if added is None:
        click.echo(f"{hooks}: has an entry of ctguard")
    else:
        write_whole(hooks, added)
        click.echo(f"{hooks}: entry added; pre-commit install, if that was not done yet")


def _text(path: Path) -> str:
    if not path.exists():
        return ""
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise CtguardError(f"{path}: {error}", hint="mend it, then try again") from error
