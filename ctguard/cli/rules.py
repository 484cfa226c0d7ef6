"""`ctguard rules`: list, show, test, new, schema."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from ctguard.cli.configured import configuration
from ctguard.cli.output import print_json
from ctguard.engine.pack import Pack, load_pack
from ctguard.engine.rule import Rule
from ctguard.engine.selection import select_rules, words
from ctguard.model.errors import CtguardError, UsageError
from ctguard.model.values import Value

NEW_RULE = """\
id: {id}
title: {title}
severity: medium
resource: {kind}
require:
  {attribute}: true

message: "{kind_title} {{name}} ..."
why: >
  What goes wrong when this does not hold.
fix: >
  What to do.
fix_in:
  terraform: ""
  cloudformation: ""
  cli: ""

cases:
  - expect: pass
    given:
      {kind}.good: {{{attribute}: true}}
  - expect: fail
    given:
      {kind}.bad: {{{attribute}: false}}
  - expect: unknown
    given:
      {kind}.open: {{{attribute}: {{unknown: var.setting has no value}}}}
"""


@click.group()
def rules() -> None:
    """List, show, test and write rules."""


def pack_options(command: Any) -> Any:
    """Add the options that say which rules there are."""
    for option in (
        click.option(
            "--rules",
            "folders",
            multiple=True,
            type=click.Path(path_type=Path),
            metavar="DIR",
            help="A folder of rules beside the shipped ones. Repeatable.",
        ),
        click.option(
            "--replace-rules", is_flag=True, help="Let a rule of DIR take the place of a shipped one of the same id."
        ),
    ):
        command = option(command)
    return command


@rules.command("list")
@pack_options
@click.option("--select", multiple=True, help="Rule ids, globs, tags, severities, frameworks.")
@click.option("-f", "--format", "format_", type=click.Choice(["console", "json"]), default="console")
def list_rules(folders: tuple[Path, ...], replace_rules: bool, select: tuple[str, ...], format_: str) -> None:
    """List the rules: id, severity, title; a star marks those that are off by default."""
    pack = _pack(folders, replace_rules)
    chosen = select_rules(pack, words(select) or ["*"], ())
    if format_ == "json":
        print_json([_summary(rule) for rule in chosen])
        return
    width = max((len(rule.id) for rule in chosen), default=0)
    for rule in chosen:
        click.echo(f"{rule.id:{width}} {'*' if rule.opt_in else ' '} {rule.severity:8}  {rule.title}")
    click.echo(f"{len(chosen)} rules; * off by default", err=True)


@rules.command()
@pack_options
@click.argument("rule_id")
@click.option("-f", "--format", "format_", type=click.Choice(["console", "json"]), default="console")
def show(folders: tuple[Path, ...], replace_rules: bool, rule_id: str, format_: str) -> None:
    """Show one rule whole: what it requires, why, how to mend it, its parameters and controls."""
    from ctguard.engine.rule_page import page
    from ctguard.run.settings import parameter_places

    pack = _pack(folders, replace_rules)
    rule = _rule(pack, rule_id)
    settings = {name: one for (of, name), one in parameter_places(pack, configuration()).items() if of == rule.id}
    if format_ == "json":
        print_json({**_summary(rule), **_whole(rule, settings)})
    else:
        click.echo(page(rule, settings))


@rules.command("test")
@pack_options
@click.argument("rule_ids", nargs=-1)
def test_rules(folders: tuple[Path, ...], replace_rules: bool, rule_ids: tuple[str, ...]) -> None:
    """Try rules on the cases that stand beside them."""
    from ctguard.engine.cases import try_cases

    pack = load_pack(folders, replace=replace_rules)
    chosen = select_rules(pack, rule_ids or ["*"], ())
    started, tried, broken = time.monotonic(), 0, 0
    for rule in chosen:
        for result in try_cases(rule):
            tried += 1
            if not result.holds:
                broken += 1
                click.echo(f"{rule.id}, case {result.number} {result.name}".rstrip())
                click.echo(f"  expected {result.expected}, got {result.finding.status}: {result.finding.message}")
                for leaf in result.finding.explanation:
                    found = f"    {leaf.path}: {leaf.actual}, wanted {leaf.expected} ({leaf.status}) {leaf.because}"
                    click.echo(found.rstrip())
    took = f"({time.monotonic() - started:.1f} s)"
    counts = f"{_count(len(chosen), 'rule')}, {_count(tried, 'case')}, {broken} do not hold {took}"
    click.echo(counts, err=bool(broken))
    if broken:
        sys.exit(1)


@rules.command()
@click.argument("rule_id")
@click.option("--kind", default="trail", show_default=True, help="The kind of resource that the rule speaks of.")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("rules"),
    show_default=True,
    help="Where to write it.",
)
def new(rule_id: str, kind: str, folder: Path) -> None:
    """Write the skeleton of a new rule, with cases to fill in."""
    from ctguard.model.kinds import KINDS
    from ctguard.model.kinds.attribute import Type

    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", rule_id):
        raise UsageError(f"{rule_id} is no id of a rule", hint="write it like trail-multi-region")
    if kind not in KINDS:
        raise UsageError(f"{kind} is no kind of resource", hint=f"use one of: {', '.join(KINDS)}")
    if any(rule_id in (rule.id, *rule.aliases) for rule in load_pack().rules.values()):
        raise UsageError(f"{rule_id}: there is a shipped rule of this id", hint="choose another id")
    path = folder / f"{rule_id}.yaml"
    if path.exists():
        raise CtguardError(f"{path}: is there already", hint="choose another id")
    table = KINDS[kind]
    attribute = next((row.name for row in table.attributes if row.type is Type.BOOL), table.attributes[0].name)
    title = rule_id.replace("-", " ").capitalize()
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(
        NEW_RULE.format(id=rule_id, kind=kind, title=title, attribute=attribute, kind_title=table.title),
        encoding="utf-8",
    )
    click.echo(f"{path}: written; now say what it requires, then: ctguard rules test --rules {folder} {rule_id}")


@rules.command()
def schema() -> None:
    """Print the JSON Schema of a rule file, for editors."""
    from ctguard.engine.rule_file import RuleFile

    print_json(RuleFile.model_json_schema())


def _pack(folders: tuple[Path, ...], replace_rules: bool) -> Pack:
    """Return the rules that there are, with the severities that the configuration gives them."""
    from ctguard.run.settings import with_severities

    return with_severities(load_pack(folders, replace=replace_rules), configuration())


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number != 1 else ''}"


def _rule(pack: Pack, rule_id: str) -> Rule:
    for rule in pack.rules.values():
        if rule_id in (rule.id, *rule.aliases):
            return rule
    return select_rules(pack, [rule_id], ())[0]


def _summary(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title,
        "severity": rule.severity,
        "resource": rule.resource,
        "opt_in": rule.opt_in,
        "inputs": list(rule.inputs),
        "controls": [{"framework": one.framework, "control": one.control} for one in rule.controls],
    }


def _whole(rule: Rule, settings: Mapping[str, tuple[Value, str]]) -> dict[str, Any]:
    """Return what the summary leaves out; a parameter that a configuration sets has a value, and where it is set."""
    parameters: dict[str, dict[str, Any]] = {
        name: {"default": one.default, "about": one.about} for name, one in rule.parameters.items()
    }
    for name, (value, place) in settings.items():
        parameters[name] |= {"value": value, "set_at": place}
    return {"require": rule.source["require"], "fix": rule.remediation.text, "parameters": parameters}
