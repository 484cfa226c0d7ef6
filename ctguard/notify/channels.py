"""The ways a message goes out. A channel is named by its address; adding one is one row in `CHANNELS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from msgspec import json

from ctguard.model.errors import CtguardError, UsageError

CONNECT: Final = 10
READ: Final = 30
ATTEMPTS: Final = 4
ADDRESSES: Final = "give the ARN of an SNS topic, or an https:// URL"
SUBJECT: Final = 100
"""Characters; https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""


def send(address: str, message: Mapping[str, Any]) -> None:
    """Send `message`, whose `text` says it in a few words; raise CtguardError when nobody took it.

    `address` is the ARN of an SNS topic or an https:// URL that takes JSON. Trouble on the way is tried again.
    """
    channel_of(address)(address, message)


def channel_of(address: str) -> Callable[[str, Mapping[str, Any]], None]:
    """Return what sends to `address`; raise UsageError when it is none."""
    try:
        parts = urlsplit(address)
    except ValueError:  # brackets that hold no address; what stands in them may be a password
        raise UsageError("--notify: is no address", hint=ADDRESSES) from None
    found = CHANNELS.get(parts.scheme)
    # To anywhere else than this machine the message would travel in the clear.
    in_the_clear = parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost")
    if found is None or in_the_clear or (found is _post and not parts.hostname):
        raise UsageError(f"{shown(address)}: nothing can be sent there", hint=ADDRESSES)
    return found


def shown(address: str) -> str:
    """Return `address` fit to be printed: the path of a webhook is its password."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname}/..." if parts.hostname else address


def _publish(address: str, message: Mapping[str, Any]) -> None:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    retries: Any = {"mode": "standard", "total_max_attempts": ATTEMPTS}
    settings = Config(connect_timeout=CONNECT, read_timeout=READ, retries=retries)
    subject = message["text"].partition("\n")[0].encode("ascii", "replace").decode()
    try:
        client = boto3.client("sns", region_name=address.split(":")[3] or None, config=settings)
        client.publish(TopicArn=address, Subject=subject[:SUBJECT], Message=json.encode(message).decode())
    except (BotoCoreError, ClientError) as error:
        raise CtguardError(f"{address}: {error}", hint="check the topic, and that you may publish there") from error


def _post(address: str, message: Mapping[str, Any]) -> None:
    import urllib3

    again = urllib3.Retry(
        total=ATTEMPTS - 1,
        backoff_factor=0.5,
        status_forcelist=(429, 500, 502, 503, 504),
        allowed_methods=None,
        redirect=False,
        raise_on_status=False,
    )
    timeout = urllib3.Timeout(connect=CONNECT, read=READ)
    headers = {"Content-Type": "application/json"}
    try:
        with urllib3.PoolManager(retries=again, timeout=timeout) as pool:
            reply = pool.request("POST", address, body=json.encode(message), headers=headers, redirect=False)
    except urllib3.exceptions.HTTPError as error:
        # Its text may hold the whole URL.
        reason = getattr(error, "reason", None) or error
        raise CtguardError(
            f"{shown(address)}: {type(reason).__name__}", hint="check the address and the network"
        ) from None
    if not 200 <= reply.status < 300:
        raise CtguardError(f"{shown(address)}: answered {reply.status}", hint="check the address")


CHANNELS: Final[dict[str, Callable[[str, Mapping[str, Any]], None]]] = {
    # scheme of the address: what sends there
    "arn": _publish,
    "https": _post,
    "http": _post,
}
