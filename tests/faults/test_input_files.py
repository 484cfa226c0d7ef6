"""Whatever a file holds, a scan says in a line what it could not read, judges the rest, and ends soon."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.command import Done, here, in_a_process, measured
from tests.faults import inputs
from tests.faults.inputs import ACCEPTED, NAMED_ALONE, POLICIES, REFUSED, TEXTS_IN_YAML, UNKNOWN_IN_HCL, Bad

RULE = "trail-log-validation"
SECONDS, MEBIBYTES = 5, 150  # it is 0.2 and 32; the very first run reads the rules too, and compiles itself


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def scan(folder: Path, *words: str) -> Done:
    return here(folder, "scan", *words, "-f", "json")


def verdict(done: Done) -> str | None:
    return next((one["status"] for one in done.run["findings"] if one["rule_id"] == RULE), None)


@pytest.mark.parametrize("bad", REFUSED, ids=str)
def test_what_cannot_be_read_is_one_error_and_the_rest_is_judged(bad: Bad, tmp_path):
    write(tmp_path, bad.files)

    done = scan(tmp_path)

    errors = done.run["errors"]
    assert done.status == 2
    assert [error["kind"] for error in errors] == [bad.kind]
    assert bad.says in errors[0]["message"]
    assert errors[0]["source"].startswith(bad.place)
    assert "\n" not in errors[0]["message"] + errors[0]["source"]
    assert verdict(done) == bad.verdict
    assert done.err == ""
    assert not (tmp_path / "pwned").exists()


HEAVY = [bad for bad in REFUSED if any(word in bad.name for word in ("bomb", "deep", "10 MB", "itself", "digits"))]


@pytest.mark.parametrize("bad", HEAVY, ids=str)
def test_hostile_input_costs_neither_time_nor_memory(bad: Bad, tmp_path):
    write(tmp_path, bad.files)

    needed = measured(tmp_path, "scan", "-f", "json")

    assert needed.status == 2
    assert needed.seconds < SECONDS
    assert needed.mebibytes < MEBIBYTES


@pytest.mark.parametrize(("name", "file", "content", "says"), NAMED_ALONE, ids=[row[0] for row in NAMED_ALONE])
def test_a_file_that_is_no_input_is_an_error_where_it_is_named(name, file, content, says, tmp_path):
    write(tmp_path, {file: content})

    done = scan(tmp_path, file)

    assert done.status == 2
    assert [error["source"] for error in done.run["errors"]] == [file]
    assert says in done.run["errors"][0]["message"]


@pytest.mark.parametrize(("file", "content"), ACCEPTED.values(), ids=ACCEPTED)
def test_what_is_sound_is_read_however_it_is_written(file, content, tmp_path):
    write(tmp_path, {file: content})

    done = scan(tmp_path)

    assert done.run["errors"] == []
    assert verdict(done) == "pass"


@pytest.mark.parametrize("text", UNKNOWN_IN_HCL.values(), ids=UNKNOWN_IN_HCL)
def test_what_nobody_can_know_is_unknown_and_never_a_default(text, tmp_path):
    write(
        tmp_path, {"in/main.tf": text, "outside.txt": "true", "outside/main.tf": 'output "on" {\n  value = true\n}\n'}
    )

    done = here(tmp_path, "scan", "in", "-f", "json")

    assert verdict(done) == "unknown"
    assert done.run["unknowns"][0]["what"]


@pytest.mark.parametrize(("file", "content"), POLICIES.values(), ids=POLICIES)
def test_a_policy_is_read_however_an_input_writes_it(file, content, tmp_path):
    write(tmp_path, {file: content})

    done = scan(tmp_path, "--select", "bucket-public-policy")

    assert [finding["status"] for finding in done.run["findings"]] == ["fail"]
    assert done.run["errors"] == []


def test_blocks_of_which_nobody_knows_how_many_there_are_leave_their_rules_open(tmp_path):
    inside = "    for_each = var.x\n    content {\n      read_write_type = event_selector.value\n    }\n"
    blocks = f'  dynamic "event_selector" {{\n{inside}  }}\n'
    write(tmp_path, {"main.tf": inputs.UNDECLARED + inputs.GOOD_TF.replace("}\n", f"{blocks}}}\n")})

    done = scan(tmp_path, "--select", "trail-management-events")

    assert [finding["status"] for finding in done.run["findings"]] == ["unknown"]


@pytest.mark.parametrize(("written", "kept"), TEXTS_IN_YAML.items())
def test_a_plain_scalar_that_looks_like_a_number_stays_what_it_is(written, kept, tmp_path):
    write(tmp_path, {"t.yaml": inputs.TEMPLATE.replace("logs", written)})

    done = scan(tmp_path, "--scope", "all")

    assert kept in {finding["resource"]["name"] for finding in done.run["findings"]}


@pytest.mark.parametrize("written", ["on", "NO", "1:30"])
def test_what_yaml_makes_of_a_word_is_said_where_a_text_is_meant(written, tmp_path):
    """A bucket called `on` would be `true`: no verdict speaks of a bucket `true` as if it had been written."""
    write(tmp_path, {"t.yaml": inputs.TEMPLATE.replace("true}", f"{written}}}")})

    assert verdict(scan(tmp_path)) == {"on": "pass", "NO": "fail", "1:30": "unknown"}[written]


def test_a_name_of_many_unknown_parts_costs_no_time(tmp_path):
    """Its own policy spells a resource's name; how it fills many holes must not be tried one way after the other."""
    numbers = range(20)
    policy = '{Statement = [{Effect = "Allow", Principal = {Service = "cloudtrail.amazonaws.com"}, Action = "s3:*", '
    write(
        tmp_path,
        {
            "main.tf": "".join(f'variable "v{n}" {{}}\n' for n in numbers)
            + 'resource "aws_s3_bucket" "b" {\n  bucket = "'
            + "".join(f"${{var.v{n}}}" for n in numbers)
            + '"\n}\nresource "aws_s3_bucket_policy" "b" {\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode('
            + policy
            + f'Resource = "arn:aws:s3:::{"a" * 60}!*"}}]}})\n}}\n'
        },
    )

    done = in_a_process(tmp_path, "scan", "-f", "json")

    assert done.run["summary"]["unknown"] > 0


