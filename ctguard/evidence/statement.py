"""What is signed: an in-toto statement that names every file of a bundle by its SHA-256, and how the run was made.

(in-toto attestation framework 1.0: statement.md. The predicate is ours; docs/evidence.md describes it.)
"""

from __future__ import annotations

import platform
from importlib import metadata
from typing import Final

import msgspec
from msgspec import Struct, field

import ctguard

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE: Final = "urn:ctguard:evidence:v1"


class Digest(Struct, frozen=True, forbid_unknown_fields=True):
    """The SHA-256 of a file, in hex."""

    sha256: str


class Subject(Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a bundle."""

    name: str
    digest: Digest


class Recipe(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the run is made again from the files of the bundle: what `ctguard scan` was given.

    `folder` is where the scan began, below `inputs/`; `paths`, `variable_files` and `root` are seen from
    there, as they were given; so are the user's own folders of `rules`, the configuration and the baseline.
    """

    folder: str
    paths: tuple[str, ...]
    root: str | None = None
    variables: dict[str, str] = field(default_factory=dict)
    variable_files: tuple[str, ...] = ()
    parameters: dict[str, str] = field(default_factory=dict)
    region: str | None = None
    account_id: str | None = None
    rules: tuple[str, ...] = ()
    replace_rules: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    framework: tuple[str, ...] = ()
    everything: bool = False
    config: str | None = None
    baseline: str | None = None


class Tool(Struct, frozen=True, forbid_unknown_fields=True):
    """What made the bundle: ctguard, Python, and every package that was installed beside."""

    ctguard: str
    python: str
    packages: dict[str, str]


class Predicate(Struct, frozen=True, forbid_unknown_fields=True):
    """What the signer says of the files: how the run is made again, with what it was made, what else to expect.

    `with_secrets` says that inputs which may hold secrets were put in on purpose; `timestamp` that a token of a
    time-stamping authority belongs to the bundle, so that taking it out is seen.
    """

    recipe: Recipe
    tool: Tool
    with_secrets: bool
    timestamp: bool


class Statement(
    Struct, frozen=True, forbid_unknown_fields=True, rename={"type_": "_type", "predicate_type": "predicateType"}
):
    """The in-toto statement."""

    subject: tuple[Subject, ...]
    predicate: Predicate
    type_: str = STATEMENT_TYPE
    predicate_type: str = PREDICATE_TYPE


def written(statement: Statement) -> bytes:
    """Return the payload: JSON, a name and a digest to a line each, so that `awk` can take them out."""
    return msgspec.json.format(msgspec.json.encode(statement), indent=2) + b"\n"


def read_statement(payload: bytes) -> Statement:
    """Return the statement in a payload whose signature holds; ValueError for another type or version."""
    try:
        statement = msgspec.json.decode(payload, type=Statement)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(f"its statement cannot be read: {error}") from None
    if (statement.type_, statement.predicate_type) != (STATEMENT_TYPE, PREDICATE_TYPE):
        raise ValueError(f"it states {statement.predicate_type}, this ctguard reads {PREDICATE_TYPE}")
    return statement


def this_tool() -> Tool:
    """Return the versions of what runs now."""
    described = (one.metadata for one in metadata.distributions())  # read anew each time that it is asked for
    packages = {one["Name"]: one["Version"] for one in described if one["Name"]}
    return Tool(ctguard.__version__, platform.python_version(), dict(sorted(packages.items())))
