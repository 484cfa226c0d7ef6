"""`ctguard scan` keeps the contract: what it prints, what it writes, how it exits."""

from __future__ import annotations

import json
import os

import pytest

GOOD = """\
resource "aws_cloudtrail" "audit" {
  name                  = "audit"
  s3_bucket_name        = "elsewhere"
  is_multi_region_trail = true
}
"""
BAD = GOOD.replace("= true", "= false")
OPEN = GOOD.replace("= true", "= var.everywhere") + 'variable "everywhere" {}\n'
ONE_RULE = ("--select", "trail-multi-region")


def test_a_trail_that_holds_exits_with_0(ctguard, tmp_path):
    (tmp_path / "main.tf").write_text(GOOD)

    done = ctguard("scan", "main.tf", *ONE_RULE, "-f", "json")

    assert done.status == 0
    assert [finding["status"] for finding in done.run["findings"]] == ["pass"]


def test_a_failure_exits_with_1_and_says_where(ctguard, tmp_path):
    (tmp_path / "main.tf").write_text(BAD)

    done = ctguard("scan", ".", *ONE_RULE)

    assert done.status == 1
    assert "main.tf:4" in done.out
    assert "trail-multi-region" in done.out


def test_a_failure_below_the_threshold_exits_with_0(ctguard, tmp_path):
    (tmp_path / "main.tf").write_text(BAD)

    assert ctguard("scan", *ONE_RULE, "--fail-on", "critical").status == 0


def test_what_is_not_known_is_neither_pass_nor_fail(ctguard, tmp_path):
    (tmp_path / "main.tf").write_text(OPEN)

    done = ctguard("scan", *ONE_RULE, "-f", "json")

    assert done.status == 0
    assert done.run["summary"]["unknown"] == 1
    assert done.run["unknowns"][0]["what"].startswith("var.everywhere")


def test_fail_on_unknown_counts_it(ctguard, tmp_path):
    (tmp_path / "main.tf").write_text(OPEN)

    assert ctguard("scan", *ONE_RULE, "--fail-on-unknown").status == 1


def test_a_variable_given_by_the_user_settles_it(ctguard, tmp_path):
    (tmp_path / "main.tf").write_text(OPEN)

    assert ctguard("scan", *ONE_RULE, "--fail-on-unknown", "--var", "everywhere=true").status == 0
    assert ctguard("scan", *ONE_RULE, TF_VAR_everywhere="false").status == 1


def test_a_broken_file_is_an_error_and_the_others_still_count(ctguard, tmp_path):
    (tmp_path / "broken.tf").write_text('resource "aws_s3_bucket" {{{\n')
    (tmp_path / "main.tf").write_text(BAD)

    done = ctguard("scan", *ONE_RULE, "-f", "json")

    assert done.status == 2
    assert done.run["summary"]["fail"] == 1
    assert done.run["errors"][0]["source"].startswith("broken.tf")


def test_nothing_to_scan_is_2(ctguard, tmp_path):
    (tmp_path / "notes.txt").write_text("nothing here")

    done = ctguard("scan")

    assert done.status == 2
    assert "nothing was scanned" in done.out.splitlines()[0]


def test_an_input_that_no_rule_speaks_of_is_0_and_says_so_first(ctguard, tmp_path):
    (tmp_path / "main.tf").write_text('resource "aws_instance" "web" {}\n')

    done = ctguard("scan")

    assert done.status == 0
    assert "no rule" in done.out.splitlines()[0] or "nothing" in done.out.splitlines()[0]


@pytest.mark.parametrize(
    "words",
    [
        ("--select", "trail-multi-regoin"),
        ("--var", "novalue"),
        ("-o", "report.docx"),
        ("--fail-on", "fatal"),
        ("--no-such-option",),
    ],
)
def test_bad_usage_is_2_and_says_what_to_do(ctguard, tmp_path, words):
    (tmp_path / "main.tf").write_text(GOOD)

    done = ctguard("scan", *words)

    assert done.status == 2
    assert done.err.startswith("ctguard: ")
    assert "Traceback" not in done.err


def test_a_path_that_is_not_there_is_an_error(ctguard, tmp_path):
    (tmp_path / "main.tf").write_text(GOOD)

    done = ctguard("scan", "main.tf", "gone.tf", *ONE_RULE, "-f", "json")

    assert done.status == 2
    assert [error["source"] for error in done.run["errors"]] == ["gone.tf"]
    assert done.run["summary"]["pass"] == 1


def test_a_pipe_does_not_block(ctguard, tmp_path):
    os.mkfifo(tmp_path / "pipe.tf")

    assert ctguard("scan", "pipe.tf").status == 2


def test_reports_are_written_beside_the_console(ctguard, tmp_path):
    (tmp_path / "main.tf").write_text(BAD)

    ctguard("scan", *ONE_RULE, "-o", "run.json", "-o", "report.html")

    assert json.loads((tmp_path / "run.json").read_text())["schema_version"] == "1"
    assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_two_runs_differ_in_nothing_but_run(ctguard, tmp_path):
    (tmp_path / "main.tf").write_text(OPEN)

    first, second = (ctguard("scan", "--scope", "all", "-f", "json", PYTHONHASHSEED=seed).run for seed in ("1", "2"))

    del first["run"], second["run"]
    assert json.dumps(first) == json.dumps(second)


