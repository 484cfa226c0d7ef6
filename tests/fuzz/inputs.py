"""What is fuzzed: for each reader, sound inputs, the words of its language, and folders of files made of both."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from ctguard.sources.terraform.functions.table import FUNCTIONS
from tests.fuzz.mutations import SCALARS, TREES, edited, edits, texts, trees, written

ROOT = Path(__file__).parents[2]
SCENES = ROOT / "tests" / "scenes"
Files = Mapping[str, str]

HCL_WORDS = [
    *(
        '"',
        '"${',
        "}",
        "{",
        "[",
        "]",
        "(",
        ")",
        "%{ if true }",
        "%{ endif }",
        "%{ for x in y ~}",
        "<<EOT\n",
        "<<-EOT\n",
    ),
    *("EOT\n", "...", "=>", "? :", "[*]", ".*.", "for x in y : x", "{for k, v in y : k => v...}", "null", "true"),
    *("each.key", "each.value", "count.index", "self", "var.x", "local.a", "module.m.x", "data.a.b.c", "path.module"),
    *(
        "count = ",
        "for_each = ",
        'dynamic "rule" {',
        "content {",
        "lifecycle {",
        "provider = ",
        "source = ",
        "locals {",
    ),
    *("1e999", "-1", "0x", "9" * 400, "\\u0000", "\\x", "\0", "\ufeff", "\u2028", "/*", "*/", "#", "//", "\r\n", "\t"),
    *("jsonencode(", "templatefile(", "file(", "lookup(", "merge(", "regex(", "format(", "try(", "can(", "setproduct("),
]
YAML_WORDS = [
    *("!Ref x", "!GetAtt a.b", "!Sub '${x}'", "!If [c, a, b]", "!Join ['', [a]]", "!Select [0, a]", "!Split [',', a]"),
    *(
        "!FindInMap [a, b, c]",
        "!Base64 x",
        "!ImportValue x",
        "!Transform x",
        "!!binary x",
        "!!set {}",
        "!x y",
        "&a",
        "*a",
    ),
    *("- ", ": ", "? ", "| ", "> ", "|-\n", "{", "}", "[", "]", "'", '"', "#", "%YAML 1.1", "---\n", "...\n", "<<: *a"),
    *("\t", "  ", "\n", "\0", "\ufeff", "\u2028", "null", "~", "yes", "0777", "1:30", "2012-10-17", ".inf", "1e999"),
]
JSON_WORDS = [
    '"',
    "\\",
    "\\u0000",
    "\\ud800",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "null",
    "NaN",
    "1e999",
    "9" * 400,
    "\0",
    "\ufeff",
]


def _texts(folder: Path, pattern: str) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in sorted(folder.rglob(pattern))]


@cache
def hcl_seeds() -> list[str]:
    return [*_texts(SCENES, "*.tf"), *_texts(ROOT / "examples", "*.tf")]


@cache
def template_seeds() -> list[Any]:
    return [json.loads(text) for text in _texts(SCENES, "template.json")]


def json_seeds(*names: str) -> list[Any]:
    return [json.loads(path.read_text()) for name in names for path in sorted(SCENES.rglob(name))]


def atoms() -> st.SearchStrategy[str]:
    return st.sampled_from(
        [
            *("null", "true", "0", "-1.5", '"a"', '"a${var.x}b"', "[]", "{}", "var.x", "var.y", "local.a", "each.key"),
            *("count.index", "data.a.b.c", "aws_s3_bucket.b.id", "aws_s3_bucket.b[0].arn", "module.m.o", "1e308"),
        ]
    )


def expressions() -> st.SearchStrategy[str]:
    """Return expressions of HCL, most of which make sense to its grammar."""

    def more(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        call = st.builds(
            lambda name, arguments, last: f"{name}({', '.join(arguments)}{last})",
            st.sampled_from(sorted(FUNCTIONS)),
            st.lists(inner, max_size=3),
            st.sampled_from(["", "", "", "..."]),
        )
        return st.one_of(
            call,
            st.builds("[{}, {}]".format, inner, inner),
            st.builds("{{a = {}, (var.x) = {}}}".format, inner, inner),
            st.builds("{} ? {} : {}".format, inner, inner, inner),
            st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "/", "%", "==", "<", "&&", "||"]), inner),
            st.builds("!({})".format, inner),
            st.builds("-({})".format, inner),
            st.builds("[for v in {} : {} if {}]".format, inner, inner, inner),
            st.builds("{{for k, v in {} : k => {}...}}".format, inner, inner),
            st.builds('"x${{{}}}y%{{ if {} }}z%{{ endif }}"'.format, inner, inner),
            st.builds("({})[{}]".format, inner, inner),
            st.builds("({})[*].a".format, inner),
            st.builds("({}).a.0".format, inner),
        )

    return st.recursive(atoms(), more, max_leaves=12)


MODULE = """\
variable "x" {{}}
variable "y" {{
  default = {0}
}}
locals {{
  a = {1}
}}
resource "aws_s3_bucket" "b" {{
  bucket = {2}
}}
resource "aws_cloudtrail" "t" {{
  count          = {3}
  name           = {4}
  s3_bucket_name = aws_s3_bucket.b.id
  dynamic "event_selector" {{
    for_each = {5}
    content {{
      read_write_type = event_selector.value
    }}
  }}
}}
"""


def hcl() -> st.SearchStrategy[Files]:
    generated = st.lists(expressions(), min_size=6, max_size=6).map(lambda six: MODULE.format(*six))
    spoilt = st.builds(edited, generated, edits(HCL_WORDS))
    return (texts(hcl_seeds(), HCL_WORDS) | generated | spoilt).map(lambda text: {"main.tf": text})


def functions() -> st.SearchStrategy[Any]:
    """Return what a template may hold in any place: functions, sound and not."""
    names = [
        *("Ref", "Condition", "Fn::GetAtt", "Fn::Sub", "Fn::Join", "Fn::Split", "Fn::Select", "Fn::If", "Fn::FindInMap")
    ]
    names += [
        "Fn::Base64",
        "Fn::Cidr",
        "Fn::Equals",
        "Fn::Not",
        "Fn::And",
        "Fn::ForEach::L",
        "Fn::Transform",
        "Fn::Length",
    ]
    names += ["Fn::ToJsonString", "Fn::ImportValue", "Fn::GetAZs", "Fn::None"]
    said = st.sampled_from(
        ["Trail", "LogBucket", "Arn", "AWS::Region", "AWS::NoValue", "TrailName", "${LogBucket.Arn}", ","]
    )
    return st.recursive(
        SCALARS | said,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.builds(lambda name, value: {name: value}, st.sampled_from(names), inner),
            st.dictionaries(said, inner, max_size=3),
        ),
        max_leaves=12,
    )


def templates() -> st.SearchStrategy[Files]:
    as_json = trees(template_seeds(), functions()).map(lambda tree: {"template.json": written(tree)})
    as_yaml = texts(_texts(SCENES, "template.yaml"), YAML_WORDS).map(lambda text: {"template.yaml": text})
    dumped = trees(template_seeds(), functions()).map(
        lambda tree: {"t.yaml": yaml.safe_dump(json.loads(written(tree)))}
    )
    return as_json | as_yaml | dumped


def plans() -> st.SearchStrategy[Files]:
    names = ("plan.json", "state.json", "terraform.tfstate", "change-set.json", "change-set-new.json")
    seeds = json_seeds(*names)
    lines = [written(seed) for seed in seeds]
    spoilt = trees(seeds).map(lambda tree: {"input.json": written(tree)})
    return spoilt | texts(lines, JSON_WORDS).map(lambda text: {"input.json": text})


def rules() -> st.SearchStrategy[Files]:
    seeds = _texts(ROOT / "rules" / "trail", "*.yaml") + _texts(ROOT / "rules" / "bucket", "*.yaml")
    read = [yaml.safe_load(text) for text in seeds]
    words = [
        *YAML_WORDS,
        "every:",
        "some:",
        "none:",
        "have:",
        "where:",
        "judge:",
        "any_of:",
        "not:",
        "$x",
        "{unknown: a}",
    ]
    spoilt = trees(read).map(
        lambda tree: {"pack/mine.yaml": yaml.safe_dump(json.loads(written(tree)), sort_keys=False)}
    )
    return spoilt | texts(seeds, words).map(lambda text: {"pack/mine.yaml": text})


CONFIG = """\
parameters:
  bucket-retention: {days: 2555}
  "bucket-*": {allowed: ["arn:aws:iam::111122223333:role/x"]}
