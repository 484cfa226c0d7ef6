"""A run as a file: written as the contract says, read back whole, refused with its place."""

from __future__ import annotations

import json

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ctguard.model.errors import CtguardError
from ctguard.model.finding import Run
from ctguard.model.run_file import SCHEMA_FILE, read_run, write_run
from tests.render.builders import TRAIL, make_finding, make_run
from tests.render.scenes import account_run, code_run

SCHEMA = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
RUNS = {"code": code_run(), "accounts": account_run(), "empty": make_run()}


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_a_written_run_is_valid_by_the_schema(run: Run):
    jsonschema.validate(json.loads(write_run(run)), SCHEMA, jsonschema.Draft202012Validator)


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_a_written_run_reads_back_the_same(run: Run):
    assert read_run(write_run(run)) == run


def test_the_same_run_gives_the_same_bytes():
    assert write_run(code_run()) == write_run(code_run())


def test_the_file_begins_with_its_version_and_the_answer_comes_before_the_findings():
    keys = list(json.loads(write_run(code_run())))

    assert keys == ["schema_version", "tool", "run", "summary", "trails", "unknowns", "findings", "errors"]


texts = st.text(max_size=20)


@settings(max_examples=60, deadline=None)
@given(
    texts,
    st.dictionaries(texts, st.one_of(st.none(), st.booleans(), st.integers(), st.lists(texts, max_size=2)), max_size=3),
)
def test_any_text_survives_the_way_there_and_back(text: str, witness: dict):
    run = make_run([make_finding(message=text, witness=witness)])

    assert read_run(write_run(run)) == run


def test_bytes_that_are_no_text_are_written_as_escapes():
    run = make_run([make_finding(resource=replace(TRAIL, address="caf\udce9"))])

    assert json.loads(write_run(run))["findings"][0]["resource"]["address"] == "caf\\udce9"


def test_what_a_terminal_would_obey_is_not_in_the_file():
    text = "a\x1b[2J\x9b2J\u202eb\u200bc\U000e0041 ##[error]"
    run = make_run([make_finding(message=text)])

    written = write_run(run).decode()

    assert not set(written) & set("\x1b\x9b\u202e\u200b\U000e0041")
    assert "##[" not in written
    assert json.loads(written)["findings"][0]["message"] == text


def changed(**changes: object) -> bytes:
    return json.dumps({**json.loads(write_run(code_run())), **changes}).encode()


REFUSED = {
    "no JSON": (b"{", "is no run"),
    "no object": (b"[]", "is no run"),
    "no text": (b"\xff\xfe", "is no run"),
    "empty": (b"", "is no run"),
    "too deep": (b'{"a":' * 5000, "is no run"),
    "deep within": (changed(errors=[]).replace(b'"errors": []', b'"errors": ' + b"[" * 900 + b"]" * 900), "recursion"),
    "another document": (b'{"findings": []}', "schema_version is missing"),
    "a later version": (changed(schema_version="2"), "schema_version is '2', this ctguard reads '1'"),
    "a number as version": (changed(schema_version=1), "schema_version is 1"),
    "a part too many": (changed(extra=1), "extra: "),
    "a part of another type": (changed(findings={}), "findings: "),
    "a misspelt severity": (write_run(code_run()).replace(b'"critical"', b'"hgh"'), "findings[0].severity: "),
    "a text for a number": (write_run(code_run()).replace(b'"line": 7', b'"line": "7"'), ".line: "),
    "counts missing": (changed(summary={}), "summary: must hold pass"),
    "an unknown dimension": (
        write_run(code_run()).replace(b'"provable"', b'"probable"'),
        "trails[0].dimensions: there is no dimension probable",
    ),
}


@pytest.mark.parametrize(("data", "told"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_run_is_refused_with_its_place(data: bytes, told: str):
    with pytest.raises(CtguardError) as refusal:
        read_run(data, "old.json")

    assert str(refusal.value).startswith("old.json: ")
    assert told in str(refusal.value)
    assert refusal.value.hint


def test_a_refusal_names_several_faults_at_once_and_counts_the_rest():
    data = write_run(code_run()).replace(b'"severity": "high"', b'"severity": "hgh"')

    with pytest.raises(CtguardError) as refusal:
        read_run(data)

    assert str(refusal.value).count(".severity: ") == 5
    assert "more" in str(refusal.value)


def test_a_refusal_does_not_repeat_what_a_terminal_would_obey():
    with pytest.raises(CtguardError) as refusal:
        read_run(changed(schema_version="\x1b]0;owned\x07"))

    assert "\x1b" not in str(refusal.value)
