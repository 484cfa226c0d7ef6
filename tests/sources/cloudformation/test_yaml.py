"""YAML as CloudFormation reads it, and YAML that is meant to harm."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.sources.cloudformation.templates import DEPLOYED, declared, read

HEAD = "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Thing:\n    Type: Custom::Thing\n    Properties:\n"


def value_of(text: str) -> Any:
    unit = read(f"{HEAD}      Value: {text}\n")
    assert unit.faults == ()
    return declared(unit, "Thing").values.get("Value")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("012345670123", "012345670123"),
        ("111122223333", "111122223333"),
        ("012345678901", "012345678901"),
        ("2012-10-17", "2012-10-17"),
        ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
        ("3.10", "3.10"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("1e3", "1e3"),
        (".inf", ".inf"),
        ("-inf", "-inf"),
        (".nan", ".nan"),
        ("+1", "+1"),
        ("9" * 5000, "9" * 5000),
        ("365", 365),
        ("-7", -7),
        ("0", 0),
        ("1.5", 1.5),
        ("yes", True),
        ("NO", False),
        ("On", True),
        ("off", False),
        ("1:30", 90),
        ("'yes'", "yes"),
        ('"365"', "365"),
        ("~", None),
        ("!!str 365", "365"),
        ("!!int 365", 365),
        ("y", "y"),
        ("arn:aws:s3:::b", "arn:aws:s3:::b"),
    ],
)
def test_scalars_keep_what_they_are_written_as(text: str, expected: Any) -> None:
    value = value_of(text)

    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("short", "expected"),
    [
        ("!Sub 'a-${Thing2}'", "a-name"),
        ("!Ref Thing2", "name"),
        ("!GetAtt Thing2.Arn", "arn:aws:s3:::name"),
        ("!GetAtt [Thing2, Arn]", "arn:aws:s3:::name"),
        ("!Join ['-', [a, !Ref Thing2]]", "a-name"),
        ("!Join\n        - '-'\n        - - a\n          - !Sub\n            - '${b}'\n            - b: c", "a-c"),
        ("!Select [1, !Split [',', 'a,b']]", "b"),
        ("!If [Holds, 1, 2]", 1),
        ("!FindInMap [M, k, v]", "w"),
        ("!Base64 x", "eA=="),
        ("!Base64\n        Fn::Sub: x", "eA=="),
        ("!Length [a, b]", 2),
        ("!ToJsonString {a: 1}", '{"a":1}'),
    ],
)
def test_short_tags_are_the_functions(short: str, expected: Any) -> None:
    text = (
        "Mappings: {M: {k: {v: w}}}\nConditions:\n"
        "  Holds: !And [!Equals [1, 1], !Not [!Equals [1, 2]], !Condition Also]\n"
        "  Also: !Or [!Equals [a, b], !Equals [a, a]]\n"
        "Resources:\n  Thing2: {Type: 'AWS::S3::Bucket', Properties: {BucketName: name}}\n"
        f"  Thing:\n    Type: Custom::Thing\n    Properties:\n      Value: {short}\n"
    )

    unit = read(text, pseudo=DEPLOYED)

    assert unit.faults == ()
    assert declared(unit, "Thing").values["Value"] == expected


def test_a_parameter_may_be_called_like_a_boolean() -> None:
    unit = read(f"Parameters:\n  On: {{Type: String, Default: x}}\n{HEAD}      Value: !Ref On\n")

    assert declared(unit, "Thing").values["Value"] == "x"


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system [echo]", "!Rain::Embed x", "!!binary aGk=", "!!set {a}", "!Foo"]
)
def test_a_tag_that_is_not_cloudformations_is_refused(tag: str) -> None:
    unit = read(f"{HEAD}      Value: {tag}\n")

    assert [(fault.kind, fault.source) for fault in unit.faults] == [("syntax", "template.yaml:6")]
    assert "none of CloudFormation's" in unit.faults[0].message


def test_a_key_that_stands_twice_is_refused_with_both_lines() -> None:
    unit = read(f"{HEAD}      Effect: Deny\n      Other: 1\n      Effect: Allow\n")

    assert unit.declarations == ()
    assert [(fault.kind, fault.source) for fault in unit.faults] == [("duplicate-key", "template.yaml:8")]
    assert "line 6 and again on line 8" in unit.faults[0].message


def test_aliases_and_merge_keys_are_written_out() -> None:
    text = (
        "Base: &base\n  Value: one\n  Other: [&leaf x, *leaf]\nResources:\n"
        "  A:\n    Type: Custom::Thing\n    Properties: *base\n"
        "  B:\n    Type: Custom::Thing\n    Properties:\n      <<: *base\n      Value: two\n"
        "  C:\n    Type: Custom::Thing\n    Properties:\n      <<: [{Value: three}, *base]\n"
    )

    unit = read(text)

    assert {one.address: dict(one.values) for one in unit.declarations} == {
        "A": {"Value": "one", "Other": ["x", "x"]},
        "B": {"Value": "two", "Other": ["x", "x"]},
        "C": {"Value": "three", "Other": ["x", "x"]},
    }


def test_a_quoted_merge_key_is_a_key() -> None:
    assert value_of("{'<<': 1}") == {"<<": 1}


ALIAS_BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ALIAS_BOMB + HEAD, "aliases written out"),
        (f"{HEAD}      Value: &a [*a]\n", "inside of what it refers to"),
        (f"{HEAD}      Value: &a {{b: {{c: *a}}}}\n", "inside of what it refers to"),
        (f"{HEAD}      Value: *nowhere\n", "undefined alias"),
        (f"{HEAD}      Value: {'[' * 10_000}\n", "nested deeper"),
        (f"{HEAD}      Value: {'[' * 200 + ']' * 200}\n", "nested deeper"),
        (f"{HEAD}      Value:\n        {'- ' * 100_000}\n", "nested deeper"),
        (f"{HEAD}      Value: {'{a: ' * 50_000}\n", "nested deeper"),
        (f"{HEAD}      Value: [{'a,' * 400_000}]\n", "more than 150,000 values"),
        (f"{HEAD}      ? [a]\n      : b\n", "cannot be a key"),
        (f"{HEAD}      ? {{a: b}}\n      : b\n", "cannot be a key"),
        (f"{HEAD}      !Ref x: y\n", "cannot stand on a key"),
        (f"{HEAD}      <<: text\n", "takes a map"),
        (f"{HEAD}      Value: x\n---\nb: 1\n", "more than one YAML document"),
        (f"{HEAD}      Value: [\n", "is not sound YAML"),
        (f"{HEAD}\tValue: x\n", "is not sound YAML"),
        (f"{HEAD}      Value: \x00\n", "is not sound YAML"),
        (f"{HEAD}      Value: '" + "x" * 6_000_000 + "'\n", "larger than"),
    ],
    ids=lambda value: value[-40:] if isinstance(value, str) and len(value) > 40 else None,
)
def test_hostile_yaml_is_refused_at_once(text: str, message: str) -> None:
    started = time.process_time()

    unit = read(text)

    assert time.process_time() - started < 2
    assert len(unit.faults) == 1
    assert message in unit.faults[0].message
    assert unit.declarations == ()


def test_a_line_of_four_megabytes_is_read() -> None:
    assert len(value_of("x" * 4_000_000)) == 4_000_000


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),
        lambda text: text.encode("utf-16-le").join([b"\xff\xfe", b""]),
        lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.rstrip("\n").encode(),
    ],
)
def test_encodings_and_line_ends_do_not_matter(encode: Any) -> None:
    unit = read(encode(f"{HEAD}      Value: grün\n"))

    assert declared(unit, "Thing").values["Value"] == "grün"
    location = declared(unit, "Thing").places.at(("Value",))
    assert location is not None
    assert location.line == 6


def test_bytes_that_are_no_text_are_a_fault() -> None:
    unit = read(HEAD.encode() + b"      Value: \xff\xfe\xfa\n")

    assert [fault.kind for fault in unit.faults] == ["syntax"]
