"""Taking away an answer of the API takes away what it told, and nothing else; no verdict gets better by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ctguard.model.inventory import Inventory
from ctguard.model.values import Unknown, Value, first_unknown
from ctguard.sources.snapshot.facts import Call, Failure
from tests.sources.snapshot.recorded import BUCKET, DENIED, KEY, TRAIL, Recorded, good_calls, verdicts

Taken = Callable[[Call], Call | None]

WAYS: dict[str, Taken] = {
    "was not made": lambda call: None,
    "was refused": lambda call: replace(call, reply=None, failure=DENIED),
    "was throttled without end": lambda call: replace(call, reply=None, failure=Failure("ThrottlingException", "slow")),
    "lost a page": lambda call: call if call.reply is None else replace(call, failure=DENIED),
}


def gone(account: Recorded, service: str, code: str) -> Recorded:
    """Return an account in which every call of a service says that the thing it names does not exist."""
    failed = (
        replace(one, reply=None, failure=Failure(code, "gone")) for one in account.calls if one.service == service
    )
    return Recorded([*(one for one in account.calls if one.service != service), *failed])


BROKEN: dict[str, Callable[[Recorded], Recorded]] = {
    "nothing": lambda account: account,
    "not logging": lambda account: account.changed("cloudtrail.GetTrailStatus", lambda it: it.update(IsLogging=False)),
    "no bucket policy": lambda account: account.denied("s3.GetBucketPolicy", Failure("NoSuchBucketPolicy", "none")),
    "no versions": lambda account: account.changed("s3.GetBucketVersioning", lambda it: it.clear()),
    "key deleted": lambda account: gone(account, "kms", "NotFoundException"),
    "bucket deleted": lambda account: gone(account, "s3", "404"),
    "nobody subscribed": lambda account: account.changed(
        "sns.ListSubscriptionsByTopic", lambda it: it.update(Subscriptions=[])
    ),
    "reads only": lambda account: account.changed(
        "cloudtrail.GetEventSelectors", lambda it: it["EventSelectors"][0].update(ReadWriteType="ReadOnly")
    ),
}


def taken(calls: list[Call], ways: dict[int, Taken]) -> Recorded:
    """Return an account with some of its calls changed."""
    changed = (ways[index](call) if index in ways else call for index, call in enumerate(calls))
    return Recorded([call for call in changed if call is not None])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), broken=st.sampled_from(sorted(BROKEN)))
def test_no_verdict_gets_better_by_what_is_not_known(tmp_path, data, broken):
    account = BROKEN[broken](Recorded())
    before = verdicts(account.run(tmp_path))
    places = st.integers(0, len(account.calls) - 1)
    ways = data.draw(st.dictionaries(places, st.sampled_from(list(WAYS.values())), min_size=1, max_size=6))

    after = verdicts(taken(account.calls, ways).run(tmp_path))

    better = {key: (before.get(key), now) for key, now in after.items() if now == "pass" and before.get(key) != "pass"}
    assert not better


@pytest.mark.parametrize("way", sorted(WAYS))
def test_only_what_a_call_tells_becomes_unknown(tmp_path, way):
    calls = good_calls()
    before = dict(_facts(Recorded(calls).inventory(tmp_path)))

    strange = {}
    for index, call in enumerate(calls):
        after = dict(_facts(taken(calls, {index: WAYS[way]}).inventory(tmp_path)))
        for (kind, address, name), value in before.items():
            now = after.get((kind, address, name), after.get((kind, address, "")))
            if now != value and not _may_change(call, kind, name, now):
                strange[call.service, call.operation, call.region, address, name] = now

    assert not strange


TOLD_BY = {
    ("bucket", "is_present"): {"HeadBucket"},
    ("key", "is_present"): {"DescribeKey"},
    ("key", "policy"): {"GetKeyPolicy"},
    ("key", "key_id"): {"DescribeKey"},
    ("key", "name"): {"DescribeKey"},
    ("topic", "is_present"): {"GetTopicAttributes"},
    ("log_group", "is_present"): {"DescribeLogGroups"},
    ("log_group", "data_protection_policy"): {"DescribeLogGroups"},
    ("role", "is_present"): {"GetRole"},
    ("role", "inline_policies"): {"ListRolePolicies", "GetRolePolicy"},
    ("account", "trail_arns"): {"DescribeTrails", "DescribeRegions"},
}
"""What several calls tell together, and which can take it away."""


def _may_change(call: Call, kind: str, name: str, now: Value) -> bool:
    """Say whether a fact hangs on a call; then it is gone with the list that it was in, or not known."""
    from ctguard.model.kinds import KINDS

    row = next(row for row in KINDS[kind].attributes if row.name == name)
    told_by = {spelling.path.partition(":")[0] for spelling in row.spellings("live")} | TOLD_BY.get((kind, name), set())
    lists = {spelling.path.partition(":")[0] for row in KINDS[kind].attributes for spelling in row.spellings("live")}
    if now is None and call.operation in lists:
        return True
    return call.operation in told_by and first_unknown(now) is not None


def _facts(inventory: Inventory) -> Iterator[tuple[tuple[str, str, str], Value]]:
    for one in inventory:
        if one.is_judged and one.missing is None:
            yield (one.kind.name, one.address, ""), None
            for row in one.kind.attributes:
                yield (one.kind.name, one.address, row.name), one[row.name]


@pytest.mark.parametrize(
    ("name", "address", "attribute", "permission"),
    [
        ("cloudtrail.GetEventSelectors", TRAIL, "event_selectors", "cloudtrail:GetEventSelectors"),
        (
            "s3.GetBucketEncryption",
            f"arn:aws:s3:::{BUCKET}",
            "encryption.sse_algorithm",
            "s3:GetEncryptionConfiguration",
        ),
        ("kms.GetKeyRotationStatus", KEY, "key_rotation_enabled", "kms:GetKeyRotationStatus"),
    ],
)
def test_a_refusal_names_the_call_the_code_and_the_permission(tmp_path: Path, name, address, attribute, permission):
    account = Recorded().denied(name)

    inventory = account.inventory(tmp_path)

    (resource,) = (one for one in inventory if one.address == address)
    unknown = resource[attribute]
    assert isinstance(unknown, Unknown)
    assert (name.replace(".", ":") in unknown.what, "AccessDenied" in unknown.why, unknown.cure) == (
        True,
        True,
        f"grant {permission}",
    )
    (fault,) = inventory.faults
    assert (fault.kind, permission in fault.message, name.replace(".", ":")) == ("denied", True, fault.source)
