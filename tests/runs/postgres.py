"""A PostgreSQL server of the tests' own: in a temporary folder, on a loopback port, stopped at the end."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_numbers = itertools.count()


def programs() -> Path | None:
    """The folder with `initdb` and `pg_ctl`; Debian keeps them out of the search path."""
    found = shutil.which("pg_ctl")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists() and (place / "pg_ctl").exists()), None)


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The address of a running server, without a database's name. Skips the test, with the reason, where none can run."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    place = programs()
    if place is None:
        pytest.skip("no PostgreSQL on this machine; install Debian's `postgresql`")
    who: dict[str, object] = {}
    if os.geteuid() == 0:  # the server refuses to run as root
        import pwd

        try:
            pwd.getpwnam("postgres")
        except KeyError:
            pytest.skip("root cannot run PostgreSQL, and there is no user postgres")
        who = {"user": "postgres", "group": "postgres", "extra_groups": []}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="lab-pg-"))
    if who:
        shutil.chown(folder, "postgres", "postgres")

    def do(program: str, *arguments: str) -> None:
        # To a file, not a pipe: the server inherits it and would keep a pipe open.
        with (folder / "log").open("a") as log:
            command = [str(place / program), *arguments]
            done = subprocess.run(command, cwd="/", stdout=log, stderr=log, timeout=60, check=False, **who)  # type: ignore[call-overload]
        if done.returncode:
            pytest.skip(f"PostgreSQL does not start here: {(folder / 'log').read_text()[-500:]}")

    data = str(folder / "data")
    try:
        do("initdb", "-D", data, "-U", "lab", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c shared_buffers=16MB"
        do("pg_ctl", "-D", data, "-w", "-o", options, "-l", str(folder / "server.log"), "start")
        try:
            yield f"postgresql+psycopg://lab@127.0.0.1:{port}"
        finally:
            do("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_database(address: str) -> str:
    """The address of a new, empty database of the server."""
    import psycopg

    name = f"runs{next(_numbers)}"
    with psycopg.connect(address.replace("+psycopg", "") + "/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
    return f"{address}/{name}"
