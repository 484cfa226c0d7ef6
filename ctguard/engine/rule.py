"""A rule, ready to be evaluated, and the conditions that it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from msgspec import Raw, Struct, field, msgpack

from ctguard.model.finding import Control, Remediation, Severity
from ctguard.model.values import Value

Quantifier = Literal["every", "some", "none"]
Test = Literal["is", "is_not", "one_of", "none_of", "set", "at_least", "at_most", "matches", "contains"]


class Compare(Struct, frozen=True, tag=True):
    """The value at `path` stands the test: `is` true, `at_least` 365, ..."""

    path: str
    test: Test
    operand: Value


class Items(Struct, frozen=True, tag=True):
    """Of the list at `path`, every, some or none of the items that `where` picks fulfil `have`."""

    path: str
    quantifier: Quantifier
    where: Condition | None
    have: Condition | None


class AllOf(Struct, frozen=True, tag=True):
    """Every one of the conditions holds."""

    conditions: tuple[Condition, ...]


class AnyOf(Struct, frozen=True, tag=True):
    """At least one of the conditions holds."""

    conditions: tuple[Condition, ...]


class Not(Struct, frozen=True, tag=True):
    """The condition does not hold."""

    condition: Condition


class Judge(Struct, frozen=True, tag=True):
    """A named judgement holds: semantics that are written in Python (`ctguard.engine.judgements`)."""

    name: str
    arguments: Mapping[str, Value]


Condition: TypeAlias = Compare | Items | AllOf | AnyOf | Not | Judge


class Parameter(Struct, frozen=True):
    """A value that an organization may set for a rule, with a safe default."""

    default: Value
    about: str


class InAccount(Struct, frozen=True):
    """How a rule on trails judges a living account: what it requires there, and what to say where that fails."""

    require: Condition
    message: str


class Rule(Struct, frozen=True):
    """One requirement on one kind of resource.

    `inputs` are the places where it can be decided at all; `opt_in` rules run
    only when they are selected by name. `follows_from` names the rules whose
    failure explains a failure of this one. With `in_account` a living account gets
    one finding in place of one for each trail. `written` is what the rule file says,
    in msgpack: all of it, with the cases, is seldom asked for.
    """

    id: str
    title: str
    severity: Severity
    resource: str
    require: Condition
    message: str
    when: Condition | None = None
    in_account: InAccount | None = None
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
    written: Raw = Raw(msgpack.encode({}))

    @property
    def source(self) -> dict[str, Any]:
        """What the rule file says, as checked plain data."""
        return dict(msgpack.decode(self.written))

    def judges(self, input_: str) -> str:
        """Return the kind of resource that the rule judges in an input."""
        return "account" if self.in_account is not None and input_ == "live" else self.resource
