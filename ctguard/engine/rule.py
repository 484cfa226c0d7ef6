"""A rule, ready to be evaluated, and the conditions that it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from ctguard.model.finding import Control, Remediation, Severity
from ctguard.model.values import Value

Quantifier = Literal["every", "some", "none"]
Test = Literal["is", "is_not", "one_of", "none_of", "set", "at_least", "at_most", "matches", "contains"]


@dataclass(frozen=True, slots=True)
class Compare:
    """The value at `path` stands the test: `is` true, `at_least` 365, ..."""

    path: str
    test: Test
    operand: Value


@dataclass(frozen=True, slots=True)
class Items:
    """Of the list at `path`, every, some or none of the items that `where` picks fulfil `have`."""

    path: str
    quantifier: Quantifier
    where: Condition | None
    have: Condition | None


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of the conditions holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the conditions holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Judge:
    """A named judgement holds: semantics that are written in Python (`ctguard.engine.judgements`)."""

    name: str
    arguments: Mapping[str, Value]


Condition: TypeAlias = Compare | Items | AllOf | AnyOf | Not | Judge


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that an organization may set for a rule, with a safe default."""

    default: Value
    about: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One requirement on one kind of resource.

    `inputs` are the places where it can be decided at all; `opt_in` rules run
    only when they are selected by name. `follows_from` names the rules whose
    failure explains a failure of this one.
    """

    id: str
    title: str
    severity: Severity
    resource: str
    require: Condition
    message: str
    when: Condition | None = None
    inputs: tuple[str, ...] = ("live", "terraform", "cloudformation")
    opt_in: bool = False
    tags: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    follows_from: tuple[str, ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    why: str = ""
    remediation: Remediation = field(default_factory=Remediation)
    controls: tuple[Control, ...] = ()
    source: Mapping[str, Any] = field(default_factory=dict)
