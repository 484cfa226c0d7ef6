"""A waiver says who accepts a failure until when; it hides nothing, and is judged itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.command import here

TRAILS = """\
resource "aws_cloudtrail" "audit" {
  name                  = "audit"
  s3_bucket_name        = "elsewhere"
  is_multi_region_trail = false
}

resource "aws_cloudtrail" "other" {
  count                 = 2
  name                  = "other-${count.index}"
  s3_bucket_name        = "elsewhere"
  is_multi_region_trail = false
}
"""
AUDIT, OTHER = "aws_cloudtrail.audit", "aws_cloudtrail.other"
TODAY = datetime.now(UTC).date()
LATER = (TODAY + timedelta(days=30)).isoformat()
CHOSEN = ("--select", "trail-multi-region,trail-log-validation,waivers")


@pytest.fixture
def run(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "main.tf").write_text(TRAILS)
    return partial(here, tmp_path, "scan", *CHOSEN)


def waiver(resource=AUDIT, *, rule="trail-multi-region", expires=LATER, **more):
    fields = {"rule": rule, "resource": f"'{resource}'", "owner": "lena", "reason": "moves in May", "expires": expires}
    return "\n    ".join(f"{name}: {value}" for name, value in {**fields, **more}.items())


def configured(folder, *waivers):
    (folder / "ctguard.yaml").write_text("waivers:\n" + "".join(f"  - {one}\n" for one in waivers))


def verdicts(run):
    """Return what fails: rule and address, and by whom it is waived."""
    return {
        (one["rule_id"], one["resource"]["address"]): (one["waiver"] or {}).get("owner")
        for one in run["findings"]
        if one["status"] == "fail"
    }


def of_waivers(run):
    return {
        (one["rule_id"], one["location"]["path"], one["location"]["line"]): one["status"]
        for one in run["findings"]
        if one["resource"]["type"] == "waiver"
    }


def test_a_waived_failure_stays_one_and_bears_its_waiver(run, tmp_path):
    before = run("-f", "json").run
    configured(tmp_path, waiver(ticket="SEC-7", approver="Ada", compensating_control="a second trail"))

    after = run("-f", "json").run

    assert {key for key, owner in verdicts(after).items() if owner} == {("trail-multi-region", AUDIT)}
    assert verdicts(after).keys() == verdicts(before).keys()
    assert after["summary"]["waived"] == 1
    assert after["summary"]["fail"] == before["summary"]["fail"] - 1
    waived = next(one["waiver"] for one in after["findings"] if one["waiver"])
    assert waived["expires"] == LATER
    assert waived["reason"] == "moves in May (approved by Ada; ticket SEC-7; compensated by a second trail)"
    assert after["trails"] == before["trails"], "what was decided about a fact does not change it"


def test_waived_failures_do_not_make_the_exit_status_1(run, tmp_path):
    configured(
        tmp_path, *(waiver("aws_cloudtrail.*", rule=rule) for rule in ("trail-multi-region", "trail-log-validation"))
    )

    done = run()

    assert done.status == 0
    assert f"until {LATER} by lena: moves in May" in done.out


@pytest.mark.parametrize(
    ("resource", "waived"),
    [
        (AUDIT, {AUDIT}),
        (f"{OTHER}[0]", {f"{OTHER}[0]"}),
        (f"{OTHER}[*]", {f"{OTHER}[0]", f"{OTHER}[1]"}),
        ("aws_cloudtrail.*", {AUDIT, f"{OTHER}[0]", f"{OTHER}[1]"}),
        (f"{OTHER}?0]", {f"{OTHER}[0]"}),
        (OTHER, set()),
        ("AWS_CLOUDTRAIL.AUDIT", set()),
        ("", None),
    ],
)
def test_a_waiver_names_its_resources_by_address_or_glob(run, tmp_path, resource, waived):
    configured(tmp_path, waiver(resource))

    done = run("-f", "json")

    if waived is None:
        assert done.status == 2
    else:
        assert {address for (_, address), owner in verdicts(done.run).items() if owner} == waived


def test_the_last_day_still_counts_and_the_day_after_does_not(run, tmp_path):
    for days, status in ((0, "pass"), (-1, "fail")):
        configured(tmp_path, waiver(expires=(TODAY + timedelta(days=days)).isoformat()))
        found = run("-f", "json").run

        assert of_waivers(found)["waiver-expired", "ctguard.yaml", 2] == status
        assert (verdicts(found)["trail-multi-region", AUDIT] == "lena") == (status == "pass")


def test_a_waiver_that_nothing_needs_is_a_finding_at_its_place(run, tmp_path):
    (tmp_path / "main.tf").write_text(TRAILS.replace("= false", "= true", 1))
    configured(tmp_path, waiver(), waiver("aws_cloudtrail.misspelt"))

    done = run("-f", "json")

    assert of_waivers(done.run)["waiver-unused", "ctguard.yaml", 2] == "fail"
    assert of_waivers(done.run)["waiver-unused", "ctguard.yaml", 7] == "fail"
    assert len({one["fingerprint"] for one in done.run["findings"]}) == len(done.run["findings"])


def test_of_what_was_not_looked_at_nothing_is_said(run, tmp_path):
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "main.tf").write_text(TRAILS)
    configured(
        tmp_path, waiver("module.elsewhere.aws_cloudtrail.x"), waiver(rule="trail-kms-encryption", expires="2020-01-01")
    )

    said = of_waivers(run("part", "-f", "json").run)

    assert set(said.values()) == {"not_applicable"}


@pytest.mark.parametrize(
    ("name", "text"),
    [("broken.tf", "resource {{{"), ("far.tf", 'module "far" {\n  source = "registry.example.com/trail/aws"\n}\n')],
)
def test_what_hides_a_part_of_the_input_may_hide_what_a_waiver_names(run, tmp_path, name, text):
    configured(tmp_path, waiver("module.far.aws_cloudtrail.x"))
    place = ("waiver-unused", "ctguard.yaml", 2)

    assert of_waivers(run("-f", "json").run)[place] == "fail"
    (tmp_path / name).write_text(text)
    assert of_waivers(run("-f", "json").run)[place] == "not_applicable"


def test_an_unknown_stays_unknown(run, tmp_path):
    (tmp_path / "main.tf").write_text(TRAILS.replace("= false", "= var.x") + 'variable "x" {}\n')
    configured(tmp_path, waiver())

    done = run("-f", "json", "--fail-on-unknown")

    assert done.status == 1
    assert not any(one["waiver"] for one in done.run["findings"])
    assert of_waivers(done.run)["waiver-unused", "ctguard.yaml", 2] == "not_applicable"


@pytest.mark.parametrize("lacking", ["rule", "resource", "owner", "reason", "expires"])
def test_a_waiver_that_lacks_something_is_refused(run, tmp_path, lacking):
    text = waiver()
    kept = [line for line in text.split("\n    ") if not line.startswith(f"{lacking}:")]
    configured(tmp_path, "\n    ".join(kept))

    done = run()

    assert done.status == 2
    assert done.err.startswith(f"ctguard: ctguard.yaml:2: waivers.0.{lacking}")


@pytest.mark.parametrize("rule", ["trail-*", "trail-multi-regoin", "waiver-expired", "high", "'*'"])
def test_a_waiver_names_one_rule(run, tmp_path, rule):
    configured(tmp_path, waiver(rule=rule))

    done = run()

    assert done.status == 2
    assert "ctguard.yaml:2" in done.err


COMMENT = f'# ctguard:waive rule=trail-multi-region owner=lena expires={LATER} reason="moves in May"'


@pytest.mark.parametrize(
    ("text", "line", "waived"),
    [
        (f"{COMMENT}\n{TRAILS}", 1, {AUDIT}),
        (f"{COMMENT}\n# another comment\n{TRAILS}", 1, {AUDIT}),
        (TRAILS.replace("{\n", f"{{\n  {COMMENT}\n", 1), 2, {AUDIT}),
        (TRAILS.replace("{\n", f"{{\r\n  // {COMMENT[2:]}\r\n", 1), 2, {AUDIT}),
        (TRAILS.replace("\n\n", f"\n\n{COMMENT}\n"), 7, {f"{OTHER}[0]", f"{OTHER}[1]"}),
    ],
    ids=["above", "above-with-comments-between", "inside", "inside-with-slashes", "at-one-that-is-counted"],
)
def test_a_comment_in_code_waives_at_its_block_alone(run, tmp_path, text, line, waived):
    (tmp_path / "main.tf").write_bytes(text.encode())

    found = run("-f", "json").run

    assert {address for (_, address), owner in verdicts(found).items() if owner} == waived
    assert of_waivers(found)["waiver-unused", "main.tf", line] == "pass"


def test_a_comment_in_a_template_waives_too(run, tmp_path):
    (tmp_path / "main.tf").unlink()
    (tmp_path / "template.yaml").write_text(
        f"Resources:\n  {COMMENT}\n  Trail:\n    Type: AWS::CloudTrail::Trail\n"
        "    Properties: {IsLogging: true, S3BucketName: elsewhere}\n"
    )

    assert verdicts(run("-f", "json").run)["trail-multi-region", "Trail"] == "lena"


INLINE = f"""\
Resources:
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Code:
        ZipFile: |
          import os
          {COMMENT}
          // {COMMENT[2:]}
      Description: 'quoted

        {COMMENT}

        text'
      Role: !Sub >-
        folded
        {COMMENT}
  Trail:
    Type: AWS::CloudTrail::Trail
    Metadata:
      // {COMMENT[2:]}: 1
    Properties:
      IsLogging: true
      S3BucketName: elsewhere
      TrailName: |
        {COMMENT}
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("main.tf", TRAILS.replace("{\n", f"{{\n  x = <<EOT\n  {COMMENT}\nEOT\n", 1)),
        ("main.tf", TRAILS.replace("{\n", f"{{\n  x = <<-EOT\n  ${{1}}\n  {COMMENT}\n  EOT\n", 1)),
        ("main.tf", TRAILS.replace("{\n", f"{{\n  /*\n  {COMMENT}\n  */\n", 1)),
        ("main.tf", f"/*\n{COMMENT} */\n{TRAILS}"),
        ("main.tf", TRAILS.replace("{\n", f"{{\n  x = 1 {COMMENT}\n", 1)),
        ("template.yaml", INLINE),
    ],
    ids=["heredoc", "indented-heredoc", "block-comment-inside", "block-comment-above", "behind-code", "template"],
)
def test_text_that_only_looks_like_a_comment_waives_nothing(run, tmp_path, name, text):
    (tmp_path / "main.tf").unlink()
    (tmp_path / name).write_text(text)

    found = run("-f", "json").run

    assert found["summary"]["waived"] == 0
    assert found["summary"]["fail"] > 0
    assert of_waivers(found) == {}


