"""One way in which everything around a policy may be: a context without unknowns.

A context that is not wholly known stands for several settings. A verdict that is
the same in all of them is decided.
"""

from __future__ import annotations

from msgspec import Struct

from ctguard.model.values import Unknown


class Setting(Struct, frozen=True):
    """The surroundings of a policy, as far as questions about requests need them.

    `resource` is the ARN of the bucket, topic or key, `owner` its account.
    `resource_org` is the organization of that account (None: it has none).
    `trail_accounts` are own for certain; where `knows_trail_accounts` is false
    there may be more. `key_admins` is None where nobody knows them.
    """

    service: str
    partition: str = "aws"
    resource: str = ""
    owner: str | None = None
    org_id: str | None = None
    resource_org: str | Unknown | None = None
    trail_accounts: tuple[str, ...] = ()
    knows_trail_accounts: bool = True
    trail_arns: tuple[str, ...] = ()
    key_admins: tuple[str, ...] | None = ()
    bucket_arn: str | None = None
    stranger_org: str = "o-stranger000"
