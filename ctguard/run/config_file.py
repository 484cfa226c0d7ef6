"""The shape of `ctguard.yaml`, checked field by field: strangers write it, and it decides what passes.

This is the one place that knows the words of the file. What they are held
against (rules and their parameters, commands and their options) is not known here.
"""

from __future__ import annotations

from datetime import date, datetime
from os.path import isdir
from pathlib import Path
from typing import Annotated, Any, Final, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from ctguard.engine.yaml_file import YamlFile, YamlFileError, read_yaml
from ctguard.model.errors import CtguardError, close_to
from ctguard.model.finding import Severity
from ctguard.model.location import Location
from ctguard.model.location import Path as Steps
from ctguard.model.named_file import read_named
from ctguard.model.visible import visible
from ctguard.run.config import Config, ExternalMonitor, WaiverEntry

PROBLEMS_SHOWN: Final = 10


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("holds a NUL character")
    return text


Line = Annotated[
    str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True), AfterValidator(_without_nul)
]


def _day(value: Any) -> Any:
    """Return a day that is written as text as the day that it is."""
    if isinstance(value, datetime):
        raise ValueError("write a day without a time: 2027-01-31")
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError("write a day that there is, as 2027-01-31") from None
    return value


Day = Annotated[date, BeforeValidator(_day, json_schema_input_type=date)]


