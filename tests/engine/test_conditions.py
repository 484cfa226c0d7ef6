"""Conditions on resources: quantifiers, links, negation, parameters, and what is not known."""

import pytest

from ctguard.engine.build import build_condition
from ctguard.engine.cases import given
from ctguard.engine.conditions import described, evaluate
from ctguard.engine.outcome import Context
from ctguard.model.inventory import Inventory
from ctguard.model.kinds import KINDS

UNKNOWN = {"unknown": "var.x has no value"}


def outcome(condition, resources, *, parameters=None, of=None):
    inventory = given(resources)
    address = of or next(iter(resources))
    resource = next(one for one in inventory if one.address == address)
    built = build_condition(condition, resource.kind, parameters or {})
    return evaluate(built, Context(inventory, resource, parameters or {}))


def status(condition, resources, **options):
    return outcome(condition, resources, **options).status.value


def bucket(*rules):
    return {"bucket.b": {"lifecycle_rules": list(rules)}}


ON = {"status": "Enabled"}
OFF = {"status": "Disabled"}
PERHAPS = {"status": UNKNOWN}


@pytest.mark.parametrize(
    ("quantifier", "rules", "expected"),
    [
        ("every", [], "pass"),
        ("every", [ON, ON], "pass"),
        ("every", [ON, OFF], "fail"),
        ("every", [ON, PERHAPS], "unknown"),
        ("every", [OFF, PERHAPS], "fail"),
        ("some", [], "fail"),
        ("some", [OFF, ON], "pass"),
        ("some", [OFF], "fail"),
        ("some", [OFF, PERHAPS], "unknown"),
        ("some", [ON, PERHAPS], "pass"),
        ("none", [], "pass"),
        ("none", [OFF], "pass"),
        ("none", [ON], "fail"),
        ("none", [OFF, PERHAPS], "unknown"),
        ("none", [ON, PERHAPS], "fail"),
    ],
)
def test_a_quantifier_asks_its_entries(quantifier, rules, expected):
    condition = {"lifecycle_rules": {quantifier: {"have": {"status": "Enabled"}}}}

    assert status(condition, bucket(*rules)) == expected


@pytest.mark.parametrize(
    ("quantifier", "known", "expected"),
    [
        ("every", [ON], "unknown"),
        ("every", [OFF], "fail"),
        ("some", [ON], "pass"),
        ("some", [OFF], "unknown"),
        ("none", [OFF], "unknown"),
        ("none", [ON], "fail"),
    ],
)
def test_entries_that_may_be_there_beside_the_known_ones_keep_a_question_open(quantifier, known, expected):
    condition = {"lifecycle_rules": {quantifier: {"have": {"status": "Enabled"}}}}
    resources = {"bucket.b": {"lifecycle_rules": {"list": known, "rest": "var.more has no value"}}}

    assert status(condition, resources) == expected


@pytest.mark.parametrize(
    ("quantifier", "rule", "expected"),
    [
        # Whether `where` picks the entry is not known; it matters only where it would change the answer.
        ("every", {"prefix": UNKNOWN, "status": "Enabled"}, "pass"),
        ("every", {"prefix": UNKNOWN, "status": "Disabled"}, "unknown"),
        ("some", {"prefix": UNKNOWN, "status": "Enabled"}, "unknown"),
        ("some", {"prefix": UNKNOWN, "status": "Disabled"}, "fail"),
        ("none", {"prefix": UNKNOWN, "status": "Disabled"}, "pass"),
        ("none", {"prefix": UNKNOWN, "status": "Enabled"}, "unknown"),
    ],
)
def test_an_entry_that_is_perhaps_meant_counts_only_where_it_matters(quantifier, rule, expected):
    condition = {"lifecycle_rules": {quantifier: {"where": {"prefix": "logs/"}, "have": {"status": "Enabled"}}}}

    assert status(condition, bucket(rule)) == expected


def test_a_quantifier_without_have_asks_whether_there_is_one():
    assert status({"lifecycle_rules": {"some": {}}}, bucket(ON)) == "pass"
    assert status({"lifecycle_rules": {"some": {"where": {"status": "Disabled"}}}}, bucket(ON)) == "fail"
    assert status({"lifecycle_rules": {"none": {}}}, bucket()) == "pass"


def test_a_list_that_is_not_known_leaves_the_question_open():
    condition = {"lifecycle_rules": {"none": {"have": {"status": "Enabled"}}}}

    assert status(condition, {"bucket.b": {"lifecycle_rules": UNKNOWN}}) == "unknown"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"is_logging": True, "is_multi_region_trail": True}, "fail"),
        ({"all_of": [{"is_logging": True}, {"kms_key_id": {"set": True}}]}, "unknown"),
        ({"all_of": [{"is_multi_region_trail": True}, {"kms_key_id": {"set": True}}]}, "fail"),
        ({"any_of": [{"is_multi_region_trail": True}, {"kms_key_id": {"set": True}}]}, "unknown"),
        ({"any_of": [{"is_logging": True}, {"kms_key_id": {"set": True}}]}, "pass"),
        ({"any_of": [{"is_multi_region_trail": True}, {"is_organization_trail": True}]}, "fail"),
        ({"not": {"is_logging": True}}, "fail"),
        ({"not": {"is_multi_region_trail": True}}, "pass"),
        ({"not": {"kms_key_id": {"set": True}}}, "unknown"),
    ],
)
def test_conditions_are_joined_by_the_logic_of_what_is_known(condition, expected):
    trail = {"is_logging": True, "is_multi_region_trail": False, "is_organization_trail": False, "kms_key_id": UNKNOWN}

    assert status(condition, {"trail.t": trail}) == expected


