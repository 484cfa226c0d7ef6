"""Random policies against random requests: the analysis over all requests never disagrees with the evaluator.

CTGUARD_POLICY_PAIRS=100000 makes a long run of it.
"""

from __future__ import annotations

import os
from itertools import count

import pytest

from ctguard.model.document import read_document
from ctguard.policy.context import PolicyContext
from ctguard.policy.evaluate import decide
from ctguard.policy.grammar import parse_policy
from ctguard.policy.verdict import check
from ctguard.policy.vocabulary import vocabulary
from tests.policy.generated import MEMBER, ORG, OWN, World, context
from tests.policy.outside import Named, granted_directly, is_outside, stands_for_its_account

PAIRS = int(os.environ.get("CTGUARD_POLICY_PAIRS", "6000"))
REQUESTS = 40
KINDS = ("s3", "sns", "kms")


def drawn(seed: int):
    kind = KINDS[seed % 3]
    world = World(seed, kind)
    policy = world.policy()
    surroundings = context(
        kind, org_id=world.random.choice([None, ORG]), trail_accounts=world.random.choice([[OWN], [OWN, MEMBER]])
    )
    return kind, world, policy, surroundings


@pytest.mark.parametrize("part", range(3), ids=KINDS)
def test_verdicts_and_evaluator_never_disagree(part):
    pairs = 0
    for seed in count(part, 3):
        if pairs >= PAIRS / 3:
            return
        kind, world, drawn_policy, surroundings = drawn(seed)
        document = read_document(drawn_policy)
        policy = parse_policy(document)

        judged = check(document, kind, PolicyContext.from_json(surroundings))

        words = vocabulary(policy.statements)
        named = Named(frozenset(words.accounts), frozenset(words.orgs))
        for one in judged.excess:
            assert decide(policy, one.request).allowed is True, (seed, one.why)
            assert is_outside(kind, one.request, surroundings, named), (seed, one.why)
        for one in judged.undelivered:
            assert decide(policy, one.request).allowed is False, (seed, one.why)
        for _ in range(REQUESTS):
            request = world.request()
            pairs += 1
            own = kind == "kms" and request.caller.account == OWN and not request.caller.id.endswith(":root")
            asked = granted_directly(policy, OWN) if own else policy
            if kind == "sns" and stands_for_its_account(request, surroundings):
                continue
            if judged.least_privilege and is_outside(kind, request, surroundings, named):
                assert decide(asked, request).allowed is False, (seed, request)


def truths(policy, kind, surroundings):
    judged = check(read_document(policy), kind, PolicyContext.from_json(surroundings))
    return judged.least_privilege, judged.delivers, judged.topic_source_arn


def with_swapped_case(statement):
    changed = dict(statement)
    for name in ("Action", "NotAction"):
        if name in changed:
            names = [changed[name]] if isinstance(changed[name], str) else changed[name]
            changed[name] = [one.swapcase() for one in names]
    if "Condition" in changed:
        changed["Condition"] = {
            operator: {key.upper(): value for key, value in keys.items()}
            for operator, keys in changed["Condition"].items()
        }
    return changed


@pytest.mark.parametrize("seed", range(24))
def test_order_repetition_and_letters_change_nothing(seed):
    kind, _, policy, surroundings = drawn(seed)
    expected = truths(policy, kind, surroundings)

    assert truths(policy | {"Statement": policy["Statement"][::-1]}, kind, surroundings) == expected
    assert truths(policy | {"Statement": policy["Statement"] * 2}, kind, surroundings) == expected
    swapped = [with_swapped_case(one) for one in policy["Statement"]]
    assert truths(policy | {"Statement": swapped}, kind, surroundings) == expected


@pytest.mark.parametrize("seed", range(24))
def test_a_deny_more_never_allows_more(seed):
    kind, world, policy, surroundings = drawn(seed)
    denied = policy | {"Statement": [*policy["Statement"], world.statement("Deny")]}

    least, delivers, _ = truths(policy, kind, surroundings)
    least_then, delivers_then, _ = truths(denied, kind, surroundings)

    assert not (least is True and least_then is not True)
    assert not (delivers is False and delivers_then is not False)


@pytest.mark.parametrize("seed", range(24))
def test_an_allow_more_never_allows_less(seed):
    kind, world, policy, surroundings = drawn(seed)
    wider = policy | {"Statement": [*policy["Statement"], world.statement("Allow")]}

    least, delivers, _ = truths(policy, kind, surroundings)
    least_then, delivers_then, _ = truths(wider, kind, surroundings)

    assert not (least is False and least_then is not False)
    assert not (delivers is True and delivers_then is not True)
