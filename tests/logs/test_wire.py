"""HTTP as servers really speak it: lengths, chunks, closed connections, nonsense."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctguard.logs.wire import Connection, WireError, endpoint_of

OK = b"HTTP/1.1 200 OK\r\n"


@contextmanager
def answering(*answers: list[bytes], cut: int = 1 << 30) -> Iterator[tuple[Connection, list[bytes]]]:
    """Serve one connection for each list of answers; each answer is sent in pieces of `cut` bytes."""
    listener = socket.create_server(("127.0.0.1", 0))
    asked: list[bytes] = []

    def serve() -> None:
        for answer in answers:
            peer, _ = listener.accept()
            with peer:
                for part in answer:
                    request = b""
                    while b"\r\n\r\n" not in request:
                        received = peer.recv(65536)
                        if not received:
                            break
                        request += received
                    asked.append(request)
                    for at in range(0, len(part), cut):
                        peer.sendall(part[at : at + cut])

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    connection = Connection(endpoint_of(f"http://127.0.0.1:{listener.getsockname()[1]}", proxies=False))
    try:
        yield connection, asked
    finally:
        connection.close()
        listener.close()
        thread.join(5)


def fetched(connection: Connection, target: str = "/") -> tuple[int, bytes]:
    response = connection.get(target, {"host": "x"})
    return response.status, b"".join(response.chunks())


BODIES = {
    "a length": (OK + b"Content-Length: 5\r\n\r\nhello", b"hello"),
    "a length of nothing": (OK + b"content-length: 0\r\n\r\n", b""),
    "chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n", b"hello"),
    "chunks and trailers": (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n", b"hello"),
    "an end by closing": (OK + b"Server: x\r\n\r\nhello", b"hello"),
    "a closing connection": (OK + b"Content-Length: 5\r\nConnection: close\r\n\r\nhello", b"hello"),
}


@pytest.mark.parametrize("cut", [1, 7, 1000])
@pytest.mark.parametrize("name", BODIES)
def test_a_body_is_read_however_its_end_is_told_and_however_it_is_cut(name, cut):
    answer, body = BODIES[name]

    with answering([answer], cut=cut) as (connection, _):
        assert fetched(connection) == (200, body)


def test_http_1_0_closes_unless_it_says_otherwise():
    answer = b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"

    with answering([answer], [answer]) as (connection, asked):
        assert [fetched(connection), fetched(connection)] == [(200, b"ok"), (200, b"ok")]

    assert len(asked) == 2


def test_one_connection_serves_one_request_after_the_other():
    answers = [OK + b"Content-Length: 1\r\n\r\n%d" % number for number in range(5)]

    with answering(answers) as (connection, asked):
        assert [fetched(connection, f"/{number}")[1] for number in range(5)] == [b"0", b"1", b"2", b"3", b"4"]

    assert [request.split(b" ")[1] for request in asked] == [b"/0", b"/1", b"/2", b"/3", b"/4"]


def test_a_kept_connection_that_the_server_closed_is_made_again():
    answer = OK + b"Content-Length: 2\r\n\r\nok"

    with answering([answer], [answer]) as (connection, _):
        assert fetched(connection) == (200, b"ok")
        assert fetched(connection) == (200, b"ok")


def test_a_body_that_was_not_read_to_its_end_does_not_leak_into_the_next():
    first = OK + b"Content-Length: 100000\r\n\r\n" + b"a" * 100_000

    with answering([first], [OK + b"Content-Length: 2\r\n\r\nok"]) as (connection, _):
        response = connection.get("/", {})
        chunks = response.chunks()
        next(chunks)
        chunks.close()
        assert fetched(connection) == (200, b"ok")


BROKEN = {
    "nothing": b"",
    "half a head": b"HTTP/1.1 200",
    "no HTTP": b"SSH-2.0-OpenSSH_9\r\n\r\n",
    "no status": b"HTTP/1.1\r\n\r\n",
    "a short body": OK + b"Content-Length: 10\r\n\r\nhello",
    "short chunks": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhe",
    "chunks without length": OK + b"Transfer-Encoding: chunked\r\n\r\nhello\r\n0\r\n\r\n",
    "a negative length": OK + b"Content-Length: -5\r\n\r\nhello",
    "a length that is none": OK + b"Content-Length: five\r\n\r\nhello",
    "headers without end": OK + b"X: y\r\n" * 20_000,
}


@pytest.mark.parametrize("name", BROKEN)
def test_whatever_is_not_a_whole_answer_is_an_error(name):
    with answering([BROKEN[name]]) as (connection, _), pytest.raises(WireError):
        fetched(connection)


def test_nobody_there_is_an_error():
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    listener.close()

    with pytest.raises(WireError):
        fetched(Connection(endpoint_of(f"http://127.0.0.1:{port}", proxies=False)))


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=300))
def test_no_answer_brings_anything_but_a_response_or_an_error(data):
    with answering([OK + data]) as (connection, _), suppress(WireError):
        fetched(connection)


@pytest.mark.parametrize("url", ["", "ftp://host", "http://", "host:80", "http://host:port", "http://host:99999"])
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(WireError):
        endpoint_of(url)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://localhost:5000", "localhost:5000"),
        ("http://localhost:80/", "localhost"),
        ("https://s3.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com"),
        ("https://[::1]:8443", "[::1]:8443"),
    ],
)
def test_the_host_header_has_the_port_where_it_is_not_the_usual_one(url, host):
    assert endpoint_of(url).host == host


def test_a_proxy_of_the_environment_is_asked_for_the_whole_address(monkeypatch):
    with answering([OK + b"Content-Length: 2\r\n\r\nok"]) as (near, asked):
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{near._endpoint.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        far = Connection(endpoint_of("http://bucket.example.com"))
        assert fetched(far, "/key") == (200, b"ok")
        far.close()

    assert asked[0].startswith(b"GET http://bucket.example.com/key HTTP/1.1\r\n")


def test_a_proxy_is_asked_to_connect_for_https(monkeypatch):
    with answering([b"HTTP/1.1 403 Forbidden\r\n\r\n"]) as (near, asked):
        monkeypatch.setenv("https_proxy", f"http://user:pass@127.0.0.1:{near._endpoint.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        with pytest.raises(WireError, match="proxy"):
            fetched(Connection(endpoint_of("https://bucket.example.com")))

    assert asked[0].startswith(b"CONNECT bucket.example.com:443 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic dXNlcjpwYXNz\r\n" in asked[0]
