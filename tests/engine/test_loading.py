"""A rule file that is wrong is refused when it is loaded: with file, line and what to do about it."""

import inspect
from importlib import import_module

import pytest

from ctguard.engine.cases import try_cases
from ctguard.engine.judgements import JUDGEMENTS, looks_at
from ctguard.engine.pack import load_pack, read_folder
from ctguard.model.errors import CtguardError

GOOD = """\
id: mine
title: It is as it should be
severity: low
resource: trail
require:
  is_logging: true
message: "Trail {name} does not log"
why: Because.
fix: Mend it.
cases:
  - expect: pass
    given:
      trail.good: {is_logging: true}
"""


def write(folder, text, name="mine.yaml"):
    path = folder / "rules" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder / "rules"


def refused(folder, text, name="mine.yaml"):
    with pytest.raises(CtguardError) as caught:
        read_folder(write(folder, text, name))
    return caught.value


def line_of(text, wanted):
    return next(number for number, line in enumerate(text.splitlines(), 1) if wanted in line)


def test_a_sound_file_is_read(tmp_path):
    data = read_folder(write(tmp_path, GOOD))

    assert data["rules"]["mine"]["require"] == {"is_logging": True}


CONDITIONS = [
    # what is written under `require`, the line within it that is blamed, what is said, what is advised
    ("is_loging: true", 1, "is_loging is no attribute of trail", "did you mean is_logging?"),
    ("key.enbled: true", 1, "key.enbled is no attribute", "did you mean key.enabled?"),
    ("is_logging: {ist: true}", 1, "ist is no test", "did you mean is?"),
    ("is_logging: {wanted: true}", 1, "wanted is no test", "use one of: is, "),
    ("is_logging: {}", 1, "is_logging is given nothing to be", ""),
    ("is_logging:", 1, "is needs a value", "set: false"),
    ("is_logging: yes please", 1, "'yes please' is not what is can be told", ""),
    ("is_logging: 1", 1, "1 is not what is can be told", ""),
    ("is_logging: {at_least: 1}", 1, "at_least does not fit", "use one of: is, "),
    ("is_logging: {matches: t*}", 1, "matches does not fit", ""),
    ("name: {at_least: 3}", 1, "at_least does not fit", ""),
    ("name: {matches: 3}", 1, "3 is not what matches can be told", ""),
    ("name: {one_of: []}", 1, "one_of needs a list of values", ""),
    ("name: {none_of: x}", 1, "none_of needs a list of values", ""),
    ("name: {set: 1}", 1, "set is true or false", ""),
    ("name: {every: {have: {x: 1}}}", 1, "name is no list of entries with fields", "use contains"),
    ("event_selectors: true", 1, "is does not fit a list of entries", "use every, some, none or set"),
    ("event_selectors: {every: {}}", 1, "every does not say what each entry must have", "add have"),
    ("event_selectors: {every: {where: {read_write_type: All}}}", 1, "every does not say", ""),
    ("event_selectors: {some: {which: 1}}", 1, "some takes where and have, not which", ""),
    ("event_selectors: {some: {have: {}}}", 1, "a condition is a map", ""),
    (
        "event_selectors: {some: {have: {read_type: All}}}",
        1,
        "read_type is no attribute of these entries",
        "read_write_type",
    ),
    ("tags: {is: x}", 1, "is does not fit", ""),
    ("any_of: []", 1, "a list of conditions is needed here", ""),
    ("all_of: {is_logging: true}", 1, "a list of conditions is needed here", ""),
    ("not: {}", 1, "a condition is a map", ""),
    ("not: [1]", 1, "a condition is a map", ""),
    ("judge: records-everything", 1, "records-everything is no judgement", ""),
    ("judge: records-data-event", 1, "records-data-event is no judgement", "did you mean records-data-events?"),
    ("judge: records-data-events", 1, "records-data-events takes access, ", "docs/writing-rules.md"),
    ("judge: {records-data-events: {acces: read}}", 1, "records-data-events takes access, ", ""),
    ("judge: {records-insights: {much: 1}}", 1, "records-insights takes no arguments", ""),
    ("name: $name", 1, "$name is no parameter of this rule", "declare it under `parameters`"),
    ("bucket.trails.name: x", 1, "bucket.trails.name is no attribute", ""),
    (
        "is_logging: true\nall_of:\n  - is_multi_region_trail: true\n  - kms_key: {set: true}",
        4,
        "kms_key is no attribute",
        "",
    ),
]


