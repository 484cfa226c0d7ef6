"""A resource as rules see it: attributes under the AWS API's names, wherever they were read."""

from __future__ import annotations

from typing import Literal, Protocol

from msgspec import Struct, field

from ctguard.model.kinds.attribute import Kind
from ctguard.model.location import Location, OnePlace, Path, Places
from ctguard.model.values import Unknown, Value

Input = Literal["terraform", "cloudformation", "live"]
"""Where a resource was read: two languages of code, or a living account (also by its snapshot)."""


class Attributes(Protocol):
    """The attributes of a resource by name (`versioning.status`); every row of the kind's table has a value."""

    def __getitem__(self, name: str, /) -> Value: ...

    def __contains__(self, name: object, /) -> bool: ...

    def get(self, name: str, /) -> Value:
        """Return the value of `name`, or None when the kind has no such attribute."""
        ...


class Resource(Struct, frozen=True, eq=False):
    """One thing in an account, or that code will put there.

    `address` is what the input calls it, `unit` the one input that it is from:
    together they are unique. `members` are the addresses of what was joined
    into it. `exists` is an Unknown where nobody can say whether it will be
    there. `missing` is set on a resource that an input only refers to, and says
    so: its attributes are unknown, except those that `stated` lists (a policy
    whose bucket is not in the input is still a policy). `is_judged` is False
    where it takes part in joins only: it stands for what a list that could not
    be read may hold, or is judged where it is at home.
    """

    kind: Kind
    address: str
    unit: str
    input: Input
    attributes: Attributes
    places: Places = field(default_factory=OnePlace)
    members: tuple[str, ...] = ()
    exists: Unknown | None = None
    missing: Unknown | None = None
    stated: frozenset[str] = frozenset()
    account_id: Value = None
    region: Value = None
    is_judged: bool = True

    def __getitem__(self, name: str) -> Value:
        return self.attributes[name]

    @property
    def name(self) -> Value:
        """The name in AWS, where it is known, else what is known of it."""
        return self.attributes.get("name")

    @property
    def arn(self) -> Value:
        return self.attributes.get("arn")

    @property
    def location(self) -> Location | None:
        return self.places.at(())

    def where(self, attribute: str, within: Path = ()) -> Location | None:
        """Return where `attribute`, or a part of its value, is written; the resource itself when it is not."""
        return self.places.at((attribute, *within))
