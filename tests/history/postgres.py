"""A PostgreSQL server for a test session, in a folder of its own, reached through a socket there."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Self
from urllib.parse import quote


def binary(name: str) -> str:
    """Return where a program of the server is; Debian puts it into a folder of its version, not on the path."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = str(versions[-1]) if versions else shutil.which(name)
    assert found, f"{name} is not installed: install PostgreSQL's server (dev.py test does on Debian)"
    return found


class Server:
    """Started on entry, gone afterwards. It refuses to be root's, so that root runs it as nobody."""

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
        self._as: dict[str, str] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self._folder, nobody.pw_uid, nobody.pw_gid)
            self._as = {"user": "nobody"}
        self._run("initdb", "--auth=trust", "--username=auditor", "--no-sync", "--pgdata", self._data)
        settings = f"-c listen_addresses='' -c unix_socket_directories='{self._folder}' -c fsync=off"
        self._run("pg_ctl", "start", "-w", "-D", self._data, "-l", str(self._folder / "log"), "-o", settings)
        return self

    def __exit__(self, *_: object) -> None:
        self._run("pg_ctl", "stop", "-D", self._data, "-m", "immediate")
        shutil.rmtree(self._folder)

    def database(self, name: str) -> str:
        """Make an empty database and return its URL."""
        self._run("createdb", "-h", str(self._folder), "-U", "auditor", name)
        return f"postgresql://auditor@/{name}?host={quote(str(self._folder))}"

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def _run(self, name: str, *words: str) -> None:
        subprocess.run(
            [binary(name), *words], cwd=self._folder, check=True, stdout=subprocess.DEVNULL, timeout=120, **self._as
        )
