"""Clients of one account: one a service and region, made when it is first asked, with timeouts and without retries.

How often a call is tried is decided by `ctguard.sources.aws.patience`, for all calls to an endpoint together; botocore
would decide it for each call alone. What botocore loads of a service is loaded once for all accounts.
"""

from __future__ import annotations

import threading
from typing import Any

from botocore.config import Config
from botocore.parsers import ResponseParserError
from botocore.session import Session

from ctguard.sources.aws.patience import Endpoint, Limits

USER_AGENT = "ctguard"


def new_session(like: Session | None = None, profile: str | None = None) -> Session:
    """Return a session with botocore's own chain of credentials; it shares what `like` has loaded."""
    session = Session(profile=profile)
    if like is not None:
        session.register_component("data_loader", like.get_component("data_loader"))
        session.register_component("endpoint_resolver", like.get_component("endpoint_resolver"))
    return session


class Clients:
    """The clients of one account; making one is guarded, since a session may not be used by several threads."""

    def __init__(self, session: Session, limits: Limits, workers: int, stopped: threading.Event) -> None:
        self.session = session
        self._limits = limits
        self._stopped = stopped
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], tuple[Any, Endpoint]] = {}
        self._config = Config(
            connect_timeout=limits.connect,
            read_timeout=limits.read,
            retries={"mode": "standard", "total_max_attempts": 1},
            max_pool_connections=workers,
            user_agent_extra=USER_AGENT,
            s3={"us_east_1_regional_endpoint": "regional"},
        )

    def of(self, service: str, region: str) -> tuple[Any, Endpoint]:
        """Return the client for a service in a region, and what is known of its endpoint."""
        with self._lock:
            found = self._known.get((service, region))
            if found is None:
                client = self.session.create_client(service, region_name=region, config=self._config)
                client.meta.events.register("before-parse", _refuse_nothing)
                found = self._known[service, region] = (client, Endpoint(self._limits, self._stopped))
            return found


def _refuse_nothing(operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
    """Refuse a reply of success without a body where one belongs: botocore would read it as 'nothing is there'."""
    shape = operation_model.output_shape
    if response_dict["status_code"] >= 300 or shape is None or response_dict.get("body"):
        return
    if any(member.serialization.get("location") not in ("header", "headers") for member in shape.members.values()):
        raise ResponseParserError("the reply has no body")
