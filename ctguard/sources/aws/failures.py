"""Why a call got no reply, and what follows from it: whether to try again, and whether to go on at all.

Codes are those of the services' API references ("Common Errors" of each), and of botocore for what goes wrong on
the way. HeadBucket's replies have no body, so that its codes are the numbers of HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

from ctguard.sources.snapshot.facts import Failure

DENIED: Final = frozenset(
    {
        *("AccessDenied", "AccessDeniedException", "AllAccessDisabled", "AuthorizationError", "Forbidden", "403"),
        *("AuthorizationErrorException", "UnauthorizedOperation", "UnauthorizedAccess", "KMSAccessDeniedException"),
    }
)
"""The caller lacks a permission."""

THROTTLED: Final = frozenset(
    {
        *("Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "RequestThrottled"),
        *("TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException"),
        *("ProvisionedThroughputExceededException", "SlowDown", "PriorRequestNotComplete", "EC2ThrottledException"),
        *("TransactionInProgressException", "429"),
    }
)

WORN_OUT: Final = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "ExpiredCredentials", "RequestExpired"}
)
"""The credentials were good once and are no longer."""

CLOCK: Final = frozenset(
    {"RequestTimeTooSkewed", "RequestInTheFuture", "SignatureDoesNotMatch", "InvalidSignatureException", "AuthFailure"}
)
"""Codes that a wrong clock gives; some have other causes too, so that the clocks are compared."""

SKEW: Final = 240.0
"""Seconds that two clocks may differ; AWS refuses signatures that are 5 minutes old (15 minutes in S3)."""

CREDENTIAL_ERRORS: Final = frozenset(
    {
        *("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "UnauthorizedSSOTokenError"),
        *("SSOTokenLoadError", "TokenRetrievalError", "LoginRefreshRequired", "LoginTokenLoadError"),
        *("MetadataRetrievalError", "RefreshWithMFAUnsupportedError"),
    }
)
"""botocore's errors that say that there are no credentials, or that they cannot be renewed."""

LONGEST: Final = 500
"""Characters of a message that are kept: a proxy may answer with a whole page."""

PAGE: Final = re.compile(r"(?:b['\"])?<(?:!doctype html|html).*", re.IGNORECASE | re.DOTALL)
TITLE: Final = re.compile(r"<title[^>]*>([^<]*)", re.IGNORECASE)

UNREADABLE: Final = "UnreadableReply"

UNSPOKEN: Final = "400"
"""What HeadBucket says to worn-out credentials: a refusal without a body has no other code."""

MOMENTARY: Final = frozenset(
    {
        *("ResponseParserError", "IncompleteReadError", "ReadTimeoutError", "ResponseStreamingError", UNREADABLE),
        *("ConnectTimeoutError", "EndpointConnectionError", "SSLError", "ProxyConnectionError", "ClockSkew"),
        *("ConnectionClosedError", UNSPOKEN, "HTTPClientError", "ConnectionError", "InternalError", "InternalFailure"),
        *("ServiceUnavailable", "ServiceUnavailableException", "InternalErrorException", "RequestTimeout"),
    }
)
"""What may be gone when the same is asked later."""


class After(Enum):
    """What to do after a failure."""

    GO_ON = "nothing would change"
    TRY_AGAIN = "it may work in a moment"
    WAIT = "the service wants to be left alone for a moment"
    NOT_REACHED = "nothing answers"
    STOP = "no call with these credentials will work"


class CallError(Exception):
    """A call that failed, with the reason as the snapshot keeps it; `tells` is what the refusal says all the same."""

    def __init__(self, failure: Failure, after: After, tells: Mapping[str, str] = MappingProxyType({})) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.after = after
        self.tells = tells


def from_response(response: Mapping[str, Any], permission: str) -> CallError:
    """Return what an error response of AWS means; `response` is that of botocore's ClientError."""
    error = response.get("Error") or {}
    metadata = response.get("ResponseMetadata") or {}
    status = metadata.get("HTTPStatusCode") or 0
    headers = metadata.get("HTTPHeaders") or {}
    code = str(error.get("Code") or status or "Unknown")
    message = _brief(str(error.get("Message") or f"HTTP status {status}"))
    if code in CLOCK and (apart := _clocks_apart(headers)):
        return CallError(Failure("ClockSkew", f"{apart}; set the clock (AWS says {code}: {message})"), After.STOP)
    if code in WORN_OUT:
        return CallError(Failure(code, message), After.STOP)
    if code in THROTTLED:
        return CallError(Failure(code, message), After.WAIT)
    if code in DENIED:
        region = headers.get("x-amz-bucket-region")
        return CallError(Failure(code, message, permission), After.GO_ON, {"BucketRegion": region} if region else {})
    again = status >= 500 or code in ("RequestTimeout", "RequestTimeoutException", "InternalError")
    return CallError(Failure(code, message), After.TRY_AGAIN if again else After.GO_ON)


def _brief(message: str) -> str:
    """Return a message without the page that it quotes: of HTML, the title says it all."""
    page = PAGE.search(message)
    if page is None:
        return message[:LONGEST]
    before = message[: page.start()].rstrip(" :\n")
    title = TITLE.search(page[0])
    parts = (before, "a page of HTML", title[1].strip() if title else "")
    return ": ".join(part for part in parts if part)[:LONGEST]


def _clocks_apart(headers: Mapping[str, str]) -> str:
    """Return both times in words where this machine's clock and AWS's differ by more than a signature may."""
    try:
        theirs = parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return ""
    theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
    ours = datetime.now(UTC)
    if abs((ours - theirs).total_seconds()) <= SKEW:
        return ""
    return f"the clock of this machine says {ours:%Y-%m-%d %H:%M:%S} UTC, AWS's {theirs:%Y-%m-%d %H:%M:%S} UTC"


def on_the_way(error: Exception) -> CallError:
    """Return what an error of botocore means that is no answer of AWS; it does not matter whether a reply was begun."""
    name = type(error).__name__
    message = _brief(str(error))
    if name in CREDENTIAL_ERRORS:
        return CallError(Failure(name, message), After.STOP)
    if name in ("ResponseParserError", "IncompleteReadError", "ReadTimeoutError", "ResponseStreamingError"):
        return CallError(Failure(name, message), After.TRY_AGAIN)
    if name in ("ConnectTimeoutError", "EndpointConnectionError", "SSLError", "ProxyConnectionError"):
        return CallError(Failure(name, message), After.NOT_REACHED)
    if name in ("ConnectionClosedError", "HTTPClientError", "ConnectionError"):
        return CallError(Failure(name, message), After.TRY_AGAIN)
    return CallError(Failure(name, message), After.GO_ON)


def is_lasting(failure: Failure) -> bool:
    """Say whether a failure is AWS's answer to the request, and not one of the moment."""
    return failure.code not in THROTTLED | WORN_OUT | MOMENTARY and not failure.code.startswith("5")


def unreadable(what: str) -> CallError:
    """Return the refusal that stands for a reply of success that does not say what such a reply says."""
    return CallError(Failure(UNREADABLE, what), After.TRY_AGAIN)
