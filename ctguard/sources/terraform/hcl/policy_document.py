"""`data.aws_iam_policy_document` as the policy that it renders.

How documents are merged, and that a list of one is written as its element, is
what the AWS provider does (its documentation of aws_iam_policy_document). What
is unknown in a statement stays there; the rest of the policy is still judged.
"""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from ctguard.model.location import Location, Path, Places, Within
from ctguard.model.values import Document, PartialList, PartialMap, PartialText, Unknown, Value, first_unknown
from ctguard.sources.terraform.functions import FunctionContext, FunctionError, call
from ctguard.sources.terraform.functions.derivation import doubt
from ctguard.sources.terraform.hcl.limits import EvaluationError

_LISTS = {"Action": "actions", "NotAction": "not_actions", "Resource": "resources", "NotResource": "not_resources"}
_BLOCKS = {"Principal": "principals", "NotPrincipal": "not_principals", "Condition": "condition"}
_ARGUMENTS = {"Sid": "sid", "Effect": "effect", **_LISTS, **_BLOCKS}
_SOURCES = ("source_json", "source_policy_documents")
_OVERRIDES = ("override_json", "override_policy_documents")
_DEFAULT_VERSION = "2012-10-17"
_NO_FILES = FunctionContext(read_bytes=Unknown, render=lambda template, variables: Unknown(template))


class DocumentSource(Places, Protocol):
    """A data source that says what it is configured with, and where that is written."""

    def configured(self, name: str) -> Value:
        """Return an argument or the nested blocks of a name, None if there are none."""
        ...


class _Statement(Struct, frozen=True):
    """A statement and where it comes from."""

    value: Value
    places: Places


class _Merging:
    """A policy that grows by one document after the other."""

    def __init__(self) -> None:
        self.version: Value = ""
        self.id: Value = None
        self.statements: list[_Statement] = []
        self.rest: Unknown | None = None

    def merge(self, policy: dict[str, Value] | PartialMap, places: Places) -> None:
        """Take in a whole document: its statements replace those with the same Sid, else they are appended."""
        items = policy.items if isinstance(policy, PartialMap) else policy
        if items.get("Id"):
            self.id = items["Id"]
        version = items.get("Version")
        if isinstance(version, str) and isinstance(self.version, str):
            self.version = max(version, self.version)
        statements = items.get("Statement", [])
        if isinstance(policy, PartialMap) and "Statement" not in items:
            statements = policy.rest
        if isinstance(statements, dict):
            statements = [statements]
        if isinstance(statements, Unknown):
            self.doubt(statements)
            return
        if isinstance(statements, PartialList):
            self.doubt(statements.rest)
        for position, statement in enumerate(_known(statements)):
            self._put(_Statement(statement, Within(places, ("Statement", position))))

    def _put(self, statement: _Statement) -> None:
        sid = _sid(statement.value)
        if isinstance(sid, str) and sid:
            for position, before in enumerate(self.statements):
                if _sid(before.value) == sid:
                    self.statements[position] = statement
                    return
        self.statements.append(statement)

    def doubt(self, cause: Unknown) -> None:
        """Note that there may be statements that nobody knows."""
        self.rest = cause if self.rest is None else doubt(self.rest, "merge", self.rest, cause)

    def override(self, cause: Unknown) -> None:
        """Note that statements which nobody knows may take the place of any that has a Sid."""
        self.statements = [statement for statement in self.statements if _sid(statement.value) in (None, "")]
        self.doubt(cause)

    def document(self) -> Document:
        """Return the policy as it stands."""
        values: list[Value] = [statement.value for statement in self.statements]
        policy: dict[str, Value] = {}
        if self.version:
            policy["Version"] = self.version
        if self.id:
            policy["Id"] = self.id
        if self.rest is not None:
            policy["Statement"] = PartialList(tuple(values), self.rest)
        elif values:
            policy["Statement"] = values
        return Document(policy, _PolicyPlaces(tuple(statement.places for statement in self.statements)))


def policy_document(source: DocumentSource) -> Value:
    """Return the JSON that a data source renders."""
    merging = _Merging()
    for document in _documents(source, _SOURCES):
        if isinstance(document, Unknown):
            merging.doubt(document)
        else:
            merging.merge(document.value, document.places)
    merging.merge(_own(source), _StatementPlaces(source))
    for document in _documents(source, _OVERRIDES):
        if isinstance(document, Unknown):
            merging.override(document)
        else:
            merging.merge(document.value, document.places)
    return merging.document()


def _documents(source: DocumentSource, names: tuple[str, ...]) -> list[Document | Unknown]:
    """Return the policies that arguments name, each decoded, or an unknown where one cannot be."""
    found: list[Document | Unknown] = []
    for name in names:
        value = source.configured(name)
        if isinstance(value, PartialList):
            found.append(value.rest)
        for item in [value] if isinstance(value, str | PartialText | Document | Unknown) else _known(value):
            if item is None or item == "":
                continue
            found.append(_decoded(source, name, item))
    return found


def _decoded(source: DocumentSource, name: str, text: Value) -> Document | Unknown:
    if isinstance(text, Document):
        policy, places = text.value, text.places
    else:
        places = Within(source, (name,))
        try:
            policy = call("jsondecode", [text], _NO_FILES)
        except FunctionError as refusal:
            raise EvaluationError(f"{name}: {refusal}") from refusal
    if isinstance(policy, dict | PartialMap):
        return Document(policy, places)
    if isinstance(policy, Unknown):
        return policy
    raise EvaluationError(f"{name}: a policy document is a JSON object")


