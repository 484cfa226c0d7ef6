"""A server before moto: counts calls, breaks some of them, and answers what moto does not know.

It runs as a process of its own (`python -m tests.live.front`), so that what it costs is not counted for ctguard.
Tests hold a `Front`, which tells the process what to do by HTTP, below `/front`.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

import boto3

from tests.live.protocols import Request, error_body, request_of

ACCOUNT = "123456789012"
"""moto's account of whoever has no credentials that it gave out."""

SKY = [
    # What moto has no answer for, and what AWS says in an account that does not use it.
    {"operation": "cloudtrail.ListEventDataStores", "reply": {"EventDataStores": []}},
    {"operation": "cloudtrail.LookupEvents", "reply": {"Events": []}},
    {"operation": "cloudwatch.ListAlarmMuteRules", "reply": {"AlarmMuteRuleSummaries": []}},
    {"operation": "config.DescribeComplianceByConfigRule", "reply": {"ComplianceByConfigRules": []}},
    {"operation": "logs.DescribeAccountPolicies", "reply": {"accountPolicies": []}},
    {"operation": "logs.GetTransformer", "error": "ResourceNotFoundException", "status": 400},
    {"operation": "organizations.ListDelegatedAdministrators", "reply": {"DelegatedAdministrators": []}},
]


class Front:
    """A running server, as tests see it."""

    def __init__(self, url: str) -> None:
        self.url = url

    @property
    def environment(self) -> dict[str, str]:
        """What a command needs to talk to this server instead of AWS.

        S3 Control puts the account before the host's name, which then has no address: it is reached by a proxy.
        """
        port = self.url.rpartition(":")[2]
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ENDPOINT_URL_S3_CONTROL": f"http://s3control.localhost:{port}",
            "HTTP_PROXY": self.url,
            "NO_PROXY": "127.0.0.1",
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def client(self, service: str, region: str = "us-east-1", account: str = ACCOUNT) -> Any:
        """Return a client that builds a scene in an account; what it asks is not counted."""
        client = boto3.client(
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id="builder",
            aws_secret_access_key="builder",
        )

        def say_account(request: Any, **_: Any) -> None:
            request.headers["x-moto-account-id"] = account

        client.meta.events.register("before-sign", say_account)
        return client

    def on(self, operation: str, **rule: Any) -> None:
        """Treat calls of an operation (`s3.GetBucketPolicy`, `sns.*`, `*`) in their own way, the newest rule first.

        Which calls: `region`, `account`, `holds` (a text in the parameters), `after` so many of them, `times` so many.
        What happens: `error` (a code, with `message` and `status`), `reply` (what the API says, for JSON services),
        `body` (with `status`, `content_type`, `headers`), `seconds` of waiting, `reset` of the connection, `cut` (so
        many bytes of moto's answer come), `die` (the process that asks is killed: its id).
        """
        self._tell("on", {"operation": operation, **rule})

    def enable(self, *regions: str) -> None:
        """Make these the enabled regions; moto has all that there are."""
        items = "".join(f"<item><regionName>{one}</regionName></item>" for one in regions)
        self.on(
            "ec2.DescribeRegions",
            body=f"<DescribeRegionsResponse><regionInfo>{items}</regionInfo></DescribeRegionsResponse>",
        )

    def delay(self, seconds: float) -> None:
        """Answer every call that is counted so much later, as a network does."""
        self._tell("delay", seconds)

    def calls(self) -> list[dict[str, Any]]:
        """Return the calls so far, in the order in which they came."""
        found: list[dict[str, Any]] = json.loads(self._tell("calls"))
        return found

    def counted(self) -> Counter[str]:
        """Return how often each operation was called."""
        return Counter(f"{call['service']}.{call['operation']}" for call in self.calls())

    def forget(self) -> None:
        """Count anew; scene and rules stay."""
        self._tell("forget")

    def clear(self) -> None:
        """Drop all rules; scene and count stay."""
        self._tell("clear")

    def reset(self) -> None:
        """Begin anew: no scene, no rules, no calls."""
        self._tell("reset")

    def _tell(self, what: str, body: Any = None) -> bytes:
        request = HttpRequest(f"{self.url}/front/{what}", data=json.dumps(body).encode(), method="POST")
        with urlopen(request, timeout=30) as answer:
            data: bytes = answer.read()
        return data


