"""Laws that hold for all templates: nothing is guessed, nothing raises, lines are right."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ctguard.model.errors import CtguardError
from ctguard.model.values import PartialList, PartialMap, PartialText, Unknown, Value, first_unknown, unknowns
from ctguard.sources.cloudformation import ParameterInputs, read_change_set, read_parameter_file, read_template
from ctguard.sources.cloudformation.yaml_values import plain_scalar, read_yaml
from tests.sources.cloudformation.templates import evaluated, read

CHOICES = ("dev", "prod", "e", "")
ASKED = {"Ref": "P"}
NO_VALUE = {"Ref": "AWS::NoValue"}
MAPPINGS = {"M": {"dev": {"a": "1", "b": ["x", "y"]}, "prod": {"a": "1", "b": ["x"]}, "e": {"a": "2"}, "": {"a": "1"}}}

words = st.sampled_from(["dev", "prod", "e", "d", "a-b", "", "x"])


def texts(depth: int) -> st.SearchStrategy[Any]:
    """Expressions that give text."""
    leaf = st.one_of(words, st.just(ASKED), st.just({"Ref": "B"}), st.just({"Fn::GetAtt": ["B", "Arn"]}))
    if depth == 0:
        return leaf
    inner = texts(depth - 1)
    return st.one_of(
        leaf,
        st.builds(lambda items, by: {"Fn::Join": [by, items]}, st.lists(inner, max_size=3), st.sampled_from(["", "-"])),
        st.builds(lambda head, tail: {"Fn::Sub": [f"{head}${{P}}${{v}}", {"v": tail}]}, words, inner),
        st.builds(lambda one, other: {"Fn::If": ["C", one, other]}, inner, st.one_of(inner, st.just(NO_VALUE))),
        st.builds(lambda one: {"Fn::Select": [0, {"Fn::Split": ["-", one]}]}, inner),
        st.builds(lambda one: {"Fn::Base64": one}, inner),
        st.builds(lambda key: {"Fn::FindInMap": ["M", key, "a"]}, inner),
        st.builds(lambda key, other: {"Fn::FindInMap": ["M", key, "a", {"DefaultValue": other}]}, inner, words),
    )


def lists(depth: int) -> st.SearchStrategy[Any]:
    item = st.one_of(texts(depth), st.builds(lambda one: {"Fn::If": ["D", one, NO_VALUE]}, texts(depth)))
    return st.one_of(
        st.lists(item, max_size=4),
        st.builds(lambda key: {"Fn::FindInMap": ["M", key, "b"]}, texts(0)),
        st.builds(
            lambda one, other: {"Fn::If": ["C", one, other]}, st.lists(item, max_size=3), st.lists(item, max_size=3)
        ),
    )


def conditions(depth: int) -> st.SearchStrategy[Any]:
    leaf = st.builds(lambda one, other: {"Fn::Equals": [one, other]}, texts(1), texts(1))
    if depth == 0:
        return leaf
    inner = conditions(depth - 1)
    return st.one_of(
        leaf,
        st.builds(lambda one: {"Fn::Not": [one]}, inner),
        st.builds(lambda several: {"Fn::And": several}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda several: {"Fn::Or": several}, st.lists(inner, min_size=1, max_size=3)),
    )


expressions = st.one_of(
    texts(2),
    lists(2),
    st.fixed_dictionaries({"k": texts(2), "l": lists(1)}),
    st.builds(lambda x: {"Fn::ToJsonString": x}, lists(1)),
)


def evaluate(expression: Any, condition: Any, other: Any, value: str | None) -> Value:
    return evaluated(
        expression,
        given={} if value is None else {"P": value},
        Parameters={"P": {"Type": "String"}},
        Conditions={"C": condition, "D": other},
        Mappings=MAPPINGS,
        Resources={"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::Sub": "b-${P}"}}}},
    )


def agrees(claim: Value, truth: Value) -> bool:
    """Return whether what was said of a value without knowing the parameter holds of the value itself."""
    if isinstance(truth, Unknown) or (not isinstance(claim, Unknown) and type(truth) in (PartialText, PartialMap)):
        return True
    if isinstance(claim, Unknown):
        return not (claim.is_set and truth is None)
    if isinstance(claim, PartialText):
        pattern = "".join(re.escape(part) if isinstance(part, str) else ".*" for part in claim.parts)
        return isinstance(truth, str) and re.fullmatch(pattern, truth, re.DOTALL) is not None
    if isinstance(claim, PartialList):
        items = iter(truth if isinstance(truth, list) else truth.items)
        return all(any(agrees(item, other) for other in items) for item in claim.items)
    if isinstance(claim, list):
        return isinstance(truth, list) and len(claim) == len(truth) and all(map(agrees, claim, truth))
    if isinstance(claim, dict):
        return isinstance(truth, dict) and all(agrees(item, truth.get(key)) for key, item in claim.items())
    if hasattr(claim, "places"):
        return True
    return bool(claim == truth)


@settings(max_examples=250, deadline=None)
@given(expressions, conditions(2), conditions(1))
def test_what_is_said_without_a_parameter_holds_for_every_value_of_it(
    expression: Any, condition: Any, other: Any
) -> None:
    claim = evaluate(expression, condition, other, None)

    for value in CHOICES:
        truth = evaluate(expression, condition, other, value)
        assert agrees(claim, truth), (value, claim, truth)
        if claim is None or first_unknown(claim) is None:
            assert isinstance(truth, Unknown) or first_unknown([truth]) is not None or truth == claim


@settings(max_examples=200, deadline=None)
@given(st.lists(texts(2), min_size=2, max_size=5), conditions(1), conditions(1))
def test_unknowns_of_one_name_and_one_way_are_one_value(several: list[Any], condition: Any, other: Any) -> None:
    wrapped = [{"v": one} for one in several]
    named: dict[tuple[str, str], list[int]] = {}
    for index, claim in enumerate(evaluate(wrapped, condition, other, None)):
        if isinstance(value := claim.get("v"), Unknown):
            named.setdefault((value.what, value.via), []).append(index)

    for value in CHOICES:
        truths = evaluate(wrapped, condition, other, value)
        for indexes in named.values():
            known = {json.dumps(truths[index].get("v")) for index in indexes if first_unknown(truths[index]) is None}
            assert len(known) <= 1


@settings(max_examples=150, deadline=None)
@given(conditions(2))
def test_what_exists_without_a_parameter_exists_for_every_value_of_it(condition: Any) -> None:
    template = {
        "Parameters": {"P": {"Type": "String"}},
        "Conditions": {"C": condition},
        "Mappings": MAPPINGS,
        "Resources": {"T": {"Type": "Custom::Thing", "Condition": "C"}},
    }
    claimed = read(template, name="t.json").declarations

    for value in CHOICES:
        found = read(template, name="t.json", P=value).declarations
        if claimed == ():
            assert found == () or found[0].exists is not None
        elif claimed[0].exists is None:
            assert len(found) == 1


SOUND = """\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::LanguageExtensions
Parameters:
  P: {Type: String}
