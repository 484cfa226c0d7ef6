"""The configuration of a repository: where it is found, and what it says once it was checked.

A run without a configuration reads nothing here but the names of a few folders;
what is in the file is `ctguard.run.config_file`'s work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from os.path import commonpath
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, field

from ctguard.model import location
from ctguard.model.finding import Severity
from ctguard.model.location import Location

CONFIG_NAME: Final = "ctguard.yaml"


class WaiverEntry(Struct, frozen=True):
    """A failure that somebody accepted: of one rule, on the resources that `resource` names.

    `resource` is an address or an ARN, in which `*` and `?` stand for any text and any character; `addresses`
    are set instead for a comment in code, which names the block it stands at in the input `units`. `expires` is
    the last day, in UTC, on which it holds.
    """

    rule: str
    resource: str
    owner: str
    reason: str
    expires: date
    location: Location
    addresses: frozenset[tuple[str, str]] | None = None


class ExternalMonitor(Struct, frozen=True):
    """Monitoring outside of AWS that somebody declares: the monitor rules that it answers, who runs it, and why.

    `queue`, `subscriber`, `reader` and `destination` say by what the events leave the account: ARNs, endpoints,
    or addresses of what an input declares.
    """

    rules: tuple[str, ...]
    by: str
    reason: str
    location: Location
    queue: str | None = None
    subscriber: str | None = None
    reader: str | None = None
    destination: str | None = None


class Config(Struct, frozen=True):
    """What a configuration says; paths in it are made absolute or relative to the current folder.

    `lines` are the lines of its parts, for messages; `foreign` says that it came with what is scanned.
    """

    path: Path | None = None
    rules: tuple[Path, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    defaults: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    waivers: tuple[WaiverEntry, ...] = ()
    baseline: Path | None = None
    external: tuple[ExternalMonitor, ...] = ()
    lines: Mapping[location.Path, int] = field(default_factory=dict)
    foreign: bool = False

    def place(self, *steps: location.Step) -> str:
        """Return `file:line` of a part, or of the nearest part around it."""
        known = next((self.lines[steps[:n]] for n in range(len(steps), -1, -1) if steps[:n] in self.lines), 1)
        return f"{self.path}:{known}"


def find_config(paths: Iterable[Path]) -> Path | None:
    """Return the configuration for what is at `paths`: the nearest one, upward to the root of the repository.

    Outside of a repository the way ends at the current folder, or does not begin when that is not above: a file
    that somebody left in a shared folder decides nothing.
    """
    here = Path.cwd()
    start = _start([path.absolute() for path in paths], here)
    return next(
        (_shown(found, here) for folder in _way(start, here) if (found := folder / CONFIG_NAME).is_file()), None
    )


def is_foreign(path: Path) -> bool:
    """Say whether a configuration that was found came with what is scanned.

    The user's own lies in the current folder or above it, up to the root of the repository.
    """
    here = Path.cwd()
    return path.absolute().parent not in _way(here, here)


def _start(paths: list[Path], here: Path) -> Path:
    """Return the folder that holds all of the paths."""
    folders = [path if path.is_dir() else path.parent for path in paths]
    try:
        return Path(commonpath([folder.resolve() for folder in folders])) if folders else here
    except (ValueError, OSError, RuntimeError):  # drives that differ, links in a circle
        return here


def _way(start: Path, here: Path) -> Iterator[Path]:
    above = [start, *start.parents]
    root = next((n for n, folder in enumerate(above) if (folder / ".git").exists()), None)
    if root is None:
        root = above.index(here) if here in above else 0
    yield from above[: root + 1]


def _shown(path: Path, here: Path) -> Path:
    return path.relative_to(here) if path.is_relative_to(here) else path