def _known(values: Value) -> list[Value]:
    if isinstance(values, PartialList):
        return list(values.items)
    return values if isinstance(values, list) else []


def _sid(statement: Value) -> Value:
    return statement.get("Sid") if isinstance(statement, dict) else None


def _own(source: DocumentSource) -> dict[str, Value]:
    version = source.configured("version")
    policy: dict[str, Value] = {"Version": _DEFAULT_VERSION if version is None else version}
    policy["Id"] = source.configured("policy_id")
    blocks = source.configured("statement")
    if isinstance(blocks, PartialList):
        policy["Statement"] = PartialList(tuple(map(_statement, blocks.items)), blocks.rest)
    elif isinstance(blocks, list):
        policy["Statement"] = list(map(_statement, blocks))
    elif isinstance(blocks, Unknown):
        policy["Statement"] = blocks
    return policy


def _statement(block: dict[str, Value]) -> dict[str, Value]:
    """Return one `statement` block as a policy statement."""
    statement: dict[str, Value] = {}
    if block.get("sid") not in (None, ""):
        statement["Sid"] = block["sid"]
    statement["Effect"] = block.get("effect", "Allow")
    for element, argument in _LISTS.items():
        value = _texts(block.get(argument))
        if value is not None:
            statement[element] = value
    for element in ("Principal", "NotPrincipal"):
        value = _principals(block.get(_BLOCKS[element]))
        if value is not None:
            statement[element] = value
    conditions = _conditions(block.get("condition"))
    if conditions is not None:
        statement["Condition"] = conditions
    return statement


def _texts(value: Value) -> Value:
    """Return a set of strings as the provider writes it: one as it is, several in descending order, none not at all."""
    if value is None or value == []:
        return None
    if isinstance(value, PartialList):
        return PartialList(tuple(map(_with_variables, value.items)), value.rest)
    if not isinstance(value, list):
        return _with_variables(value)
    texts = [_with_variables(item) for item in value]
    if len(texts) == 1:
        return texts[0]
    return sorted(texts, reverse=True) if all(isinstance(item, str) for item in texts) else texts


def _with_variables(value: Value) -> Value:
    """Return a string with `&{...}`, which Terraform leaves alone, as the policy variable `${...}`."""
    if isinstance(value, str):
        return value.replace("&{", "${") if "&{" in value else value
    if isinstance(value, PartialText):
        return replace(value, parts=tuple(p.replace("&{", "${") if isinstance(p, str) else p for p in value.parts))
    return value


def _principals(blocks: Value) -> Value:
    if blocks is None or blocks == []:
        return None
    if isinstance(blocks, Unknown):
        return blocks
    known = _known(blocks)
    if len(known) == 1 and blocks is known and known[0].get("type") == "*" and known[0].get("identifiers") == ["*"]:
        return "*"
    rest = blocks.rest if isinstance(blocks, PartialList) else None
    grouped: dict[str, Value] = {}
    for block in known:
        kind, identifiers = block.get("type"), _texts(block.get("identifiers"))
        if not isinstance(kind, str):
            rest = first_unknown([kind, rest])
            continue
        grouped[str(kind)] = _joined(grouped.get(kind), identifiers)
    return grouped if rest is None else PartialMap(grouped, rest)


def _conditions(blocks: Value) -> Value:
    if blocks is None or blocks == []:
        return None
    if isinstance(blocks, Unknown):
        return blocks
    rest = blocks.rest if isinstance(blocks, PartialList) else None
    tests: dict[str, Value] = {}
    for block in _known(blocks):
        test, variable = block.get("test"), block.get("variable")
        if not isinstance(test, str) or not isinstance(variable, str):
            rest = first_unknown([test, variable, rest])
            continue
        variables = tests.setdefault(str(test), {})
        variables[str(variable)] = _joined(variables.get(variable), _in_order(block.get("values")))
    return tests if rest is None else PartialMap(tests, rest)


def _in_order(values: Value) -> Value:
    if isinstance(values, PartialList):
        return PartialList(tuple(map(_with_variables, values.items)), values.rest)
    if isinstance(values, list):
        return _with_variables(values[0]) if len(values) == 1 else [_with_variables(item) for item in values]
    return [] if values is None else _with_variables(values)


def _joined(before: Value, more: Value) -> Value:
    """Return two values of one key as one list."""
    if before is None:
        return [] if more is None else more
    if more is None:
        return before
    rest = next((part.rest for part in (before, more) if isinstance(part, PartialList)), None)
    items = [
        item for part in (before, more) for item in (_known(part) if isinstance(part, list | PartialList) else [part])
    ]
    return items if rest is None else PartialList(tuple(items), rest)


class _StatementPlaces(Struct, frozen=True):
    """Finds the parts of a data source's own statements among its blocks."""

    source: DocumentSource

    def at(self, path: Path) -> Location | None:
        if len(path) < 2:
            return self.source.at(())
        block: Path = ("statement", path[1])
        if len(path) == 2:
            return self.source.at(block)
        argument = _ARGUMENTS.get(str(path[2]), "")
        if path[2] in _BLOCKS:
            return self.source.at((*block, argument, 0))
        return self.source.at((*block, argument, *path[3:]))


class _PolicyPlaces(Struct, frozen=True):
    """Finds the parts of a merged policy where their statements come from."""

    statements: tuple[Places, ...]

    def at(self, path: Path) -> Location | None:
        if len(path) >= 2 and path[0] == "Statement" and isinstance(path[1], int) and path[1] < len(self.statements):
            return self.statements[path[1]].at(path[2:])
        return self.statements[0].at(()) if self.statements else None
