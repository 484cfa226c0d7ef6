"""Read a plan or a state into a unit of declarations."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ctguard.model.errors import Fault
from ctguard.model.values import Unknown
from ctguard.sources.declaration import Unit
from ctguard.sources.terraform.plan.detection import kind_of, plain
from ctguard.sources.terraform.plan.foreseen import as_changes, declares_resources, has_resources
from ctguard.sources.terraform.plan.planned import read_shown_plan, shortcomings
from ctguard.sources.terraform.plan.shapes import NOTHING, PriorState, Shown, StateValues
from ctguard.sources.terraform.plan.state import read_state, read_state_file

KNOWN_FORMATS: Final = ("0", "1")


def read_plan(path: Path, *, display: str, wanted: frozenset[str], root: Path | None = None) -> Unit:
    """Return what a plan or a state declares of the `wanted` types.

    `display` is what reports call the file. Where a resource is written is
    looked up in the source files beside it, never outside of `root` (of the
    file's folder, if that is None). What cannot be read is among the unit's
    faults; so is a plan that Terraform itself calls incomplete, since what it
    does not show is not there to judge.
    """
    try:
        content = plain(path.read_bytes())
    except OSError as error:
        return _refused(display, "unreadable", f"cannot be read: {error.strerror or error}")
    try:
        match kind_of(content):
            case "plan" | "state":
                shown = msgspec.json.decode(content, type=Shown)
                return _Input(path, display, wanted, root or path.parent).read(shown)
            case "state file":
                return read_state_file(content, display, wanted)
            case "encrypted":
                return _refused(display, "encrypted", "is encrypted: decrypt the state first, or scan the plan")
            case None:
                return _refused(display, "syntax", "is neither a plan nor a state of Terraform")
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return _refused(display, "syntax", f"is not JSON as Terraform writes it: {error}")
    except RecursionError:
        return _refused(display, "syntax", "is nested too deeply")


class _Input(Struct, frozen=True):
    """What somebody wants to know of which file."""

    path: Path
    display: str
    wanted: frozenset[str]
    root: Path

    def read(self, shown: Shown) -> Unit:
        """Return what `terraform show -json` shows, of whichever kind it is."""
        if shown.format_version.partition(".")[0] not in KNOWN_FORMATS:
            told = f"has format version {shown.format_version}" if shown.format_version else "has no format version"
            message = f"{told}; 1.x is read: scan what `terraform show -json` of Terraform 1.x prints, as a whole"
            return _refused(self.display, "version", message)
        if shown.resource_changes is not None:
            return self._planned(shown)
        if memoryview(shown.values) != memoryview(NOTHING):
            return self._state(msgspec.json.decode(shown.values, type=StateValues), shown)
        return self._without_changes(shown)

    def _state(self, values: StateValues, shown: Shown) -> Unit:
        return read_state(values, shown.terraform_version, self.display, self.wanted)

    def _planned(self, shown: Shown) -> Unit:
        unit = read_shown_plan(shown, self.path, self.display, self.wanted, self.root)
        for fault, unseen in shortcomings(shown, self.display):
            unit = replace(unit, faults=(*unit.faults, fault), unseen=(*unit.unseen, unseen))
        return unit

    def _without_changes(self, shown: Shown) -> Unit:
        """Return what a plan shows that lists no changes: one that only refreshes, was cut down, or makes nothing."""
        prior = msgspec.json.decode(shown.prior_state, type=PriorState | None)
        foreseen = msgspec.json.decode(shown.planned_values, type=StateValues | None)
        if prior and prior.values and has_resources(prior.values.root_module):
            unit = self._state(prior.values, shown)
            message = "this plan only refreshes: it shows what is there, not what the configuration makes of it"
        elif foreseen and has_resources(foreseen.root_module):
            shown.resource_changes = list(as_changes(foreseen.root_module, shown.configuration))
            unit = self._planned(shown)
            message = "this plan lists no changes, so that it is not clear which of its values are unknown"
        else:
            shown.resource_changes = []
            unit = self._planned(shown)
            message = ""
        if message:
            unit = replace(
                unit, faults=(*unit.faults, Fault(self.display, "incomplete", f"{message}; scan a whole plan"))
            )
        elif shown.configuration is None or not declares_resources(shown.configuration.root_module):
            return unit
        unseen = Unknown(self.display, "is a plan that lists no changes", "scan a whole plan")
        return replace(unit, unseen=(*unit.unseen, unseen))


def _refused(display: str, kind: str, message: str) -> Unit:
    return Unit(display, "terraform", (), (Fault(display, kind, message),))
