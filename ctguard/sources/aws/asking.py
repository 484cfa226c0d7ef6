"""Make one call of the plan, to the end of its pages, and write down what came of it. Nothing here raises for AWS."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from ctguard.sources.aws.clients import Clients
from ctguard.sources.aws.failures import After, CallError, from_response, on_the_way, unreadable
from ctguard.sources.aws.patience import Endpoint
from ctguard.sources.aws.plan.shape import Pages, PlannedCall
from ctguard.sources.snapshot.facts import Call, Failure

MOST_PAGES: Final = 10_000
ODD_BODIES: Final = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What botocore raises for bodies of a shape that it does not expect, beside its own ResponseParserError."""


def ask(clients: Clients, row: PlannedCall, account: str, region: str, parameters: Mapping[str, Any]) -> Call:
    """Return the call with its reply, or with why there is none; `CallError` where no further call will work."""
    client, endpoint = clients.of(row.service, region)
    request = _Request(client, endpoint, row)
    reply: dict[str, Any] | None = None
    failure: Failure | None = None
    try:
        reply = request.page(parameters)
        if row.pages is not None:
            failure = _further(request, row.pages, parameters, reply)
    except CallError as refused:
        if refused.after is After.STOP:
            raise
        reply, failure = request.told(refused.tells), refused.failure
    return Call(
        account=account,
        region=region,
        service=row.service,
        operation=row.operation,
        parameters=dict(parameters),
        reply=None if reply is None else {key: plain(value) for key, value in reply.items()},
        failure=failure,
        time=now(),
        request_id=request.id,
    )


def now() -> str:
    """Return the time as snapshots write it."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


class _Request:
    """The attempts at one call; `id` is AWS's name for the last one."""

    def __init__(self, client: Any, endpoint: Endpoint, row: PlannedCall) -> None:
        self._method = getattr(client, _method(client, row.operation))
        shape = client.meta.service_model.operation_model(row.operation).output_shape
        self._members = frozenset(shape.members if shape is not None else ())
        self._endpoint = endpoint
        self._row = row
        self.id = ""

    def told(self, tells: Mapping[str, str]) -> dict[str, Any] | None:
        """Return what a refusal tells of what was asked: HeadBucket's has the region, and so may any other of S3."""
        return {name: value for name, value in tells.items() if name in self._members} or None

    def page(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return one reply; raises CallError when all attempts have failed."""
        attempt = 1
        while True:
            if self._endpoint.given_up is not None:
                raise CallError(self._endpoint.given_up, After.GO_ON)
            try:
                return self._attempt(parameters)
            except CallError as refused:
                if not self._endpoint.may_try_again(attempt, refused.after, refused.failure):
                    raise
                attempt += 1

    def _attempt(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        try:
            reply = self._method(**parameters)
        except ClientError as error:
            self.id = str(error.response.get("ResponseMetadata", {}).get("RequestId", ""))
            refused = from_response(error.response, self._row.permission)
            if refused.after in (After.GO_ON, After.STOP):
                self._endpoint.worked()
            raise refused from error
        except (BotoCoreError, ResponseParserError) as error:
            raise on_the_way(error) from error
        except ODD_BODIES as error:
            raise unreadable(f"the reply has another shape than {self._row.operation} has: {error}") from error
        if not isinstance(reply, dict):
            raise unreadable(f"the reply is no reply to {self._row.operation}")
        self.id = str(reply.pop("ResponseMetadata", {}).get("RequestId", ""))
        if missing := [name for name in self._row.always_there if reply.get(name) is None]:
            raise unreadable(f"the reply has no {', '.join(missing)}")
        self._endpoint.worked()
        return reply


def _method(client: Any, operation: str) -> str:
    mapping: Mapping[str, str] = client.meta.method_to_api_mapping
    return next(name for name, of in mapping.items() if of == operation)


def _further(request: _Request, pages: Pages, parameters: Mapping[str, Any], reply: dict[str, Any]) -> Failure | None:
    """Add all further pages to `reply`; return why it is not whole, if it is not."""
    seen: set[str] = set()
    page = reply
    for _ in range(MOST_PAGES):
        token = page.get(pages.token)
        if not token or (pages.more and page.get(pages.more) is False):
            reply.pop(pages.token, None)
            reply.pop(pages.more, None)
            return None
        if str(token) in seen:
            return unreadable("the pages lead in a circle: a token came twice").failure
        seen.add(str(token))
        try:
            page = request.page({**parameters, pages.sent_back_in: token})
        except CallError as refused:
            if refused.after is After.STOP:
                raise
            return refused.failure
        for name in pages.lists:
            reply[name] = [*_entries(reply.get(name)), *_entries(page.get(name))]
    return unreadable(f"the reply has more than {MOST_PAGES} pages").failure


def _entries(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def plain(value: Any) -> Any:
    """Return a value of a reply as JSON can hold it: times as ISO 8601 in UTC, binary values as base64."""
    match value:
        case dict():
            return {str(key): plain(one) for key, one in value.items()}
        case list() | tuple():
            return [plain(one) for one in value]
        case datetime():
            moment = value if value.tzinfo else value.replace(tzinfo=UTC)
            return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case bytes():
            return base64.b64encode(value).decode()
        case Decimal():
            return float(value)
        case None | bool() | int() | float() | str():
            return value
        case _:
            return str(value)
