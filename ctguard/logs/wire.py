"""HTTP/1.1 GET over one kept connection, with nothing in between.

`http.client` needs 0.2 ms for the headers of a response and aiohttp as much for
its streams; a log file of a quiet account takes less than that to be checked.
Bodies come as they were stored: a client that inflates `Content-Encoding: gzip`
on its own could not see what stands after the gzip stream.
"""

from __future__ import annotations

import base64
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 30.0
_CHUNK = 64 * 1024
_LONGEST_HEAD = 64 * 1024
_LONGEST_LINE = 4096


class WireError(Exception):
    """The connection could not be made, or broke, or does not speak HTTP."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to connect to; `proxy` is an http URL, `trust` decides which certificates count.

    `host` is the Host header: with the port only where it is not the scheme's own.
    """

    scheme: str
    name: str
    port: int
    host: str
    proxy: SplitResult | None = None
    trust: ssl.SSLContext | None = field(default=None, compare=False)


_PORTS = {"http": 80, "https": 443}


def endpoint_of(url: str, *, trust: ssl.SSLContext | None = None, proxies: bool = True) -> Endpoint:
    """Return the endpoint of `url`, behind the proxy that the environment names; WireError when it is none."""
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise WireError(f"{url} is not the address of an HTTP server")
    proxy = getproxies().get(parts.scheme) if proxies and not proxy_bypass(parts.hostname) else None
    try:
        port = parts.port or _PORTS[parts.scheme]
    except ValueError as error:
        raise WireError(f"{url}: {error}") from None
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    host = name if port == _PORTS[parts.scheme] else f"{name}:{port}"
    behind = urlsplit(proxy if "//" in proxy else f"http://{proxy}") if proxy else None
    return Endpoint(parts.scheme, parts.hostname, port, host, behind, trust)


