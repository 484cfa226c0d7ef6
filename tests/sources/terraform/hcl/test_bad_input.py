"""Broken, hostile and odd files: each is one fault, nothing is half-read, and everything ends soon."""

from __future__ import annotations

import os
import time

import pytest

from ctguard.model.values import Unknown
from ctguard.sources.terraform.hcl import read_file, read_module
from tests.sources.terraform.hcl.conftest import declared, write

GOOD = 'resource "thing" "good" {\n  a = 1\n}\n'


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        ('resource "thing" "bad" {\n  a = = 1\n}\n', 5),
        ('resource "thing" "bad" {\n  a = [1,\n}\n', 5),
        ('resource "thing" "bad" {\n  a = "x\n}\n', 4),
        ('resource "thing" "bad" {\n  a = \n}\n', 5),
        ('resource "thing" "bad" {\n  a 1\n}\n', 5),
        ('resource "thing" "bad" {\n', 4),
        ('resource "thing" bad" {\n}\n', 4),
        ('resource "thing" "bad" {\n  a = f(\n}\n', 5),
        ('resource "thing" "bad" {\n  a = "${b"\n}\n', 5),
    ],
)
def test_a_broken_block_is_left_out_and_those_around_it_are_read(read, broken, line):
    unit = read(GOOD + broken + GOOD.replace("good", "after"))

    (fault,) = unit.faults

    assert (fault.kind, fault.source.rpartition(":")[0]) == ("syntax", "infra/main.tf")
    assert abs(int(fault.source.rpartition(":")[2]) - line) <= 1
    assert "thing.bad" not in {each.address for each in unit.declarations}
    assert "thing.good" in {each.address for each in unit.declarations}
    assert unit.unseen[0].what == "infra/main.tf"


def test_an_argument_that_is_set_twice_is_unknown_and_names_both_lines(read):
    value = declared(read('resource "thing" "it" {\n  a = 1\n  a = 1\n}'), "thing.it").values["a"]

    assert isinstance(value, Unknown)
    assert "lines 2 and 3" in value.why


def test_a_block_with_more_behind_it_than_belongs_there_is_not_half_read(read):
    unit = read(GOOD + "  b = 2\n}\n" + GOOD.replace("good", "after"))

    assert [each.address for each in unit.declarations] == ["thing.after"]
    assert len(unit.faults) == 1


@pytest.mark.parametrize("opening", ["a = <<EOT", "/* never closed"])
def test_what_may_be_text_of_an_unfinished_heredoc_or_comment_is_not_read(read, opening):
    unit = read(f'{GOOD}resource "thing" "bad" {{\n  {opening}\n}}\n{GOOD.replace("good", "swallowed")}')

    assert [each.address for each in unit.declarations] == ["thing.good"]
    assert len(unit.faults) == 1


def test_one_broken_file_of_many_leaves_the_others(read):
    files = {f"f{number}.tf": f'resource "thing" "n{number}" {{}}\n' for number in range(20)}

    unit = read({**files, "broken.tf": "resource {{{\n"})

    assert len(unit.declarations) == 20
    assert [fault.source for fault in unit.faults] == ["infra/broken.tf:1"]


