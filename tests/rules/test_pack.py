"""The shipped pack as a whole: its files, its framework maps, its must-hold set."""

from pathlib import Path

import pytest

from ctguard.engine.build import leads_somewhere
from ctguard.engine.pack import load_pack, read_folder, read_pack, shipped_folder
from ctguard.engine.rule import AllOf, AnyOf, Compare, Items, Judge, Not
from ctguard.model.finding import DIMENSIONS
from ctguard.model.kinds import KINDS

PACK = load_pack()
FILES = sorted(path for path in shipped_folder().rglob("*.yaml") if path.parent.name not in ("rules", "frameworks"))
FOLDERS = {
    "alarm",
    "bucket",
    "config",
    "event-data-store",
    "event-rule",
    "iam",
    "key",
    "log-group",
    "monitor",
    "organization",
    "topic",
    "trail",
    "waiver",
}
CIS_VERSIONS = ("1.2.0", "1.4.0", "1.5.0", "2.0.0", "3.0.0", "4.0.1", "5.0.0", "6.0.0", "7.0.0")
FRAMEWORKS = {
    "aws-fsbp",
    *(f"cis-aws-{version}" for version in CIS_VERSIONS),
    "fedramp",
    "gdpr",
    "hipaa",
    "iso-27001-2022",
    "nist-800-53-r5",
    "nist-csf-2.0",
    "pci-dss-4.0.1",
    "soc-2",
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_rule_stands_in_a_file_of_its_name_in_the_folder_of_its_family(path):
    assert path.stem in PACK.rules
    assert path.parent.name in FOLDERS


def test_every_rule_has_a_file():
    assert set(PACK.rules) == {path.stem for path in FILES}


@pytest.mark.parametrize("rule", PACK.rules.values(), ids=lambda rule: rule.id)
def test_a_rule_says_why_it_asks_and_what_to_do(rule):
    assert rule.why.strip()
    assert rule.remediation.text.strip()
    assert not rule.title.endswith(".")
    assert rule.controls or rule.profiles or rule.tags or rule.opt_in


@pytest.mark.parametrize("rule", PACK.rules.values(), ids=lambda rule: rule.id)
def test_what_a_rule_follows_from_is_never_itself(rule):
    assert rule.id not in rule.follows_from


def test_causes_end_somewhere():
    def causes(rule_id: str, seen: tuple[str, ...] = ()) -> None:
        assert rule_id not in seen, seen
        for cause in PACK.rules[rule_id].follows_from if rule_id in PACK.rules else ():
            causes(cause, (*seen, rule_id))

    for rule_id in PACK.rules:
        causes(rule_id)


def _paths(condition, kind):
    match condition:
        case Compare(path=path):
            yield path, kind
        case Items(path=path):
            yield path, kind
        case AllOf(conditions) | AnyOf(conditions):
            for one in conditions:
                yield from _paths(one, kind)
        case Not(inner):
            yield from _paths(inner, kind)
        case Judge():
            return


@pytest.mark.parametrize("rule", PACK.rules.values(), ids=lambda rule: rule.id)
def test_every_path_of_a_built_rule_leads_somewhere(rule):
    kind = KINDS[rule.resource]

    for path, at in _paths(rule.require, kind):
        assert leads_somewhere(path, at)


def test_the_frameworks_are_those_that_are_promised():
    assert set(PACK.frameworks) == FRAMEWORKS


@pytest.mark.parametrize("framework", PACK.frameworks.values(), ids=lambda framework: framework["id"])
def test_something_bears_on_every_control_but_those_outside(framework):
    for number, control in framework["controls"].items():
        assert bool(control["rules"] or control["profiles"]) is (control["mark"] != "outside"), number


@pytest.mark.parametrize("framework", sorted(FRAMEWORKS))
def test_every_control_says_how_far_rules_answer_it(framework):
    written = (shipped_folder() / "frameworks" / f"{framework}.yaml").read_text(encoding="utf-8")

    assert written.count("\n    mark: ") == len(PACK.frameworks[framework]["controls"])


def test_what_takes_people_is_not_called_decided():
    for framework in PACK.frameworks.values():
        if not framework["id"].startswith(("cis-aws-", "aws-fsbp")):
            assert "decided" not in {control["mark"] for control in framework["controls"].values()}, framework["id"]


@pytest.mark.parametrize("framework", PACK.frameworks.values(), ids=lambda framework: framework["id"])
def test_a_framework_file_bears_its_id(framework):
    assert (shipped_folder() / "frameworks" / f"{framework['id']}.yaml").is_file()


@pytest.mark.parametrize(
    ("rule_id", "framework", "control"),
    [
        ("trail-multi-region", "cis-aws-1.2.0", "2.1"),
        ("trail-multi-region", "cis-aws-7.0.0", "4.1"),
        ("trail-s3-data-events-write", "cis-aws-2.0.0", "3.10"),
        ("trail-s3-data-events-write", "cis-aws-3.0.0", "3.8"),
        ("bucket-mfa-delete", "cis-aws-1.4.0", "2.1.3"),
        ("bucket-mfa-delete", "cis-aws-6.0.0", "3.1.2"),
        ("trail-kms-encryption", "aws-fsbp", "CloudTrail.2"),
        ("event-data-store-kms-encryption", "aws-fsbp", "CloudTrail.10"),
        ("bucket-access-logging", "pci-dss-4.0.1", "10.2.1.3"),
        ("bucket-retention", "nist-800-53-r5", "AU-11"),
        ("trail-log-validation", "nist-csf-2.0", "PR.DS-01"),
        ("key-rotation", "nist-800-53-r5", "SC-12"),
        ("bucket-public-acl", "soc-2", "CC6.1"),
        ("trail-log-validation", "iso-27001-2022", "A.5.28"),
        ("trail-management-events", "gdpr", "30"),
        ("trail-management-events", "hipaa", "164.312(b)"),
        ("trail-management-events", "fedramp", "AU-12"),
    ],
)
def test_a_rule_bears_on_a_control(rule_id, framework, control):
    assert (framework, control) in {(one.framework, one.control) for one in PACK.rules[rule_id].controls}


def test_controls_that_left_a_benchmark_are_not_in_its_later_versions():
    assert "2.4" in PACK.frameworks["cis-aws-1.2.0"]["controls"]
    later = {one.framework for one in PACK.rules["trail-cloudwatch-logs"].controls}

    assert "cis-aws-2.0.0" in later
    assert "cis-aws-3.0.0" not in later


def test_trust_has_the_six_dimensions_in_order():
    assert tuple(PACK.trust) == DIMENSIONS


def test_only_an_account_can_show_that_logs_arrive_and_can_be_proved():
    alone = {name for name, dimension in PACK.trust.items() if dimension["shown_by"] == ["live"]}

    assert alone == {"delivered", "provable"}


def test_the_rules_that_must_hold_are_on_by_default():
    named = [
        rule_id
        for dimension in PACK.trust.values()
        for entry in dimension["must_hold"]
        for rule_id in (entry if isinstance(entry, list) else [entry])
    ]

    assert set(named) <= set(PACK.rules)
    assert not [rule_id for rule_id in named if PACK.rules[rule_id].opt_in]


def test_the_pack_is_read_the_same_whatever_folder_it_stands_in(tmp_path: Path):
    copy = tmp_path / "elsewhere"
    for path in shipped_folder().rglob("*.yaml"):
        target = copy / path.relative_to(shipped_folder())
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")

    assert read_folder(copy) == read_folder(shipped_folder())


def test_the_pack_that_is_kept_is_the_one_that_its_files_make():
    assert load_pack() == read_pack(shipped_folder())
