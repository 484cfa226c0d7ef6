"""Our answers beside those of the real terraform, recorded in `answers.json`.

In `calls.txt` a call marked `?` is one that we leave undecided on purpose; for one
marked `~` Terraform's answer hangs on a difference that we do not keep: a set is
a list here, a map an object, and there is no zero below zero.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ctguard.model.values import Unknown, first_unknown
from ctguard.sources.terraform.functions import FunctionContext, FunctionError, call, json_text
from tests.sources.terraform.functions.expressions import Call, parse

HERE = Path(__file__).parent
FOLDER = HERE / "folder"
RECORDED: dict[str, str | None] = json.loads((HERE / "answers.json").read_text(encoding="utf-8"))
LINES = [
    line for line in (HERE / "calls.txt").read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")
]
EXACT = [line for line in LINES if not line.startswith(("? ", "~ "))]
UNDECIDED = [line.removeprefix("? ") for line in LINES if line.startswith("? ")]
TOLERATED = [line.removeprefix("~ ") for line in LINES if line.startswith("~ ")]


def render(template: str, variables: dict[str, Any]) -> Any:
    """Stand in for the evaluator: enough of the template language for the one template of these tests."""
    if not {"name", "x"} <= set(variables):
        raise FunctionError("vars map does not contain all keys")
    if (cause := first_unknown(variables)) is not None:
        return cause
    return template.replace("${name}", variables["name"]).replace("%{ if x }", "").replace("%{ endif }", "")


def read_bytes(path: str) -> bytes | Unknown:
    return (FOLDER / path).read_bytes() if is_within(path) else Unknown(path, "is outside the folder")


def list_files(path: str) -> list[str] | Unknown:
    if not is_within(path):
        return Unknown(path, "is outside the folder")
    folder = FOLDER / path
    return [file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()]


def is_within(path: str) -> bool:
    return "\0" not in path and (FOLDER / path).resolve().is_relative_to(FOLDER)


CONTEXT = FunctionContext(read_bytes=read_bytes, render=render, list_files=list_files)


def answer(expression: Any) -> Any:
    """Return our value of an expression of calls and literals."""
    if isinstance(expression, Call):
        return call(expression.name, [answer(argument) for argument in expression.arguments], CONTEXT)
    if isinstance(expression, list):
        return [answer(item) for item in expression]
    if isinstance(expression, dict):
        return {key: answer(item) for key, item in expression.items()}
    return expression


@pytest.mark.parametrize("expression", EXACT)
def test_a_known_call_has_the_answer_that_terraform_gives(expression: str) -> None:
    recorded = RECORDED[expression]

    if recorded is None:
        with pytest.raises(FunctionError):
            answer(parse(expression))
    else:
        assert json_text([answer(parse(expression))]) == recorded


@pytest.mark.parametrize("expression", UNDECIDED)
def test_what_is_not_worked_out_is_unknown_and_says_why(expression: str) -> None:
    found = answer(parse(expression))

    assert isinstance(found, Unknown)
    assert found.why


@pytest.mark.parametrize("expression", TOLERATED)
def test_what_only_a_lost_difference_would_tell_apart_is_answered(expression: str) -> None:
    found = json_text([answer(parse(expression))])

    assert isinstance(found, str)
    assert found != RECORDED[expression]
