"""A time-stamping authority on this machine: `openssl ts` behind HTTP, with certificates of its own."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CONFIGURATION = """\
[req]
distinguished_name = name
prompt = no
[name]
CN = {name}
[root]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
[leaf]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[tsa]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


@dataclass
class Authority:
    """A running authority; `answer` may be set to what it is to say instead."""

    url: str
    folder: Path
    answer: Callable[[bytes], bytes] | None = None

    @property
    def root(self) -> Path:
        return self.folder / "root.pem"

    def stamp(self, query: bytes) -> bytes:
        (self.folder / "query.tsq").write_bytes(query)
        words = "ts -reply -config tsa.cnf -section tsa -queryfile query.tsq -out reply.tsr"
        openssl(self.folder, words)
        return (self.folder / "reply.tsr").read_bytes()


def openssl(folder: Path, words: str) -> None:
    done = subprocess.run(["openssl", *words.split()], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def certify(folder: Path, name: str) -> None:
    """Make a root, and the certificate of an authority that it vouches for."""
    folder.mkdir()
    (folder / "tsa.cnf").write_text(CONFIGURATION.format(name=f"{name} root", folder=folder))
    (folder / "leaf.cnf").write_text(CONFIGURATION.format(name=name, folder=folder))
    (folder / "serial").write_text("01\n")
    curve = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc"
    openssl(folder, f"req -x509 {curve} -keyout root.key -out root.pem -days 30 -config tsa.cnf -extensions root")
    openssl(folder, f"req -new {curve} -keyout tsa.key -out tsa.csr -config leaf.cnf")
    sign = "x509 -req -in tsa.csr -CA root.pem -CAkey root.key -CAcreateserial -days 30"
    openssl(folder, f"{sign} -out tsa.pem -extfile leaf.cnf -extensions leaf")


@contextmanager
def authority(folder: Path, name: str = "Test TSA") -> Iterator[Authority]:
    """Run an authority as long as the block lasts."""
    certify(folder, name)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/timestamp-query"
            reply = running.answer(query) if running.answer else running.stamp(query)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running = Authority(f"http://127.0.0.1:{server.server_port}/", folder)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
