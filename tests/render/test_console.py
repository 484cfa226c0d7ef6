"""The report at a terminal: what a person reads, in which order, and what a terminal must never get."""

from __future__ import annotations

import ast
import re
import subprocess
import sys

import pytest
from msgspec.structs import replace

from ctguard.model.errors import Fault
from ctguard.model.finding import Finding, UnknownGroup
from ctguard.model.logic import Status
from ctguard.render import render
from tests.render.builders import TRAIL, make_finding, make_leaf, make_location, make_run, make_verdict
from tests.render.scenes import WITNESS_EVENT, account_run, code_run


def console(run, **options) -> str:
    return render(run, "console", **options)


def test_it_opens_with_the_answer_for_each_trail():
    lines = console(code_run()).splitlines()

    assert lines[0] == "0 of 2 trails can be trusted"
    assert lines[1] == "NOT TRUSTED  trail audit  aws_cloudtrail.audit  infra/trail.tf"
    assert lines[8] == "NOT TRUSTED  trail old-us-east-1  module.legacy.aws_cloudtrail.old"  # found in two files
    assert lines[2] == "  recorded    FAIL        trail-multi-region"
    assert lines[3] == "  delivered   not judged  code cannot show that logs arrive"
    assert lines[6] == "  retained    unknown     bucket-retention"


def test_many_trails_get_one_line_of_dimensions_each():
    trails = [make_verdict(replace(TRAIL, name=f"t{n}"), "trusted", recorded="pass", watched="pass") for n in range(9)]

    report = console(make_run([make_finding()], trails=trails))

    assert report.count("  pass: recorded, watched\n") == 9


def test_a_failure_says_what_was_found_what_was_wanted_where_with_a_witness_and_the_next_step():
    finding = make_finding(
        location=make_location("infra/trail.tf", 7),
        explanation=[make_leaf(location=make_location("infra/trail.tf", 7), because="one region is not all")],
        witness=WITNESS_EVENT,
    )

    block = console(make_run([finding])).split("\n\n")[1]

    assert block.splitlines() == [
        "FAIL  trail-multi-region  high  aws_cloudtrail.audit",
        "  Trail audit records only its home region eu-west-1",
        "    infra/trail.tf:7  is_multi_region_trail: false, must be true",
        "                      one region is not all",
        "  goes unseen: DescribeInstances of ec2.amazonaws.com (eventCategory=Management,",
        "    awsRegion=ap-southeast-2, readOnly=true)",
        "  fix: Turn on the multi-region setting of this trail.",
        "       is_multi_region_trail = true",
    ]


def test_the_place_to_edit_is_shown_even_where_no_condition_stands_there():
    finding = make_finding(location=make_location("infra/trail.tf", 7), explanation=[make_leaf()])

    assert "\n    infra/trail.tf:7\n    is_multi_region_trail: false, must be true\n" in console(make_run([finding]))


def test_the_fix_is_in_the_words_of_the_tool_that_the_resource_is_written_in():
    def fix(finding: Finding) -> str:
        return console(make_run([finding]))

    (finding,) = (one for one in code_run().findings if one.rule_id == "trail-multi-region")

    assert "is_multi_region_trail = true" in fix(finding)
    template = replace(finding, location=make_location("stack.yaml"), resource=replace(TRAIL, address="AuditTrail"))
    assert "IsMultiRegionTrail: true" in fix(template)
    assert "aws cloudtrail update-trail" in fix(replace(finding, location=None))


def test_consequences_are_counted_under_their_cause_and_not_told_again():
    report = console(code_run())

    assert "and 4 more follow from this: monitor-cloudtrail-changes" in report
    assert "Nobody is told of changes of trails" not in report


def chain(*links: tuple[str, str | None], **changes) -> list[Finding]:
    return [make_finding(name, fingerprint=name, caused_by=cause, **changes) for name, cause in links]


@pytest.mark.parametrize(
    ("findings", "told"),
    [
        (chain(("a", None), ("b", "a"), ("c", "b")), {"a": 2}),
        (chain(("a", "b"), ("b", "a")), {"a": 0, "b": 0}),
        (chain(("a", "a")), {"a": 0}),
        (chain(("a", "gone")), {"a": 0}),
        ([*chain(("a", None)), *chain(("u", "a"), status=Status.UNKNOWN)], {"a": 1}),
        ([*chain(("a", None), baseline=True), *chain(("b", "a"))], {"b": 0}),
    ],
    ids=["a chain", "a circle", "its own cause", "a cause not there", "an unknown consequence", "a cause of before"],
)
def test_no_finding_is_lost_whatever_causes_are_named(findings, told):
    report = console(make_run(findings))

    headings = re.findall(r"^FAIL  (\w+)  high", report, re.MULTILINE)
    assert headings == list(told)
    for cause, count in told.items():
        block = next(block for block in report.split("\n\n") if block.startswith(f"FAIL  {cause}  "))
        assert f"and {count} more follow" in block or count == 0


