"""What holds for every expression: nothing but our own errors, and no claim that a later value refutes."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ctguard.model.values import Document, PartialList, PartialMap, PartialText, Unknown
from ctguard.sources.terraform.functions import json_text
from ctguard.sources.terraform.hcl import read_module
from ctguard.sources.terraform.hcl.inputs import VariableInputs

CONTEXT = """
variable "t" { type = string }
variable "n" { type = number }
variable "b" { type = bool }
variable "l" { type = list(string) }
variable "m" { type = map(string) }
variable "u" { type = any }
locals {
  list = ["a", "b"]
  map  = { a = "x", b = "y" }
}
"""
CONCRETE = st.fixed_dictionaries(
    {
        "t": st.sampled_from(["a", "", "b-c", "5"]),
        "n": st.sampled_from(["0", "1", "2.5"]),
        "b": st.sampled_from(["true", "false"]),
        "l": st.sampled_from(["[]", '["a"]', '["b", "a", "b"]']),
        "m": st.sampled_from(["{}", '{ a = "z" }', '{ b = "x", c = "y" }']),
        "u": st.sampled_from(["null", '"a"', "5", "true", '["a", 1]', '{ a = "b" }', "[]"]),
    }
)
LEAVES = {
    "text": ['"a"', '"b-c"', '""', "var.t", "local.list[0]", "local.map.b"],
    "number": ["0", "1", "2.5", "var.n"],
    "bool": ["true", "false", "var.b"],
    "list": ["[]", '["a", "b"]', "var.l", "local.list"],
    "map": ["{}", '{ a = "x", d = "y" }', "var.m", "local.map"],
    "any": ["null", "var.u", "var.u.a", "var.u[0]", "[1, [2]]"],
}
# How larger expressions are made of smaller ones: `<text>` stands for an expression of that type.
FORMS = {
    "text": """
        "p${<text>}s" | "${<text>}-${<number>}" | "${<text>}${<text>}" | "%{ if <bool> }${<text>}%{ else }z%{ endif }"
        "%{ for x in <list> }[${x}]%{ endfor }" | "%{ for k, v in <map> ~} ${k}=${v} %{~ endfor }"
        upper(<text>) | trimsuffix(<text>, "c") | trimprefix(<text>, <text>) | replace(<text>, "b", <text>)
        join("-", <list>) | format("%s:%s", <text>, <number>) | tostring(<bool>) | tostring(<number>)
        lookup(<map>, "a", <text>) | <map>["a"] | <list>[0] | <list>[<number>] | element(<list>, <number>)
        coalesce(<text>, "d") | try(<map>.c, <text>) | try(<list>[1], <text>) | jsonencode(<any>) | one(<list>)
        jsondecode(jsonencode([<text>]))[0] | trimspace(" ${<text>} ") | substr("x-${<text>}", 0, 2) | <any>
    """,
    "number": "<number> + <number> | <number> * <number> | -<number> | <number> % 2 | length(<list>) | length(<map>)"
    " | length(<text>) | max(<number>, 1) | tonumber(<text>) | try(tonumber(<text>), 7) | floor(<number>)",
    "bool": """
        <bool> && <bool> | <bool> || <bool> | !<bool> | <number> < <number> | <number> >= <number>
        <text> == <text> | <text> != <text> | <list> == <list> | <map> == <map> | <any> == null | <any> != <any>
        contains(<list>, <text>) | can(<text>) | can(<any>.a) | startswith(<text>, "a") | endswith("${<text>}c", "c")
        anytrue([<bool>, <bool>]) | alltrue([<bool>, <bool>]) | <text> == "" | strcontains(<text>, "b")
    """,
    "list": """
        [<text>, <text>] | [for x in <list> : "${x}-${<text>}"] | [for x in <list> : x if <bool>]
        concat(<list>, <list>)
        [for x in <list> : x if x != <text>] | [for k, v in <map> : "${k}=${v}"] | keys(<map>) | values(<map>)
        split("-", <text>) | reverse(<list>) | sort(<list>) | distinct(<list>) | compact(<list>) | toset(<list>)
        flatten([<list>, [<text>]]) | <list>[*] | setunion(<list>, <list>) | setsubtract(<list>, <list>)
        slice(concat(["q", "r"], <list>), 0, 2) | try(<any>[*].a, <list>) | [for i, x in <list> : "${i}${x}"]
    """,
    "map": """
        { a = <text>, "b c" = <text> } | { (<text>) = <text>, b = "w" } | { for k, v in <map> : k => "${v}!" }
        { for x in <list> : x => upper(x)... } | { for k, v in <map> : k => v if <bool> }
        { for k, v in <map> : "${k}${<text>}" => v } | zipmap(["a", "b"], [<text>, <text>]) | try(<any>, <map>)
        merge(<map>, <map>) | merge(<map>, { a = <text> }) | { for x in toset(<list>) : x => <text> }
    """,
    "any": "<text> | <number> | <bool> | <list> | <map> | [<list>, <map>] | { a = <list>, b = <any> }"
    " | <any>.a | <any>[*]",
}
OF_ANY_TYPE = ["(<bool> ? <{0}> : <{0}>)", "try(<{0}>, <{0}>)", "coalesce(<{0}>, <{0}>)", "[<{0}>, <{0}>][0]"]
HOLE = re.compile(r"<(text|number|bool|list|map|any)>")


def forms(kind):
    written = [form.strip() for line in FORMS[kind].splitlines() for form in line.split(" | ")]
    return [form for form in written if form] + [form.format(kind) for form in OF_ANY_TYPE]


@st.composite
def expressions(draw, kind, depth):
    """Draw an expression of one type, `depth` forms deep at most."""
    if depth == 0:
        return draw(st.sampled_from(LEAVES[kind]))
    form = draw(st.sampled_from(forms(kind) + LEAVES[kind]))
    made = HOLE.sub(lambda hole: draw(expressions(hole[1], depth - 1)), form)
    return made if made.startswith('"') or made in LEAVES[kind] else f"({made})"


any_expression = st.sampled_from(list(FORMS)).flatmap(lambda kind: expressions(kind, 3))


def evaluate(expression, **variables):
    """Return the value of `expression`, refusals as Unknown."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "main.tf").write_text(f'{CONTEXT}\nresource "thing" "it" {{\n  value = {expression}\n}}\n')
        unit = read_module(Path(folder), variables=VariableInputs(arguments=variables))
    assert [fault for fault in unit.faults if fault.kind != "syntax"] == []
    return unit.declarations[0].values.get("value") if unit.declarations else None


