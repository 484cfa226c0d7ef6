"""`ctguard diff` and the baseline: what is new, and what is called fixed only when somebody looked."""

from __future__ import annotations

import json
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctguard.model.finding import Status, Subject, Waiver
from ctguard.model.run_diff import diff_runs
from tests.command import here
from tests.render.builders import make_finding, make_run

TRAIL = """\
resource "aws_cloudtrail" "%s" {
  name                       = "%s"
  s3_bucket_name             = "elsewhere"
  is_multi_region_trail      = %s
  enable_log_file_validation = true
}
"""
CHOSEN = ("--select", "trail-multi-region,trail-log-validation")


@pytest.fixture
def run(tmp_path):
    return partial(here, tmp_path)


@pytest.fixture
def saved(run, tmp_path):
    """Return a function that saves a run of trails, each with what it says of regions."""

    def scan(name, *words, **trails):
        (tmp_path / "main.tf").write_text("".join(TRAIL % (trail, trail, value) for trail, value in trails.items()))
        run("scan", "-q", "-o", name, *(words or CHOSEN))

    return scan


def changes(done):
    return {(one["change"], one["rule_id"], one["resource"]["address"]) for one in json.loads(done.out)["changes"]}


@pytest.mark.parametrize(
    ("before", "after", "change", "status"),
    [
        ("true", "false", "new", 1),
        ("false", "true", "fixed", 0),
        ("var.x", "false", "new", 1),
        ("false", "var.x", "changed", 0),
        ("true", "var.x", "changed", 0),
        ("false", "false", None, 0),
    ],
)
def test_a_finding_that_changed_is_named_by_what_it_became(run, saved, before, after, change, status):
    saved("old.json", audit=before)
    saved("new.json", audit=after)

    done = run("diff", "old.json", "new.json", "-f", "json")

    assert done.status == status
    assert changes(done) == ({(change, "trail-multi-region", "aws_cloudtrail.audit")} if change else set())


def test_what_is_not_looked_at_any_more_is_not_fixed(run, saved):
    saved("old.json", audit="false", other="false")
    saved("new.json", audit="false")
    saved("narrow.json", "--select", "trail-log-validation", audit="false")

    gone, not_asked = (run("diff", "old.json", name, "-f", "json") for name in ("new.json", "narrow.json"))

    assert gone.status == not_asked.status == 0
    assert changes(gone) == {
        ("no_longer_judged", rule, "aws_cloudtrail.other") for rule in ("trail-multi-region", "trail-log-validation")
    }
    assert ("no_longer_judged", "trail-multi-region", "aws_cloudtrail.audit") in changes(not_asked)
    because = {one["because"] for one in json.loads(gone.out)["changes"]}
    assert because == {"the run did not look at this resource"}
    assert "did not put this rule" in run("diff", "old.json", "narrow.json").out


def test_waivers_that_begin_and_end_are_told(run, saved, tmp_path):
    saved("plain.json", audit="false")
    (tmp_path / "ctguard.yaml").write_text(
        "waivers:\n- {rule: trail-multi-region, resource: '*', owner: lena, reason: soon, expires: 2999-01-01}\n"
    )
    saved("waived.json", audit="false")

    begins, ends = (
        run("diff", *names, "-f", "json") for names in (("plain.json", "waived.json"), ("waived.json", "plain.json"))
    )

    assert (begins.status, ends.status) == (0, 1)
    assert {one for one, *_ in changes(begins)} == {"newly_waived"}
    assert {one for one, *_ in changes(ends)} == {"no_longer_waived"}
    assert "waived until 2999-01-01 by lena: soon" in run("diff", "plain.json", "waived.json").out


def test_errors_and_other_rules_are_told(run, saved, tmp_path):
    saved("old.json", audit="true")
    (tmp_path / "broken.tf").write_text("resource {{{\n")
    (tmp_path / "ctguard.yaml").write_text("parameters: {trail-tags: {keys: [a]}}\n")
    saved("new.json", audit="true")

    shown = run("diff", "old.json", "new.json").out

    assert "new error: broken.tf" in shown
    assert "the rules or their parameters differ" in shown
    assert "no longer an error: broken.tf" in run("diff", "new.json", "old.json").out


def test_formats_go_where_they_are_sent(run, saved, tmp_path):
    saved("old.json", audit="true")
    saved("new.json", audit="false")

    done = run("diff", "old.json", "new.json", "-q", "-o", "d.json", "-o", "d.md")

    assert (done.status, done.out) == (1, "")
    assert json.loads((tmp_path / "d.json").read_text())["summary"]["new"] == 1
    assert "| new | high | trail-multi-region |" in (tmp_path / "d.md").read_text()
    assert run("diff", "old.json", "new.json", "-f", "sarif").status == 2
    assert run("diff", "old.json", "new.json", "-o", "d.html").status == 2


