"""A PostgreSQL server of the tests' own: on a private socket, with no port, gone when they end."""

import ctypes
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

REQUIRED = "KDSP_REQUIRE_POSTGRES"
"""Where this is set, as in `.ci/run`, a machine without PostgreSQL is a failure, not a skip."""
_PR_SET_PDEATHSIG = 1
_OWNER = "kdsp_tests"
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
}


def programs():
    """The folder of `initdb` and `postgres`, the newest where Debian has several; None where there is none."""
    beside = shutil.which("initdb")
    found = [Path(beside).resolve().parent] if beside else []
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    found += sorted(versions, key=lambda folder: int("0" + "".join(filter(str.isdigit, folder.parent.name))))[::-1]
    return next((folder for folder in found if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


def check_installed():
    """A skip where PostgreSQL is not installed, in CI a failure."""
    if programs() is None:
        say = pytest.fail if os.environ.get(REQUIRED) else pytest.skip
        say("PostgreSQL is not installed: apt-get install postgresql")


class Server:
    """A running server. Its databases belong to an ordinary role with a password, as an authority's would."""

    def __init__(self, folder, superuser, password):
        self.socket = folder
        self.user, self.password = _OWNER, secrets.token_urlsafe(16)
        self._superuser = f"host={folder} user={superuser} password={password}"
        with self.as_superuser() as db:
            db.execute(f"CREATE ROLE {_OWNER} LOGIN PASSWORD '{self.password}'")
        self._made = 0

    @contextmanager
    def as_superuser(self, database="postgres"):
        """A connection that may do anything: for what stands outside the program that is tested."""
        with psycopg.connect(f"{self._superuser} dbname={database}", autocommit=True) as db:
            yield db

    @contextmanager
    def database(self):
        """The URL of a new, empty database, with its role and password; it is dropped afterwards."""
        name = self._name()
        with self.as_superuser() as db:
            db.execute(f"CREATE DATABASE {name} OWNER {self.user}")
        try:
            yield f"postgresql://{self.user}:{self.password}@/{name}?host={self.socket}"
        finally:
            with self.as_superuser() as db:
                db.execute(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def schema(self):
        """The URL of a new, empty schema in one database that all share: quicker, where no more is needed."""
        name = self._name()
        with self.as_superuser() as db:
            db.execute(f"CREATE SCHEMA {name} AUTHORIZATION {self.user}")
        try:
            address = f"{self.user}:{self.password}@/postgres?host={self.socket}"
            yield f"postgresql://{address}&options=-csearch_path%3D{name}"
        finally:
            with self.as_superuser() as db:
                db.execute("SET client_min_messages TO warning")
                db.execute(f"DROP SCHEMA {name} CASCADE")

    def _name(self):
        self._made += 1
        return f"made_{self._made}"


@contextmanager
def running_server():
    """Start a server and end it. PostgreSQL does not run as root: there, it runs as `nobody`."""
    folder = Path(tempfile.mkdtemp(prefix="kdsp-pg-"))  # short: the path of a socket has some hundred bytes
    as_nobody = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
    superuser, password = "postgres", secrets.token_urlsafe(16)
    try:
        (folder / "password").write_text(password)
        if as_nobody:
            for path in (folder, folder / "password"):
                shutil.chown(path, "nobody", "nogroup")
        data = folder / "data"
        for_initdb = ["--auth=scram-sha-256", f"--username={superuser}", f"--pwfile={folder / 'password'}", "--no-sync"]
        subprocess.run(
            [programs() / "initdb", "-D", data, "--encoding=UTF8", "--locale=C", *for_initdb],
            check=True, capture_output=True, text=True, cwd=folder, **as_nobody,
        )  # fmt: skip
        settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [programs() / "postgres", "-D", data, "-k", folder, *settings],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, preexec_fn=_end_with_parent, **as_nobody,
            )  # fmt: skip
        try:
            _wait_for(process, folder, f"host={folder} user={superuser} password={password} dbname=postgres")
            yield Server(folder, superuser, password)
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _end_with_parent():
    """Tests that are killed leave no server behind."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


def _wait_for(process, folder, address):
    until = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(address).close()
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"PostgreSQL did not start: {(folder / 'log').read_text()}") from None
            time.sleep(0.05)
