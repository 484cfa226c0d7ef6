"""CloudWatch Logs filter patterns and EventBridge event patterns, judged by the events that they match.

The public names are loaded when they are first used: reading patterns is cheap,
and deciding over all events is paid for only where somebody asks.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ctguard.filter_pattern.controls import CONTROLS, Control, control_named
    from ctguard.filter_pattern.criteria import parse_criteria
    from ctguard.filter_pattern.decision import Coverage, Verdict, coverage
    from ctguard.filter_pattern.demand import demands
    from ctguard.filter_pattern.event_matching import match_event
    from ctguard.filter_pattern.event_pattern import EventPatternError, parse_event_pattern
    from ctguard.filter_pattern.event_rules import EventRule, rule_coverage
    from ctguard.filter_pattern.filters import Filter, metric_filter
    from ctguard.filter_pattern.matching import match
    from ctguard.filter_pattern.narrowing import (
        Narrowing,
        asked_for,
        may_narrow,
        narrowings,
        sees_some,
        unheard_fields,
        unmatchable,
    )
    from ctguard.filter_pattern.parser import parse_pattern
    from ctguard.filter_pattern.printing import print_pattern
    from ctguard.filter_pattern.syntax import FilterPattern, PatternError

_HOMES = {
    "CONTROLS": "controls",
    "Control": "controls",
    "Coverage": "decision",
    "EventPatternError": "event_pattern",
    "EventRule": "event_rules",
    "Filter": "filters",
    "FilterPattern": "syntax",
    "Narrowing": "narrowing",
    "PatternError": "syntax",
    "Verdict": "decision",
    "asked_for": "narrowing",
    "control_named": "controls",
    "coverage": "decision",
    "demands": "demand",
    "match": "matching",
    "match_event": "event_matching",
    "may_narrow": "narrowing",
    "metric_filter": "filters",
    "narrowings": "narrowing",
    "parse_criteria": "criteria",
    "parse_event_pattern": "event_pattern",
    "parse_pattern": "parser",
    "print_pattern": "printing",
    "rule_coverage": "event_rules",
    "sees_some": "narrowing",
    "unheard_fields": "narrowing",
    "unmatchable": "narrowing",
}

__all__ = [
    "CONTROLS",
    "Control",
    "Coverage",
    "EventPatternError",
    "EventRule",
    "Filter",
    "FilterPattern",
    "Narrowing",
    "PatternError",
    "Verdict",
    "asked_for",
    "control_named",
    "coverage",
    "demands",
    "match",
    "match_event",
    "may_narrow",
    "metric_filter",
    "narrowings",
    "parse_criteria",
    "parse_event_pattern",
    "parse_pattern",
    "print_pattern",
    "rule_coverage",
    "sees_some",
    "unheard_fields",
    "unmatchable",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value
