"""Over TLS only a server counts whose certificate is trusted, and that bears the name that was asked for."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from ctguard.logs.wire import Connection, WireError, endpoint_of
from tests.logs.forge import private_key

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Return a file with a self-signed certificate for localhost and its key."""
    key = private_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    path.write_bytes(signed.public_bytes(encoding) + key.private_bytes(encoding, form, serialization.NoEncryption()))
    return path


@pytest.fixture
def port(certificate):
    """Serve one connection over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        try:
            peer, _ = listener.accept()
            with peer, context.wrap_socket(peer, server_side=True) as secure:
                secure.recv(65536)
                secure.sendall(ANSWER)
        except OSError:
            pass  # the client did not trust us

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.close()
    thread.join(5)


def fetched(url, trust):
    connection = Connection(endpoint_of(url, trust=trust, proxies=False))
    try:
        return b"".join(connection.get("/", {"host": "localhost"}).chunks())
    finally:
        connection.close()


def test_a_trusted_server_is_read(port, certificate):
    assert fetched(f"https://localhost:{port}", ssl.create_default_context(cafile=certificate)) == b"ok"


def test_a_server_that_nobody_vouches_for_is_refused(port):
    with pytest.raises(WireError, match="certificate"):
        fetched(f"https://localhost:{port}", ssl.create_default_context())


def test_a_server_with_another_name_is_refused(port, certificate):
    with pytest.raises(WireError, match="certificate"):
        fetched(f"https://127.0.0.1:{port}", ssl.create_default_context(cafile=certificate))
