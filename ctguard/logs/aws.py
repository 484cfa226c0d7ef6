"""Ask AWS about a trail: where its logs are, what it covers, how it fares, which public keys count.

boto3 is loaded here alone, and with it the user's credentials, endpoints and
proxies. Whatever cannot be asked becomes a finding or an unknown fact.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from ctguard.logs.expectation import TrailFacts, status_pause
from ctguard.logs.holes import TrailState
from ctguard.logs.keys import ROTATION, KeyRing, PublicKey
from ctguard.logs.naming import TrailName
from ctguard.logs.times import HOUR, Moment, Stretch, iso
from ctguard.logs.verdict import Finding

T = TypeVar("T")

_SIDE_BY_SIDE = 8
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnrecognizedClientException")
_MANAGEMENT_ONLY = "name the accounts with --account-id, or run with credentials of the management account"


class AskError(Exception):
    """A call that AWS did not answer; `kind` is a kind of the contract."""

    def __init__(self, kind: str, action: str, reason: str) -> None:
        super().__init__(f"{action}: {reason}")
        self.kind = kind


@dataclass(slots=True)
class Aws:
    """A boto3 session and its clients, made as they are needed."""

    session: Any = None
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    def client(self, service: str, region: str) -> Any:
        """Return a client with limits on how long it waits; botocore's own defaults wait minutes."""
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        if (service, region) not in self._clients:
            config = Config(connect_timeout=10, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 4})
            try:
                self.session = self.session or boto3.session.Session()
                self._clients[(service, region)] = self.session.client(service, region_name=region, config=config)
            except (BotoCoreError, ValueError) as error:
                raise AskError("network", f"{service} in {region}", str(error)) from None
        return self._clients[(service, region)]

    def ask(self, service: str, region: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """Return the answer to a call; AskError."""
        return self._call(service, region, operation, lambda client: getattr(client, operation)(**arguments))

    def ask_all(self, service: str, region: str, operation: str, key: str, **arguments: Any) -> list[dict[str, Any]]:
        """Return what `key` holds on all pages of the answer to a call; AskError."""

        def pages(client: Any) -> list[dict[str, Any]]:
            return [
                item for page in client.get_paginator(operation).paginate(**arguments) for item in page.get(key, ())
            ]

        return self._call(service, region, operation, pages)

    def _call(self, service: str, region: str, operation: str, call: Callable[[Any], T]) -> T:
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

        action = f"{service}:{_camel(operation)} in {region}"
        try:
            return call(self.client(service, region))
        except ClientError as error:
            raise AskError(_kind(error.response), action, f"{error}{_clock(error.response)}") from None
        except NoCredentialsError as error:
            raise AskError("access_denied", action, f"{error}: set up credentials for AWS") from None
        except BotoCoreError as error:
            raise AskError("network", action, str(error)) from None


def _camel(operation: str) -> str:
    return "".join(part.capitalize() for part in operation.split("_"))


def _kind(response: Mapping[str, Any]) -> str:
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return (
        "access_denied" if response.get("Error", {}).get("Code") in _DENIED or status in (401, 403) else "server_error"
    )


def _clock(response: Mapping[str, Any]) -> str:
    """Return a word on the clock where AWS refuses a signature: a wrong one looks like wrong credentials."""
    expired = ("RequestExpired", "RequestTimeTooSkewed", "InvalidSignatureException", "SignatureDoesNotMatch")
    if response.get("Error", {}).get("Code") not in expired:
        return ""
    told = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "another time")
    return f"; this machine's clock says {iso(int(time.time()))}, AWS {told}"


def trail_facts(aws: Aws, arn: str, trail: TrailName, *, ask_regions: bool, ask_accounts: bool) -> TrailFacts | None:
    """Return what AWS says of a trail, None when there is no such trail; AskError when it cannot be asked at all."""
    listed = aws.ask("cloudtrail", trail.home_region, "describe_trails", trailNameList=[arn])["trailList"]
    described = next((found for found in listed if found.get("TrailARN") == arn), None)
    if described is None:
        return None
    problems: list[Finding] = []
    is_organization = bool(described.get("IsOrganizationTrail"))
    regions: tuple[str, ...] | None = (trail.home_region,)
    if described.get("IsMultiRegionTrail") and ask_regions:
        regions = _tried(lambda: _regions(aws, trail), problems, "name the regions with --region")
    accounts: tuple[str, ...] | None = (trail.account_id,)
    if is_organization and ask_accounts:
        accounts = _tried(lambda: _accounts(aws, trail), problems, _MANAGEMENT_ONLY)
    organization = _tried(lambda: _organization(aws, trail), problems, "") if is_organization else None
    status = _tried(lambda: aws.ask("cloudtrail", trail.home_region, "get_trail_status", Name=arn), [], "") or {}
    return TrailFacts(
        bucket=described.get("S3BucketName"),
        prefix=described.get("S3KeyPrefix"),
        organization_id=organization,
        is_organization=is_organization,
        regions=regions,
        accounts=accounts,
        kms_key_id=described.get("KmsKeyId", ""),
        sns_topic=described.get("SnsTopicARN", ""),
        log_group=described.get("CloudWatchLogsLogGroupArn", ""),
        state=_state(described, status),
        pauses=_pauses(status),
        shares_folder=_shares_folder(aws, described, trail),
        problems=tuple(problems),
    )


