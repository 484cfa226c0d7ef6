"""What a configuration comes to once it is held against the rules: each value, and where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from ctguard.engine.pack import load_pack
from ctguard.run.config import Config
from ctguard.run.settings import check_names, parameter_places, with_severities

DEFAULT: Final = "default"


def in_effect(config: Config, folders: Sequence[Path], *, replace_rules: bool) -> dict[str, Any]:
    """Return parameters, severities, waivers and declared monitors as plain data, each with `from`.

    Raises CtguardError with file and line for what is wrong.
    """
    pack = with_severities(load_pack(folders, replace=replace_rules), config)
    check_names(pack, config)
    places = parameter_places(pack, config)
    unset = {
        (rule.id, name): (one.default, DEFAULT) for rule in pack.rules.values() for name, one in rule.parameters.items()
    }
    return {
        "parameters": [
            {"rule": rule, "name": name, "value": value, "from": place}
            for (rule, name), (value, place) in {**unset, **places}.items()
        ],
        "severity": [
            {"rule": name, "value": severity, "from": config.place("severity", name)}
            for name, severity in config.severity.items()
        ],
        "waivers": [
            {
                "rule": one.rule,
                "resource": one.resource,
                "owner": one.owner,
                "reason": one.reason,
                "expires": one.expires.isoformat(),
                "from": str(one.location),
            }
            for one in config.waivers
        ],
        "external": [
            {"rules": list(one.rules), "by": one.by, "reason": one.reason, "from": str(one.location)}
            for one in config.external
        ],
    }
