"""Make declarations of a plan: what there will be of the wanted types once it is applied."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

import msgspec
from msgspec import Struct, field

from ctguard.model.errors import Fault
from ctguard.model.values import Linked, PartialMap, Reference, Unknown, Value
from ctguard.sources.declaration import Declaration, Unit
from ctguard.sources.terraform.plan.documents import PlannedDocument, document_of, is_rendered
from ctguard.sources.terraform.plan.left_to_aws import configured
from ctguard.sources.terraform.plan.references import Place, References
from ctguard.sources.terraform.plan.shapes import NOTHING, Change, ResourceChange, Shown
from ctguard.sources.terraform.plan.source_lines import SourceLines
from ctguard.sources.terraform.plan.surroundings import Surroundings
from ctguard.sources.terraform.plan.values import sensitive_texts, stated

CURE: Final = "scan the source, or apply the plan and scan the state"
NOT_IN_PLANS: Final = Unknown("lifecycle", "is not part of a plan", "scan the source")
DOCUMENT_TYPE: Final = "aws_iam_policy_document"

_GONE: Final = (["delete"], ["forget"])
# Arguments that name another resource and nothing else. Any other text may only be made of what it refers to,
# which plans do not tell: `values = ["${aws_s3_bucket.b.arn}/logs"]` refers to the same as the bare ARN.
_NAMES_ANOTHER: Final = re.compile(
    r"(?:^|.*[._])(?:arns?|ids?|name|bucket|role|roles|topic|user|group|(?:alarm|ok|insufficient_data)_actions)(?:\[\d+\])?"
)
_MOST_NAMED_ORIGINS: Final = 3


class Planned(Struct):
    """A plan while it is read: its changes by address, decoded where somebody asks."""

    shown: Shown
    wanted: frozenset[str]
    changes: dict[str, ResourceChange]
    references: References
    lines: SourceLines
    surroundings: Surroundings
    secrets: set[str] = field(default_factory=set)
    removed: list[str] = field(default_factory=list)
    _decoded: dict[str, Change] = field(default_factory=dict)
    _documents: dict[str, Value] = field(default_factory=dict)

    def change(self, address: str) -> Change | None:
        """Return what is planned for a resource instance."""
        if address not in self._decoded and address in self.changes:
            self._decoded[address] = msgspec.json.decode(self.changes[address].change, type=Change)
        return self._decoded.get(address)

    def declarations(self) -> Iterator[Declaration]:
        """Yield the resources that will be there, each with what is known of it."""
        found = [
            (resource, self.values(resource, change))
            for resource in self.changes.values()
            if resource.mode == "managed" and (change := self._kept(resource)) is not None
        ]
        for resource, values in found:
            self.surroundings.learn(resource, values)
        for resource, values in found:
            region, account = self.surroundings.of(resource, values)
            yield Declaration(
                type=resource.type,
                address=resource.address,
                values=values,
                places=self.lines.of(resource),
                region=region,
                account_id=account,
                settings={"prevent_destroy": NOT_IN_PLANS},
            )

    def _kept(self, resource: ResourceChange) -> Change | None:
        if resource.type not in self.wanted:
            return None
        change = self.change(resource.address)
        if change is None or change.actions in _GONE:
            self.removed.append(f"{resource.address} {resource.type}")
            return None
        if b"true" in memoryview(change.after_sensitive).tobytes():
            self.secrets.update(sensitive_texts(change.after, msgspec.json.decode(change.after_sensitive)))
        return change

    def values(self, resource: ResourceChange, change: Change) -> Mapping[str, Value]:
        """Return the planned values of a resource, linked to where they were taken from."""
        if change.after_unknown is True or not isinstance(change.after, dict):
            unknown = Unknown(resource.address, "is known only after apply", CURE)
            return cast("Mapping[str, Value]", PartialMap({}, unknown))
        written = self.references.resource(resource)
        expressions = msgspec.json.decode(written.expressions) if written else None
        place = Place(resource.module_address, resource.index, written.for_each_expression if written else None)
        settling = _Settling(self, resource.address, place, is_configured=written is not None)
        after, marks = configured(
            resource.type, change.after, change.after_unknown, expressions, is_new="create" in change.actions
        )
        values = stated(after, marks, expressions, "", settling)
        return values if isinstance(values, dict) else {}

    def document(self, address: str) -> Value:
        """Return a policy document that will be rendered, None where the plan does not have it."""
        if address not in self._documents:
            self._documents[address] = Unknown(f"{address}.json", "is made of itself")  # until it is made
            resource, change = self.changes.get(address), self.change(address)
            if resource is None or change is None:
                return None
            places, values = self.lines.of(resource), self.values(resource, change)
            if isinstance(values, PartialMap):
                self._documents[address] = values.rest
            else:
                self._documents[address] = document_of(address, PlannedDocument(values, places))
        return self._documents[address]


class _Settling(Struct, frozen=True):
    """Makes the values of one resource's leaves."""

    planned: Planned
    address: str
    place: Place
    is_configured: bool

    def __call__(self, after: Any, unknown: bool, written: Any, path: str, among: tuple[int, int] = (0, 1)) -> Value:
        origins = self.planned.references.origins(written, self.place)
        position, total = among
        if len(origins) > 1 and len(origins) == total:
            origins = [origins[position]]  # one reference for each unknown element
        if not unknown:
            return self._link(after, origins)
        origin = origins[0] if len(origins) == 1 else None
        if origin is not None and is_rendered(origin):
            document = self.planned.document(origin.address)
            if document is not None:
                return document
        return self._unknown(path, written, origins, origin)

    def _unknown(self, path: str, written: Any, origins: list[Reference], origin: Reference | None) -> Unknown:
        names_another = _NAMES_ANOTHER.fullmatch(path) is not None
        why = "is known only after apply"
        if origins and not names_another:
            made_of = " and ".join(str(one).removesuffix(".") for one in origins[:_MOST_NAMED_ORIGINS])
            why = f"is made of {made_of}, and known only after apply"
        return Unknown(
            f"{self.address}.{path}",
            why,
            CURE,
            is_set=bool(origins) or (self.is_configured and written is None),
            refers_to=origin if names_another else None,
        )

    def _link(self, text: str, origins: list[Reference]) -> Value:
        """Return a known text as a link to the resource whose attribute it is."""
        for origin in origins:
            change = self.planned.change(origin.address)
            after = change.after if change else None
            if isinstance(after, dict) and text and after.get(origin.attribute) == text:
                return Linked(text, origin)
        return text


