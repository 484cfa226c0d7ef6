"""What every source gives: declarations in the input's own words.

A source reads and evaluates; it does not know what a trail or a bucket means.
The attribute tables (`ctguard.model.kinds`) turn declarations into resources.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, field

from ctguard.model.errors import Fault
from ctguard.model.finding import Audited
from ctguard.model.location import OnePlace, Places
from ctguard.model.values import Unknown, Value

Dialect = Literal["terraform", "cloudformation", "live"]


class Declaration(Struct, frozen=True):
    """One resource as the input writes it.

    `values` has the shape of the input: Terraform's nested blocks are lists of
    maps, CloudFormation's properties are maps. An omitted argument is absent;
    null and `AWS::NoValue` count as omitted. `exists` is an Unknown where a
    count or condition decides about it that nobody knows. `places` answers
    paths into `values`; the empty path is the whole declaration. `settings`
    holds what stands beside the arguments: `prevent_destroy` (Terraform's
    lifecycle), `DeletionPolicy`, `UpdateReplacePolicy` (CloudFormation).

    Of a living account `values` are the replies about one resource, by call,
    an Unknown where there is none; `settings` what several calls tell together.
    `is_judged` is False for what only stands for others (`Resource.is_judged`).
    """

    type: str
    address: str
    values: Mapping[str, Value]
    places: Places = field(default_factory=OnePlace)
    exists: Unknown | None = None
    region: Value = None
    account_id: Value = None
    settings: Mapping[str, Value] = field(default_factory=dict)
    is_judged: bool = True


class Unit(Struct, frozen=True):
    """One input that stands for itself: a root module, a file, a plan, a template, an account.

    Addresses are unique within a unit. `unseen` tells why it may hold more than
    is declared here (a module that is not on disk, a transform): what it seems
    not to have is then unknown, not absent. `handed` tells so of single addresses:
    those that were given to a module which is not on disk, by their addresses or by
    what names them (`ctguard.sources.handed`). `secrets` are the texts that no
    report may show. `audited` tells of the whole audit that the unit is the first one of.
    """

    name: str
    dialect: Dialect
    declarations: tuple[Declaration, ...]
    faults: tuple[Fault, ...] = ()
    unseen: tuple[Unknown, ...] = ()
    handed: Mapping[str, Unknown] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    provenance: Mapping[str, str] = field(default_factory=dict)
    audited: Audited | None = None