def _tried(ask: Callable[[], T], problems: list[Finding], cure: str) -> T | None:
    try:
        return ask()
    except AskError as error:
        problems.append(Finding(error.kind, f"{error}; {cure}" if cure else str(error)))
        return None


def _regions(aws: Aws, trail: TrailName) -> tuple[str, ...]:
    """Return the regions that are enabled: a multi-region trail covers no others."""
    listed = aws.ask("ec2", trail.home_region, "describe_regions")["Regions"]
    return tuple(sorted(region["RegionName"] for region in listed if region.get("OptInStatus") != "not-opted-in"))


def _accounts(aws: Aws, trail: TrailName) -> tuple[str, ...]:
    listed = aws.ask_all("organizations", trail.home_region, "list_accounts", "Accounts")
    unknown = [account["Id"] for account in listed if "State" not in account]
    if unknown:
        raise AskError("server_error", "organizations:ListAccounts", "does not say which accounts are active")
    return tuple(sorted(account["Id"] for account in listed if account["State"] == "ACTIVE"))


def _organization(aws: Aws, trail: TrailName) -> str:
    found: str = aws.ask("organizations", trail.home_region, "describe_organization")["Organization"]["Id"]
    return found


def _state(described: Mapping[str, Any], status: Mapping[str, Any]) -> TrailState:
    enabled = described.get("LogFileValidationEnabled")
    return TrailState(enabled, _moment(status.get("LatestDigestDeliveryTime")))


def _pauses(status: Mapping[str, Any]) -> Any:
    stopped, started = _moment(status.get("StopLoggingTime")), _moment(status.get("StartLoggingTime"))
    return status_pause(stopped, started, is_logging=bool(status.get("IsLogging", True)))


def _shares_folder(aws: Aws, described: Mapping[str, Any], trail: TrailName) -> bool:
    """Return whether another trail of the account writes to the same folder and makes no digest files."""
    try:
        others = aws.ask("cloudtrail", trail.home_region, "describe_trails")["trailList"]
    except AskError:
        return False
    same = ("S3BucketName", "S3KeyPrefix", "IsOrganizationTrail")
    return any(
        other.get("TrailARN") != described.get("TrailARN")
        and all((other.get(name) or None) == (described.get(name) or None) for name in same)
        and not other.get("LogFileValidationEnabled")
        for other in others
    )


def _moment(value: Any) -> Moment | None:
    return int(value.timestamp()) if isinstance(value, datetime) else None


def region_state(aws: Aws, arn: str, region: str, known: TrailState) -> TrailState:
    """Return how the trail fares in one region, where that can be asked."""
    try:
        status = aws.ask("cloudtrail", region, "get_trail_status", Name=arn)
    except AskError:
        return TrailState(known.digests_due, None)
    return TrailState(known.digests_due, _moment(status.get("LatestDigestDeliveryTime")))


def public_keys(aws: Aws, region: str, period: Stretch) -> tuple[PublicKey, ...]:
    """Return the keys that CloudTrail used in `region` during `period`, with two hours of margin; AskError.

    A digest at the very end may be signed with a key that was made just then.
    """
    start = datetime.fromtimestamp(period.start - ROTATION, UTC)
    end = datetime.fromtimestamp(period.end + ROTATION, UTC)
    listed = aws.ask_all("cloudtrail", region, "list_public_keys", "PublicKeyList", StartTime=start, EndTime=end)
    return tuple(_keys(listed, region))


def _keys(listed: Iterable[Mapping[str, Any]], region: str) -> Iterator[PublicKey]:
    for key in listed:
        start, end = _moment(key.get("ValidityStartTime")), _moment(key.get("ValidityEndTime"))
        fingerprint = key.get("Fingerprint")
        if fingerprint and start is not None and end is not None:
            yield PublicKey(region, fingerprint.lower(), bytes(key.get("Value", b"")), start, end)


def key_ring(aws: Aws, regions: Iterable[str], period: Stretch) -> KeyRing:
    """Return the keys of all `regions`, and for which of them they could not be had."""
    wanted = sorted(set(regions))
    for region in wanted:
        with suppress(AskError):  # the call itself will say so; sessions make clients in one thread only
            aws.client("cloudtrail", region)
    keys: list[PublicKey] = []
    denied: dict[str, tuple[str, str]] = {}
    with ThreadPoolExecutor(min(_SIDE_BY_SIDE, len(wanted) or 1)) as pool:
        answers = {region: pool.submit(public_keys, aws, region, period) for region in wanted}
        for region, answer in answers.items():
            try:
                keys += answer.result()
            except AskError as error:
                denied[region] = (error.kind, f"no public keys: {error}")
    return KeyRing.of(keys, denied)


def older_keys(aws: Aws) -> Callable[[str, Moment], tuple[PublicKey, ...]]:
    """Return what asks for the keys of a region around one moment."""

    def ask(region: str, moment: Moment) -> tuple[PublicKey, ...]:
        try:
            return public_keys(aws, region, Stretch(moment - HOUR, moment + HOUR))
        except AskError:
            return ()

    return ask


def whoami(aws: Aws, region: str) -> str:
    """Return the ARN of the caller, for the provenance of what is saved; AskError."""
    arn: str = aws.ask("sts", region, "get_caller_identity")["Arn"]
    return arn
