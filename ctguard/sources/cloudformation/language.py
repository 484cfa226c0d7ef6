"""The table of functions that look at their argument before it is evaluated."""

from __future__ import annotations

from typing import Final

from ctguard.sources.cloudformation.conditions import choose
from ctguard.sources.cloudformation.evaluate import LOOP
from ctguard.sources.cloudformation.loops import loop
from ctguard.sources.cloudformation.references import find_in_map, get_att, ref, sub
from ctguard.sources.cloudformation.stack import Form

FORMS: Final[dict[str, Form]] = {
    "Ref": ref,
    "Fn::GetAtt": get_att,
    "Fn::Sub": sub,
    "Fn::If": choose,
    "Fn::FindInMap": find_in_map,
    LOOP: loop,
}
