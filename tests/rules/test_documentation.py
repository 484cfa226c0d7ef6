"""What the page on writing rules shows is what the program takes."""

import re
from pathlib import Path

import pytest
import yaml

from ctguard.engine.build import build_condition
from ctguard.engine.cases import given, try_cases
from ctguard.engine.comparison import TESTS
from ctguard.engine.pack import load_pack
from ctguard.engine.rule_file import RuleFile
from ctguard.model.kinds import KINDS

PAGE = Path(__file__).parents[2] / "docs" / "writing-rules.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


def test_the_whole_rule_and_the_framework_load_and_its_cases_hold(tmp_path):
    rule, framework = BLOCKS[0], BLOCKS[-1]
    (tmp_path / "frameworks").mkdir()
    (tmp_path / "trail-has-prefix.yaml").write_text(rule, encoding="utf-8")
    (tmp_path / "frameworks" / "house.yaml").write_text(framework.replace("GEN", "MINE"), encoding="utf-8")
    (tmp_path / "trail-has-prefix.yaml").write_text(rule.replace("\ncases:", "\nprofiles: [MINE]\ncases:"), "utf-8")

    pack = load_pack([tmp_path])

    results = list(try_cases(pack.rules["trail-has-prefix"]))
    assert [result.holds for result in results] == [True, True, True]
    assert {one.control for one in pack.rules["trail-has-prefix"].controls} == {"LOG-1", "LOG-2"}


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.startswith("require:")])
def test_the_conditions_shown_can_be_built(block):
    build_condition(yaml.safe_load(block)["require"], KINDS["bucket"], {})


def test_the_case_shown_can_be_given():
    block = next(block for block in BLOCKS if block.startswith("cases:"))
    case = yaml.safe_load(block)["cases"][0]

    assert {one.address for one in given(case["given"], case["input"])} >= {"trail.audit", "bucket.logs"}


def test_every_field_of_a_rule_is_explained():
    assert [name for name in RuleFile.model_fields if f"`{name}`" not in TEXT] == []


def test_every_test_is_explained():
    assert [test for test in TESTS if f"`{test}`" not in TEXT] == []


def test_every_shipped_profile_is_explained():
    used = {profile for rule in load_pack().rules.values() for profile in rule.profiles}

    assert [profile for profile in sorted(used) if f"| {profile} |" not in TEXT] == []
