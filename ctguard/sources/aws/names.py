"""Names that an audit and the permissions for it must agree on; nothing of AWS's libraries is loaded for them."""

from __future__ import annotations

from typing import Final

DEFAULT_ROLE: Final = "CtguardAudit"
"""The role that an audit takes on in other accounts, unless it is told another one."""

ASSUME_ROLE: Final = "sts:AssumeRole"
LIST_ACCOUNTS: Final = "organizations:ListAccounts"
