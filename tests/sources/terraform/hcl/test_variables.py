"""What variables are: their values by precedence, their types, and what stays secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctguard.model.values import Unknown
from ctguard.sources.terraform.hcl.inputs import VariableInputs
from tests.sources.terraform.hcl.conftest import declared

LAYERS = [
    ("default", {}),
    ("environment", {}),
    ("tfvars", {"terraform.tfvars": 'v = "tfvars"'}),
    ("tfvars-json", {"terraform.tfvars.json": '{"v": "tfvars-json"}'}),
    ("auto-a", {"a.auto.tfvars": 'v = "auto-a"'}),
    ("auto-b", {"b.auto.tfvars.json": '{"v": "auto-b"}'}),
    ("file", {"given.tfvars": 'v = "file"'}),
    ("argument", {}),
]


@pytest.mark.parametrize("strongest", range(len(LAYERS)), ids=[name for name, _ in LAYERS])
def test_the_strongest_of_the_values_that_are_given_counts(read, tmp_path, strongest):
    layers = dict(LAYERS[: strongest + 1])
    files = {name: text for each in layers.values() for name, text in each.items()}
    inputs = VariableInputs(
        environment={"TF_VAR_v": "environment", "HOME": "x"} if "environment" in layers else {},
        files=(tmp_path / "given.tfvars",) if "file" in layers else (),
        arguments={"v": "argument"} if "argument" in layers else {},
    )
    main = 'variable "v" { default = "default" }\nresource "thing" "it" { value = var.v }'

    unit = read({**files, "main.tf": main}, variables=inputs)

    assert declared(unit, "thing.it").values["value"] == LAYERS[strongest][0]


@pytest.mark.parametrize(
    ("constraint", "text", "expected"),
    [
        ("string", "5", "5"),
        ("number", "5", 5),
        ("bool", "true", True),
        ("list(string)", '["a", 1]', ["a", "1"]),
        ("any", "[1]", [1]),
        ("map(number)", '{ a = "1" }', {"a": 1}),
    ],
)
def test_a_value_given_as_text_is_read_by_the_type_of_its_variable(value_of, constraint, text, expected):
    assert value_of("var.v", f'variable "v" {{ type = {constraint} }}', v=text) == expected


def test_a_value_given_as_text_stays_text_where_no_type_is_stated(value_of):
    assert value_of("var.v", 'variable "v" {}', v="[1]") == "[1]"


@pytest.mark.parametrize(
    ("constraint", "default", "expected"),
    [
        ("string", "5", "5"),
        ("string", "true", "true"),
        ("number", '"5"', 5),
        ("bool", '"false"', False),
        ('"string"', "1", "1"),
        ("list", "[1, 2]", [1, 2]),
        ("list(number)", '["1", 2]', [1, 2]),
        ("set(string)", '["b", "a", "b"]', ["a", "b"]),
        ("map(string)", "{ b = 1, a = true }", {"a": "true", "b": "1"}),
        ("tuple([string, number])", '[1, "2"]', ["1", 2]),
        ("object({ a = string })", '{ a = 1, dropped = "x" }', {"a": "1"}),
        ("object({ a = optional(string) })", "{}", {"a": None}),
        ('object({ a = optional(string, "d") })', "{}", {"a": "d"}),
        ('object({ a = optional(string, "d") })', "{ a = null }", {"a": "d"}),
        ("object({ a = optional(object({ b = optional(bool, true) }), {}) })", "{}", {"a": {"b": True}}),
        ("list(object({ n = string, on = optional(bool, false) }))", '[{ n = "x" }]', [{"n": "x", "on": False}]),
        ("map(list(string))", "{ a = [1] }", {"a": ["1"]}),
        ("any", '{ a = [1, "x"] }', {"a": [1, "x"]}),
    ],
)
def test_a_value_takes_the_form_of_its_type(value_of, constraint, default, expected):
    assert value_of("var.v", f'variable "v" {{\n type = {constraint}\n default = {default}\n}}') == expected


@pytest.mark.parametrize(
    ("constraint", "default"),
    [
        ("number", '"x"'),
        ("bool", '"yes"'),
        ("list(string)", '"a"'),
        ("object({ a = string })", "{}"),
        ("tuple([string])", "[]"),
        ("strnig", '"a"'),
    ],
)
def test_a_value_that_does_not_fit_its_type_is_unknown_and_says_so(value_of, constraint, default):
    value = value_of("var.v", f'variable "v" {{\n type = {constraint}\n default = {default}\n}}')

    assert isinstance(value, Unknown)
    assert value.what == "var.v"
    assert "cannot be evaluated" in value.why


@pytest.mark.parametrize(
    ("nullable", "expected"), [("", None), ("nullable = true", None), ("nullable = false", "default")]
)
def test_null_takes_the_place_of_the_default_unless_that_is_forbidden(read, nullable, expected):
    unit = read(
        {
            "main.tf": 'module "m" {\n source = "./m"\n v = null\n}',
            "m/main.tf": f'variable "v" {{\n default = "default"\n {nullable}\n}}\n'
            'resource "thing" "it" { value = var.v }',
        }
    )

    assert declared(unit, "module.m.thing.it").values.get("value") == expected


@pytest.mark.parametrize("file", ["terraform.tfvars", "x.auto.tfvars"], ids=["terraform.tfvars", "auto"])
def test_a_variable_file_that_cannot_be_read_leaves_open_what_it_may_set(read, file):
    unit = read({file: "v = = 1", "main.tf": 'variable "v" { default = "d" }\nresource "thing" "it" { value = var.v }'})

    assert [fault.source for fault in unit.faults] == [f"infra/{file}:1"]
    assert file in declared(unit, "thing.it").values["value"].why


def test_what_the_command_line_sets_is_certain_beside_a_broken_file(read):
    unit = read(
        {"terraform.tfvars": "=", "main.tf": 'variable "v" {}\nresource "thing" "it" { value = var.v }'},
        variables=VariableInputs(arguments={"v": "known"}),
    )

    assert declared(unit, "thing.it").values["value"] == "known"


def test_a_variable_file_that_is_not_there_is_a_fault(read):
    unit = read('variable "v" {}', variables=VariableInputs(files=(Path("/nowhere/x.tfvars"),)))

    assert unit.faults[0].kind == "unreadable"


def test_the_texts_of_sensitive_values_are_named_as_secrets(read, tmp_path):
    unit = read(
        {
            "main.tf": """
            variable "password" { sensitive = true }
            variable "many" {
              type      = map(list(string))
              sensitive = true
              default   = { a = ["first", "second"] }
            }
            variable "open" { default = "open" }
            resource "thing" "it" {
              a = "x-${var.password}"
              b = var.many
              c = sensitive("third")
              d = var.open
            }
            """,
            "terraform.tfvars": 'password = "hunter2"',
        }
    )

    assert unit.secrets == {"hunter2", "x-hunter2", "first", "second", "third"}


def test_variables_are_never_read_from_the_environment_by_ourselves(read, monkeypatch):
    monkeypatch.setenv("TF_VAR_v", "leaked")

    unit = read('variable "v" {}\nresource "thing" "it" { value = var.v }')

    assert isinstance(declared(unit, "thing.it").values["value"], Unknown)