@pytest.mark.parametrize(("written", "line", "fact", "advice"), CONDITIONS)
def test_a_condition_that_makes_no_sense_is_refused_where_it_stands(tmp_path, written, line, fact, advice):
    indented = "\n".join(f"  {one}" for one in written.splitlines())
    text = GOOD.replace("  is_logging: true\n", f"{indented}\n", 1)

    error = refused(tmp_path, text)

    first = line_of(text, "require:")
    assert str(error).startswith(f"rules/mine.yaml:{first + line}: "), str(error)
    assert fact in str(error)
    assert advice in error.hint


def test_a_condition_under_when_is_held_to_the_same(tmp_path):
    text = GOOD.replace("require:", "when:\n  home_regoin: us-east-1\nrequire:")

    error = refused(tmp_path, text)

    assert str(error) == "rules/mine.yaml:6: home_regoin is no attribute of trail"
    assert error.hint == "did you mean home_region?"


FIELDS = [
    ("severity: low", "severity: hgh", "severity", "use one of: critical, high, medium, low, info"),
    ("resource: trail", "resource: trails", "resource", "use one of: "),
    ("severity: low", "severity: low\nseverty: high", "severty", "a rule has the fields id, "),
    ("id: mine", "id: Mine", "id", ""),
    ("title: It is as it should be", "title: ''", "title", ""),
    ("why: Because.", "why:", "why", ""),
    ("fix: Mend it.", "fix_in: {ansible: x}\nfix: Mend it.", "fix_in.ansible", ""),
    ("fix: Mend it.", "fix: Mend it.\ninputs: []", "inputs", ""),
    ("fix: Mend it.", "fix: Mend it.\ninputs: [pulumi]", "inputs.0", "use one of: "),
    ("fix: Mend it.", "fix: Mend it.\nopt_in: perhaps", "opt_in", ""),
    ("fix: Mend it.", "fix: Mend it.\nparameters: {days: {default: 3}}", "parameters.days.about", ""),
    ("  - expect: pass", "  - expect: passes", "cases.0.expect", "use one of: "),
    ("fix: Mend it.", "fix: Mend it.\nfollows_from: [Not An Id]", "follows_from.0", ""),
]


@pytest.mark.parametrize(("old", "new", "field", "advice"), FIELDS)
def test_a_field_that_is_wrong_is_refused_with_its_line(tmp_path, old, new, field, advice):
    text = GOOD.replace(old, new, 1)

    error = refused(tmp_path, text)

    assert str(error).startswith("rules/mine.yaml:")
    assert f": {field}: " in str(error)
    assert advice in error.hint


IN_ACCOUNT = 'in_account: {message: "No trail of account {account_id} logs"}\n'


def test_what_is_said_of_accounts_speaks_of_accounts(tmp_path):
    text = GOOD.replace("why: Because.", f"{IN_ACCOUNT.replace('account_id', 'home_region')}why: Because.")

    error = refused(tmp_path, text)

    assert "{home_region} is no attribute of account" in str(error)


@pytest.mark.parametrize(
    ("old", "new"),
    [("resource: trail", "resource: event_data_store"), ("require:", "when: {is_logging: true}\nrequire:")],
)
def test_only_rules_on_all_trails_can_be_judged_by_one_of_them(tmp_path, old, new):
    text = GOOD.replace("is_logging: true", "name: {set: true}").replace(old, new, 1)
    text = text.replace("why: Because.", f"{IN_ACCOUNT}why: Because.")

    assert "in_account fits rules on trails, without when" in str(refused(tmp_path, text))


def test_every_wrong_field_is_named_at_once(tmp_path):
    text = GOOD.replace("severity: low", "severity: hgh").replace("why: Because.", "why: ''")

    assert len(str(refused(tmp_path, text)).splitlines()) == 2


