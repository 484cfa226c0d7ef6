"""The call plan against botocore's own models: every row must be a call that AWS has."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest

from ctguard.model.kinds import KINDS
from ctguard.sources.aws.plan import PLAN, SUBJECTS, PlannedCall

SESSION = botocore.session.Session()
ROWS = [pytest.param(row, id=f"{row.name}-{row.each}-{'-'.join(map(str, row.given.values()))}") for row in PLAN]


def model_of(row: PlannedCall) -> Any:
    return SESSION.get_service_model(row.service).operation_model(row.operation)


@pytest.mark.parametrize("row", ROWS)
def test_a_call_exists_with_its_parameters(row: PlannedCall) -> None:
    shape = model_of(row).input_shape
    written = {*row.takes, *row.given}

    assert written <= set(shape.members if shape else ())
    assert set(shape.required_members if shape else ()) <= written
    assert set(row.always_there) <= set(model_of(row).output_shape.members)


@pytest.mark.parametrize("row", ROWS)
def test_a_reply_that_has_pages_is_read_to_its_end(row: PlannedCall) -> None:
    shape = model_of(row).output_shape
    tokens = {name for name in shape.members if name.lower() in ("nexttoken", "marker", "nextmarker")}
    # S3 has two ways to name it; where a reply repeats the token that was sent, the next one has a name of its own.
    tokens |= {next((one for one in ("NextContinuationToken", "ContinuationToken") if one in shape.members), "")} - {""}

    assert {row.pages.token if row.pages else None} - {None} == tokens


@pytest.mark.parametrize("row", [one for one in ROWS if one.values[0].pages])
def test_pages_are_joined_as_botocore_joins_them(row: PlannedCall) -> None:
    assert row.pages is not None
    shape = model_of(row).output_shape
    assert {*row.pages.lists, row.pages.token, *filter(None, [row.pages.more])} <= set(shape.members)
    assert row.pages.sent_back_in in model_of(row).input_shape.members

    known = SESSION.get_paginator_model(row.service)._paginator_config.get(row.operation)

    if known is not None:
        lists = known["result_key"] if isinstance(known["result_key"], list) else [known["result_key"]]
        theirs = (known["input_token"], known["output_token"], known.get("more_results", ""), set(lists))
        assert theirs == (row.pages.sent_back_in, row.pages.token, row.pages.more, set(row.pages.lists))


def test_rows_name_what_there_is() -> None:
    names = {row.name for row in PLAN}

    assert {row.each for row in PLAN} == set(SUBJECTS)
    assert {need for row in PLAN for need in row.needs} <= names
    assert {given.split(".")[0] for row in PLAN for given in row.gives} <= set(KINDS)
