"""Make a `Pack` of the checked plain data of its files, with all that can be told once and for all."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from ctguard.engine.build import build_rule
from ctguard.engine.pack import Pack
from ctguard.model.errors import CtguardError
from ctguard.model.finding import Control

LARGEST_PACK: Final = 2000


def built(data: Mapping[str, Any]) -> Pack:
    """Return the pack that `data` (rules, frameworks, trust) describes; raise CtguardError for what makes no sense."""
    controls = _controls(data)
    rules = {rule_id: build_rule(rule, controls.get(rule_id, ())) for rule_id, rule in sorted(data["rules"].items())}
    written = msgspec.json.encode(data, order="deterministic")
    return Pack(rules, data["trust"], data["frameworks"], f"sha256:{hashlib.sha256(written).hexdigest()}")


def plain(pack: Pack) -> dict[str, Any]:
    """Return the data that a pack was built of."""
    rules = {rule_id: rule.source for rule_id, rule in pack.rules.items()}
    return {"rules": rules, "frameworks": pack.frameworks, "trust": pack.trust}


def merged(first: dict[str, Any], second: dict[str, Any], folder: Path, *, replace: bool) -> dict[str, Any]:
    """Return the data of two packs as one; raise CtguardError for what `folder`, the second, must not bring in."""
    both = sorted(set(first["rules"]) & set(second["rules"]))
    if both and not replace:
        raise CtguardError(
            f"{folder}: there is a rule {both[0]} already",
            hint="give it an id of its own, or allow it to take the other's place with --replace-rules",
        )
    if len(first["rules"]) + len(second["rules"]) > LARGEST_PACK:
        raise CtguardError(f"{folder}: more than {LARGEST_PACK} rules", hint="load fewer")
    return {
        "rules": {**first["rules"], **second["rules"]},
        "frameworks": {**first["frameworks"], **second["frameworks"]},
        "trust": second["trust"] or first["trust"],
    }


def _controls(data: Mapping[str, Any]) -> dict[str, tuple[Control, ...]]:
    """Return the controls that each rule bears on: those that name it or one of its profiles."""
    by_profile: dict[str, list[str]] = defaultdict(list)
    for rule_id, rule in data["rules"].items():
        for profile in rule.get("profiles", ()):
            by_profile[profile].append(rule_id)
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for name, framework in data["frameworks"].items():
        for number, control in framework["controls"].items():
            named = [*control.get("rules", ())]
            for profile in control.get("profiles", ()):
                named += by_profile[profile]
            for rule_id in named:
                found[rule_id].add((name, number))
    return {rule_id: tuple(Control(*one) for one in sorted(controls)) for rule_id, controls in found.items()}