def test_a_block_that_closes_on_the_line_of_an_argument_is_read(read):
    unit = read('resource "a_b" "c" {\n  rule {\n    id = "x" }\n}\n')

    assert declared(unit, "a_b.c").values == {"rule": [{"id": "x"}]}


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        ("resource".encode("utf-16"), "encoding", "UTF-16"),
        (b"resource \x00", "encoding", "NUL"),
        (b"# ok\n# \xff\xfe\n", "encoding", "UTF-8"),
        (b"x = 1\n", "syntax", "outside of any block"),
        (b'{"resource": {}}\n', "syntax", "JSON"),
        (b"#" * (9 * 2**20), "unreadable", "larger"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(read, content, kind, said):
    unit = read({"main.tf": content, "good.tf": GOOD})

    assert [fault.kind for fault in unit.faults] == [kind]
    assert said in unit.faults[0].message
    assert [each.address for each in unit.declarations] == ["thing.good"]


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", b"# only a comment", b"\r\n\r\n"])
def test_an_empty_file_is_no_fault(read, content):
    assert read({"main.tf": content}).faults == ()


def test_files_that_are_not_files_do_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe.tf")
    (tmp_path / "folder.tf").mkdir()
    (tmp_path / "loop.tf").symlink_to(tmp_path / "loop.tf")
    (tmp_path / "out.tf").symlink_to("/etc/hostname")
    write(tmp_path, {"good.tf": GOOD})

    unit = read_module(tmp_path)

    assert [each.address for each in unit.declarations] == ["thing.good"]
    assert len(unit.faults) == 4


def test_a_folder_or_file_that_is_not_there_is_a_fault(tmp_path):
    assert read_module(tmp_path / "nowhere").faults[0].kind == "unreadable"
    assert read_file(tmp_path / "nowhere.tf").faults[0].kind == "unreadable"


@pytest.mark.parametrize("path", ["/etc/hostname", "../../../../etc/hostname", "~/secret", "linked"])
def test_functions_read_no_file_outside_of_the_scanned_folder(value_of, tmp_path, path):
    (tmp_path / "linked").symlink_to("/etc/hostname")

    value = value_of(f'file("{path}")')

    assert isinstance(value, Unknown)


DEEP = {
    "lists": "[" * 2000 + "]" * 2000,
    "parentheses": "(" * 2000 + "1" + ")" * 2000,
    "negations": "!" * 2000 + "true",
    "objects": "{a=" * 2000 + "1" + "}" * 2000,
    "calls": "upper(" * 2000 + '"a"' + ")" * 2000,
    "templates": '"${' * 200 + '"a"' + '}"' * 200,
    "conditionals": "true ? 1 : " * 2000 + "2",
    "operators": "1 + " * 5000 + "1",
    "indices": "local.x" + "[0]" * 5000,
    "names": "local.x" + ".a" * 5000,
}


@pytest.mark.parametrize("name", DEEP)
def test_an_expression_nested_without_measure_ends(read, name):
    started = time.process_time()

    unit = read(f'{GOOD}resource "thing" "deep" {{\n  a = {DEEP[name]}\n  b = 1\n}}\n')

    assert time.process_time() - started < 2
    assert "thing.good" in {each.address for each in unit.declarations}
    for each in unit.declarations:
        if each.address == "thing.deep":
            assert each.values["b"] == 1


def test_blocks_nested_without_measure_are_a_fault(read):
    deep = "x {\n" * 2000 + "}\n" * 2000

    unit = read(f'{GOOD}resource "thing" "deep" {{\n{deep}}}\n')

    assert "thing.good" in {each.address for each in unit.declarations}
    assert "limit" in {fault.kind for fault in unit.faults}


GROWING = {
    "text": ('a0 = "xxxxxxxxxx"', 'a{n} = "${{local.a{p}}}${{local.a{p}}}"'),
    "lists": ("a0 = [1]", "a{n} = [local.a{p}, local.a{p}]"),
    "concat": ("a0 = [1]", "a{n} = concat(local.a{p}, local.a{p})"),
    "objects": ("a0 = 1", "a{n} = {{ x = local.a{p}, y = local.a{p} }}"),
    "join": ('a0 = "xxxxxxxxxx"', "a{n} = join(local.a{p}, [local.a{p}, local.a{p}])"),
    "squares": ("a0 = 7", "a{n} = local.a{p} * local.a{p}"),
    "fors": ("a0 = [1, 2, 3]", "a{n} = flatten([for x in local.a{p} : local.a{p}])"),
    "try": ("a0 = 1", "a{n} = try(local.a{p} + local.a{p}, local.a{p})"),
    "partial": ('a0 = "${{var.u}}"', 'a{n} = "${{local.a{p}}}-${{local.a{p}}}"'),
}


@pytest.mark.parametrize("name", GROWING)
def test_values_that_grow_without_measure_end(read, name):
    first, step = GROWING[name]
    lines = [first.replace("{{", "{").replace("}}", "}"), *(step.format(n=n, p=n - 1) for n in range(1, 45))]
    started = time.process_time()

    steps = "\n".join(lines)
    unit = read(f'variable "u" {{}}\nlocals {{\n{steps}\n}}\nresource "thing" "it" {{\n  v = local.a44\n  w = 1\n}}')

    assert time.process_time() - started < 4
    assert declared(unit, "thing.it").values["w"] == 1
    assert isinstance(declared(unit, "thing.it").values["v"], Unknown | int)


def test_a_long_chain_of_references_is_a_fault(read):
    chain = "\n".join(f"a{n} = local.a{n + 1}" for n in range(500))

    unit = read(f'locals {{\n{chain}\na500 = 1\n}}\nresource "thing" "it" {{ v = local.a0 }}')

    assert [fault.kind for fault in unit.faults] == ["limit"]
    assert isinstance(declared(unit, "thing.it").values["v"], Unknown)


@pytest.mark.parametrize("loop", ["[for a in range(1024) : [for b in range(1024) : [for c in range(1024) : c]]]"])
def test_loops_within_loops_end(read, loop):
    started = time.process_time()

    unit = read(f'resource "thing" "it" {{ v = {loop} }}')

    assert time.process_time() - started < 10
    assert isinstance(declared(unit, "thing.it").values["v"], Unknown)


def test_more_instances_than_anybody_has_are_a_fault(read):
    unit = read('resource "thing" "it" { count = 1000000 }\n' + GOOD)

    assert [fault.kind for fault in unit.faults] == ["limit"]
    assert [each.address for each in unit.declarations] == ["thing.good"]
    assert [each.what for each in unit.unseen] == ["thing.it"]


def test_modules_that_multiply_end(read):
    files = {f"m{n}/main.tf": f'module "x" {{\n source = "../m{n + 1}"\n count = 10\n}}' for n in range(10)}
    started = time.process_time()

    unit = read({**files, "m10/main.tf": GOOD, "main.tf": 'module "x" { source = "./m0" }'})

    assert time.process_time() - started < 20
    assert "limit" in {fault.kind for fault in unit.faults}


def test_a_template_file_that_calls_for_itself_ends(read):
    unit = read(
        {
            "main.tf": 'resource "thing" "it" { v = templatefile("t.tftpl", {}) }',
            "t.tftpl": '${templatefile("t.tftpl", {})}',
        }
    )

    assert isinstance(declared(unit, "thing.it").values["v"], Unknown)
