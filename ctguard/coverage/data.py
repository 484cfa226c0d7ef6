"""Which data events selectors record: on every resource of a type, or on the resources below one ARN."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from ctguard.coverage.answers import Answer, Event
from ctguard.coverage.event_names import DATA_EVENTS, DATA_SOURCES
from ctguard.coverage.management import Access, answer_for
from ctguard.coverage.matching import recorded
from ctguard.coverage.partial_text import Text, parts_of, without_partition
from ctguard.coverage.selectors import SelectorSet, named_resources
from ctguard.coverage.space import Candidate, Texts, decide, text_candidates
from ctguard.model.logic import Status
from ctguard.model.values import Reference, Unknown, text

_PREFIXES = {
    "AWS::S3::Object": "arn:aws:s3:::",
    "AWS::Lambda::Function": "arn:aws:lambda:",
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:",
}
_READ_ONLY = {"read": "true", "write": "false"}


class DataCoverage(Struct, frozen=True):
    """Whether every data event is recorded, whether any is, and the resources that the selectors name."""

    every: Status
    some: Status
    reason: str
    named: tuple[str, ...] = ()
    witness: Event | None = None

    @property
    def extent(self) -> str:
        """Say "all", "some", "none" or "unknown"."""
        if self.every is Status.PASS:
            return "all"
        if self.some is Status.FAIL:
            return "none"
        return "some" if self.every is Status.FAIL and self.some is Status.PASS else "unknown"


def data_coverage(
    selectors: SelectorSet | Sequence[SelectorSet], resource_type: str, access: Access, *, within: Text | None = None
) -> DataCoverage:
    """Return which data events of `resource_type` are recorded by at least one set.

    `within` limits the question to resources whose ARN begins with this text:
    `text([bucket_arn(name), "/"])` for the objects of one bucket.
    """
    sets = (selectors,) if isinstance(selectors, SelectorSet) else tuple(selectors)
    return _coverage_by(sets, resource_type, access, within)


@lru_cache(maxsize=4096)  # most trails have the same selectors
def _coverage_by(
    sets: tuple[SelectorSet, ...], resource_type: str, access: Access, within: Text | None
) -> DataCoverage:
    space = {
        "eventCategory": [Candidate("Data")],
        "resources.type": [Candidate(resource_type)],
        "resources.ARN": text_candidates("resources.ARN", _arns(resource_type, within), sets),
        "readOnly": [Candidate(_READ_ONLY[access])],
        "eventName": _names(sets, resource_type, access),
        "eventSource": _sources(sets, resource_type),
        "eventType": [Candidate("AwsApiCall"), Candidate("AwsServiceEvent", doubtful=True)],
        "userIdentity.arn": [Candidate(None), *text_candidates("userIdentity.arn", Texts("arn:"), sets)],
        "sessionCredentialFromConsole": [Candidate(None), Candidate("true")],
    }
    decision = decide(sets, space)
    where = f" below {within}" if within is not None else ""
    answer = answer_for(decision, f"{access} data events of {resource_type}{where}")
    named = tuple(sorted({arn for group in sets for arn in named_resources(group)}))
    return DataCoverage(answer.status, decision.some, answer.reason, named, answer.witness)


def bucket_arn(name: Text) -> Text:
    """Return the ARN of a bucket, whose name may be that of another resource and not known yet."""
    if isinstance(name, Unknown) and name.refers_to is not None:
        return text(["arn:aws:s3:::", replace(name, refers_to=Reference(name.refers_to.address, "bucket"))])
    return text(["arn:aws:s3:::", *parts_of(name)])


def own_deliveries_recorded(selectors: SelectorSet, bucket: Text, prefix: Text | None = None) -> Answer:
    """Tell whether a trail records, as data events, its own deliveries to its bucket.

    PASS says that it does not (no loop); FAIL comes with the delivery that is
    recorded, which causes a further delivery.
    """
    folder = [*parts_of(prefix), "/AWSLogs/"] if prefix else ["AWSLogs/"]
    arn = without_partition(text([bucket_arn(bucket), "/", *folder, "example.json.gz"]))
    delivery = {
        "eventCategory": "Data",
        "eventSource": "s3.amazonaws.com",
        "eventName": "PutObject",
        "eventType": "AwsApiCall",
        "readOnly": "false",
        "resources.type": "AWS::S3::Object",
        "resources.ARN": arn,
    }
    answer = recorded(selectors, delivery)
    witness = {
        "eventCategory": "Data",
        "eventSource": "s3.amazonaws.com",
        "eventName": "PutObject",
        "readOnly": False,
        "userIdentity": {"type": "AWSService", "invokedBy": "cloudtrail.amazonaws.com"},
        "resources": [{"type": "AWS::S3::Object", "ARN": str(arn)}],
    }
    if answer is None:
        return Answer(Status.UNKNOWN, "whether the trail records its own deliveries is not known")
    if answer:
        return Answer(Status.FAIL, "the trail records its own deliveries as data events", witness)
    return Answer(Status.PASS, "the trail does not record its own deliveries")


def _arns(resource_type: str, within: Text | None) -> Texts:
    prefix = _PREFIXES.get(resource_type, "arn:aws:")
    if within is not None:
        return Texts(without_partition(within))
    if resource_type == "AWS::S3::Object":
        return Texts(prefix, after=_key, names_anything=True)
    return Texts(prefix)


def _key(arn: str) -> str:
    """Return what must follow for the ARN to be that of an object in a bucket."""
    bucket, slash, key = arn.removeprefix("arn:aws:s3:::").partition("/")
    return "" if bucket and slash and key else "/"


def _names(sets: Sequence[SelectorSet], resource_type: str, access: Access) -> list[Candidate]:
    events = DATA_EVENTS.get(resource_type, {})
    known = {name for names in events.values() for name in names}
    found = text_candidates("eventName", Texts(), sets)
    return [Candidate(name) for name in events.get(access, ())] + [
        Candidate(candidate.value, doubtful=True) for candidate in found if candidate.value not in known
    ]


def _sources(sets: Sequence[SelectorSet], resource_type: str) -> list[Candidate]:
    if resource_type in DATA_SOURCES:
        return [Candidate(DATA_SOURCES[resource_type])]
    found = text_candidates("eventSource", Texts(suffix=".amazonaws.com"), sets)
    return [Candidate(candidate.value, doubtful=True) for candidate in found]