severity: {trail-tags: low}
defaults:
  scan: {ignore: [iam-*], fail-on: medium, verbose: true}
waivers:
  - rule: trail-kms-encryption
    resource: aws_cloudtrail.*
    owner: lena
    reason: the key comes in May
    expires: 2999-01-01
monitoring:
  external:
    - {rules: ["monitor-*"], by: a SIEM, reason: use case 12}
"""
WAIVED = """\
# ctguard:waive rule=trail-multi-region owner=lena expires=2999-01-01 reason="moves in May"
resource "aws_cloudtrail" "t" {
  name           = "t"
  s3_bucket_name = "b"
}
"""


def configs() -> st.SearchStrategy[Files]:
    """Return configurations, and waivers in code, beside a trail that they speak of."""
    words = [*YAML_WORDS, "waivers:", "defaults:", "scan:", "rule: x", "expires: 2027-02-30", "{}", "*", "&a"]
    spoilt = trees([yaml.safe_load(CONFIG)]).map(
        lambda tree: yaml.safe_dump(json.loads(written(tree)), sort_keys=False)
    )
    comments = texts([WAIVED], ["#", "//", "ctguard:waive", "owner=", '"', "=", " ", "\n", "\u202e", "resource=x"])
    return st.builds(
        lambda config, code: {"ctguard.yaml": config, "main.tf": code},
        spoilt | texts([CONFIG], words),
        st.just(WAIVED) | comments,
    )


def folders() -> st.SearchStrategy[Files]:
    """Return folders in which kinds of inputs stand beside each other."""
    values = st.dictionaries(st.sampled_from(["x", "y", "log_bucket", "retention"]), TREES, max_size=3).map(written)
    return st.builds(
        lambda *several: {name: text for files in several for name, text in files.items()},
        hcl(),
        templates(),
        st.builds(lambda text: {"terraform.tfvars.json": text}, values),
        texts(['x = "a"\ny = [1, 2]\n'], HCL_WORDS).map(lambda text: {"a.auto.tfvars": text}),
        hcl().map(lambda files: {"modules/log_bucket/main.tf": files["main.tf"]}),
        trees(template_seeds(), functions()).map(lambda tree: {"main.tf.json": written(tree)}),
    )


READERS: dict[str, Callable[[], st.SearchStrategy[Files]]] = {
    "hcl": hcl,
    "template": templates,
    "plan": plans,
    "rule": rules,
    "config": configs,
    "scan": folders,
}
