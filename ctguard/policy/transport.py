"""Is every request without TLS denied?

An Allow elsewhere (in an identity policy) cannot be seen from here, so the
question is not what this policy allows but what it denies: asked as if a
statement allowed everything to everybody.
"""

from __future__ import annotations

from typing import Final

from ctguard.policy.actions import Action, action_pattern
from ctguard.policy.callers import FALSE, NEVER, anonymous, restricted
from ctguard.policy.envelope import Clause, all_principals
from ctguard.policy.excess import Bench, first_allowed
from ctguard.policy.grammar import Statement
from ctguard.policy.part import TOO_MANY_NAMES, Part, Witness, unlike
from ctguard.policy.principals import Principals
from ctguard.policy.worlds import World

_EVERYTHING: Final = Statement(-1, None, "Allow", Principals(True, ()), (action_pattern("*"),), None, ())
_FUTURE: Final = Action("s3:ActionYetToCome", True, known=False)
# Plaintext has no version of TLS; and services never call without it.
_PLAINTEXT: Final = {"aws:securetransport": FALSE, "s3:tlsversion": NEVER}


def plaintext_denied(bench: Bench, _: World) -> Part:
    """Say whether a Deny stops every request without TLS, anybody's, for any action on the bucket and its objects."""
    callers = (anonymous(), *all_principals(bench.setting, bench.words))
    shapes = tuple(restricted(shape, _PLAINTEXT) for shape in callers)
    found = first_allowed(bench, _EVERYTHING, Clause("plaintext", shapes, (*bench.actions, _FUTURE)))
    if found is None:
        return Part(True) if bench.words.complete else Part(None, (), (TOO_MANY_NAMES,))
    if found.request is None:
        return Part(None, (), unlike([found.doubt]))
    request = found.request
    why = f"no Deny stops {request.action} on {request.resource} over plain HTTP"
    return Part(False, (Witness(request, None, "plaintext", why, _deny(bench)),))


def _deny(bench: Bench) -> dict[str, object]:
    """Return the statement that denies what should be denied."""
    return {
        "Sid": "DenyWithoutTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bench.setting.resource, f"{bench.setting.resource}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
