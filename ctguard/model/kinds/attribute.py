"""The words in which the attribute tables are written.

A table says of each attribute of a kind of resource what it is called in
Terraform, in CloudFormation and in the AWS API, and what it is when omitted.
Reading values by these tables is `ctguard.sources.mapping`'s work.

A spelling is a path into a declaration: `versioning[0].enabled`; nested
Terraform blocks are lists, so their first element is asked for. A path that
begins with a type (`aws_s3_bucket_versioning/...`, `AWS::S3::BucketPolicy/...`)
is looked up in the resources joined to the main one (`Part`). Of several
spellings the first one that is present counts.

In the API an attribute is spelled by the call that tells it: `GetTrailStatus:IsLogging`
is a member of a reply. Before a slash stands a list of which one entry is about the
resource: `DescribeTrails:trailList[]/HomeRegion`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Final, TypeAlias

from msgspec import Struct, field

from ctguard.model.values import Value


class Type(Enum):
    """What an attribute holds when it is known; sources spell booleans and numbers as text too."""

    BOOL = "true or false"
    INTEGER = "whole number"
    NUMBER = "number"
    TEXT = "text"
    TEXTS = "list of texts"
    MAP = "map"
    DOCUMENT = "JSON document"
    ANY = "any value"


class Omitted(Enum):
    """What an omitted attribute is, where that is not a plain value."""

    GENERATED = "AWS chooses it"
    COMPUTED = "AWS or the provider decides it"


Convert: TypeAlias = Mapping[Value, Value] | Callable[[Value], Value]


class Spelling(Struct, frozen=True):
    """One way to write an attribute.

    `convert` turns the value written so into the API's. `omitted` is the value
    when the block or resource around it is there and does not state it.
    A path that begins with `@` looks into the declaration's settings.
    """

    path: str
    convert: Convert | None = None
    omitted: Value = None


Spellings: TypeAlias = str | Spelling | tuple[str | Spelling, ...]


class Records(Struct, frozen=True, eq=False):
    """A list of maps, each with attributes of its own.

    `harmless` are the members that the API may give beside the fields and that
    change nothing of what rules decide: an entry with any other says something
    that nobody here understands, and is unknown. None: no member could.
    """

    fields: tuple[Attribute, ...]
    harmless: tuple[str, ...] | None = None


class Attribute(Struct, frozen=True, eq=False):
    """One attribute of a kind: its name as the AWS API has it, in snake case, and its spellings.

    No spelling in a dialect: the dialect cannot say it, and the attribute is
    unknown there. `defaults` overrides `default` for one dialect. `gathers`
    means that every spelling and every joined part adds to one list.
    `off_beside` names a part: where only that part of a resource is in the
    input, it is judged as if this attribute had its default, since what nobody
    states counts as off. `one_of` lists the values that the API is known to give:
    any other is not understood. `always_told` means that an account always says
    it, so that a reply without it says nothing of the default.
    """

    name: str
    type: Type | Records
    terraform: Spellings = ()
    cloudformation: Spellings = ()
    api: Spellings = ()
    default: Value = None
    defaults: Mapping[str, Value] = field(default_factory=dict)
    gathers: bool = False
    off_beside: str = ""
    one_of: tuple[str, ...] = ()
    always_told: bool = False

    def spellings(self, dialect: str) -> tuple[Spelling, ...]:
        """Return how `dialect` ("terraform", "cloudformation" or "live") writes the attribute, best first."""
        written = {"terraform": self.terraform, "cloudformation": self.cloudformation, "live": self.api}[dialect]
        several = (written,) if isinstance(written, str | Spelling) else written
        return tuple(Spelling(one) if isinstance(one, str) else one for one in several)


class Part(Struct, frozen=True):
    """A resource that states some attributes of another one: a bucket's policy, a topic's, ...

    `target` is the argument that names the main resource. `several` lets many
    parts of this type belong to one main resource; otherwise two are a clash.
    """

    type: str
    target: str
    several: bool = False


class Link(Struct, frozen=True):
    """A relation: the attribute `by` of this kind names a resource of kind `to` by one of `keys`.

    With `inverse` the link is walked backwards: it leads to all resources of
    kind `to` whose own link of that name leads here. With neither it leads to
    all resources of kind `to` in the same input.
    """

    name: str
    to: str
    by: str = ""
    keys: tuple[str, ...] = ("name", "arn")
    inverse: str = ""


class Known(Struct, frozen=True):
    """What the API may give in one reply, or in one part of it, for a kind of resource.

    `at` is the reply and the way into it, as attributes are spelled. Beside the members that attributes are read
    from it may have those that are `harmless`. Any other that is set may change what the attributes in `hinges`
    mean, so that they are not known.
    """

    at: str
    hinges: tuple[str, ...]
    harmless: tuple[str, ...] = ()


class Kind(Struct, frozen=True, eq=False):
    """A kind of resource that rules speak of."""

    name: str
    title: str
    terraform: tuple[str, ...]
    cloudformation: tuple[str, ...]
    attributes: tuple[Attribute, ...]
    parts: tuple[Part, ...] = ()
    links: tuple[Link, ...] = ()
    arn: str = ""
    known: tuple[Known, ...] = ()

    def types(self, dialect: str) -> tuple[str, ...]:
        """Return the resource types of `dialect` that are of this kind; in an account it has its own name."""
        return {"terraform": self.terraform, "cloudformation": self.cloudformation, "live": (self.name,)}[dialect]


BOOL: Final = Type.BOOL
INTEGER: Final = Type.INTEGER
NUMBER: Final = Type.NUMBER
TEXT: Final = Type.TEXT
TEXTS: Final = Type.TEXTS
MAP: Final = Type.MAP
DOCUMENT: Final = Type.DOCUMENT
ANY: Final = Type.ANY
GENERATED: Final = Omitted.GENERATED
COMPUTED: Final = Omitted.COMPUTED