@pytest.mark.parametrize("content", [None, "", "[]", '{"schema_version": "9"}'])
def test_what_is_no_run_is_2(run, saved, tmp_path, content):
    saved("old.json", audit="true")
    if content is not None:
        (tmp_path / "new.json").write_text(content)

    done = run("diff", "old.json", "new.json")

    assert done.status == 2
    assert done.err.startswith("ctguard: new.json")
    assert "Traceback" not in done.err


def test_hostile_names_do_no_harm(run, tmp_path):
    name = "\\u001b]52;c;eA==\\u0007|<img src=x>\\u202e"
    trail = f'resource "aws_cloudtrail" "t" {{\n  name = "{name}"\n  s3_bucket_name = "b"\n}}\n'
    for name in ("old.json", "new.json"):
        (tmp_path / "main.tf").write_text(trail if name == "new.json" else "")
        run("scan", "-q", "-o", name)

    shown, table = run("diff", "old.json", "new.json").out, run("diff", "old.json", "new.json", "-f", "markdown").out

    assert "\x1b" not in shown + table
    assert "<img" not in table
    assert "img" in shown


def test_what_failed_before_does_not_make_the_exit_status_1(run, saved, tmp_path):
    saved("old.json", audit="false")
    with_baseline = ("scan", *CHOSEN, "--baseline", "old.json")

    assert run(*with_baseline).status == 0
    found = run(*with_baseline, "-f", "json").run
    assert [one["baseline"] for one in found["findings"] if one["status"] == "fail"] == [True]
    assert [one["verdict"] for one in found["trails"]] == ["not_trusted"]
    (tmp_path / "ctguard.yaml").write_text("baseline: old.json\n")
    assert run("scan", *CHOSEN).status == 0
    assert run("scan", *CHOSEN, "--no-config").status == 1
    (tmp_path / "main.tf").rename(tmp_path / "moved.tf")
    assert run("scan", *CHOSEN).status == 0, "a block may move"
    (tmp_path / "other.tf").write_text(TRAIL % ("other", "other", "false"))
    assert run("scan", *CHOSEN).status == 1


def test_what_was_waived_is_not_part_of_a_baseline(run, saved, tmp_path):
    waiver = "waivers:\n- {rule: trail-multi-region, resource: '*', owner: lena, reason: soon, expires: 2999-01-01}\n"
    (tmp_path / "ctguard.yaml").write_text(waiver)
    saved("old.json", audit="false")
    (tmp_path / "ctguard.yaml").unlink()

    assert run("scan", *CHOSEN, "--baseline", "old.json").status == 1


statuses = st.sampled_from(list(Status))
keys = st.tuples(st.sampled_from(["trail-a", "trail-b"]), st.sampled_from(["t.one", "t.two", "t.three"]))
drawn_runs = st.dictionaries(keys, st.tuples(statuses, st.booleans(), st.sampled_from(["high", "low"])))


def made(drawn):
    return make_run(
        [
            make_finding(
                rule,
                status,
                resource=Subject("trail", address),
                severity=severity,
                waiver=Waiver("lena", "soon", "2999-01-01") if waived and status is Status.FAIL else None,
            )
            for (rule, address), (status, waived, severity) in drawn.items()
        ]
    )


@given(drawn_runs)
@settings(deadline=None)
def test_a_run_does_not_differ_from_itself(drawn):
    diff = diff_runs(made(drawn), made(drawn))

    assert not diff.changes
    assert not diff.trails
    assert not diff.is_worse


@given(drawn_runs, drawn_runs)
@settings(deadline=None)
def test_the_way_back_is_the_way_there_turned_round(one, other):
    there, back = diff_runs(made(one), made(other)), diff_runs(made(other), made(one))

    assert {(change.old, change.new) for change in there.changes} == {
        (change.new, change.old) for change in back.changes
    }


@given(drawn_runs, drawn_runs)
@settings(deadline=None)
def test_nothing_is_fixed_or_new_that_is_not(one, other):
    diff = diff_runs(made(one), made(other))

    for change in diff.changes:
        key = (change.finding.rule_id, change.finding.resource.address)
        if change.kind == "fixed":
            assert one[key][0] is Status.FAIL
            assert other[key][0] is Status.PASS
        if change.kind == "new":
            assert other[key][0] is Status.FAIL
            assert key not in one or one[key][0] is not Status.FAIL
    fails = {key for key, (status, waived, _) in other.items() if status is Status.FAIL and not waived}
    failed = {key for key, (status, waived, _) in one.items() if status is Status.FAIL and not waived}
    assert diff.is_worse == bool(fails - failed)