Mappings: {M: {a: {b: [c]}}}
Conditions:
  C: !Equals [!Ref P, x]
Resources:
  Fn::ForEach::L:
    - N
    - [a, b]
    - B${N}:
        Type: AWS::S3::Bucket
        Properties: &p
          BucketName: !Sub '${N}-${P}'
  N:
    Type: AWS::CloudFormation::Stack
    Condition: C
    Properties: {TemplateURL: template.yaml}
  T:
    Type: Custom::Thing
    Properties:
      <<: *p
      A: !If [C, !Join ['', [a, !GetAtt Ba.Arn]], !Ref 'AWS::NoValue']
      D: !FindInMap [M, a, b]
Outputs:
  O: {Value: !GetAtt T.X}
"""
PIECES = (
    *(
        "",
        "\n",
        " ",
        "  ",
        ": ",
        "- ",
        "{",
        "}",
        "[",
        "]",
        "'",
        '"',
        "&a ",
        "*a",
        "<<: ",
        "!Ref ",
        "!Sub ",
        "!If ",
        "? ",
    ),
    *("|\n", "#", "Fn::ForEach::X", "Fn::If: ", "null", "Ref: ", "\t", "\x00", "\ufeff", "é", "\\", ",", "---\n", "C"),
    *("AWS::NoValue", "1e999"),
)


@st.composite
def garbled(draw: st.DrawFn, sound: str) -> str:
    text = sound
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 40)))
        again = draw(st.integers(0, len(text)))
        new = draw(st.one_of(st.sampled_from(PIECES), st.just(text[again : again + 60])))
        text = text[:start] + new + text[end:]
    return text


def walk(content: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        unit = read_template(path, display=name, parameters=ParameterInputs(), root=Path(folder))
        for one in unit.declarations:
            values = one.values.items if isinstance(one.values, PartialMap) else one.values
            for key, value in values.items():
                assert one.places.at((key, 0, "x")) is not None
                assert all(part.what and part.why for part in unknowns(value))
        for fault in unit.faults:
            assert fault.source.startswith(("t.", "template."))
            assert fault.message


@settings(max_examples=400, deadline=None)
@given(garbled(SOUND))
def test_garbled_yaml_is_read_or_named_and_never_raises(text: str) -> None:
    walk(text.encode("utf-8", "replace"), "template.yaml")


@settings(max_examples=300, deadline=None)
@given(garbled(json.dumps(read_yaml(SOUND.encode()).value, indent=1)))
def test_garbled_json_is_read_or_named_and_never_raises(text: str) -> None:
    walk(text.encode("utf-8", "replace"), "t.json")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_named_and_never_raise(content: bytes) -> None:
    walk(content, "t.template")
    walk(b"Resources:\n  A:\n    Type: A::B\n    Properties:\n      " + content, "t.yaml")


CHANGES = json.dumps(
    {
        "ChangeSetName": "c",
        "StackId": "arn:aws:cloudformation:eu-west-1:111122223333:stack/a/0",
        "Changes": [
            {
                "ResourceChange": {
                    "Action": "Modify",
                    "LogicalResourceId": "T",
                    "ResourceType": "AWS::S3::Bucket",
                    "PhysicalResourceId": "p",
                    "AfterContext": '{"Properties": {"A": "{{changeSet:KNOWN_AFTER_APPLY}}", "B": [1, "****"]}}',
                    "Details": [
                        {"Target": {"Name": "A"}, "ChangeSource": "ResourceAttribute", "CausingEntity": "X.Arn"}
                    ],
                }
            }
        ],
    },
    indent=1,
)


@settings(max_examples=200, deadline=None)
@given(garbled(CHANGES))
def test_a_garbled_change_set_is_read_or_named_and_never_raises(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c.json"
        path.write_bytes(text.encode("utf-8", "replace"))

        unit = read_change_set(path, display="c.json")

        assert unit.faults or unit.unseen
        assert all(one.places.at(("A",)) for one in unit.declarations)


keys = st.text("abcXYZ_- ", min_size=1, max_size=6).map(str.strip).filter(bool)
scalars = st.one_of(st.text(max_size=12), st.integers(-(10**9), 10**9), st.booleans())
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(keys, trees, min_size=1, max_size=4))
def test_yaml_is_read_as_pyyaml_reads_it_where_nothing_is_ambiguous(tree: dict[str, Any]) -> None:
    written = yaml.safe_dump(tree, allow_unicode=True)

    assert read_yaml(written.encode()).value == yaml.load(written, yaml.CSafeLoader)


def paths(tree: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    entries = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [at, *(path for key, item in entries for path in paths(item, (*at, key)))]


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(keys, trees, min_size=1, max_size=4), st.booleans())
def test_a_location_holds_the_key_that_leads_to_it(tree: dict[str, Any], as_json: bool) -> None:
    body = {"Resources": {"T": {"Type": "Custom::Thing", "Properties": tree}}}
    text = json.dumps(body, indent=1) if as_json else yaml.safe_dump(body, sort_keys=False)
    lines = text.split("\n")
    declaration = read(text, name="t.json" if as_json else "t.yaml").declarations[0]

    for path in paths(tree)[1:]:
        location = declaration.places.at(path)
        assert location is not None
        held = "\n".join(lines[location.line - 1 : location.end_line])
        keyed = [str(step) for step in path if isinstance(step, str)]
        assert isinstance(path[-1], int) or keyed[-1] in held.split("\n")[0]
        enclosing = declaration.places.at(path[:-1])
        assert enclosing is not None
        assert enclosing.line <= location.line <= location.end_line <= enclosing.end_line


@settings(max_examples=300, deadline=None)
@given(st.text("0123456789-+._:eEx", min_size=1, max_size=14))
def test_a_number_is_one_only_where_it_is_written_the_same_again(text: str) -> None:
    value = plain_scalar(text)

    assert value is None or str(value) == text or (":" in text and isinstance(value, int))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=80))
def test_a_parameter_file_of_any_bytes_is_read_or_refused(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "p.json"
        path.write_bytes(content)
        try:
            read = read_parameter_file(path, "p.json")
        except CtguardError as error:
            assert str(error).startswith("p.json")
        else:
            assert all(isinstance(value, str) for value in read.values())
