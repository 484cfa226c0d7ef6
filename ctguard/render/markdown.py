"""The report as Markdown that fits one pull-request comment: the answer, causes, missing values, errors, totals.

Each part has a share of the comment; what does not fit is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ctguard.model.finding import Finding, Run, TrailVerdict
from ctguard.render.headline import headline
from ctguard.render.markdown_text import block, code, prose
from ctguard.render.outline import (
    STATUS_WORDS,
    VERDICT_WORDS,
    Cause,
    missing_values,
    outline,
    resolved,
    snippet_of,
    total,
)
from ctguard.render.witness import witness_of

LARGEST: Final = 65_536
"""A comment of GitHub holds as many characters (REST API, "Create an issue comment"); counted in bytes here."""
SHARES: Final = {"trails": 8_000, "causes": 32_000, "unknown": 12_000, "errors": 6_000, "accepted": 5_000}
NAMED: Final = 8
LANGUAGES: Final = {"terraform": "hcl", "cloudformation": "yaml", "cli": "sh"}


def render(run: Run) -> str:
    """Return the comment, never longer than `LARGEST`."""
    whole = outline(run)
    parts = [
        [f"## {prose(headline(run))}", ""],
        _share("trails", ["", *_trails_head(run)], (_trail(trail, run) for trail in run.trails), "trails"),
        ["", ", ".join(f"**{count}** {total(name, count).split(' ', 1)[1]}" for name, count in run.summary.items())],
        _share("causes", ["", "### What to repair", ""], (_cause(cause) for cause in whole.causes), "causes"),
        _share("unknown", ["", "### What is not known", ""], _unknown(run, whole.unknown), "missing values"),
        _share("errors", ["", "### What went wrong", ""], _errors(run), "errors"),
        _share("accepted", ["", "### What was accepted", ""], _accepted((*whole.waived, *whole.baseline)), "failures"),
        ["", f"<sub>{prose(run.tool.name)} {prose(run.tool.version)}, run {code(run.run.id, 80)}</sub>"],
    ]
    return "\n".join(line for part in parts for line in part) + "\n"


def _share(name: str, head: list[str], items: Iterable[str], noun: str) -> list[str]:
    """Return `head` and as many items as this part may hold; nothing when there is none."""
    left = SHARES[name]
    kept: list[str] = []
    dropped = 0
    for item in items:
        left -= len(item.encode()) + 1
        if left >= 0:
            kept.append(item)
        else:
            dropped += 1
    if dropped:
        kept += ["", f"... and {dropped} more {noun}, in the full report"]
    return [*head, *kept] if kept else []


def _trails_head(run: Run) -> list[str]:
    names = list(run.trails[0].dimensions) if run.trails else []
    return [
        f"| trail | verdict | {''.join(f'{name} | ' for name in names)}".rstrip(),
        f"|{' --- |' * (2 + len(names))}",
    ]


def _trail(trail: TrailVerdict, run: Run) -> str:
    statuses = [trail.dimensions[name].status for name in run.trails[0].dimensions if name in trail.dimensions]
    cells = [f"**{STATUS_WORDS[one]}**" if one == "fail" else STATUS_WORDS[one] for one in statuses]
    name = prose(trail.resource.name or trail.resource.address, 120)
    return f"| {' | '.join([name, f'**{VERDICT_WORDS[trail.verdict]}**', *cells])} |"


def _cause(cause: Cause) -> str:
    return "\n".join(_cause_lines(cause))


def _cause_lines(cause: Cause) -> Iterator[str]:
    finding = cause.finding
    place = f" at {code(str(finding.location), 200)}" if finding.location else ""
    yield f"- **{finding.severity}** {code(finding.rule_id, 100)} on {code(finding.resource.address, 200)}{place}  "
    yield f"  {prose(finding.message)}"
    if witness := witness_of(finding):
        kind, words = witness
        yield f"  - {kind}: {code(words, 400)}"
    if finding.remediation.text.strip():
        yield f"  - fix: {prose(' '.join(finding.remediation.text.split()))}"
    tool, snippet = snippet_of(finding)
    if snippet:
        yield from ("", *(f"    {line}" for line in block(snippet, LANGUAGES[tool]).split("\n")), "")
    if cause.consequences:
        rules = list(dict.fromkeys(one.rule_id for one in cause.consequences))
        named = ", ".join(code(rule, 100) for rule in rules[:NAMED])
        more = f" and {len(rules) - NAMED} more rules" if len(rules) > NAMED else ""
        count = len(cause.consequences)
        yield f"  - {count} more follow{'' if count > 1 else 's'} from this: {named}{more}"


def _unknown(run: Run, unknown: Iterable[Finding]) -> Iterator[str]:
    for group, findings in missing_values(run, unknown):
        resolves = f"resolves {resolved(group, findings)}" if group.findings else "not in sight"
        cure = f"**{prose(group.cure)}**: {resolves} ({prose(group.what)})"
        head = cure if group.cure else f"**{prose(group.what)}**: {resolved(group, findings)} cannot be decided"
        rules = ", ".join(code(rule, 100) for rule in list(dict.fromkeys(one.rule_id for one in findings))[:NAMED])
        yield f"- {head}" + (f"  \n  {rules}" if rules else "")


def _errors(run: Run) -> Iterator[str]:
    for error in run.errors:
        yield f"- {code(error.source, 200)} {prose(error.kind, 40)}: {prose(error.message)}"


def _accepted(findings: Iterable[Finding]) -> Iterator[str]:
    for finding in findings:
        where = f"{code(finding.rule_id, 100)} on {code(finding.resource.address, 200)}"
        if finding.waiver:
            waiver = finding.waiver
            yield f"- {where}: until {prose(waiver.expires, 20)} by {prose(waiver.owner, 80)}: {prose(waiver.reason)}"
        else:
            yield f"- {where}: was there before"