class Claims:
    """Compares what was said of a value with what it turned out to be."""

    def __init__(self):
        self.met = {}

    def allow(self, said, turned_out):
        """Return whether nothing that was said is refuted."""
        if isinstance(turned_out, Unknown):
            return True  # refused with this value, or beyond what is worked out
        match said:
            case Unknown():
                return self.unknown(said, turned_out)
            case Document():
                return self.document(said, turned_out)
            case PartialText():
                return isinstance(turned_out, str | int | float) and self.text(said, plain(turned_out))
            case PartialList():
                return self.partial_list(said, turned_out)
            case PartialMap():
                return isinstance(turned_out, dict) and all(
                    key in turned_out and self.allow(item, turned_out[key]) for key, item in said.items.items()
                )
            case list():
                return isinstance(turned_out, list) and self.each(said, turned_out)
            case dict():
                return (
                    isinstance(turned_out, dict)
                    and said.keys() == turned_out.keys()
                    and self.each(said.values(), [turned_out[key] for key in said])
                )
        return plain(said) == plain(turned_out)

    def unknown(self, said, turned_out):
        if said.is_set and turned_out is None:
            return False
        before = self.met.setdefault((said.what, said.via), turned_out)
        return plain(before) == plain(turned_out)

    def each(self, said, turned_out):
        return len(said) == len(turned_out) and all(
            self.allow(one, other) for one, other in zip(said, turned_out, strict=True)
        )

    def document(self, said, turned_out):
        return isinstance(turned_out, Document) and self.allow(said.value, turned_out.value)

    def text(self, said, turned_out):
        pattern = "".join(re.escape(part) if isinstance(part, str) else "(.*)" for part in said.parts)
        return re.fullmatch(pattern, turned_out, re.DOTALL) is not None

    def partial_list(self, said, turned_out):
        if not isinstance(turned_out, list):
            return False
        rest = iter(turned_out)
        return all(any(Claims().allow(item, other) for other in rest) for item in said.items)


def plain(value):
    """Return a value as Terraform turns it into a string, where it does: types are not always known beforehand."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(int(value)) if value == int(value) else str(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, Document):
        return json_text(value.value)
    return str(value) if isinstance(value, str) else value


@given(any_expression, st.lists(CONCRETE, min_size=3, max_size=3))
@settings(max_examples=300, deadline=None)
def test_no_value_of_a_variable_refutes_what_was_said_without_it(expression, values):
    said = evaluate(expression)

    for each in values:
        turned_out = evaluate(expression, **each)

        assert Claims().allow(said, turned_out), f"{said!r} became {turned_out!r} with {each}"


WORDS = """
" ${ %{ } { [ ] ( ) = ~ if for|x|in|local.list|: ... => ? : .* [*] $ $$ .0 [0] - ! && || == null local.list var.u 1 "a"
aws_s3_bucket.b .arn data.x.y each.key module.m upper( try( jsonencode( , true # // /* */ \\ é \\u00 endif endfor else
"""
fragments = st.sampled_from(
    [word.replace("|", " ") if len(word) > 2 else word for word in WORDS.split()]
) | st.sampled_from(["\n", "\r\n", " ", "<<EOT\n", "\nEOT\n", "<<-E\n"])


@given(st.one_of(st.lists(fragments, max_size=14).map("".join), st.text(max_size=30)))
@settings(max_examples=250, deadline=None)
def test_any_text_in_place_of_an_expression_gives_faults_or_values(text):
    evaluate(text.replace("\0", ""))


@given(st.lists(fragments, max_size=14).map("".join))
@settings(max_examples=100, deadline=None)
def test_any_text_in_place_of_a_template_gives_faults_or_values(text):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "t.tftpl").write_text(text)
        Path(folder, "main.tf").write_text('resource "thing" "it" { value = templatefile("t.tftpl", { x = 1 }) }')

        (declaration,) = read_module(Path(folder)).declarations

    assert isinstance(declaration.values.get("value", ""), str | Unknown | list | dict | int | bool)
