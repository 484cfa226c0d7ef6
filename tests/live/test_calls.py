"""Which calls a rule needs: no more than its facts ask for, and no fewer than its verdict hangs on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from ctguard.engine.cases import given
from ctguard.engine.facts import ACCOUNT, FactName, facts_of
from ctguard.engine.findings import judge_resource
from ctguard.engine.outcome import Context
from ctguard.engine.pack import load_pack
from ctguard.engine.rule import Rule
from ctguard.model.inventory import Inventory
from ctguard.model.kinds import KINDS
from ctguard.model.resource import Resource
from ctguard.run.calls import calls_for, telling
from ctguard.run.inputs import Loaded
from ctguard.run.judging import Asked, prepare
from ctguard.run.scan import inventory_of
from ctguard.sources.aws.collecting import Wanted, Watcher, collect, question
from ctguard.sources.snapshot.facts import Snapshot
from ctguard.sources.snapshot.file import read_snapshot_file
from ctguard.sources.snapshot.read import units
from tests.live.scenes import one_trail

PACK = load_pack(())
LIVE = [rule for rule in PACK.rules.values() if "live" in rule.inputs]
BY_LOGS = "VerifyLogs"
"""No call of AWS: what `ctguard logs verify` said."""


def operations(kind: str, attribute: str) -> set[str]:
    """Return the operations by which the attribute tables spell an attribute."""
    row = next(one for one in KINDS[kind].attributes if one.name == attribute)
    return {path.partition(":")[0] for one in row.spellings("live") if ":" in (path := one.path)}


@pytest.mark.parametrize("rule", LIVE, ids=lambda rule: rule.id)
def test_the_plan_has_every_call_that_tells_what_a_rule_asks(rule):
    for fact in facts_of(rule):
        if fact.attribute != ACCOUNT and operations(fact.kind, fact.attribute) - {BY_LOGS}:
            assert telling(fact), fact


class Traced:
    """The attributes of a resource, noting which are read."""

    def __init__(self, resource: Resource, read: set[FactName]) -> None:
        self._of = resource
        self._read = read

    def __getitem__(self, name):
        self._read.add(FactName(self._of.kind.name, name))
        return self._of.attributes[name]

    def __contains__(self, name):
        return name in self._of.attributes

    def get(self, name):
        return self[name] if name in self else None


class TracedInventory(Inventory):
    """An inventory that notes which links are followed; what it reads itself to join resources does not count."""

    def __init__(self, resources: list[Resource], read: set[FactName]) -> None:
        super().__init__(resources)
        read.clear()
        self._noted = read

    def follow(self, resource, name):
        noted = getattr(self, "_noted", set())
        link = next(one for one in resource.kind.links if one.name == name)
        if link.by:
            noted.add(FactName(resource.kind.name, link.by))
        if link.inverse:
            back = next(one for one in KINDS[link.to].links if one.name == link.inverse)
            noted.add(FactName(link.to, back.by))
        return super().follow(resource, name)


def read_in_cases(rule: Rule) -> Iterator[FactName]:
    """Yield the facts that a rule reads when it judges the cases of its own file."""
    for case in rule.source.get("cases", ()):
        if case.get("input", "live") != "live":
            continue
        read: set[FactName] = set()
        plain = given(case["given"])
        inventory = TracedInventory([replace(one, attributes=Traced(one, read)) for one in plain], read)
        judged = next(one for one in inventory.of_kind(rule.judges("live")) if case.get("of") in (None, one.address))
        defaults = {name: parameter.default for name, parameter in rule.parameters.items()}
        judge_resource(rule, Context(inventory, judged, defaults | case.get("parameters", {})))
        yield from read


@pytest.mark.parametrize("rule", LIVE, ids=lambda rule: rule.id)
def test_a_rule_reads_nothing_that_its_calls_do_not_tell(rule):
    asked = {row.name for row in calls_for([rule])}

    for fact in set(read_in_cases(rule)):
        if operations(fact.kind, fact.attribute) - {BY_LOGS}:
            assert telling(fact) <= asked, fact


@pytest.fixture(scope="module")
def whole(one_front, tmp_path_factory) -> Snapshot:
    """Return the snapshot of an account that has everything, asked all that any rule asks."""
    from tests.command import in_a_process

    folder: Path = tmp_path_factory.mktemp("whole")
    one_front.reset()
    one_front.enable("us-east-1", "eu-west-1")
    one_trail(one_front)
    done = in_a_process(folder, "audit", "--select", "*", "--snapshot", "facts.json", **one_front.environment)
    assert done.status == 1, done.err
    return read_snapshot_file(folder / "facts.json", "facts.json")


def findings(rule: Rule, snapshot: Snapshot) -> list[str]:
    judging = prepare(Asked(select=[rule.id]))
    loaded = Loaded(tuple(units(snapshot, "facts.json")), (), ("facts.json",))
    run = judging.judge(inventory_of(loaded), command="scan", inputs=())
    return [f"{one.status} {one.message} {one.explanation}" for one in run.findings]


@pytest.mark.parametrize("rule", LIVE, ids=lambda rule: rule.id)
def test_a_rule_says_the_same_of_its_own_calls_as_of_all(rule, whole):
    known = {question(call): call for call in whole.calls}
    wanted = Wanted(calls_for([rule]))
    account = whole.accounts[0]
    watcher = Watcher(lambda call: None, lambda: False)

    asked = collect(account, None, wanted, "us-east-1", known, watcher)

    assert len(asked.calls) <= len(whole.calls)
    assert findings(rule, replace(whole, calls=asked.calls)) == findings(rule, whole)
