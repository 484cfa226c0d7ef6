"""Documents made to take for ever end in bounded time, undecided where that is all that can be said."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from ctguard.model.document import read_document
from ctguard.model.errors import DocumentError
from ctguard.policy.context import PolicyContext
from ctguard.policy.verdict import check
from tests.policy.builders import ACL_CHECK, WRITE, allow, deny, document, surroundings
from tests.policy.generated import BUCKET

SECONDS = 20


def judge(*statements: Any, steps: int | None = None):
    text = json.dumps(document(*statements))
    start = time.process_time()

    judged = check(read_document(text), "s3", PolicyContext.from_json(surroundings("s3")), steps=steps)

    assert time.process_time() - start < SECONDS
    return judged


DENIED = deny({"AWS": "111122223333"}, "s3:Put*", f"{BUCKET}/*a*b*c*", StringLike={"aws:SourceArn": "*a*b*c*"})


def test_a_hundred_thousand_statements_are_not_judged():
    judged = judge(*[DENIED] * 100_000)

    assert (judged.least_privilege, judged.delivers) == (None, None)
    assert "more than 1000 statements" in judged.undecided[0].because


def test_many_denies_do_not_hide_an_excess():
    judged = judge(allow("*", "s3:*"), *[deny("*", "s3:Put*", f"{BUCKET}/*{number}*a*") for number in range(900)])

    assert judged.least_privilege is False


def test_a_text_longer_than_aws_stores_is_not_judged():
    judged = judge(ACL_CHECK, allow("*", "s3:GetObject", f"{BUCKET}/" + "*a" * 200_000))

    assert judged.least_privilege is None
    assert "is longer than AWS stores" in judged.undecided[0].because


@pytest.mark.parametrize(
    "statements",
    [
        [allow("*", "s3:*", f"{BUCKET}/" + "*a" * 2000)],
        [allow("*", "s3:*", [f"{BUCKET}/" + "?" * number + "*" for number in range(500)])],
        [allow("*", "s3:*")]
        + [
            deny("*", "*", "*", StringLike={f"aws:PrincipalTag/{key}": f"*{n}*" for key in range(5)}) for n in range(60)
        ],
        [allow("*", "s3:*", f"{BUCKET}/${{aws:PrincipalTag/{n}}}/${{aws:username}}/${{s3:prefix}}") for n in range(20)],
        [allow("*", "s3:*", "*", StringLike={"aws:PrincipalAccount": [f"*{n}*{n + 1}*" for n in range(8)]})],
    ],
    ids=["stars", "question marks", "conditions", "variables", "accounts"],
)
def test_intricate_documents_end(statements):
    assert judge(*statements).least_privilege is not True


def test_what_runs_out_of_steps_is_undecided_and_says_so():
    judged = judge(ACL_CHECK, WRITE, steps=20)

    assert (judged.least_privilege, judged.delivers) == (None, None)
    assert judged.undecided[0].because == "the policy is too large or too intricate to be judged"


def test_the_same_document_takes_the_same_steps():
    statements = [ACL_CHECK, WRITE, allow("*", "s3:Get*", "*"), DENIED]
    limits = [steps for steps in range(100, 2000, 100) if judge(*statements, steps=steps).least_privilege is False]

    assert limits == list(range(limits[0], 2000, 100))


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "1" * 5000, '{"a":"' + "\\ud800" * 9])
def test_broken_texts_are_refused(text):
    with pytest.raises(DocumentError):
        read_document(text)
