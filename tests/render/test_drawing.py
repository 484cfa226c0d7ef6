"""The drawing of a trail's surroundings: what stands where, what is marked, what leads where, and the same in words."""

from __future__ import annotations

import lxml.html
import pytest

from ctguard.render import render
from tests.render.builders import TRAIL, make_finding, make_run, make_surroundings, make_verdict
from tests.render.scenes import code_run

WATCHED = (
    ("trail t", "stores files in", "bucket b"),
    ("trail t", "writes to", "log_group g"),
    ("log_group g", "is read by", "metric_filter f"),
    ("metric_filter f", "sets off", "alarm a"),
    ("alarm a", "tells", "topic told"),
    ("topic told", "reaches", "subscription s"),
)


def drawn(*ways, trails: int = 1, **states):
    finding = make_finding()
    around = make_surroundings(*ways, findings=[finding], **states)
    verdicts = [make_verdict(TRAIL, "not_trusted", around, recorded="fail") for _ in range(trails)]
    return lxml.html.document_fromstring(render(make_run([finding], trails=verdicts), "html"))


def boxes(document) -> dict[str, tuple[float, float]]:
    found = {}
    for group in document.xpath("//svg[contains(@class, 'surroundings')]//g[starts-with(@class, 'node')]"):
        name = group.xpath("./text")[-1].text
        rect = group.xpath("./rect")[0]
        found[name] = (float(rect.get("x")), float(rect.get("y")))
    return found


def test_events_are_read_from_left_to_right_and_files_stand_above_them():
    places = boxes(drawn(*WATCHED))

    assert places["t"] < places["b"]
    assert places["b"][1] < places["g"][1]
    columns = [places[name][0] for name in ("g", "f", "a", "told", "s")]
    assert columns == sorted(set(columns))


def test_no_two_things_stand_in_one_place():
    rows = [
        way
        for number in range(7)
        for way in (
            ("log_group g", "is read by", f"metric_filter f{number}"),
            (f"metric_filter f{number}", "sets off", f"alarm a{number}"),
            (f"alarm a{number}", "tells", f"topic t{number % 3}"),
            (f"topic t{number % 3}", "reaches", f"subscription s{number % 3}"),
        )
    ]
    places = boxes(drawn(("trail t", "writes to", "log_group g"), *rows))

    assert len(places) == 2 + 7 + 7 + 3 + 3
    assert len(set(places.values())) == len(places)


def test_what_is_broken_bears_a_mark_and_leads_to_the_finding():
    document = drawn(("trail t", "encrypts with", "no key"))

    (mark,) = document.xpath("//svg//g[@class='on-way fail']")
    assert mark.getparent().get("href") == f"#f-{make_finding().fingerprint}"
    assert mark.xpath("./use/@href") == ["#i-fail"]
    assert "no KMS key" in document.xpath("//svg//text/text()")


def test_of_many_filters_those_with_faults_are_drawn_and_the_others_counted():
    rows = [("log_group g", "is read by", f"metric_filter f{number}") for number in range(30)]
    broken = [(f"metric_filter f{number}", "sets off", "no alarm") for number in (3, 29)]

    document = drawn(("trail t", "writes to", "log_group g"), *rows, *broken)

    assert {"f3", "f29"} <= set(boxes(document))
    assert "and 20 more without a fault of their own" in document.xpath("//svg//text/text()")
    assert len(document.xpath("//details[@class='in-words']//li")) == 33


def test_the_drawing_says_what_it_is_and_the_same_stands_in_words():
    document = drawn(*WATCHED, bucket="fail")

    (picture,) = document.xpath("//svg[contains(@class, 'surroundings')]")
    name = document.get_element_by_id(picture.get("aria-labelledby"))
    about = document.get_element_by_id(picture.get("aria-describedby"))
    assert name.text == "The surroundings of audit"
    assert about.text.startswith("7 things, ways between them: 6, broken: 0, things with failures: 1.")
    first = document.xpath("//details[@class='in-words']//li")[0]
    assert " ".join(first.text_content().split()) == "fail trail t stores files in bucket b: trail-multi-region"


def test_a_run_that_says_nothing_of_surroundings_has_no_drawing():
    document = lxml.html.document_fromstring(
        render(make_run([make_finding()], trails=[make_verdict(TRAIL, "trusted", recorded="pass")]), "html")
    )

    assert document.xpath("//*[@id='surroundings']") == []


@pytest.mark.parametrize("trails", [1, 30])
def test_many_trails_are_not_all_drawn_and_the_rest_is_counted(trails):
    document = drawn(*WATCHED, trails=trails)

    assert len(document.xpath("//svg[contains(@class, 'surroundings')]")) == min(trails, 8)
    assert bool(document.xpath("//p[starts-with(., '22 more trails')]")) == (trails == 30)


def test_the_page_lists_the_drawing_among_its_contents():
    document = lxml.html.document_fromstring(render(code_run(), "html"))

    assert "#surroundings" in document.xpath("//nav//a/@href")