def test_a_comment_right_behind_a_block_of_text_is_one(run, tmp_path):
    (tmp_path / "main.tf").unlink()
    (tmp_path / "template.yaml").write_text(
        "\ufeffDescription: |\n  \U0001f512 text\r\n\r\n  # text\r\nResources:\n  Trail:\n"
        f"    Type: AWS::CloudTrail::Trail\n    Metadata:\n      Note: |\n        # text\n    {COMMENT}\n"
        "    Properties: {IsLogging: true, S3BucketName: elsewhere}\n",
        newline="",
    )

    assert verdicts(run("-f", "json").run)["trail-multi-region", "Trail"] == "lena"


def test_a_comment_waives_where_its_module_is_called(run, tmp_path):
    (tmp_path / "trail").mkdir()
    (tmp_path / "main.tf").rename(tmp_path / "trail" / "main.tf")
    (tmp_path / "trail" / "main.tf").write_text(f"{COMMENT}\n{TRAILS}")
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "main.tf").write_text(
        'module "a" {\n  source = "../trail"\n}\nmodule "b" {\n  source = "../trail"\n}\n'
    )

    found = verdicts(run("root", "--root", ".", "-f", "json").run)

    assert {address for (_, address), owner in found.items() if owner} == {f"module.{name}.{AUDIT}" for name in "ab"}


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("# ctguard:waive", "rule"),
        (COMMENT.replace("owner=lena ", ""), "owner"),
        (COMMENT.replace(LATER, "soon"), "2027-01-31"),
        (COMMENT.replace("trail-multi-region", "trail-*"), "there is no rule"),
        (COMMENT.replace("trail-multi-region", "waiver-unused"), "cannot be waived"),
        (COMMENT + " resource=x", "resource"),
        (COMMENT + " owner=max", "owner is given already"),
        (COMMENT + " colour=red", "colour"),
        (COMMENT.replace('"moves in May"', "moves in May"), "NAME=VALUE"),
        (COMMENT.replace('May"', "May"), "NAME=VALUE"),
        (f"{COMMENT}\n", "no resource"),
    ],
)
def test_a_comment_that_says_too_little_is_an_error_and_waives_nothing(run, tmp_path, comment, said):
    (tmp_path / "main.tf").write_text(f"{comment}\n{TRAILS}")

    done = run("-f", "json")

    assert done.status == 2
    assert [(one["source"], one["kind"]) for one in done.run["errors"]] == [("main.tf:1", "waiver")]
    assert said in done.run["errors"][0]["message"]
    assert done.run["summary"]["waived"] == 0