def test_two_tests_of_one_attribute_must_both_hold():
    condition = {"retention_in_days": {"at_least": 365, "at_most": 3653}}

    assert status(condition, {"log_group.g": {"retention_in_days": 400}}) == "pass"
    assert status(condition, {"log_group.g": {"retention_in_days": 5000}}) == "fail"


def test_a_parameter_stands_for_its_value():
    condition = {"retention_in_days": {"at_least": "$days"}}
    group = {"log_group.g": {"retention_in_days": 400}}

    assert status(condition, group, parameters={"days": 365}) == "pass"
    assert status(condition, group, parameters={"days": 731}) == "fail"


def test_a_path_follows_a_link_to_what_it_names():
    resources = {"trail.t": {"kms_key_id": {"ref": "key.k"}}, "key.k": {"enabled": False}}

    found = outcome({"key.enabled": True}, resources)

    assert found.status.value == "fail"
    assert [leaf.path for leaf in found.leaves] == ["key.enabled"]


def test_what_is_behind_a_link_that_leads_out_of_the_input_is_not_known():
    resources = {"trail.t": {"kms_key_id": {"ref": "key.elsewhere"}}}

    found = outcome({"key.enabled": True}, resources)

    assert found.status.value == "unknown"
    assert "is not part of this scan" in str(found.unknowns[0])


def test_nothing_about_a_resource_that_is_only_named_counts_as_set():
    resources = {"trail.t": {"sns_topic": {"ref": "topic.elsewhere"}}}

    assert status({"topic.kms_master_key_id": {"set": True}}, resources) == "unknown"


def test_a_link_that_is_walked_backwards_finds_what_leads_here():
    condition = {"subscriptions": {"some": {"where": {"protocol": "email"}}}}
    topic = {"topic.t": {}, "subscription.s": {"topic_arn": {"ref": "topic.t"}, "protocol": "email"}}

    assert status(condition, topic) == "pass"
    assert status(condition, {"topic.t": {}}) == "fail"


def test_what_leads_nobody_knows_where_may_lead_here():
    condition = {"subscriptions": {"some": {}}}
    resources = {"topic.t": {}, "subscription.s": {"topic_arn": UNKNOWN}}

    assert status(condition, resources) == "unknown"


def test_a_linked_resource_that_perhaps_will_not_be_made_is_no_proof():
    perhaps = {"topic_arn": {"ref": "topic.t"}, "exists": UNKNOWN}

    assert status({"subscriptions": {"some": {}}}, {"topic.t": {}, "subscription.s": perhaps}) == "unknown"
    assert status({"subscriptions": {"none": {}}}, {"topic.t": {}, "subscription.s": perhaps}) == "unknown"


def test_resources_of_another_account_are_not_taken_for_those_of_the_same():
    condition = {"account_public_access_blocks": {"some": {"have": {"block_public_acls": True}}}}
    other = {"block_public_acls": True, "account_id": "444455556666"}

    assert status(condition, {"bucket.b": {}, "account_public_access_block.o": other}) == "fail"


def test_a_failing_negation_reads_as_one():
    found = outcome({"not": {"is_logging": True}}, {"trail.t": {"is_logging": True}})

    assert [(leaf.expected, leaf.actual, leaf.status.value) for leaf in found.leaves] == [("not true", "true", "fail")]


def test_the_leaves_that_decided_come_first():
    found = outcome(
        {"is_logging": True, "is_multi_region_trail": True},
        {"trail.t": {"is_logging": True, "is_multi_region_trail": False}},
    )

    assert [leaf.path for leaf in found.leaves] == ["is_multi_region_trail", "is_logging"]


def test_an_alternative_with_nothing_to_look_at_explains_nothing():
    either = {"any_of": [{"versioning.status": "Enabled"}, {"access_log_sources": {"some": {}}}]}

    assert [leaf.path for leaf in outcome(either, {"bucket.b": {}}).leaves] == ["versioning.status"]
    assert [leaf.actual for leaf in outcome({"any_of": either["any_of"][1:]}, {"bucket.b": {}}).leaves] == ["0 of 0"]


def test_a_pass_says_how_many_it_looked_at():
    found = outcome({"lifecycle_rules": {"every": {"have": {"status": "Enabled"}}}}, bucket())

    assert found.leaves[0].actual == "0 of 0"


def test_only_an_open_question_names_what_is_missing():
    trail = {"trail.t": {"is_logging": False, "kms_key_id": UNKNOWN}}

    assert outcome({"is_logging": True, "kms_key_id": {"set": True}}, trail).unknowns == ()
    assert [str(one) for one in outcome({"kms_key_id": {"set": True}}, trail).unknowns] == ["var.x has no value"]


def test_an_attribute_of_every_kind_can_be_asked():
    for kind in KINDS.values():
        resources = {f"{kind.name}.x": {}}
        for row in kind.attributes:
            assert status({row.name: {"set": True}}, resources) in ("pass", "fail", "unknown")


def test_a_condition_is_described_in_words():
    condition = {
        "is_logging": True,
        "any_of": [{"kms_key_id": {"set": True}}, {"judge": {"records-data-events": {"access": "write"}}}],
    }

    built = build_condition(condition, KINDS["trail"], {})

    assert described(built) == "is_logging true and (kms_key_id set or records data events (access write))"


def test_an_empty_inventory_has_nothing_to_follow():
    assert list(Inventory([])) == []
