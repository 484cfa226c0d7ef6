"""Judgements: what a rule decides by meaning, under a name that its YAML can use.

A judgement is a function of the context and its arguments to an `Outcome`; the
semantics behind it live on floor 1. To add one, write the function in a module
here and name it in the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Final

from ctguard.engine.outcome import Context, Outcome
from ctguard.model.values import Value

JUDGEMENTS: Final[dict[str, tuple[str, str]]] = {
    # name in a rule: (module here, function)
    "records-management-events": ("coverage", "records_management_events"),
    "records-all-sources": ("coverage", "records_all_sources"),
    "records-data-events": ("coverage", "records_data_events"),
    "records-log-bucket-access": ("coverage", "records_log_bucket_access"),
    "records-insights": ("coverage", "records_insights"),
    "records-no-copy": ("coverage", "records_no_copy"),
    "has-no-self-loop": ("coverage", "has_no_self_loop"),
}


def looks_at(name: str) -> frozenset[str]:
    """Return the attributes of the judged resource that a judgement decides by."""
    module, function = JUDGEMENTS[name]
    found: frozenset[str] = import_module(f"{__name__}.{module}").LOOKS_AT[function]
    return found


def judge(name: str, context: Context, arguments: Mapping[str, Value]) -> Outcome:
    """Return what the judgement `name` says of the context's resource."""
    module, function = JUDGEMENTS[name]
    outcome: Outcome = getattr(import_module(f"{__name__}.{module}"), function)(context, **arguments)
    return outcome
