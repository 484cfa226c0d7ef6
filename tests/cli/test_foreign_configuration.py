"""A `ctguard.yaml` that came with what is scanned says what is judged there, and nothing of the user's machine."""

from __future__ import annotations

import pytest

from tests.cli.test_configuration import TRAIL
from tests.command import here

REACHING = {
    "output": "defaults: {scan: {output: [../mine/out.json]}}",
    "store": "defaults: {scan: {store: ../mine/history.db}}",
    "notify": 'defaults: {scan: {store: h.db, notify: ["https://example.invalid/x"]}}',
    "report-url": 'defaults: {scan: {report-url: "https://example.invalid/x"}}',
    "root": "defaults: {scan: {root: /}}",
    "var-file": "defaults: {scan: {var-file: [../mine/secret.tfvars]}}",
    "quiet": "defaults: {scan: {quiet: true}}",
    "format": "defaults: {scan: {format: json}}",
    "snapshot": "defaults: {audit: {snapshot: ../mine/snapshot.json}}",
    "baseline": "baseline: run.json",
    "rules": "rules: [rules]",
}
LOWERING = {
    "select": "defaults: {scan: {select: [trail-log-validation]}}",
    "ignore": "defaults: {scan: {ignore: [trail-multi-region]}}",
    "fail-on": "defaults: {scan: {fail-on: critical}}",
    "severity": "severity: {trail-multi-region: info}",
    "waivers": "waivers: [{rule: trail-multi-region, resource: '*', owner: x, reason: y, expires: 2099-01-01}]",
}
WHERE = {"below": ("mine", "vendor"), "beside": ("mine", "../theirs")}


@pytest.fixture(params=[*WHERE], ids=[*WHERE])
def tree(request, tmp_path):
    """Return the user's folder and the foreign tree, as it is given on the command line."""
    mine, path = WHERE[request.param]
    (tmp_path / mine / ".git").mkdir(parents=True)
    theirs = tmp_path / mine / path
    (theirs / "rules").mkdir(parents=True)
    (theirs / "main.tf").write_text(TRAIL)
    if request.param == "beside":
        (theirs / ".git").mkdir()
    return tmp_path / mine, path


def everything(folder):
    return sorted(path for path in folder.parent.rglob("*"))


@pytest.mark.parametrize("word", REACHING)
def test_what_reaches_beyond_the_verdict_is_refused_with_its_place(tree, word):
    mine, path = tree
    (mine / path / "ctguard.yaml").write_text(f"# theirs\n{REACHING[word]}\n")
    before = everything(mine)

    done = here(mine, "scan", path)

    assert (done.status, done.out) == (2, "")
    assert "ctguard.yaml:2: " in done.err
    assert "give --config" in done.err
    assert everything(mine) == before


@pytest.mark.parametrize("word", LOWERING)
def test_what_is_judged_is_taken_and_said_first(tree, word):
    mine, path = tree
    (mine / path / "ctguard.yaml").write_text(LOWERING[word] + "\n")

    done = here(mine, "scan", path)

    assert done.status in (0, 1)
    assert done.out.startswith("configured by ")
    assert done.out.count("configured by") == 1
    assert here(mine, "scan", path, "--no-config").out.count("configured by") == 0
    assert here(mine, "scan", path, "-f", "json").out != here(mine, "scan", path, "--no-config", "-f", "json").out


def test_the_file_is_taken_whole_when_it_is_named(tree):
    mine, path = tree
    (mine / path / "ctguard.yaml").write_text("defaults: {scan: {output: [out.json], ignore: [trail-multi-region]}}\n")

    done = here(mine, "scan", path, "--config", f"{path}/ctguard.yaml")

    assert done.status in (0, 1)
    assert (mine / "out.json").is_file()
    assert not done.out.startswith("configured by ")


def test_a_file_above_the_working_folder_is_the_users_own(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "main.tf").write_text(TRAIL)
    (tmp_path / "ctguard.yaml").write_text("defaults: {scan: {output: [out.json]}}\n")

    assert here(tmp_path / "part", "scan").status == 1
    assert (tmp_path / "part" / "out.json").is_file()


@pytest.mark.parametrize(
    "text",
    [
        'defaults: {scan: {store: "sqlite+foo:///x"}}',
        'defaults: {scan: {store: "postgresql://h:port/x"}}',
        'defaults: {scan: {store: h.db, notify: ["https://["]}}',
        'defaults: {scan: {root: "a\\0b"}}',
        'defaults: {scan: {output: ["a\\0b.json"]}}',
        'baseline: "a\\0b"',
        'rules: ["a\\0b"]',
        f"rules: [{'a' * 300}]",
        f"defaults: {{scan: {{output: [{'a' * 300}.json]}}}}",
        "rules: [/]",
        "baseline: /dev/zero",
        "baseline: .",
        'defaults: {scan: {framework: [""]}}',
        'defaults: {scan: {ignore: [" , "]}}',
    ],
)
def test_no_word_of_a_configuration_ends_in_a_trace(tmp_path, text):
    (tmp_path / ".git").mkdir()
    (tmp_path / "main.tf").write_text(TRAIL)
    (tmp_path / "ctguard.yaml").write_text(text + "\n")

    done = here(tmp_path, "scan")

    assert done.status == 2
    assert done.err.startswith("ctguard: ")
    assert "Traceback" not in done.err
    assert "bug in ctguard" not in done.err


@pytest.mark.parametrize(
    "words",
    [
        ("report", "/dev/zero"),
        ("diff", "/dev/zero", "/dev/zero"),
        ("history", "add", "/dev/zero"),
        ("scan", "--config", "/dev/zero"),
        ("scan", "--baseline", "/dev/zero"),
    ],
)
def test_what_is_no_regular_file_is_not_read(tmp_path, words):
    done = here(tmp_path, *words)

    assert done.status == 2
    assert "/dev/zero: is no regular file" in done.err
