"""The HTML report in a real Chromium: filter, search, links, themes, paper, and what content must not do."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ctguard.model.log_verification import LogVerification, read_verification
from ctguard.render import render
from ctguard.render.html_logs import render as render_logs
from tests.render.payloads import PAYLOADS, hostile_run
from tests.render.scenes import account_run, code_run
from tests.render.test_timeline import HOURS, document

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
if CHROMIUM is None:
    pytest.skip("there is no Chromium on this machine (apt-get install chromium)", allow_module_level=True)
sync_api = pytest.importorskip("playwright.sync_api")


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def reports(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    attack = "".join(payload for payload in PAYLOADS.values() if len(payload) < 200)
    for name, run in {"code": code_run(), "accounts": account_run(), "hostile": hostile_run(attack)}.items():
        for view in ("engineer", "auditor"):
            prefix = "" if view == "engineer" else f"{view}-"
            page = render(run, "html", view=view, logs=verification() if name == "code" else None)
            (folder / f"{prefix}{name}.html").write_text(page, encoding="utf-8")
    (folder / "logs.html").write_text(render_logs(verification()), encoding="utf-8")
    return folder


def verification() -> LogVerification:
    data = json.dumps(document(("111122223333", HOURS), text="arn:aws:cloudtrail:us-east-1:111122223333:trail/t"))
    return read_verification(data.encode(), "verify.json")


class Visit:
    """A page that was opened, with everything that it asked for and complained of."""

    def __init__(self, browser, url: str, **settings) -> None:
        self.page = browser.new_context(**{"viewport": {"width": 1300, "height": 900}, **settings}).new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(url)

    def seen(self, selector: str) -> int:
        return sum(one.is_visible() for one in self.page.query_selector_all(selector))

    def colour(self) -> str:
        return self.page.evaluate("getComputedStyle(document.body).backgroundColor")


@pytest.fixture
def visit(browser, reports):
    opened: list[Visit] = []

    def go(name: str, anchor: str = "", **settings) -> Visit:
        opened.append(Visit(browser, (reports / f"{name}.html").as_uri() + anchor, **settings))
        return opened[-1]

    yield go
    for one in opened:
        one.page.context.close()


PAGES = ("code", "accounts", "hostile", "auditor-code", "auditor-accounts", "auditor-hostile", "logs")


@pytest.mark.parametrize("name", PAGES)
def test_it_asks_for_nothing_and_complains_of_nothing(visit, name):
    opened = visit(name)

    assert len(opened.requests) == 1
    assert opened.complaints == []


def test_content_that_attacks_runs_nothing_and_adds_no_element(visit):
    opened = visit("hostile")

    assert opened.page.evaluate("window.pwned") is None
    assert opened.page.evaluate("document.scripts.length") == 1
    assert opened.page.query_selector_all("img, iframe, object, embed, base, main style") == []


def test_the_filter_keeps_what_was_asked_for_and_counts_it(visit):
    opened = visit("code")
    before = opened.seen("article.finding")

    for name in ("unknown", "baseline", "waived", "pass", "not_applicable"):
        opened.page.uncheck(f"input[value={name}]")

    assert 0 < opened.seen("article.finding") < before
    assert opened.seen("article.finding.unknown") == 0
    assert opened.page.inner_text("#shown") == "7 of 22 findings shown"
    opened.page.click("button[type=reset]")
    assert opened.seen("article.finding") == before


def test_the_search_finds_words_of_findings_and_their_rules(visit):
    opened = visit("code")

    opened.page.fill("#search", "keep_days retention")

    assert [
        one.inner_text() for one in opened.page.query_selector_all("article.finding .rule") if one.is_visible()
    ] == ["bucket-retention"]


def test_filters_by_severity_resource_and_framework_hold_together(visit):
    opened = visit("code")

    opened.page.select_option("#severity", "high")
    opened.page.select_option("#type", "trail")
    opened.page.select_option("#framework", "nist-800-53-r5")

    assert opened.page.inner_text("#shown").startswith("1 of 22")


def test_a_link_to_a_consequence_opens_what_it_is_folded_into(visit):
    (finding,) = (one for one in code_run().findings if one.rule_id == "monitor-root-usage")

    opened = visit("code", f"#f-{finding.fingerprint}")

    assert opened.page.is_visible(f"#f-{finding.fingerprint}")


def test_a_link_leads_to_a_finding_that_the_filter_had_put_away(visit):
    opened = visit("code")
    opened.page.fill("#search", "nothing has these words")

    opened.page.click("#trail-1 .dimensions a >> nth=0")

    assert opened.seen("article.finding:target") == 1


def test_both_themes_and_the_button_between_them(visit):
    light, dark = visit("code", color_scheme="light"), visit("code", color_scheme="dark")

    assert light.colour() != dark.colour()
    at_night = dark.colour()
    light.page.click("#theme")
    assert light.colour() == at_night


@pytest.mark.parametrize("name", ["code", "auditor-code", "logs"])
@pytest.mark.parametrize("width", [320, 420, 800, 1300, 1900])
def test_it_fits_every_width(visit, width, name):
    opened = visit(name, viewport={"width": width, "height": 800})

    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_everything_is_there_and_the_tools_are_not(visit):
    opened = visit("code", java_script_enabled=False)

    assert opened.page.is_visible("#answer")
    assert opened.seen(".finding") > 0
    assert not opened.page.is_visible("#tools")
    assert not opened.page.is_visible("#theme")


def test_paper_shows_folded_parts_too_even_without_scripts(visit):
    opened = visit("code", java_script_enabled=False)
    assert not opened.page.is_visible("#held table")

    opened.page.emulate_media(media="print")

    assert opened.page.is_visible("#held table")
    assert not opened.page.is_visible(".toc")
    assert opened.page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["code", "accounts", "auditor-code", "logs"])
def test_axe_finds_no_violation(visit, name, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    opened = visit(name, color_scheme=scheme, bypass_csp=True)
    opened.page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")

    result = axe.run(opened.page)

    assert result.violations_count == 0, result.generate_report()


def test_the_keyboard_reaches_the_answer_first_and_the_search_by_slash(visit):
    opened = visit("code")

    opened.page.keyboard.press("Tab")
    assert opened.page.evaluate("document.activeElement.textContent") == "Skip to the answer"
    opened.page.keyboard.press("Enter")
    opened.page.keyboard.press("/")
    assert opened.page.evaluate("document.activeElement.id") == "search"


def test_a_mark_in_the_drawing_leads_to_its_finding(visit):
    (finding,) = (one for one in code_run().findings if one.rule_id == "trail-cloudwatch-logs")
    opened = visit("code")

    opened.page.focus(f".surroundings a[href='#f-{finding.fingerprint}'] >> nth=0")
    opened.page.keyboard.press("Enter")

    assert opened.page.evaluate("document.querySelector(':target').id") == f"f-{finding.fingerprint}"


@pytest.mark.parametrize("name", ["code", "auditor-code", "logs"])
def test_no_text_of_a_drawing_leaves_its_box_or_the_drawing(visit, name):
    opened = visit(name)

    outside = opened.page.evaluate(
        """[...document.querySelectorAll(".surroundings .node, .timeline")].flatMap((box) => {
          const room = (box.querySelector("rect") && !box.matches(".timeline") ? box.querySelector("rect") : box)
            .getBoundingClientRect();
          return [...box.querySelectorAll("text")].filter((text) => {
            const at = text.getBoundingClientRect();
            return at.right > room.right + 2 || at.left < room.left - 2;
          }).map((text) => text.textContent);
        })"""
    )
    assert outside == []


def test_each_printed_sheet_says_scope_date_and_digest(visit):
    opened = visit("code")

    foot = opened.page.evaluate(
        "[...document.styleSheets[0].cssRules].filter((rule) => rule.media).map((rule) => rule.cssText).join()"
    )
    assert "2026-11-20T08:15:03Z  sha256:9c56cc51b374  infra, modules" in foot
    assert "counter(pages)" in foot
