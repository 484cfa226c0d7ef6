"""No rule guesses: what it says while a value is unknown, it says whatever that value turns out to be.

Every case of every shipped rule is taken apart: values are replaced by unknown
ones, and the verdict is held against those for the values that were there, and
for all values that other cases of the same rule put in the same place.
"""

from collections import defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Raw, msgpack
from msgspec.structs import replace

from ctguard.engine.cases import BESIDE, try_cases
from ctguard.engine.pack import load_pack
from ctguard.model.kinds import KINDS

RULES = load_pack().rules
UNKNOWN = {"unknown": "var.something has no value"}
SOME_VALUE = {"unknown": "var.something has no value", "is_set": True}
ALLOWED = {"pass": {"pass", "not_applicable"}, "fail": {"fail"}, "not_applicable": {"not_applicable"}}
"""What the verdict may be for a concrete value, by what it was while the value was unknown."""

NOTHING = (None, "", [], {})
SETTLED_BY_BEING_SET = {("bucket-encryption-kms", "encryption.kms_master_key_id")}
"""Where code names some key, which one is not known, we take it for one of the customer's."""


def verdict(rule, case, resources):
    source = {**rule.source, "cases": [{**case, "given": resources}]}
    changed = replace(rule, written=Raw(msgpack.encode(source)))
    return next(try_cases(changed)).finding.status.value


def cases(rule):
    return rule.source.get("cases", ())


def with_value(resources, address, attribute, value):
    return {**resources, address: {**resources[address], attribute: value}}


def holds_unknown(value):
    if isinstance(value, dict):
        return bool({"unknown", "rest"} & set(value)) or any(holds_unknown(one) for one in value.values())
    return isinstance(value, list) and any(holds_unknown(one) for one in value)


def values_seen(rule):
    """Return, for each kind and attribute, the known values that cases of the rule give it."""
    seen = defaultdict(list)
    for case in cases(rule):
        for address, attributes in case["given"].items():
            for name, value in attributes.items():
                if name not in BESIDE and not holds_unknown(value) and value not in seen[address.split(".")[0], name]:
                    seen[address.split(".")[0], name].append(value)
    return seen


def replacements(rule):
    """Yield each case with each attribute that the rule's cases speak of, and the values it might have."""
    seen = values_seen(rule)
    for case in cases(rule):
        for address, attributes in case["given"].items():
            kind = address.split(".")[0]
            for (of_kind, name), values in seen.items():
                if of_kind == kind:
                    mine = [attributes[name]] if name in attributes else []
                    yield case, address, name, [one for one in (*mine, *values) if not holds_unknown(one)]


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
@pytest.mark.parametrize("unknown", [UNKNOWN, SOME_VALUE], ids=["unknown", "set-but-unknown"])
def test_a_verdict_without_a_value_holds_for_every_value(rule, unknown):
    for case, address, name, values in replacements(rule):
        without = verdict(rule, case, with_value(case["given"], address, name, unknown))
        if without == "unknown" or (unknown is SOME_VALUE and (rule.id, name) in SETTLED_BY_BEING_SET):
            continue
        for value in values:
            if unknown is SOME_VALUE and value in NOTHING:
                continue
            known = verdict(rule, case, with_value(case["given"], address, name, value))
            assert known in ALLOWED[without], (case.get("name"), address, name, value)


def places(value, at=()):
    """Yield the paths of all parts of a value, the whole included."""
    yield at
    if isinstance(value, dict) and not {"unknown", "ref", "text", "list"} & set(value):
        for key, one in value.items():
            yield from places(one, (*at, key))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from places(one, (*at, index))


def replaced(value, at, new):
    if not at:
        return new
    if isinstance(value, dict):
        return {**value, at[0]: replaced(value.get(at[0]), at[1:], new)}
    if isinstance(value, list):
        return [replaced(one, at[1:], new) if index == at[0] else one for index, one in enumerate(value)]
    return value


@st.composite
def cases_with_holes(draw):
    """Draw a case, and the same with some parts of its values, stated or not, replaced by unknown ones."""
    rule = draw(st.sampled_from(sorted(RULES.values(), key=lambda rule: rule.id)))
    case = draw(st.sampled_from(cases(rule)))
    parts = [
        (address, name, *at)
        for address, attributes in case["given"].items()
        for name in (row.name for row in KINDS[address.split(".")[0]].attributes)
        if name not in BESIDE and not holds_unknown(attributes.get(name))
        for at in places(attributes.get(name))
    ]
    resources = case["given"]
    holes = draw(st.lists(st.sampled_from(parts), min_size=1, max_size=4)) if parts else ()
    for number, part in enumerate(holes):
        resources = replaced(resources, part, {"unknown": f"var.number_{number} has no value"})
    return rule, case, resources


@given(cases_with_holes())
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_taking_knowledge_away_never_changes_a_verdict_but_to_unknown(drawn):
    rule, case, resources = drawn

    less = verdict(rule, case, resources)

    if less != "unknown":
        assert verdict(rule, case, case["given"]) in ALLOWED[less], resources


@given(cases_with_holes())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_list_that_may_be_longer_is_no_proof(drawn):
    rule, case, _ = drawn
    open_ended = {
        address: {
            name: {"list": value, "rest": "var.more has no value"} if isinstance(value, list) else value
            for name, value in attributes.items()
        }
        for address, attributes in case["given"].items()
    }

    less = verdict(rule, case, open_ended)

    if less != "unknown":
        assert verdict(rule, case, case["given"]) in ALLOWED[less], open_ended


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_a_resource_that_perhaps_will_not_be_made_breaks_nothing(rule):
    for case in cases(rule):
        kind = rule.judges(case.get("input", "live"))
        judged = next(iter(address for address in case["given"] if address.split(".")[0] == kind))
        address = case.get("of", judged)
        perhaps = with_value(case["given"], address, "exists", UNKNOWN)

        assert verdict(rule, case, perhaps) != "fail", case.get("name")


def test_the_attributes_that_are_taken_apart_exist():
    for rule in RULES.values():
        for kind, name in values_seen(rule):
            assert name in {row.name for row in KINDS[kind].attributes}