def test_a_consequence_is_counted_under_the_cause_of_its_own_module():
    def twice(module: str) -> list[Finding]:
        place = make_location(f"{module}/main.tf")
        return [*chain(("a", None), location=place), *chain(("b", "a"), location=replace(place, path=f"{module}/b.tf"))]

    report = console(make_run([*twice("one"), *twice("two")]))

    assert report.count("and 1 more follows from this: b") == 2


def test_unknowns_are_grouped_by_the_value_that_is_missing_with_its_cure():
    report = console(code_run())

    assert "UNKNOWN  4 findings cannot be decided" in report
    assert "  set var.org_id: resolves 3  (var.org_id has no value)\n" in report
    assert report.index("set var.org_id") < report.index("set var.keep_days")


def test_an_unknown_value_names_each_rule_once_with_a_place_and_counts_the_others():
    findings = [make_finding("r", Status.UNKNOWN, location=make_location(f"{n}.tf"), fingerprint="f") for n in "abc"]
    run = make_run(findings, unknowns=[UnknownGroup("var.x has no value", "set var.x", ("f",))])

    assert "  set var.x: resolves 3  (var.x has no value)\n    r (a.tf:3, and 2 more)\n" in console(run)


def test_an_unknown_finding_that_names_no_missing_value_is_told_all_the_same():
    report = console(make_run([make_finding("lonely-rule", Status.UNKNOWN)], unknowns=[]))

    assert "lonely-rule" in report


def test_a_group_whose_cure_nobody_knows_says_what_is_missing():
    finding = make_finding(status=Status.UNKNOWN)
    groups = [UnknownGroup("the bucket is not part of this scan", "", (finding.fingerprint,))]

    assert "  the bucket is not part of this scan: 1 finding\n" in console(make_run([finding], unknowns=groups))


def test_it_is_quiet_about_passes_unless_asked():
    assert "key-rotation" not in console(code_run())
    assert "PASS  key-rotation" in console(code_run(), verbose=True)
    assert "NOT APPLICABLE  trail-organization" in console(code_run(), verbose=True)


def test_waived_and_older_failures_are_named_with_who_decided():
    report = console(code_run())

    assert "WAIVED  bucket-object-lock  medium" in report
    assert "until 2027-01-31 by dana@example.com: the bucket is copied" in report
    assert "BASELINE  1 failure there before\n  trail-log-validation" in report


def test_errors_and_totals_of_everything_come_last():
    blocks = console(code_run(), notes=["12 resources no rule looked at"]).strip().split("\n\n")

    assert blocks[-2].startswith("ERROR  modules/broken/main.tf:12  syntax\n")
    assert " ".join(blocks[-1].split()) == (
        "8 pass, 8 fail (1 critical, 4 high, 3 medium, 1 of them there before), 4 unknown, 1 not applicable, "
        "1 waived, 1 error 12 resources no rule looked at"
    )


def test_the_first_line_says_when_there_was_nothing_to_judge():
    assert console(make_run()).startswith("nothing to judge: no rule speaks of this input\n")
    assert console(make_run(errors=[Fault("a.tf", "syntax", "no")])).startswith("nothing could be judged\n")
    assert console(make_run(), opening=["2 files, none with a trail"]).startswith("2 files, none with a trail\n")


def test_colours_change_nothing_but_colours():
    painted = console(code_run(), color=True)

    assert "\x1b[1;31mFAIL\x1b[0m" in painted
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == console(code_run())
    assert "\x1b" not in console(code_run())


@pytest.mark.parametrize("width", [1, 40, 80, 200])
def test_prose_keeps_to_the_width_of_the_terminal(width):
    finding = make_finding(message="words and " * 50)

    longest = max(len(line) for line in console(make_run([finding]), width=width).splitlines() if "words" in line)

    assert longest <= max(width, 40)


def test_the_console_loads_no_library_of_its_own():
    program = (
        "import sys; from tests.render.scenes import code_run; before = set(sys.modules); "
        "from ctguard.render import render; render(code_run(), 'console'); "
        "print(sorted({name.split('.')[0] for name in set(sys.modules) - before} - {'ctguard'}))"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    loaded = set(ast.literal_eval(done.stdout))
    assert not loaded & {"rich", "jinja2", "pydantic", "textwrap", "html", "xml", "csv", "email"}


def test_every_status_of_every_run_is_counted():
    for run in (code_run(), account_run()):
        report = console(run)
        for name, count in run.summary.items():
            word = {"not_applicable": "not applicable", "errors": "error"}.get(name, name)
            assert re.search(rf"(?<!\d){count}\s+{word}", report)
