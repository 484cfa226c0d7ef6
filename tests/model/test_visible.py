"""Texts of strangers, made harmless and whole."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctguard.model.visible import json_without_hidden, shortened, visible, visible_lines

CASES = [
    (
        "plain text, umlauts \u00e4\u00f6\u00fc and \u65e5\u672c",
        "plain text, umlauts \u00e4\u00f6\u00fc and \u65e5\u672c",
    ),
    ("\x1b[2J", "\\x1b[2J"),
    ("\x1b]8;;http://evil\x07click\x1b]8;;\x07", "\\x1b]8;;http://evil\\x07click\\x1b]8;;\\x07"),
    ("\x9b31m", "\\x9b31m"),
    ("one\r\ntwo\tthree\b", "one\\r\\ntwo\\tthree\\x08"),
    ("user\u202egnp.exe", "user\\u202egnp.exe"),
    ("a\u200bdmin", "a\\u200bdmin"),
    ("tag \U000e0041", "tag \\U000e0041"),
    ("caf\udce9", "caf\\udce9"),
    ("see ##[error] there", "see #\\x23[error] there"),
]


@pytest.mark.parametrize(("text", "shown"), CASES)
def test_what_is_hidden_or_obeyed_is_shown_as_its_escape(text, shown):
    assert visible(text) == shown


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_no_control_or_format_character_is_left(text):
    shown = visible(text)

    # Cf holds a few visible signs (number signs of Arabic and Egyptian script); those may stay.
    left = {one for one in shown if unicodedata.category(one) in {"Cc", "Cs", "Zl", "Zp"}}
    assert not left
    assert not any(
        unicodedata.bidirectional(one) in {"RLO", "LRO", "RLE", "LRE", "PDF", "RLI", "LRI", "FSI", "PDI"}
        for one in shown
    )
    assert "\n" not in shown


def test_lines_keep_their_ends_and_nothing_else():
    assert visible_lines("a {\n\tb = 1\r\n}\x0b\x85") == "a {\n\tb = 1\\r\n}\\x0b\\x85"


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_json_means_the_same_without_hidden_characters(text):
    written = json_without_hidden(json.dumps({"k": text}, ensure_ascii=False))

    assert json.loads(written) == {"k": text}


def test_a_long_text_is_shortened_with_its_length_and_a_hash_of_the_whole():
    first, second = shortened("x" * 1_000_000, 100), shortened("x" * 999_999 + "y", 100)

    assert len(first) == len(second) == 100
    assert "1000000 characters, sha256 " in first
    assert first != second
    assert shortened("short", 100) == "short"