class Strict(BaseModel):
    """A model that takes no word it does not know, and no value of another type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class WaiverFields(Strict):
    """A failure that is accepted: what, by whom, why, and the last day (UTC) of it."""

    rule: Line = Field(description="The id of one rule.")
    resource: Line = Field(description="An address or ARN as reports show it; * and ? stand for text and character.")
    owner: Line = Field(description="Who answers for it.")
    reason: Line = Field(description="Why it is accepted.")
    expires: Day = Field(description="The last day on which it holds, in UTC.")
    approver: Line | None = Field(None, description="Who approved it.")
    ticket: Line | None = Field(None, description="Where it was decided.")
    compensating_control: Line | None = Field(None, description="What stands in for what is missing.")

    def entry(self, location: Location, addresses: frozenset[tuple[str, str]] | None = None) -> WaiverEntry:
        """Return the waiver, with what else was said of it joined to its reason."""
        beside = {
            "approved by": self.approver,
            "ticket": self.ticket,
            "compensated by": self.compensating_control,
        }
        said = "; ".join(f"{words} {value}" for words, value in beside.items() if value)
        reason = f"{self.reason} ({said})" if said else self.reason
        return WaiverEntry(self.rule, self.resource, self.owner, reason, self.expires, location, addresses)


class ExternalFields(Strict):
    """Monitoring outside of AWS: which monitor rules it answers, who runs it, and where that can be seen."""

    rules: list[Line] = Field(min_length=1, description="Monitor rules by id or glob.")
    by: Line = Field(description="What watches, and who runs it.")
    reason: Line = Field(description="Where it can be seen that it does.")
    queue: Line | None = Field(None, description="The SQS queue that is told of new log files: ARN or address.")
    subscriber: Line | None = Field(None, description="The endpoint that a topic tells of new log files.")
    reader: Line | None = Field(None, description="The IAM role that reads the log files: ARN or address.")
    destination: Line | None = Field(
        None, description="Where a subscription filter streams the log group to: ARN or address."
    )

    def monitor(self, location: Location) -> ExternalMonitor:
        """Return what is declared."""
        return ExternalMonitor(
            rules=tuple(self.rules),
            by=self.by,
            reason=self.reason,
            location=location,
            queue=self.queue,
            subscriber=self.subscriber,
            reader=self.reader,
            destination=self.destination,
        )


class MonitoringFields(Strict):
    """How events are watched where AWS does not show it."""

    external: list[ExternalFields] = Field(default_factory=list)


class ConfigFields(Strict):
    """The configuration of ctguard for one repository."""

    model_config = ConfigDict(title="ctguard.yaml")

    rules: list[Line] = Field(default_factory=list, description="Folders of rules, from the folder of this file.")
    severity: dict[str, Severity] = Field(default_factory=dict, description="The severity of rules, by their ids.")
    parameters: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="Parameters of rules, by rule id or glob (see `ctguard rules show`)."
    )
    defaults: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="Options by command (`scan`, `logs verify`), by their long names."
    )
    waivers: list[WaiverFields] = Field(default_factory=list, description="Failures that are accepted.")
    baseline: Line | None = Field(None, description="A saved run whose failures were there before.")
    monitoring: MonitoringFields = Field(default_factory=MonitoringFields)


FIELDS: Final[dict[Steps, type[Strict]]] = {
    (): ConfigFields,
    ("waivers",): WaiverFields,
    ("monitoring",): MonitoringFields,
    ("monitoring", "external"): ExternalFields,
}
"""Where in the file which words are known; places in a list are left out."""


def read_config(path: Path) -> Config:
    """Return what the file at `path` says; raise YamlFileError naming every problem with file and line."""
    file = read_yaml(_text(path), path.as_posix())
    try:
        fields = ConfigFields.model_validate({} if file.value is None else file.value)
    except ValidationError as error:
        raise explained(file, error) from None
    folder = path.parent
    return Config(
        path=path,
        rules=_folders(file, folder, fields.rules),
        severity=fields.severity,
        parameters=fields.parameters,
        defaults=fields.defaults,
        waivers=tuple(
            waiver.entry(_location(file, ("waivers", index), (*waiver.model_fields_set,)))
            for index, waiver in enumerate(fields.waivers)
        ),
        baseline=folder / fields.baseline if fields.baseline else None,
        external=tuple(
            one.monitor(_location(file, ("monitoring", "external", index)))
            for index, one in enumerate(fields.monitoring.external)
        ),
        lines=file.lines,
    )


def _folders(file: YamlFile, beside: Path, written: list[str]) -> tuple[Path, ...]:
    for index, name in enumerate(written):
        if not isdir(beside / name):  # noqa: PTH112 (pathlib raises OSError for a name that is too long)
            raise YamlFileError(
                f"{file.place(('rules', index))}: there is no folder {visible(name)}",
                hint="name a folder of rules, seen from the folder of the configuration",
            )
    return tuple(beside / name for name in written)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the file, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **ConfigFields.model_json_schema()}


def explained(file: YamlFile, error: ValidationError) -> YamlFileError:
    """Return the problems of a file, each with its place; the hint speaks of the first."""
    faults = error.errors(include_url=False, include_input=False)
    told = []
    for fault in faults[:PROBLEMS_SHOWN]:
        steps = tuple(fault["loc"])
        where = ".".join(map(str, steps)) or "the file"
        told.append(f"{file.place(steps)}: {visible(where)}: {_said(fault)}")
    if len(faults) > PROBLEMS_SHOWN:
        told.append(f"{file.name}: and {len(faults) - PROBLEMS_SHOWN} more")
    return YamlFileError("\n".join(told), hint=_hint(faults[0]))


def _said(fault: Any) -> str:
    if fault["type"] == "extra_forbidden":
        return "there is no such word here"
    said: str = fault["msg"].removeprefix("Value error, ")
    return said[0].lower() + said[1:]


def _hint(fault: Any) -> str:
    """Return what is allowed at the place of a problem."""
    steps = tuple(step for step in fault["loc"] if isinstance(step, str))
    if fault["type"] in ("extra_forbidden", "missing"):
        known = [*FIELDS[steps[:-1]].model_fields] if steps[:-1] in FIELDS else []
        near = close_to(steps[-1], known) if fault["type"] == "extra_forbidden" else []
        return f"did you mean {near[0]}?" if near else f"use: {', '.join(known)}"
    if fault["type"] == "literal_error":
        return f"use one of: {', '.join(get_args(Severity))}"
    if fault["type"] == "string_type":
        return "put it in quotes: YAML reads numbers (an account id, too), yes, no and dates as something else"
    return "see `ctguard config schema`"


def _location(file: YamlFile, path: Steps, fields: tuple[str, ...] = ()) -> Location:
    lines = [file.lines[path], *(file.lines[*path, name] for name in fields if (*path, name) in file.lines)]
    return Location(file.name, min(lines), max(lines))


def _text(path: Path) -> str:
    try:
        return read_named(path, hint="give the configuration, a YAML file").decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CtguardError(f"{path}: is no UTF-8 text ({error})", hint="save it as UTF-8") from error