@dataclass(slots=True)
class Response:
    """The head of a response; its body is read from the connection, once, with `chunks`."""

    status: int
    headers: Mapping[str, str]
    connection: Connection

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it arrives; WireError when it breaks off."""
        return self.connection.body(self.headers)

    def text(self, most: int = 8 << 20) -> bytes:
        """Return the whole body of an answer that is not an object; WireError when it is larger than `most`."""
        parts, size = [], 0
        for chunk in self.chunks():
            parts.append(chunk)
            size += len(chunk)
            if size > most:
                raise WireError("the answer is too large")
        return b"".join(parts)


class Connection:
    """One connection to an endpoint, for one thread; made when it is needed, and again when it was closed."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._socket: socket.socket | None = None
        self._left = b""
        self._whole = True

    def get(self, target: str, headers: Mapping[str, str]) -> Response:
        """Return the response to a GET; WireError."""
        proxied = self._endpoint.proxy is not None and self._endpoint.scheme == "http"
        line = f"GET http://{self._endpoint.host}{target} HTTP/1.1\r\n" if proxied else f"GET {target} HTTP/1.1\r\n"
        request = (line + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n").encode("latin-1")
        if not self._whole:
            self.close()
        reused = self._socket is not None
        try:
            head = self._exchange(request)
        except WireError:
            if not reused:
                raise
            head = self._exchange(request)  # a server may close a kept connection at any time
        status, found = _parsed(head)
        self._whole = False
        return Response(status, found, self)

    def close(self) -> None:
        """Close the connection; the next request makes a new one."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._left, self._whole = None, b"", True

    def body(self, headers: Mapping[str, str]) -> Iterator[bytes]:
        """Yield the body that belongs to `headers`."""
        try:
            if "chunked" in headers.get("transfer-encoding", "").lower():
                yield from self._chunked()
            elif (length := headers.get("content-length")) is not None:
                yield from self._counted(_number(length, 10))
            else:
                yield from self._until_closed()
                return
        except GeneratorExit:
            self.close()
            raise
        self._whole = True
        if headers.get("connection", "").lower() == "close":
            self.close()

    def _exchange(self, request: bytes) -> bytes:
        try:
            if self._socket is None:
                self._socket = self._connect()
            self._socket.sendall(request)
        except (OSError, ValueError) as error:
            self.close()
            raise WireError(f"{self._endpoint.host}: {error}") from None
        return self._head()

    def _head(self) -> bytes:
        data, self._left = self._left, b""
        while (end := data.find(b"\r\n\r\n")) < 0:
            if len(data) > _LONGEST_HEAD:
                self.close()
                raise WireError(f"{self._endpoint.host}: the headers of its answer do not end")
            data += self._receive()
        self._left = data[end + 4 :]
        return data[:end]

    def _receive(self) -> bytes:
        """Return the next bytes; WireError when there are none."""
        if self._left:
            data, self._left = self._left, b""
            return data
        try:
            data = self._socket.recv(_CHUNK) if self._socket else b""
        except OSError as error:
            self.close()
            raise WireError(f"{self._endpoint.host}: {error}") from None
        if not data:
            self.close()
            raise WireError(f"{self._endpoint.host}: closed the connection before its answer ended")
        return data

    def _counted(self, length: int) -> Iterator[bytes]:
        while length > 0:
            data = self._receive()
            if len(data) > length:
                data, self._left = data[:length], data[length:]
            length -= len(data)
            yield data

    def _chunked(self) -> Iterator[bytes]:
        while (size := _number(self._line().partition(b";")[0].decode("latin-1"), 16)) > 0:
            yield from self._counted(size)
            self._line()
        while self._line():
            pass  # trailers

    def _line(self) -> bytes:
        data = b""
        while (end := data.find(b"\r\n")) < 0:
            if len(data) > _LONGEST_LINE:
                self.close()
                raise WireError(f"{self._endpoint.host}: does not send chunks as it says")
            data += self._receive()
        self._left = data[end + 2 :] + self._left
        return data[:end]

    def _until_closed(self) -> Iterator[bytes]:
        while True:
            try:
                yield self._receive()
            except WireError:
                return

    def _connect(self) -> socket.socket:
        endpoint = self._endpoint
        nearest = (endpoint.name, endpoint.port)
        if endpoint.proxy is not None:
            nearest = (endpoint.proxy.hostname or "", endpoint.proxy.port or _PORTS["http"])
        plain = socket.create_connection(nearest, timeout=CONNECT_TIMEOUT)
        plain.settimeout(READ_TIMEOUT)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if endpoint.scheme == "http":
            return plain
        if endpoint.proxy is not None:
            self._tunnel(plain, endpoint.proxy)
        trust = endpoint.trust or ssl.create_default_context()
        return trust.wrap_socket(plain, server_hostname=endpoint.name)

    def _tunnel(self, plain: socket.socket, proxy: SplitResult) -> None:
        goal = f"{self._endpoint.name}:{self._endpoint.port}"
        login = ""
        if proxy.username:
            user = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
            login = f"Proxy-Authorization: Basic {base64.b64encode(user.encode()).decode()}\r\n"
        plain.sendall(f"CONNECT {goal} HTTP/1.1\r\nHost: {goal}\r\n{login}\r\n".encode())
        answer = b""
        while b"\r\n\r\n" not in answer and len(answer) < _LONGEST_HEAD:
            received = plain.recv(_CHUNK)
            if not received:
                break
            answer += received
        if answer.split(b" ")[1:2] != [b"200"]:
            plain.close()
            raise OSError(f"the proxy {proxy.hostname} does not connect to {goal}")


def _number(text: str, base: int) -> int:
    try:
        number = int(text.strip(), base)
    except ValueError:
        number = -1
    if number < 0:
        raise WireError("the answer does not say how long it is")
    return number


def _parsed(head: bytes) -> tuple[int, dict[str, str]]:
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ", 2)
    if not (len(words) > 1 and words[0].startswith("HTTP/1.") and words[1].isdigit()):
        raise WireError("the answer is not HTTP")
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    if words[0] == "HTTP/1.0":
        headers.setdefault("connection", "close")
    return int(words[1]), headers