def test_a_missing_field_is_named(tmp_path):
    assert "message: field required" in str(
        refused(tmp_path, GOOD.replace('message: "Trail {name} does not log"\n', ""))
    )


def test_an_id_that_is_not_the_files_name_is_refused(tmp_path):
    error = refused(tmp_path, GOOD, name="other.yaml")

    assert str(error) == "rules/other.yaml:1: id is 'mine' in a file named other"


def test_one_id_twice_is_refused(tmp_path):
    write(tmp_path, GOOD)

    error = refused(tmp_path, GOOD, name="sub/mine.yaml")

    assert "there is a rule mine already" in str(error)


def test_a_message_with_a_hole_in_it_is_refused(tmp_path):
    error = refused(tmp_path, GOOD.replace("{name}", "{nmae}"))

    assert str(error) == "rules/mine.yaml:7: {nmae} is no attribute of trail"


def test_a_message_may_name_attributes_links_and_parameters(tmp_path):
    text = GOOD.replace("{name}", "{name} {s3_bucket_name} {bucket.name} {days}")
    text = text.replace("fix: Mend it.", "fix: Mend it.\nparameters: {days: {default: 3, about: days}}")

    assert "mine" in read_folder(write(tmp_path, text))["rules"]


def test_a_parameter_whose_default_does_not_fit_is_refused(tmp_path):
    text = GOOD.replace(
        "is_logging: true", "tags: {set: true}\n  insight_selectors: {some: {}}\n  name: {one_of: $names}", 1
    )
    text = text.replace("fix: Mend it.", "fix: Mend it.\nparameters: {names: {default: audit, about: names}}")

    assert "one_of needs a list of values" in str(refused(tmp_path, text))


YAML = [
    (GOOD + "id: again\n", "id is already given on line 1"),
    (GOOD.replace("why: Because.", "why: &why Because.").replace("fix: Mend it.", "fix: *why"), "an alias (*why)"),
    ("a: &a [x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: &d [*c,*c]\n", "an alias"),
    ("a: &a\n  b: *a\n", "an alias"),
    ("require: " + "{a: " * 50 + "1" + "}" * 50 + "\n", "more than 40 levels"),
    ("id: !!python/object/apply:os.system [x]\n", "a tag (tag:yaml.org,2002:python/object/apply:os.system)"),
    ("id: !!python/name:os.system x\n", "could not determine a constructor"),
    ("cases: !!set {a, b}\n", "a tag"),
    ("id: [mine\n", "did not find expected"),
    ("id: mine\n\ttitle: x\n", "found a tab character"),
]


@pytest.mark.parametrize(("text", "fact"), YAML)
def test_yaml_that_could_mean_two_things_or_too_much_is_refused(tmp_path, text, fact):
    error = refused(tmp_path, text)

    assert fact in str(error)
    assert str(error).startswith("rules/mine.yaml")


def test_an_alias_bomb_is_refused_before_it_goes_off(tmp_path):
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))

    assert str(refused(tmp_path, bomb)).startswith("rules/mine.yaml:2: an alias")


def test_conditions_nested_too_deep_are_refused(tmp_path):
    nested = "{not: " * 25 + "{is_logging: true}" + "}" * 25
    text = GOOD.replace("require:\n  is_logging: true", f"require: {nested}", 1)

    assert "nested more than 20 deep" in str(refused(tmp_path, text))


def test_a_file_that_is_too_large_is_refused(tmp_path):
    assert "larger than" in str(refused(tmp_path, GOOD + "# " + "x" * 1_000_001))


def test_a_file_that_is_no_text_is_refused(tmp_path):
    folder = write(tmp_path, GOOD)
    (folder / "binary.yaml").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(CtguardError, match=r"binary\.yaml") as caught:
        read_folder(folder)

    assert caught.value.hint == "a rule file is UTF-8 text"


def test_a_byte_order_mark_does_no_harm(tmp_path):
    assert "mine" in read_folder(write(tmp_path, "\ufeff" + GOOD))["rules"]


