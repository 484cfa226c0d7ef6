"""Read a filter pattern of any form; its first character tells which."""

from __future__ import annotations

from ctguard.filter_pattern.json_parser import parse_json_pattern
from ctguard.filter_pattern.syntax import FilterPattern
from ctguard.filter_pattern.text_parser import parse_space_pattern, parse_text_pattern


def parse_pattern(text: str) -> FilterPattern:
    """Return the pattern that `text` spells; raises PatternError with the position of the fault."""
    first = text.lstrip()[:1]
    if first == "{":
        return parse_json_pattern(text)
    return parse_space_pattern(text) if first == "[" else parse_text_pattern(text)
