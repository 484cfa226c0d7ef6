"""The report for a person at a terminal: the answer, what to do about it, then totals of everything.

Quiet about what passes; everything that is not shown is counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ctguard.model.finding import Finding, Leaf, Run, TrailVerdict
from ctguard.model.logic import Status
from ctguard.render.controls import by_control, counted, not_asked, worst_of
from ctguard.render.outline import (
    SHOWN_BY,
    STATUS_WORDS,
    VERDICT_WORDS,
    Cause,
    by_severity,
    deciding,
    joint,
    missing_values,
    outline,
    part_of,
    resolved,
    snippet_of,
    total,
)
from ctguard.render.terminal import Terminal, not_a_command, plain
from ctguard.render.witness import witness_of

VERDICT_STYLES: Final = {"trusted": "good", "not_trusted": "bad", "undetermined": "open"}
STATUS_STYLES: Final = {
    "pass": "good", "fail": "bad", "unknown": "open", "not_applicable": "faint", "not_judged": "faint"
}  # fmt: skip
PARTS: Final = {
    "open": "fail", "unknown": "unknown", "baseline": "fail, there before", "waived": "waived", "pass": "pass",
    "not_applicable": "not applicable",
}  # fmt: skip
PART_STYLES: Final = {"open": "bad", "unknown": "open", "pass": "good"}
DIMENSION_STATUSES: Final = ("fail", "unknown", "not_judged", "pass")
TRAILS_IN_FULL: Final = 4
LEAVES: Final = 6
GROUPS: Final = 25
EXAMPLES: Final = 3
SNIPPET_LINES: Final = 10
PLACE_AT_MOST: Final = 44


def render(
    run: Run,
    *,
    color: bool = False,
    width: int = 100,
    verbose: bool = False,
    notes: Sequence[str] = (),
    opening: Sequence[str] = (),
    controls: bool = False,
) -> str:
    """Return the report; `opening` goes before it, `notes` (what no rule looked at) after its totals.

    `controls` adds what the run says of each control.
    """
    terminal = Terminal(width, color)
    whole = outline(run)
    blocks = [
        [plain(line) for line in opening],
        list(_answer(run, terminal)),
        *([*_cause(cause, terminal, verbose)] for cause in whole.causes),
        list(_unknown(run, whole.unknown, terminal, verbose)),
        list(_accepted(whole.waived, whole.baseline, terminal, verbose)),
        list(_held((*whole.passed, *whole.not_applicable), terminal)) if verbose else [],
        list(_controls(run, terminal)) if controls else [],
        list(_errors(run, terminal)),
        [*_totals(run, whole.baseline, terminal), *(plain(note) for note in notes)],
    ]
    return "\n\n".join("\n".join(map(not_a_command, block)) for block in blocks if block) + "\n"


def _answer(run: Run, terminal: Terminal) -> Iterator[str]:
    if not run.trails:
        if not run.findings:
            nothing = "nothing could be judged" if run.errors else "nothing to judge: no rule speaks of this input"
            yield terminal.paint(nothing, "strong")
        else:
            yield terminal.paint("no trail in this input: nothing here can be called trusted", "strong")
        return
    if len(run.trails) > 1:
        trusted = sum(trail.verdict == "trusted" for trail in run.trails)
        yield terminal.paint(f"{trusted} of {len(run.trails)} trails can be trusted", "strong")
    for trail in run.trails:
        yield from _trail(trail, run, terminal)


def _trail(trail: TrailVerdict, run: Run, terminal: Terminal) -> Iterator[str]:
    verdict = terminal.paint(VERDICT_WORDS[trail.verdict].upper(), VERDICT_STYLES[trail.verdict])
    name = f"trail {plain(trail.resource.name)}  " if trail.resource.name else ""
    paths = {one.location.path for one in run.findings if one.location and one.resource == trail.resource}
    place = f"  {terminal.paint(plain(*paths), 'faint')}" if len(paths) == 1 else ""
    yield f"{verdict}  {name}{terminal.paint(plain(trail.resource.address), 'faint' if name else 'strong')}{place}"
    if len(run.trails) > TRAILS_IN_FULL:
        yield from terminal.wrapped(_sides(trail), first="  ", rest="  ") if trail.dimensions else ()
        return
    for name, dimension in trail.dimensions.items():
        word = STATUS_WORDS[dimension.status]
        word = word.upper() if dimension.status == "fail" else word
        why = ""
        if dimension.status in ("fail", "unknown"):
            why = _listed([finding.rule_id for finding in deciding(dimension, run)])
        elif dimension.status == "not_judged":
            why = terminal.paint(SHOWN_BY[name], "faint")
        gap = " " * (12 - len(word)) if why else ""
        yield f"  {name:<10}  {terminal.paint(word, _style(dimension.status))}{gap}{why}"


def _sides(trail: TrailVerdict) -> str:
    """Return the dimensions of a trail in one line: `fail: recorded, watched; pass: provable`."""
    by_status = {
        status: [name for name, one in trail.dimensions.items() if one.status == status]
        for status in DIMENSION_STATUSES
    }
    return "; ".join(f"{STATUS_WORDS[status]}: {', '.join(names)}" for status, names in by_status.items() if names)


def _cause(cause: Cause, terminal: Terminal, verbose: bool) -> Iterator[str]:
    """Yield what was found, where and why, the witness, the next step, and what follows from it."""
    finding = cause.finding
    yield _heading(finding, terminal)
    yield from terminal.wrapped(plain(finding.message), first="  ", rest="  ")
    yield from _explanation(finding, terminal, verbose)
    if witness := witness_of(finding):
        kind, words = witness
        yield from terminal.wrapped(plain(words), first=f"  {kind}: ", rest="    ")
    yield from _fix(finding, terminal)
    if verbose and finding.controls:
        controls = ", ".join(f"{one.framework} {one.control}" for one in finding.controls)
        yield from terminal.wrapped(plain(controls), first="  controls: ", rest="    ")
    if cause.consequences:
        count = f"and {len(cause.consequences)} more follow{'s' if len(cause.consequences) == 1 else ''} from this"
        if verbose:
            yield f"  {count}:"
            yield from (f"    {_heading(one, terminal)}" for one in cause.consequences)
        else:
            rules = _listed([one.rule_id for one in cause.consequences])
            yield from terminal.wrapped(f"{count}: {rules}", first="  ", rest="    ")


def _heading(finding: Finding, terminal: Terminal) -> str:
    word = terminal.paint(STATUS_WORDS[finding.status.value].upper(), _style(finding.status.value))
    failed = finding.status is Status.FAIL
    severity = terminal.paint(finding.severity, finding.severity) if failed else finding.severity
    return f"{word}  {terminal.paint(plain(finding.rule_id), 'strong')}  {severity}  {plain(finding.resource.address)}"


def _explanation(finding: Finding, terminal: Terminal, verbose: bool) -> Iterator[str]:
    """Yield the place to edit first, then each condition that decided, its own place before it."""
    leaves = [leaf for leaf in finding.explanation if verbose or leaf.status is finding.status]
    shown = leaves if verbose else leaves[:LEAVES]
    places = [plain(str(leaf.location)) if leaf.location else "" for leaf in shown]
    edit = plain(str(finding.location)) if finding.location else ""
    if edit and edit not in places:
        yield f"    {terminal.paint(edit, 'strong')}"
    widest = max(map(len, places), default=0)
    column = widest + 2 if 0 < widest <= PLACE_AT_MOST else 0
    margin = " " * (4 + column) if column or not widest else " " * 6
    last = ""
    for leaf, before, place in zip(shown, [None, *shown], places, strict=False):
        begin = margin
        if place not in ("", last):
            last = place
            if column:
                begin = f"    {place.ljust(column)}"
            else:
                yield f"    {place}"
        yield from terminal.wrapped(f"{joint(leaf, before)}{_leaf(leaf, verbose)}", first=begin, rest=margin)
        if leaf.because:
            yield from terminal.wrapped(plain(leaf.because), first=margin, rest=margin)
    if len(leaves) > len(shown):
        yield f"    and {len(leaves) - len(shown)} more conditions"


def _leaf(leaf: Leaf, verbose: bool) -> str:
    said = f"{plain(leaf.path)}: {plain(leaf.actual)}"
    if leaf.status is not Status.PASS:
        said = f"{said}, must be {plain(leaf.expected)}"
    return f"{said} ({STATUS_WORDS[leaf.status.value]})" if verbose else said


def _fix(finding: Finding, terminal: Terminal) -> Iterator[str]:
    if text := finding.remediation.text.strip():
        yield from terminal.wrapped(plain(" ".join(text.split())), first="  fix: ", rest="       ")
    _, words = snippet_of(finding)
    lines = words.strip("\n").splitlines()
    for line in lines[:SNIPPET_LINES]:
        yield f"       {terminal.paint(plain(line.rstrip()), 'faint')}"
    if len(lines) > SNIPPET_LINES:
        yield f"       ... (all of it: ctguard rules show {finding.rule_id})"


def _unknown(run: Run, unknown: Sequence[Finding], terminal: Terminal, verbose: bool) -> Iterator[str]:
    """Yield the missing values, each with its cure and what it would resolve."""
    groups = missing_values(run, unknown)
    if not groups and not unknown:
        return
    count = run.summary["unknown"]
    yield f"{terminal.paint('UNKNOWN', 'open')}  {_counted(count, 'finding')} cannot be decided"
    for group, findings in groups if verbose else groups[:GROUPS]:
        number = resolved(group, findings)
        resolves = f"resolves {number}" if group.findings else "not in sight"
        head = f"{plain(group.cure)}: {resolves}  ({plain(group.what)})"
        if not group.cure:
            head = f"{plain(group.what)}: {_counted(number, 'finding')}"
        yield from terminal.wrapped(head, first="  ", rest="    ")
        for line in terminal.wrapped(_examples(findings, verbose), first="    ", rest="    ") if findings else ():
            yield terminal.paint(line, "faint")
    if len(groups) > GROUPS and not verbose:
        yield f"  and {len(groups) - GROUPS} more missing values (--verbose names them)"


def _examples(findings: Sequence[Finding], verbose: bool) -> str:
    """Return the rules of `findings`, each with one place and the number of others."""
    places: dict[str, list[str]] = {}
    for finding in findings:
        places.setdefault(finding.rule_id, []).append(str(finding.location or finding.resource.address))
    shown = list(places.items()) if verbose else list(places.items())[:EXAMPLES]
    told = [
        f"{plain(rule)} ({plain(first)}{f', and {len(others)} more' if others else ''})"
        for rule, (first, *others) in shown
    ]
    more = len(places) - len(shown)
    return ", ".join([*told, f"and {more} more rules"] if more else told)


def _accepted(
    waived: Sequence[Finding], baseline: Sequence[Finding], terminal: Terminal, verbose: bool
) -> Iterator[str]:
    for finding in waived:
        waiver = finding.waiver
        said = f"until {waiver.expires} by {waiver.owner}: {waiver.reason}" if waiver else ""
        word = terminal.paint("WAIVED", "faint")
        yield f"{word}  {plain(finding.rule_id)}  {finding.severity}  {plain(finding.resource.address)}"
        yield from terminal.wrapped(plain(said), first="  ", rest="  ")
    if baseline:
        yield f"{terminal.paint('BASELINE', 'faint')}  {_counted(len(baseline), 'failure')} there before"
        if verbose:
            yield from (f"  {_heading(finding, terminal)}" for finding in baseline)
        else:
            rules = _listed([finding.rule_id for finding in baseline])
            yield from terminal.wrapped(rules, first="  ", rest="  ")


def _held(findings: Sequence[Finding], terminal: Terminal) -> Iterator[str]:
    for finding in findings:
        yield _heading(finding, terminal)
        for leaf in finding.explanation:
            yield from terminal.wrapped(_leaf(leaf, verbose=False), first="    ", rest="    ")


def _errors(run: Run, terminal: Terminal) -> Iterator[str]:
    for error in run.errors:
        word = terminal.paint("ERROR", "bad")
        yield f"{word}  {plain(error.source)}  {plain(error.kind)}"
        yield from terminal.wrapped(plain(error.message), first="  ", rest="  ")


def _controls(run: Run, terminal: Terminal) -> Iterator[str]:
    """Yield a line for each control: the worst of its findings, and the rules that do not hold."""
    framework = ""
    left_out = not_asked(run)
    for control, findings in by_control(run.findings).items():
        if control.framework != framework:
            framework = control.framework
            yield terminal.paint(f"by control of {framework}", "strong")
        counts = counted(findings)
        worst = worst_of(counts, left_out.get(control, ()))
        rules = dict.fromkeys(one.rule_id for one in findings if part_of(one) == worst != "pass")
        rules |= dict.fromkeys(f"{rule} (not asked)" for rule in left_out.get(control, ()))
        words = f"{', '.join(f'{count} {PARTS[part]}' for part, count in counts)}{'  ' if rules else ''}"
        status = terminal.paint(f"{PARTS[worst].upper():<14}", PART_STYLES.get(worst, "faint"))
        yield from terminal.wrapped(plain(f"{words}{' '.join(rules)}"), first=f"  {status} {control.control:<12} ")


def _totals(run: Run, baseline: Sequence[Finding], terminal: Terminal) -> Iterator[str]:
    """Yield one line with the count of every status, zero or not."""
    failing = by_severity(finding for finding in run.findings if finding.status is Status.FAIL and not finding.waiver)
    details = [f"{count} {severity}" for severity, count in failing.items()]
    if baseline:
        details.append(f"{len(baseline)} of them there before")
    counts = []
    for name, count in run.summary.items():
        detail = f" ({', '.join(details)})" if name == "fail" and details else ""
        counts.append(f"{total(name, count)}{detail}")
    yield from terminal.wrapped(", ".join(counts))


def _listed(rule_ids: Sequence[str]) -> str:
    names = [plain(name) for name in dict.fromkeys(rule_ids)]
    more = len(names) - EXAMPLES - 1
    return ", ".join(names if more <= 0 else [*names[: EXAMPLES + 1], f"{more} more rules"])


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _style(status: str) -> str:
    return STATUS_STYLES[status]
