"""Propose a configuration for a repository from what is in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ctguard.model.errors import CtguardError
from ctguard.model.visible import visible
from ctguard.run.inputs import PASSED_OVER, inputs_below

SHOWN: Final = 40
LOADED_BY_ITSELF: Final = (".auto.tfvars", "terraform.tfvars")
HOOK: Final = """\
- repo: local
  hooks:
    - id: ctguard
      name: ctguard (audit trails in infrastructure code)
      entry: ctguard scan --root . --folders-of
      language: system
      types_or: [terraform, yaml, json]
      files: '\\.(tf|tofu|tfvars|tf\\.json|tfplan\\.json|ya?ml|json|template)$'
      require_serial: true
"""

CONFIG: Final = """\
# What this repository has decided about its audit trails.
# `ctguard config show` says what applies and where it comes from, `ctguard config schema` what can be written here.
{found}
# Options of commands, by their long names; the command line wins.
defaults:
  scan:
    fail-on: low # the least severity of a failure that makes the exit status 1
    # fail-on-unknown: true # count what cannot be known as failing
    # ignore: [iam-*] # rule ids, globs, tags, severities, frameworks
{variables}
# Parameters of rules; `ctguard rules show RULE` lists them with their defaults.
parameters: {{}}
#   bucket-retention: {{days: 2555}}
#   trail-tags: {{keys: [owner]}}
#   "bucket-policy-*": {{allowed: ["arn:aws:iam::111122223333:role/log-admin"]}} # what several rules share

# Severities that differ here, and folders of rules of your own.
severity: {{}}
rules: []

# Failures that somebody accepts, each with an end.
waivers: []
#   - rule: trail-kms-encryption
#     resource: aws_cloudtrail.legacy # address or ARN, * and ? are wildcards
#     owner: platform team
#     reason: the key comes with the new landing zone
#     expires: 2027-01-31 # the last day, in UTC

# A saved run (ctguard scan -o ctguard-baseline.json): what failed there does not make the exit status 1.
# baseline: ctguard-baseline.json
"""


def config_text(folder: Path) -> str:
    """Return a configuration with every word explained, and what was found in the folder."""
    found = [f"{what:26}{_shown(path, folder)}" for what, path in inputs_below(folder)]
    files = [_shown(path, folder) for path in variable_files(folder)]
    return CONFIG.format(found=_comment(found), variables=_proposed(files))


def variable_files(folder: Path) -> list[Path]:
    """Return the files of Terraform variables that a scan does not read unless they are named."""
    return sorted(
        path
        for path in folder.rglob("*.tfvars")
        if not path.name.endswith(LOADED_BY_ITSELF) and not PASSED_OVER.intersection(path.relative_to(folder).parts)
    )


def with_hook(text: str) -> str | None:
    """Return a pre-commit configuration with ctguard's entry; None when it has one.

    The text is kept as it is; the entry goes before the first one. Raises CtguardError where no list of
    repositories can be found.
    """
    if re.search(r"^\s*-?\s*(id:\s*ctguard(-all)?\b|repo:\s*\S*/ctguard\b)", text, re.MULTILINE):
        return None
    if not text.strip():
        return f"repos:\n{HOOK}"
    head = re.search(r"^repos:[ \t]*(#.*)?\r?\n((?:[ \t]*(?:#.*)?\r?\n)*)(?=([ \t]*)- )", text, re.MULTILINE)
    if head is None:
        raise CtguardError(".pre-commit-config.yaml: has no list of repos to add to", hint=f"add this to it:\n\n{HOOK}")
    entry = "".join(f"{head[3]}{line}\n" for line in HOOK.splitlines())
    return text[: head.end()] + entry + text[head.end() :]


def _comment(lines: Sequence[str]) -> str:
    if not lines:
        return "#\n# Nothing that ctguard reads was found here yet.\n"
    more = [f"... and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return "".join(f"#{'   ' if line else ''}{line}\n" for line in ("", *lines[:SHOWN], *more))


def _proposed(files: Sequence[str]) -> str:
    """Return the variable files as a list to choose from: values for one environment are not those of another."""
    if not files:
        return ""
    return "".join(f"{line}\n" for line in ("    # var-file: # choose those of one environment", *_items(files)))


def _items(files: Sequence[str]) -> list[str]:
    return [f"    #   - {file}" for file in files[:SHOWN]]


def _shown(path: Path, folder: Path) -> str:
    return visible(path.relative_to(folder).as_posix() or ".")
