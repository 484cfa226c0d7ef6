"""`ctguard scan`: judge infrastructure code."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path

import click

from ctguard.cli.configured import configured_by
from ctguard.cli.inputs import input_options
from ctguard.cli.judging import judging_options
from ctguard.cli.keeping import Keeping, keeping_options
from ctguard.cli.output import output_options, report, targets, view_option
from ctguard.model.finding import Run
from ctguard.run.inputs import NOTHING, Loaded, Options, load
from ctguard.run.judging import Asked, prepare
from ctguard.run.scan import removed, unjudged


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), is_eager=True)
@input_options
@click.option("--folders-of", is_flag=True, help="Scan the folders that hold the given files (for pre-commit).")
@judging_options
@keeping_options
@view_option
@output_options
def scan(
    paths: tuple[Path, ...],
    options: Options,
    folders_of: bool,
    asked: Asked,
    keeping: Keeping,
    format_: str | None,
    outputs: tuple[str, ...],
    quiet: bool,
    verbose: bool,
    view: str,
) -> int:
    """Scan infrastructure code at PATHS (files or folders; the current folder by default).

    Kinds are detected: Terraform modules, plans and states, CloudFormation
    templates and change sets, CDK output.
    """
    targets(outputs)
    gc.disable()  # nothing made here is dropped before the end
    judging = prepare(asked)
    chosen = _folders(paths) if folders_of else list(paths) or [Path()]
    loaded = load(chosen, options)
    inventory, run = judging.scan(loaded, chosen)
    kept = keeping.keep(run)
    report(
        run,
        format_=format_,
        outputs=outputs,
        quiet=quiet,
        verbose=verbose,
        view=view,
        opening=[*configured_by(asked.config, foreign=True), *_opening(loaded, run)],
        notes=[*_notes(unjudged(inventory, run)), *configured_by(asked.config)],
        controls=bool(asked.framework),
    )
    return max(judging.exit_status(run), kept)


def _opening(loaded: Loaded, run: Run) -> list[str]:
    """Return what must be read first: that nothing was scanned, or that no rule had anything to say."""
    if not loaded.inputs:
        return [NOTHING]
    lines = [f"this change takes away {address}" for address in removed(loaded)]
    if not run.findings and not run.errors:
        hidden = [f"not in sight: {group.what}; {group.cure}".rstrip("; ") for group in run.unknowns]
        nothing = "nothing that a rule speaks of: the input defines no trail, and nothing that serves one"
        lines += ["no trail is in sight, and not everything is", *hidden] if hidden else [nothing]
    return lines


def _notes(unjudged_resources: int) -> list[str]:
    if not unjudged_resources:
        return []
    some = "1 resource serves" if unjudged_resources == 1 else f"{unjudged_resources} resources serve"
    return [f"{some} no trail: no rule looked at {'it' if unjudged_resources == 1 else 'them'} (--scope all)"]


def _folders(paths: Sequence[Path]) -> list[Path]:
    return sorted({path.parent for path in paths})
