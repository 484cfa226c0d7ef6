"""JSON templates: strict, and with lines."""

from __future__ import annotations

import time

import pytest

from tests.sources.cloudformation.templates import declared, read

TEMPLATE = """{
  "AWSTemplateFormatVersion": "2010-09-09",
  "Resources": {
    "Thing": {
      "Type": "Custom::Thing",
      "Properties": {
        "Value": VALUE
      }
    }
  }
}
"""


def test_a_key_that_stands_twice_is_refused_with_both_lines() -> None:
    unit = read(
        TEMPLATE.replace("VALUE", '{"Effect": "Deny",\n "Action": "*",\n "Eff\\u0065ct": "Allow"}'), name="t.json"
    )

    assert [(fault.kind, fault.source) for fault in unit.faults] == [("duplicate-key", "t.json:9")]
    assert "line 7 and again on line 9" in unit.faults[0].message


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("NaN", "NaN is not a JSON number"),
        ("-Infinity", "-Infinity is not a JSON number"),
        ("1e999", "is too large"),
        ("9" * 5000, "is not sound JSON"),
        ('"\\ud800"', "surrogate"),
        ("[" * 100_000 + "]" * 100_000, "nested deeper"),
        ("[" * 200 + "]" * 200, "nested deeper"),
        ("[1,]", "is not sound JSON"),
        ("1 // no", "is not sound JSON"),
        ("", "is not sound JSON"),
        ('"\x01"', "is not sound JSON"),
        (f"[{'1,' * 300_000}1]", "more than 150,000 values"),
    ],
    ids=lambda value: value[:30],
)
def test_json_that_is_not_sound_is_refused(value: str, message: str) -> None:
    started = time.process_time()

    unit = read(TEMPLATE.replace("VALUE", value), name="t.json")

    assert time.process_time() - started < 2
    assert len(unit.faults) == 1
    assert message in unit.faults[0].message


def test_json_may_have_a_byte_order_mark_and_escapes() -> None:
    unit = read(TEMPLATE.replace("VALUE", '"a\\/b \\ud83d\\ude00 \\u0000"').encode("utf-8-sig"), name="t.json")

    assert declared(unit, "Thing").values["Value"] == "a/b \U0001f600 \x00"


def test_a_file_not_called_json_that_begins_with_a_brace_may_be_yaml() -> None:
    unit = read("{Resources: {Thing: {Type: Custom::Thing, Properties: {Value: !Sub x}}}}", name="t.template")

    assert declared(unit, "Thing").values["Value"] == "x"
