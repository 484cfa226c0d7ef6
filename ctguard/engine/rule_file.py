"""The shape of a rule file, checked field by field when a rule is loaded.

This is the one place that knows the words of the YAML. What passes here is
plain data again (`normalized`), which `ctguard.engine.build` turns into a `Rule`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ctguard.engine.build import ConditionError, build_condition, leads_somewhere
from ctguard.engine.findings import PLACEHOLDER
from ctguard.engine.yaml_file import YamlFile, YamlFileError
from ctguard.model.kinds import KINDS
from ctguard.model.location import Path
from ctguard.model.resource import Input

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
Line = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Strict(BaseModel):
    """A model that takes no field it does not know: a misspelt one must not be a rule that passes everything."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FixIn(Strict):
    """The change itself, as each tool writes it."""

    terraform: str = ""
    cloudformation: str = ""
    cli: str = ""


class InAccountField(Strict):
    """Where the resource is a trail: a living account gets one finding, and one logging trail that holds is enough."""

    message: Line


class ParameterField(Strict):
    """A value that an organization may set for this rule in its configuration."""

    default: Any = None
    about: Line


class Case(Strict):
    """An example that the rule must decide so; `of` names the resource judged where several are given."""

    expect: Literal["pass", "fail", "unknown", "not_applicable"]
    name: str = ""
    given: dict[str, dict[str, Any]] = Field(min_length=1)
    of: str = ""
    input: Input = "live"
    parameters: dict[str, Any] = Field(default_factory=dict)


class RuleFile(Strict):
    """One rule: what must be true, why, how to mend it, and the cases that show it."""

    id: Id
    title: Line
    severity: Literal["critical", "high", "medium", "low", "info"]
    resource: Literal[tuple(KINDS)]  # type: ignore[valid-type]
    when: dict[str, Any] | None = None
    require: dict[str, Any] = Field(min_length=1)
    message: Line
    in_account: InAccountField | None = None
    why: Line
    fix: Line
    fix_in: FixIn = Field(default_factory=FixIn)
    inputs: list[Input] = Field(default=["live", "terraform", "cloudformation"], min_length=1)
    opt_in: bool = False
    tags: list[str] = Field(default_factory=list)
    profiles: list[str] = Field(default_factory=list)
    aliases: list[Id] = Field(default_factory=list)
    follows_from: list[Id] = Field(default_factory=list)
    parameters: dict[str, ParameterField] = Field(default_factory=dict)
    cases: list[Case] = Field(default_factory=list)


def normalized(file: YamlFile) -> dict[str, Any]:
    """Return the rule in `file` as checked plain data; raise YamlFileError naming file, line and cure."""
    try:
        rule = RuleFile.model_validate(file.value)
    except ValidationError as error:
        raise _explained(file, error) from error
    stem = file.name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    if rule.id != stem:
        raise YamlFileError(
            f"{file.place(('id',))}: id is {rule.id!r} in a file named {stem}", hint="give both one name"
        )
    if rule.in_account is not None and (rule.resource != "trail" or rule.when is not None):
        raise YamlFileError(
            f"{file.place(('in_account',))}: in_account fits rules on trails, without when",
            hint="leave it out, or judge trails",
        )
    _check_conditions(file, rule)
    _check_message(file, rule)
    return rule.model_dump(exclude_defaults=True)


def _check_conditions(file: YamlFile, rule: RuleFile) -> None:
    defaults = {name: parameter.default for name, parameter in rule.parameters.items()}
    for name, written in (("when", rule.when), ("require", rule.require)):
        if written is None:
            continue
        try:
            build_condition(written, KINDS[rule.resource], defaults)
        except ConditionError as error:
            path: Path = (name, *error.path)
            raise YamlFileError(f"{file.place(path)}: {error}", hint=error.hint) from error


def _check_message(file: YamlFile, rule: RuleFile) -> None:
    """Refuse a message that names what the resource does not have: it would be printed with a hole in it."""
    messages: list[tuple[Path, str, str]] = [(("message",), rule.message, rule.resource)]
    if rule.in_account is not None:
        messages.append((("in_account", "message"), rule.in_account.message, "account"))
    for path, message, kind in messages:
        for word in PLACEHOLDER.findall(message):
            if word != "name" and word not in rule.parameters and not leads_somewhere(word, KINDS[kind]):
                raise YamlFileError(
                    f"{file.place(path)}: {{{word}}} is no attribute of {kind}",
                    hint="write {name}, an attribute, or a parameter of the rule",
                )


def _explained(file: YamlFile, error: ValidationError) -> YamlFileError:
    """Return every problem of the file at once, each with its place; the hint speaks of the first."""
    problems = []
    for one in error.errors():
        path = tuple(one["loc"])
        where = ".".join(str(step) for step in path)
        problems.append(f"{file.place(path)}: {where or 'the file'}: {one['msg'].lower()}")
    first = error.errors()[0]
    hint = "see `ctguard rules schema`, or copy a neighbour"
    if first["type"] == "extra_forbidden":
        hint = f"a rule has the fields {', '.join(RuleFile.model_fields)}"
    elif first["type"] == "literal_error":
        hint = f"use one of: {first['ctx']['expected']}".replace("'", "").replace(" or ", ", ")
    return YamlFileError("\n".join(problems), hint=hint)