def test_hostile_words_of_a_waiver_do_no_harm_in_any_report(run, tmp_path):
    configured(
        tmp_path, waiver(owner='"\\e]52;c;eA==\\a<script>alert(1)</script>"', reason='"=cmd|x\\u202e ::error:: ]]>"')
    )

    done = run("-o", "r.html", "-o", "r.md", "-o", "r.sarif", "-o", "r.csv", "-o", "r.xml", "-f", "github")
    shown = run()

    assert done.status == 1
    assert "\x1b]" not in shown.out + done.out
    written = [path.read_text() for path in tmp_path.glob("r.*")]
    assert len(written) == 5
    assert not any("\x1b" in text or "\u202e" in text for text in written)
    assert "<script>alert(1)" not in (tmp_path / "r.html").read_text() + (tmp_path / "r.md").read_text()
    assert not any(line.startswith("::error::") for line in done.out.splitlines())


@pytest.mark.parametrize("format_", ["console", "html", "markdown", "sarif", "csv", "ocsf", "asff", "oscal", "junit"])
def test_every_format_shows_what_was_accepted(run, tmp_path, format_):
    configured(tmp_path, waiver(owner="lena-of-platform"))

    assert "lena-of-platform" in run("-f", format_).out


addresses = st.sampled_from(
    [AUDIT, f"{OTHER}[0]", f"{OTHER}[1]", OTHER, "aws_cloudtrail.*", "*.audit", "*", "?", "aws_*[1]", "x"]
)
rules = st.sampled_from(["trail-multi-region", "trail-log-validation", "trail-kms-encryption"])
waivers = st.lists(st.tuples(rules, addresses, st.integers(-3, 3)), max_size=5)


