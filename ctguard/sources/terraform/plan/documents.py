"""Rebuild a policy document that a plan could not render yet from what is planned of its statements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from ctguard.model.location import Location, Path, Places
from ctguard.model.values import PartialList, Reference, Unknown, Value
from ctguard.sources.terraform.functions import FunctionError

TYPE: Final = "aws_iam_policy_document"
_RENDERED: Final = frozenset({"json", "minified_json"})
_BLOCKS: Final = frozenset({"statement", "principals", "not_principals", "condition"})


def is_rendered(reference: Reference) -> bool:
    """Return whether this is the JSON of a policy document that Terraform renders."""
    return reference.attribute in _RENDERED and f"data.{TYPE}." in reference.address


class PlannedDocument(Struct, frozen=True):
    """A data source as far as it is planned: what policy documents are made of."""

    values: Mapping[str, Value]
    places: Places

    def configured(self, name: str) -> Value:
        """Return what is planned for an argument or for the nested blocks of a name."""
        return _blocks(self.values.get(name)) if name in _BLOCKS else self.values.get(name)

    def at(self, path: Path) -> Location | None:
        """Return where a part of the data source is written."""
        return self.places.at(path)


def _blocks(value: Value) -> Value:
    """Return nested blocks as a list of maps; unknown ones among them are the unknown rest of it."""
    if not isinstance(value, list):
        return value
    known = [
        {key: _blocks(part) if key in _BLOCKS else part for key, part in block.items()}
        for block in value
        if isinstance(block, dict)
    ]
    rest = next((block for block in value if isinstance(block, Unknown)), None)
    return known if rest is None else PartialList(tuple(known), rest)


def document_of(address: str, planned: PlannedDocument) -> Value:
    """Return the policy that a data source will render; what is unknown in a statement stays there."""
    from ctguard.sources.terraform.hcl.policy_document import policy_document

    try:
        return policy_document(planned)
    except FunctionError as refusal:
        return Unknown(f"{address}.json", f"cannot be rendered: {refusal}", "mend the document", is_set=True)
