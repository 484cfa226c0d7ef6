"""What a row of the call plan says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field


class Pages(Struct, frozen=True):
    """How a reply goes on: the lists to join, the token of the next page, the parameter that it is sent back in.

    `more` names the flag that says whether there is a next page, where the service has one.
    """

    lists: tuple[str, ...]
    token: str = "NextToken"
    parameter: str = ""
    more: str = ""

    @property
    def sent_back_in(self) -> str:
        """The request parameter that takes the token: of the token's own name, unless the service has another."""
        return self.parameter or self.token


class PlannedCall(Struct, frozen=True, kw_only=True):
    """One call of the plan.

    `each` is the kind of subject that it is made for (a key of `SUBJECTS`), `takes` fills request parameters from
    that subject's fields, `given` are parameters that are always the same. `gives` names the kinds of resources
    (`ctguard.model.kinds`) whose attribute tables spell members of this reply, and single attributes that are worked
    out from it (`key.policy`). `needs` names the calls, as `service.Operation`,
    without whose replies its subjects are not known. `action` is the IAM action where it has another name than the
    call, empty where none is needed. `everything` marks calls that only `--scope all` makes.

    `holds` names members that every reply of success has, beside the list of one that has pages: a reply without
    them says nothing.

    Two sorts of error codes are answers and no failures: `unset` (nothing of the kind is configured) and `gone`
    (the subject itself does not exist).
    """

    service: str
    operation: str
    each: str
    gives: tuple[str, ...] = ()
    takes: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    action: str | None = None
    unset: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    holds: tuple[str, ...] = ()
    pages: Pages | None = None
    everything: bool = False

    @property
    def name(self) -> str:
        """The call as `needs` names it: `service.Operation`."""
        return f"{self.service}.{self.operation}"

    @property
    def permission(self) -> str:
        """The IAM action that the call needs, empty where it needs none."""
        return f"{self.service}:{self.operation}" if self.action is None else self.action

    @property
    def always_there(self) -> tuple[str, ...]:
        """The members that every reply of success has."""
        several = self.pages is not None and len(self.pages.lists) > 1
        return self.holds if self.pages is None or several else (*self.holds, *self.pages.lists)
