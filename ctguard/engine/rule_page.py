"""A rule's page: what a person reads about it, made from the rule alone."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping

from ctguard.engine.conditions import described
from ctguard.engine.rule import Rule
from ctguard.model.values import Value
from ctguard.model.visible import visible

LANGUAGES: Mapping[str, str] = {"terraform": "hcl", "cloudformation": "yaml", "cli": "sh"}
INPUT_NAMES: Mapping[str, str] = {"live": "live accounts", "terraform": "Terraform", "cloudformation": "CloudFormation"}


def page(rule: Rule, settings: Mapping[str, tuple[Value, str]] | None = None) -> str:
    """Return the rule as Markdown, the same for the terminal and for the documentation.

    `settings` are the parameters that a configuration sets: each with its value, and where.
    """
    return "\n".join(_lines(rule, settings or {})).rstrip() + "\n"


def _lines(rule: Rule, settings: Mapping[str, tuple[Value, str]]) -> Iterator[str]:
    yield f"# {rule.id}"
    yield ""
    yield f"{rule.title}."
    yield ""
    yield f"- severity: **{rule.severity}**"
    yield f"- judges: {rule.resource.replace('_', ' ')}"
    yield f"- reads: {', '.join(INPUT_NAMES[name] for name in rule.inputs)}"
    if rule.opt_in:
        yield "- off by default: select it by its id"
    if rule.follows_from:
        yield f"- follows from: {', '.join(rule.follows_from)}"
    yield from _section("What must hold", [*_requirement(rule)])
    yield from _section("Why", [rule.why.strip()])
    yield from _section("What to do", [rule.remediation.text.strip(), *_snippets(rule)])
    yield from _section("Parameters", _parameters(rule, settings))
    yield from _section("Controls", _controls(rule))


def _section(title: str, lines: list[str]) -> Iterator[str]:
    if any(lines):
        yield from ("", f"## {title}", "")
        yield from lines


def _parameters(rule: Rule, settings: Mapping[str, tuple[Value, str]]) -> list[str]:
    """Return a line for each parameter, and how a configuration sets them."""
    if not rule.parameters:
        return []
    lines = [f"- `{name}` (default `{_plain(one.default)}`): {one.about}" for name, one in rule.parameters.items()]
    lines += [f"- `{name}` is `{_plain(value)}` here ({place})" for name, (value, place) in settings.items()]
    example = ", ".join(f"{name}: {_plain(one.default)}" for name, one in rule.parameters.items())
    return [*lines, "", "Set in `ctguard.yaml`:", "", "```yaml", "parameters:", f"  {rule.id}: {{{example}}}", "```"]


def _plain(value: Value) -> str:
    """Return a value as YAML writes it in one line."""
    return visible(json.dumps(value, ensure_ascii=False))


def _requirement(rule: Rule) -> Iterator[str]:
    if rule.when is not None:
        yield f"Where {described(rule.when)}:"
        yield ""
    yield f"{described(rule.require)}."
    if rule.in_account is not None:
        yield ""
        yield "A living account gets one finding: it passes when one trail that logs has this, and names the others."


def _snippets(rule: Rule) -> Iterator[str]:
    for tool, language in LANGUAGES.items():
        if snippet := getattr(rule.remediation, tool):
            yield from ("", f"```{language}", snippet.rstrip(), "```")


def _controls(rule: Rule) -> list[str]:
    by_framework: dict[str, list[str]] = defaultdict(list)
    for control in rule.controls:
        by_framework[control.framework].append(control.control)
    return [f"- {framework}: {', '.join(numbers)}" for framework, numbers in by_framework.items()]