@given(waivers)
@settings(max_examples=40, deadline=None)
def test_no_waiver_hides_a_finding_that_it_does_not_name(tmp_path_factory, drawn):
    folder = tmp_path_factory.mktemp("drawn")
    (folder / "main.tf").write_text(TRAILS)
    plain = here(folder, "scan", *CHOSEN, "-f", "json").run
    configured_ = [
        waiver(name, rule=rule, expires=(TODAY + timedelta(days=days)).isoformat()) for rule, name, days in drawn
    ]
    if configured_:
        configured(folder, *configured_)

    found = here(folder, "scan", *CHOSEN, "-f", "json").run

    kept = [one for one in found["findings"] if one["resource"]["type"] != "waiver"]
    assert [{**one, "waiver": None} for one in kept] == plain["findings"]
    assert found["trails"] == plain["trails"]
    for one in kept:
        address = one["resource"]["address"]
        fitting = [
            name
            for rule, name, days in drawn
            if rule == one["rule_id"] and days >= 0 and fits(name, address) and one["status"] == "fail"
        ]
        assert bool(one["waiver"]) == bool(fitting)


def fits(pattern, text):
    """Say whether `text` fits a glob: the shortest way to say what the words of the manual mean."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(fits(pattern[1:], text[at:]) for at in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and fits(pattern[1:], text[1:])