def test_a_link_that_leads_out_of_the_pack_is_refused(tmp_path):
    outside = tmp_path / "outside.yaml"
    outside.write_text(GOOD, encoding="utf-8")
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "mine.yaml").symlink_to(outside)

    with pytest.raises(CtguardError, match="leads out of the pack"):
        read_folder(folder)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CtguardError, match="no such folder of rules"):
        read_folder(tmp_path / "nowhere")


def test_a_framework_that_names_a_profile_of_no_rule_is_refused(tmp_path):
    folder = write(tmp_path, GOOD)
    write(tmp_path, 'id: f\ntitle: F\ncontrols:\n  "1":\n    title: One\n    profiles: [GENN]\n', "frameworks/f.yaml")

    with pytest.raises(CtguardError, match="f 1: no rule has the profile GENN"):
        read_folder(folder)


def test_a_framework_may_name_rules_that_are_still_to_come(tmp_path):
    folder = write(tmp_path, GOOD)
    write(
        tmp_path, 'id: f\ntitle: F\ncontrols:\n  "1":\n    title: One\n    rules: [mine, later]\n', "frameworks/f.yaml"
    )

    assert read_folder(folder)["frameworks"]["f"]["controls"]["1"]["rules"] == ["mine", "later"]


def test_numbers_of_controls_keep_their_zeros(tmp_path):
    folder = write(tmp_path, GOOD)
    write(tmp_path, 'id: f\ntitle: F\ncontrols:\n  "3.10":\n    title: Ten\n    rules: [mine]\n', "frameworks/f.yaml")

    assert list(read_folder(folder)["frameworks"]["f"]["controls"]) == ["3.10"]


def test_a_must_hold_set_has_all_dimensions_in_order(tmp_path):
    folder = write(tmp_path, GOOD)
    write(tmp_path, "dimensions:\n  recorded: {about: x, must_hold: [mine], shown_by: [live]}\n", "trust.yaml")

    with pytest.raises(CtguardError, match="the dimensions are recorded, delivered, provable"):
        read_folder(folder)


def test_a_rule_of_ones_own_runs_beside_the_shipped_ones(tmp_path):
    pack = load_pack([write(tmp_path, GOOD)])

    assert "trail-multi-region" in pack.rules
    assert [result.holds for result in try_cases(pack.rules["mine"])] == [True]


def test_a_shipped_rule_is_replaced_only_when_that_is_asked_for(tmp_path):
    text = GOOD.replace("id: mine", "id: trail-multi-region")
    folder = write(tmp_path, text, "trail-multi-region.yaml")

    with pytest.raises(CtguardError, match="there is a rule trail-multi-region already"):
        load_pack([folder])
    replaced = load_pack([folder], replace=True)

    assert replaced.rules["trail-multi-region"].title == "It is as it should be"
    assert replaced.digest != load_pack().digest


CASES = [
    ("trail.good: {is_loging: true}", "trail has no attribute is_loging"),
    ("tail.good: {is_logging: true}", "names no kind of resource"),
    ("bucket.good: {}", "a case gives no trail to judge"),
]


@pytest.mark.parametrize(("given", "fact"), CASES)
def test_a_case_that_makes_no_sense_is_an_error(tmp_path, given, fact):
    pack = load_pack([write(tmp_path, GOOD.replace("trail.good: {is_logging: true}", given))])

    with pytest.raises(CtguardError, match=fact):
        list(try_cases(pack.rules["mine"]))


@pytest.mark.parametrize("name", JUDGEMENTS)
def test_the_table_of_judgements_agrees_with_their_functions(name):
    entry = JUDGEMENTS[name]
    function = getattr(import_module(f"ctguard.engine.judgements.{entry.module}"), entry.function)
    parameters = list(inspect.signature(function).parameters.values())[1:]

    needed = {one.name for one in parameters if one.default is inspect.Parameter.empty}

    assert set(entry.arguments) == {one.name for one in parameters}
    assert needed <= set(entry.required)
    assert isinstance(looks_at(name), frozenset)
    assert function.__doc__