def test_one_broken_file_of_fifty_costs_only_itself(tmp_path):
    write(tmp_path, {f"m{n}/main.tf": inputs.GOOD_TF for n in range(49)} | {"m49/main.tf": "resource {{{\n"})

    done = scan(tmp_path, "--select", RULE)

    assert done.status == 2
    assert done.run["summary"]["pass"] == 49
    assert [error["source"].split(":")[0] for error in done.run["errors"]] == ["m49/main.tf"]


def test_output_is_json_and_utf_8_whatever_the_input_held(tmp_path):
    write(
        tmp_path,
        {
            "nul.json": inputs.template('{"TrailName": "a\\u0000b", "EnableLogFileValidation": true}'),
            "bidi.yaml": inputs.TEMPLATE.replace("logs", "'\u202etxt\u200b'"),
            "plan.json": inputs.plan('{"name": "\\u0000\\u001b[2J\\u2028", "s3_bucket_name": "\\ud83d\\ude00"}'),
        },
    )

    done = in_a_process(
        tmp_path, "scan", "--scope", "all", "-f", "json", "-o", "r.html", "-o", "r.xml", "-o", "r.sarif"
    )

    assert json.loads(done.out.encode("utf-8"))["summary"]["errors"] == 0
    for name in ("r.html", "r.xml", "r.sarif"):
        (tmp_path / name).read_text(encoding="utf-8")


def test_links_are_followed_to_no_place_outside_and_circles_end(tmp_path):
    write(
        tmp_path, {"in/t.yaml": inputs.TEMPLATE, "outside/o.yaml": inputs.TEMPLATE, "outside/main.tf": inputs.GOOD_TF}
    )
    root = tmp_path / "in"
    for link, target in (
        ("loop", "."),
        ("out", "../outside"),
        ("o.yaml", "../outside/o.yaml"),
        ("self.yaml", "self.yaml"),
        ("gone.yaml", "gone"),
    ):
        (root / link).symlink_to(target)

    done = here(tmp_path, "scan", "in", "--select", RULE, "-f", "json")

    assert [finding["location"]["path"] for finding in done.run["findings"]] == ["in/t.yaml"]
    assert done.status == 0


def test_a_link_of_a_module_that_leads_out_is_an_error(tmp_path):
    write(tmp_path, {"in/a.tf": inputs.GOOD_TF, "outside.tf": inputs.GOOD_TF.replace('"t"', '"secret"')})
    (tmp_path / "in" / "main.tf").symlink_to("../outside.tf")

    done = here(tmp_path, "scan", "in", "-f", "json")

    assert done.status == 2
    assert "leads out of the scanned folder" in done.run["errors"][0]["message"]
    assert "secret" not in done.out


@pytest.mark.parametrize("path", ["gone", "gone.tf", os.devnull, "loop.yaml", "pipe.yaml", "pipe"])
def test_what_is_no_file_is_named_and_never_waited_for(path, tmp_path):
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    os.mkfifo(tmp_path / "pipe.yaml")
    os.mkfifo(tmp_path / "pipe")

    done = in_a_process(tmp_path, "scan", path, "-f", "json")

    assert done.status == 2
    assert [error["source"] for error in done.run["errors"]] == [path]


def test_pipes_in_a_folder_are_passed_over(tmp_path):
    write(tmp_path, {"t.yaml": inputs.TEMPLATE, "main.tf": inputs.GOOD_TF})
    for name in ("pipe.yaml", "pipe.json", "pipe.tfstate"):
        os.mkfifo(tmp_path / name)

    done = in_a_process(tmp_path, "scan", "--select", RULE, "-f", "json")

    assert done.run["summary"]["pass"] == 2


@contextmanager
def without_privileges() -> Iterator[None]:
    """Go on as somebody whom permissions bind, should this be root."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a folder that everybody can look into, unlike those of pytest."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        yield Path(place)


def test_what_may_not_be_read_is_named_and_the_rest_is_judged(open_folder):
    write(open_folder, dict.fromkeys(("a.yaml", "b.yaml", "c.yaml", "sub/d.yaml"), inputs.TEMPLATE))
    write(open_folder, {"main.tf": inputs.GOOD_TF})
    scan(open_folder)  # what is imported late is imported now
    for name in ("b.yaml", "sub"):
        (open_folder / name).chmod(0)

    with without_privileges():
        done = scan(open_folder, "--select", RULE)

    (open_folder / "sub").chmod(0o755)
    assert done.status == 2
    assert {error["source"].removeprefix("./") for error in done.run["errors"]} == {"b.yaml", "sub"}
    assert {one["location"]["path"] for one in done.run["findings"]} == {"a.yaml", "c.yaml", "main.tf"}


def test_thousands_of_files_that_are_no_input_are_passed_over(tmp_path):
    for number in range(2_000):
        (tmp_path / f"v{number}.yaml").write_text("kind: Deployment\nmetadata: {name: x}\n")
        (tmp_path / f"p{number}.json").write_text('{"name": "x"}')
    write(tmp_path, {"t.yaml": inputs.TEMPLATE})

    done = scan(tmp_path, "--select", RULE)

    assert done.run["summary"]["pass"] == 1