def test_rules_of_ones_own_join_in_and_may_not_replace_shipped_ones(ctguard, tmp_path):
    (tmp_path / "main.tf").write_text(GOOD)
    ctguard("rules", "new", "our-trail", "--to", "ours")

    assert ctguard("rules", "test", "--rules", "ours", "our-trail").status == 0
    assert ctguard("scan", "--rules", "ours", "--select", "our-trail").status in (0, 1)

    (tmp_path / "ours" / "our-trail.yaml").rename(tmp_path / "ours" / "trail-multi-region.yaml")
    text = (
        (tmp_path / "ours" / "trail-multi-region.yaml").read_text().replace("id: our-trail", "id: trail-multi-region")
    )
    (tmp_path / "ours" / "trail-multi-region.yaml").write_text(text)
    done = ctguard("scan", "--rules", "ours")

    assert done.status == 2
    assert "trail-multi-region already" in done.err


def test_a_misspelt_rule_is_refused_with_its_line(ctguard, tmp_path):
    (tmp_path / "main.tf").write_text(GOOD)
    ctguard("rules", "new", "our-trail", "--to", "ours")
    path = tmp_path / "ours" / "our-trail.yaml"
    path.write_text(path.read_text().replace("severity: medium", "severity: hgh"))

    done = ctguard("scan", "--rules", "ours")

    assert done.status == 2
    assert "our-trail.yaml:3" in done.err
    assert "critical" in done.err


def test_secrets_are_in_no_output(ctguard, tmp_path):
    (tmp_path / "main.tf").write_text(
        GOOD.replace('"elsewhere"', "var.bucket")
        + 'variable "bucket" {\n  sensitive = true\n  default   = "hidden-name-of-a-bucket"\n}\n'
    )

    done = ctguard("scan", "--scope", "all", "-o", "run.json", "-o", "report.html", "-v")
    written = (
        done.out + done.err + "".join(path.read_text() for path in (tmp_path / "run.json", tmp_path / "report.html"))
    )

    assert "hidden-name-of-a-bucket" not in written
    assert "(sensitive)" in written


def test_a_bug_is_2_and_never_1(ctguard, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import ctguard.run.scan as scan\ndef broken(*a, **k): raise RuntimeError('boom')\nscan.run_rules = broken\n"
    )
    (tmp_path / "main.tf").write_text(GOOD)

    done = ctguard("scan", PYTHONPATH=str(tmp_path))

    assert done.status == 2
    assert "this is a bug in ctguard" in done.err


def test_a_module_that_is_not_on_disk_is_named_and_no_absence_of_a_trail(ctguard, tmp_path):
    (tmp_path / "main.tf").write_text('module "trail" {\n  source = "registry.example.com/trail/aws"\n}\n')

    done = ctguard("scan")

    assert done.status == 0
    assert "no trail is in sight, and not everything is" in done.out
    assert "module.trail" in done.out
    assert ctguard("scan", "-f", "json").run["unknowns"][0]["what"].startswith("module.trail")
    assert ctguard("scan", "--fail-on-unknown").status == 1


def test_two_policies_for_one_bucket_are_each_judged_and_the_clash_is_named(ctguard, tmp_path):
    policy = 'resource "aws_s3_bucket_policy" "%s" {\n  bucket = aws_s3_bucket.logs.id\n  policy = jsonencode(%s)\n}\n'
    statement = (
        '{ Statement = [{ Effect = "%s", Principal = "*", Action = "s3:*", Resource = "arn:aws:s3:::logs/*" }] }'
    )
    public, deny = statement % "Allow", statement % "Deny"
    (tmp_path / "main.tf").write_text(
        GOOD.replace('"elsewhere"', "aws_s3_bucket.logs.id")
        + 'resource "aws_s3_bucket" "logs" {\n  bucket = "logs"\n}\n'
        + policy % ("open", public)
        + policy % ("shut", deny)
    )

    run = ctguard("scan", "--select", "bucket-public-policy", "-f", "json").run
    verdicts = {finding["resource"]["address"]: finding["status"] for finding in run["findings"]}

    assert verdicts == {
        "aws_s3_bucket_policy.open": "fail",
        "aws_s3_bucket_policy.shut": "pass",
        "aws_s3_bucket.logs": "unknown",
    }


def test_the_same_name_in_two_root_modules_is_two_findings_with_fingerprints_of_their_own(ctguard, tmp_path):
    for folder, text in (("dev", BAD), ("prod", GOOD)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "main.tf").write_text(text)

    findings = ctguard("scan", *ONE_RULE, "-f", "json").run["findings"]

    assert len({finding["fingerprint"] for finding in findings}) == len(findings) == 2
