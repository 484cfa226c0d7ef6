"""The pull-request comment, as GitHub's own Markdown reader sees it."""

from __future__ import annotations

import re

import cmarkgfm
import lxml.html
import pytest
from cmarkgfm.cmark import Options
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ctguard.model.finding import UnknownGroup
from ctguard.model.logic import Status
from ctguard.model.visible import shortened, visible
from ctguard.render import render
from ctguard.render.markdown_text import block, code, prose
from tests.render.builders import TRAIL, make_finding, make_run, make_verdict
from tests.render.payloads import PAYLOADS, hostile_run
from tests.render.scenes import account_run, code_run, large_run

OURS = {
    "div", "h2", "h3", "p", "strong", "table", "thead", "tbody", "tr", "th", "td",
    "ul", "li", "code", "pre", "br", "sub",
}  # fmt: skip
LINKING = re.compile(r"@\w|#\d|gh-\d|://|\bwww\.|mailto:", re.IGNORECASE)


def read(markdown: str):
    """Render as GitHub does, raw HTML let through so that it would be seen."""
    html = cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE)
    return lxml.html.fragment_fromstring(html, create_parent="div")


def outside_code(element) -> str:
    if element.tag == "code":
        return element.tail or ""
    return (element.text or "") + "".join(map(outside_code, element)) + (element.tail or "")


def words(text: str) -> str:
    return " ".join(text.split())


def test_it_opens_with_the_answer_and_tells_causes_missing_values_errors_and_what_was_accepted():
    document = read(render(code_run(), "markdown"))

    assert [words(one.text_content()) for one in document.xpath("//h2 | //h3")] == [
        "None of 2 trails can be trusted",
        "What to repair",
        "What is not known",
        "What went wrong",
        "What was accepted",
    ]
    rows = [[cell.text_content() for cell in row] for row in document.xpath("//tbody/tr")]
    assert rows[0] == ["audit", "not trusted", "fail", "not judged", "not judged", "fail", "unknown", "fail"]
    said = words(document.text_content())
    assert "8 pass, 8 fail, 4 unknown, 1 not applicable, 1 waived, 1 error" in said
    assert "critical bucket-least-privilege on aws_s3_bucket.audit_logs at modules/logs/policy.tf:14" in said
    assert "4 more follow from this: monitor-cloudtrail-changes" in said
    assert "set var.org_id: resolves 3 (var.org_id has no value)" in said


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_content_links_mentions_and_loads_nothing(payload):
    document = read(render(hostile_run(payload), "markdown"))

    assert {one.tag for one in document.iter()} <= OURS
    assert not LINKING.search(outside_code(document))
    shown = words(visible(shortened(payload.strip(), 500)))
    assert shown in words(document.text_content())


@settings(max_examples=300, deadline=None)
@given(st.text("ab1 \\`*_[]<>|~$&!#@.:-+=()\n\t/wgh\"'", max_size=30))
def test_any_text_is_shown_as_it_is_in_prose_in_code_and_in_a_table(text):
    shown = words(visible(text.strip()))

    for markdown in (f"- {prose(text)}", f"so: {prose(text)}", f"so: {code(text)}", block(text)):
        document = read(markdown)
        assert {one.tag for one in document.iter()} <= OURS
        assert not LINKING.search(outside_code(document))
    assert words(read(f"so: {prose(text)}").text_content()) == words(f"so: {shown}")
    assert words(read(f"so: {code(text)}").text_content()) == words(f"so: {visible(text)}")
    cells = read(f"| a | b |\n| --- | --- |\n| {prose(text)} | end |").xpath("//td")
    assert [words(cell.text_content()) for cell in cells] == [shown, "end"]


@pytest.mark.parametrize(
    "run",
    [
        large_run(3000),
        make_run([make_finding(f"r{n}", message="\u00e4" * 500) for n in range(999)]),
        make_run(
            [make_finding(f"r{n}", Status.UNKNOWN, fingerprint=str(n)) for n in range(999)],
            unknowns=[UnknownGroup(f"var.v{n} has no value", f"set var.v{n}", (str(n),)) for n in range(999)],
        ),
        make_run(trails=[make_verdict(replace(TRAIL, name=f"t{n}"), "trusted", recorded="pass") for n in range(999)]),
    ],
    ids=["many findings", "long messages", "many missing values", "many trails"],
)
def test_it_fits_one_comment_and_counts_what_did_not(run):
    report = render(run, "markdown")

    assert len(report.encode()) <= 65_536
    assert re.search(r"\.\.\. and \d+ more", report)


def test_nothing_is_dropped_where_all_fits():
    for run in (code_run(), account_run()):
        assert "... and" not in render(run, "markdown")
