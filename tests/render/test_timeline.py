"""The hours of log files, drawn: states where they belong, marks beside colours, the same in words."""

from __future__ import annotations

import json
from itertools import pairwise

import lxml.html
import pytest

from ctguard.model.errors import CtguardError
from ctguard.model.log_verification import read_verification
from ctguard.render import render
from ctguard.render.html_logs import render as page_of
from tests.render.payloads import PAYLOADS
from tests.render.scenes import code_run

START, END = "2026-03-01T10:00:00Z", "2026-03-04T10:00:00Z"
COUNTS = {"valid": 1, "invalid": 0, "missing": 0, "error": 0}


def document(*chains: tuple[str, list[list[str]]], text: str = "us-east-1", **more) -> dict:
    """What `logs verify` writes, with the hours of each chain."""
    told = {"digests": COUNTS, "logs": COUNTS}
    names = [{"account_id": account, "region": text, "kind": "standard"} for account, _ in chains]
    return {
        "status": "invalid",
        "window": {"start": START, "end": END},
        "trail_arn": text,
        "chains": [{**name, "status": "gap", "proven": [], **told} for name in names],
        "findings": [],
        "totals": told,
        "timeline": [{**name, "hours": hours} for name, (_, hours) in zip(names, chains, strict=True)],
        **more,
    }


def shown(found: dict):
    return lxml.html.document_fromstring(page_of(read_verification(json.dumps(found).encode(), "verify.json")))


def stretches(page) -> list[tuple[str, float, float]]:
    groups = page.xpath("//svg[contains(@class, 'timeline')]//g[starts-with(@class, 'stretch')]")
    return [
        (group.get("class").split()[1], *(float(group.xpath("./rect")[0].get(name)) for name in ("x", "width")))
        for group in groups
    ]


HOURS = [
    [START, "2026-03-02T10:00:00Z", "proven"],
    ["2026-03-02T10:00:00Z", "2026-03-02T22:00:00Z", "tampered"],
    ["2026-03-02T22:00:00Z", "2026-03-03T10:00:00Z", "paused"],
    ["2026-03-03T10:00:00Z", END, "missing"],
]


def test_each_stretch_stands_at_its_time_and_is_as_long_as_it_lasts():
    found = stretches(shown(document(("111122223333", HOURS))))

    assert [state for state, _, _ in found] == ["proven", "tampered", "paused", "missing"]
    day = found[0][2]
    assert [round(width / day, 2) for _, _, width in found] == [1, 0.5, 0.5, 1]
    for (_, x, width), (_, after, _) in pairwise(found):
        assert abs(x + width - after) < 0.2


def test_states_differ_in_more_than_colour():
    page = shown(document(("111122223333", [*HOURS, [START, END, "undecided"]])))

    def part(state: str, path: str) -> list:
        return page.xpath(f"//g[@class='stretch {state}']/{path}")

    assert part("tampered", "use/@href") == ["#i-fail"]
    assert part("undecided", "use/@href") == ["#i-unknown"]
    assert part("paused", "rect/@fill") == ["url(#timeline-hatch)"]
    assert page.xpath("//pattern/@id") == ["timeline-hatch"]


def test_the_same_stands_in_words():
    page = shown(document(("111122223333", HOURS)))

    assert page.xpath("//details[@class='in-words']//li/text()") == [
        "111122223333 us-east-1: 24 h proven, 12 h paused, 24 h missing, 12 h tampered"
    ]


def test_a_verification_without_hours_is_drawn_by_what_is_proven():
    found = document(("111122223333", []))
    del found["timeline"]
    found["chains"][0]["proven"] = [["2026-03-02T10:00:00Z", "2026-03-03T10:00:00Z"]]

    assert [state for state, _, _ in stretches(shown(found))] == ["missing", "proven", "missing"]


def test_of_very_many_chains_those_with_gaps_are_drawn_first():
    whole = [(f"{number:012}", [[START, END, "proven"]]) for number in range(200)]

    page = shown(document(*whole, ("999999999999", HOURS)))

    assert len({state for state, _, _ in stretches(page)}) == 4
    assert "and 141 more, each hour as far as known" in page.xpath("//svg//text/text()")


def test_a_report_of_a_run_shows_the_hours_that_it_is_given():
    logs = read_verification(json.dumps(document(("111122223333", HOURS))).encode(), "verify.json")

    for view in ("engineer", "auditor"):
        page = lxml.html.document_fromstring(render(code_run(), "html", view=view, logs=logs))
        assert len(stretches(page)) == 4
        assert "#hours" in page.xpath("//nav//a/@href")


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_content_that_attacks_stays_text(payload):
    finding = {"kind": payload, "detail": payload, "object": payload, "account_id": payload, "region": payload}
    event = {"time": payload, "event_name": payload, "actor": payload}

    def elements(text: str) -> list:
        told = {
            "findings": [dict.fromkeys(finding, text)],
            "tamper_events": [dict.fromkeys(event, text)],
            "notes": [text],
        }
        found = document((text, [[text, text, "proven"]]), text=text, **told)
        data = json.dumps(found).encode()
        page = lxml.html.document_fromstring(page_of(read_verification(data, "verify.json")))
        return [(one.tag, sorted(one.keys())) for one in page.iter()]

    if "\ud800" not in payload:  # JSON in UTF-8 cannot bear it
        assert elements(payload) == elements("plain") or not payload.strip()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"status": "fine"}', '{"status": "valid", "chains": 3}'])
def test_what_is_no_verification_is_refused_in_one_line(content):
    with pytest.raises(CtguardError) as refusal:
        read_verification(content.encode(), "verify.json")

    assert str(refusal.value).startswith("verify.json: is no verification of logs")
    assert "\n" not in str(refusal.value)