def read_shown_plan(shown: Shown, path: Path, display: str, wanted: frozenset[str], root: Path) -> Unit:
    """Return what a plan declares of the `wanted` types."""
    changes = [one for one in shown.resource_changes or () if not one.deposed]
    of_interest = [one for one in changes if one.type in wanted or one.type == DOCUMENT_TYPE]
    references = References(shown.configuration, of_interest)
    planned = Planned(
        shown,
        wanted,
        {one.address: one for one in of_interest},
        references,
        SourceLines(path.parent, display, references, root),
        Surroundings(shown, references),
    )
    declarations = tuple(planned.declarations())
    planned.secrets.update(_sensitive_variables(shown))
    planned.secrets.update(_sensitive_outputs(shown))
    provenance = {"format": "plan", "terraform_version": shown.terraform_version}
    if planned.removed:
        provenance["removed"] = "\n".join(planned.removed)
    return Unit(
        name=display,
        dialect="terraform",
        declarations=declarations,
        secrets=frozenset(planned.secrets),
        provenance=provenance,
    )


def shortcomings(shown: Shown, display: str) -> Iterator[tuple[Fault, Unknown]]:
    """Yield what a plan does not show: as a fault of the input, and as what may be there unseen."""
    if shows_no_plan(shown):
        message = "this plan shows nothing of what will be there, neither changes nor values: scan a whole plan"
    elif shown.errored:
        message = "Terraform could not finish this plan: plan again and scan that"
    elif not shown.complete or shown.deferred_changes:
        message = "this plan shows only a part (it is targeted, or puts something off): plan as a whole and scan that"
    else:
        return
    yield Fault(display, "incomplete", message), Unknown(display, "is a plan that shows only a part", "plan as a whole")


def shows_no_plan(shown: Shown) -> bool:
    """Return whether neither changes nor planned values are there; Terraform writes an empty module for no values."""
    has_values = memoryview(shown.planned_values) != memoryview(NOTHING)
    return not shown.resource_changes and (bool(shown.resource_drift) or not has_values)


def _sensitive_variables(shown: Shown) -> Iterator[str]:
    """Yield the values of variables that the configuration calls sensitive; plans have them in clear text."""
    declared = shown.configuration.root_module.variables if shown.configuration else {}
    for name, variable in shown.variables.items():
        if name in declared and declared[name].sensitive and isinstance(variable, dict):
            yield from sensitive_texts(variable.get("value"), True)


def _sensitive_outputs(shown: Shown) -> Iterator[str]:
    for change in shown.output_changes.values():
        if isinstance(change, dict):
            yield from sensitive_texts(change.get("after"), change.get("after_sensitive"))
