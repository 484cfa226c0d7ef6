"""A control of which a rule was not asked does not hold, whatever the other rules say."""

from __future__ import annotations

import json

from tests.command import here

CONTROL = "3.3"
"""CIS 1.5.0: the log bucket is not public. Two rules decide it."""
BUCKET = """
resource "aws_cloudtrail" "t" {
  name           = "t"
  s3_bucket_name = aws_s3_bucket.logs.id
}
resource "aws_s3_bucket" "logs" {
  bucket = "logs"
}
resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.logs.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:*", Resource = "${aws_s3_bucket.logs.arn}/*" }]
  })
}
"""


def scanned(folder, *words):
    (folder / "main.tf").write_text(BUCKET)
    return here(folder, "scan", "main.tf", "--framework", "cis-aws-1.5.0", *words)


def line_of(done):
    return next(line.split() for line in done.out.splitlines() if line.split()[1:2] == [CONTROL])


def test_the_console_says_that_not_all_was_asked(tmp_path):
    assert line_of(scanned(tmp_path))[0] == "FAIL"

    narrowed = scanned(tmp_path, "--ignore", "bucket-public-policy", "-v")

    assert line_of(narrowed)[0] == "UNKNOWN"
    assert "bucket-public-policy (not asked)" in " ".join(line_of(narrowed))


def test_the_run_names_what_was_left_out(tmp_path):
    run = scanned(tmp_path, "--ignore", "bucket-public-policy", "-f", "json").run["run"]

    assert [one["rule_id"] for one in run["left_out"]] == ["bucket-public-policy"]
    assert scanned(tmp_path, "-f", "json").run["run"]["left_out"] == []


def test_an_assessment_calls_it_not_determined(tmp_path):
    scanned(
        tmp_path, "--ignore", "bucket-public-policy", "-q", "-o", "oscal:o.json", "-o", "a.html", "--view", "auditor"
    )

    findings = json.loads((tmp_path / "o.json").read_text())["assessment-results"]["results"][0]["findings"]
    (found,) = [one for one in findings if one["title"].endswith(f" {CONTROL}")]
    assert found["target"]["status"]["state"] == "not-satisfied"
    assert "bucket-public-policy" in found["target"]["status"]["remarks"]
    assert "bucket-public-policy: was not asked" in (tmp_path / "a.html").read_text()