@contextmanager
def front() -> Iterator[Front]:
    """Run the server as long as the block lasts."""
    with subprocess.Popen([sys.executable, "-m", "tests.live.front"], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Front(process.stdout.readline().strip())
        finally:
            process.kill()


class Stage:
    """The server's side: rules, calls, and moto behind."""

    def __init__(self, moto: Any) -> None:
        self._moto = moto
        self._lock = threading.Lock()
        self._rules: list[dict[str, Any]] = []
        self._calls: list[dict[str, Any]] = []
        self._delay = 0.0

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if path.startswith("/front/"):
            return self._obey(path.rpartition("/")[2], body, start)
        environ["wsgi.input"] = BytesIO(body)
        headers = {name[5:].lower().replace("_", "-"): value for name, value in environ.items() if name[:5] == "HTTP_"}
        request = request_of(environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""), headers, body)
        rule = self._rule_for(request)
        if rule is None:
            return self._ask_moto(environ, start)
        time.sleep(rule.get("seconds", 0))
        if "die" in rule:
            os.kill(rule["die"], 9)
        if rule.get("reset") or "cut" in rule:
            return self._break(environ, start, rule)
        if not {"error", "reply", "body"} & set(rule):
            return self._ask_moto(environ, start)
        return _answer(request, environ["REQUEST_METHOD"], rule, start)

    def _obey(self, what: str, body: bytes, start: Any) -> Iterable[bytes]:
        with self._lock:
            answer = json.dumps(self._calls if what == "calls" else None).encode()
            if what == "on":
                self._rules.insert(0, {"seen": 0, **json.loads(body)})
            if what in ("clear", "reset"):
                self._rules.clear()
            if what in ("forget", "reset"):
                self._calls.clear()
            if what in ("delay", "reset"):
                self._delay = json.loads(body) or 0.0
        if what == "reset":
            from moto.core.models import DEFAULT_ACCOUNT_ID
            from moto.moto_api._internal.models import moto_api_backend

            assert DEFAULT_ACCOUNT_ID == ACCOUNT
            moto_api_backend.reset()
        start("200 OK", [("Content-Type", "application/json")])
        return [answer]

    def _rule_for(self, request: Request) -> dict[str, Any] | None:
        """Note the call, and return the rule that it meets."""
        if request.access_key == "builder":
            return None
        time.sleep(self._delay)
        from moto.iam.models import get_account_id_from

        account = get_account_id_from(request.access_key)
        call = {"service": request.service, "operation": request.operation, "region": request.region}
        with self._lock:
            self._calls.append({**call, "account": account, "parameters": request.parameters})
            for rule in [*self._rules, *SKY]:
                if _concerns(rule, request, account):
                    rule["seen"] = seen = rule.get("seen", 0) + 1
                    first = rule.get("after", 0)
                    if first < seen <= first + rule.get("times", 10**9):
                        return rule
        return None

    def _ask_moto(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        found: Iterable[bytes] = self._moto(environ, start)
        return found

    def _break(self, environ: dict[str, Any], start: Any, rule: dict[str, Any]) -> Iterable[bytes]:
        """Send nothing, or the beginning of an answer, and hang up."""
        connection: socket.socket = environ["werkzeug.socket"]
        if "cut" in rule:
            told: list[Any] = []
            whole = b"".join(self._moto(environ, lambda *words: told.append(words)))
            status, headers = told[0][:2]
            head = "".join(f"{name}: {value}\r\n" for name, value in headers)
            connection.sendall(f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + whole[: rule["cut"]])
        connection.shutdown(socket.SHUT_RDWR)
        raise ConnectionResetError


def _concerns(rule: dict[str, Any], request: Request, account: str) -> bool:
    service, _, operation = rule["operation"].partition(".")
    return (
        service in ("*", request.service)
        and operation in ("", "*", request.operation)
        and rule.get("region", request.region) == request.region
        and rule.get("account", account) == account
        and rule.get("holds", "") in json.dumps(request.parameters)
    )


def _answer(request: Request, method: str, rule: dict[str, Any], start: Any) -> Iterable[bytes]:
    status = rule.get("status", 400 if "error" in rule else 200)
    if "error" in rule:
        message = rule.get("message", f"{rule['error']} on purpose")
        content_type, body = error_body(request, rule["error"], message)
    elif "reply" in rule:
        content_type, body = "application/x-amz-json-1.1", json.dumps(rule["reply"]).encode()
    else:
        content_type, body = rule.get("content_type", "text/xml"), rule["body"].encode()
    headers = [("Content-Type", content_type), ("Content-Length", str(len(body))), *rule.get("headers", {}).items()]
    start(f"{status} Told", headers)
    return [] if method == "HEAD" else [body]


def main() -> None:
    """Serve until killed; the first line that is printed is the URL."""
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        """Says nothing, and keeps connections open as AWS does."""

        protocol_version = "HTTP/1.1"

        def log(self, *_: Any) -> None:
            """Say nothing."""

        def send_response(self, code: int, message: str | None = None) -> None:
            """Add no date: the answer may have one of its own, and gets one if it has none."""
            self.send_response_only(code, message)

    stage = Stage(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, stage, threaded=True, request_handler=Quiet)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
