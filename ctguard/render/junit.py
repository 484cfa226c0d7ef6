"""The run as JUnit XML: a suite for each rule, a test for each resource.

Red is what makes the exit status 1 or 2: open failures and errors. Unknown, not
applicable and accepted findings are skipped tests, each saying which it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from ctguard.model.finding import Finding, Run
from ctguard.model.logic import Status
from ctguard.render.sentences import acceptance, details, filled, message, text


def render(run: Run) -> str:
    """Return the document, as Jenkins, GitLab and others read it."""
    by_rule: dict[str, list[Finding]] = defaultdict(list)
    for finding in run.findings:
        by_rule[finding.rule_id].append(finding)
    red = [finding for finding in run.findings if _is_red(finding)]
    totals = {"tests": len(run.findings) + len(run.errors), "failures": len(red), "errors": len(run.errors)}
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites{_attributes(name=run.tool.name, **totals)}>",
        *_answer(run),
        *(line for rule in sorted(by_rule) for line in _suite(rule, by_rule[rule])),
        *_errors(run),
        "</testsuites>",
    ]
    # A build log takes `##[` for a command, in XML too.
    return "\n".join(lines).replace("##[", "#&#35;[") + "\n"


def _is_red(finding: Finding) -> bool:
    return finding.status is Status.FAIL and not finding.waiver and not finding.baseline


def _answer(run: Run) -> Iterator[str]:
    """Yield a suite without tests that holds the verdict on each trail and the counts."""
    yield f"  <testsuite{_attributes(name='trails', tests=0, failures=0, errors=0)}>"
    yield "    <properties>"
    for trail in run.trails:
        name = f"trail {trail.resource.arn or trail.resource.address}"
        sides = ", ".join(f"{name} {one.status}" for name, one in trail.dimensions.items())
        yield f"      <property{_attributes(name=name, value=f'{trail.verdict}: {sides}')}/>"
    for name, count in run.summary.items():
        yield f"      <property{_attributes(name=f'summary {name}', value=count)}/>"
    yield "    </properties>"
    yield "  </testsuite>"


def _suite(rule: str, findings: Sequence[Finding]) -> Iterator[str]:
    red = sum(_is_red(finding) for finding in findings)
    skipped = sum(finding.status is not Status.PASS for finding in findings) - red
    counts = {"tests": len(findings), "failures": red, "errors": 0, "skipped": skipped}
    yield f"  <testsuite{_attributes(name=rule, **counts)}>"
    for finding in findings:
        yield from _test(finding)
    yield "  </testsuite>"


def _test(finding: Finding) -> Iterator[str]:
    start = f"    <testcase{_attributes(name=finding.resource.address or '-', classname=finding.rule_id)}"
    outcome = _outcome(finding)
    if outcome is None:
        yield f"{start}/>"
        return
    element, kind, said = outcome
    yield f"{start}>"
    yield f"      <{element}{_attributes(type=kind, message=said)}>{_body(details(finding))}</{element}>"
    yield "    </testcase>"


def _outcome(finding: Finding) -> tuple[str, str, str] | None:
    """Return element, type and message of a test that did not pass."""
    if finding.status is Status.PASS:
        return None
    if _is_red(finding):
        return "failure", finding.severity, message(finding)
    if accepted := acceptance(finding):
        return "skipped", "waived" if finding.waiver else "baseline", f"{accepted} - {message(finding)}"
    return "skipped", finding.status.value, message(finding)


def _errors(run: Run) -> Iterator[str]:
    if not run.errors:
        return
    count = len(run.errors)
    yield f"  <testsuite{_attributes(name='errors', tests=count, failures=0, errors=count)}>"
    for error in run.errors:
        yield f"    <testcase{_attributes(name=error.source or '-', classname='errors')}>"
        yield f"      <error{_attributes(type=error.kind, message=error.message)}/>"
        yield "    </testcase>"
    yield "  </testsuite>"


def _attributes(**values: str | int) -> str:
    return "".join(
        f" {name}={quoteattr(str(value) if isinstance(value, int) else filled(value))}"
        for name, value in values.items()
    )


def _body(lines: Iterable[str]) -> str:
    return escape("\n".join(text(line, 2000) for line in lines))
