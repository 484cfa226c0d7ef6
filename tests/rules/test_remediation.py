"""What a rule says to write mends what it finds: each snippet is put into a set-up that breaks the rule, and judged.

What is broken, and where a snippet goes, is in `remediation/`.
"""

import pytest

from ctguard.engine.pack import load_pack
from tests.command import here
from tests.rules.remediation import scene

RULES = load_pack().rules
EXCUSED = {
    ("event-data-store-resource-policy", "terraform"): "the provider has no policy of a store, so nothing can break it",
    (
        "key-same-region",
        "cloudformation",
    ): "the keys of a stack are in its region; what it only names is not its to move",
}
ASKED = [
    (rule.id, dialect)
    for rule in RULES.values()
    for dialect in scene.DIALECTS
    if dialect in rule.inputs and rule.resource != "waiver" and (rule.id, dialect) not in EXCUSED
]


def verdicts(folder, rule, dialect, text):
    """Return what the rule says of each resource of the text, by address."""
    (folder / scene.DIALECTS[dialect][0]).write_text(text, encoding="utf-8")
    (folder / "ctguard.yaml").write_text(scene.settings(rule), encoding="utf-8")
    where = ("--region", scene.REGION, "--account", scene.ACCOUNT)
    done = here(folder, "scan", ".", "--select", rule.id, *where, "-f", "json")
    assert done.run["errors"] == [], done.run["errors"]
    return {one["resource"]["address"]: one["status"] for one in done.run["findings"]}


@pytest.mark.parametrize(("rule_id", "dialect"), ASKED)
def test_the_snippet_mends_what_the_rule_finds(tmp_path, rule_id, dialect):
    rule = RULES[rule_id]

    broken, mended = (verdicts(tmp_path, rule, dialect, text) for text in scene.DIALECTS[dialect][1](rule))

    address = scene.judged(rule, dialect) or next(iter(broken))
    assert (broken.get(address), mended.get(address)) == ("fail", "pass"), (broken, mended)
    assert "fail" not in mended.values()


def test_who_is_excused_gives_no_snippet():
    assert [getattr(RULES[rule_id].remediation, dialect) for rule_id, dialect in EXCUSED] == [""] * len(EXCUSED)


def test_every_fault_is_of_a_rule_that_is_asked():
    assert scene.faults().keys() <= {rule_id for rule_id, _ in ASKED}
