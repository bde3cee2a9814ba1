"""A Spark of the tests' own: its Thrift server on loopback, with a metastore in a temporary
directory, from PyPI's `pyspark` (which carries the jars). It needs Java 17.

dbt-spark and pyspark live in an environment of their own, `.soak/spark`, made on its first use.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from tests.matrix import ENVIRONMENTS
from tests.warehouses.postgres import free_port

ENVIRONMENT = Path(os.environ.get("DBTREE_TEST_SPARK") or ENVIRONMENTS / "spark")
PACKAGES = ("dbt-core>=1.11,<1.12", "dbt-spark[PyHive]", "pyspark==4.0.*")
PATIENCE = 240.0
"""Seconds for the server to start or to answer on a busy machine."""
SERVER = "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"
QUERY = """\
import json, sys
from pyhive import hive
cursor = hive.connect("127.0.0.1", int(sys.argv[1])).cursor()
cursor.execute(sys.argv[2])
print(json.dumps(cursor.fetchall() if cursor.description else [], default=str))
"""


class NoSpark(Exception):
    """Why there is no Spark on this machine."""


def prepare() -> Path:
    """The interpreter of the environment, which is made unless it is there. Raises NoSpark."""
    python = ENVIRONMENT / "bin" / "python"
    if shutil.which("java") is None:
        raise NoSpark("Spark needs Java 17: `apt-get install openjdk-17-jre-headless`.")
    if not (ENVIRONMENT / ".installed").exists():
        commands = (
            [sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)],
            [str(python), "-m", "pip", "install", "-qq", "--no-input", *PACKAGES],
        )
        for words in commands:
            made = subprocess.run(words, capture_output=True, text=True, check=False)
            if made.returncode:
                raise NoSpark(made.stderr.strip()[-500:])
        (ENVIRONMENT / ".installed").touch()
    return python


class SparkServer:
    """A Thrift server, that can be stopped and started again: what was built stays."""

    def __init__(self, directory: Path) -> None:
        """`directory` is empty. Raises NoSpark."""
        self.python = prepare()
        self.port, self._ui_port = free_port(), free_port()
        self._directory = directory

    def start(self) -> None:
        """Start it and wait until it takes connections. Raises NoSpark."""
        directory = self._directory
        home = next((ENVIRONMENT / "lib").glob("python*/site-packages/pyspark"))
        settings = {
            "spark.sql.warehouse.dir": directory / "warehouse",
            "spark.hadoop.javax.jdo.option.ConnectionURL": (
                f"jdbc:derby:;databaseName={directory / 'metastore'};create=true"
            ),
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.ui.port": self._ui_port,
            "spark.sql.shuffle.partitions": 1,
            "spark.hadoop.hive.server2.thrift.port": self.port,
            "spark.hadoop.hive.server2.thrift.bind.host": "127.0.0.1",
        }
        words = [str(home / "bin" / "spark-submit"), "--class", SERVER, "--master", "local[2]"]
        for name, value in settings.items():
            words += ["--conf", f"{name}={value}"]
        self._log = directory / "log"
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(
                [*words, "spark-internal"],
                cwd=directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1"},
                start_new_session=True,
            )  # fmt: skip
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def _wait(self) -> None:
        until = time.monotonic() + PATIENCE
        while f"{SERVER.rpartition('.')[2]} started" not in self._said():
            if self._process.poll() is not None or time.monotonic() > until:
                raise NoSpark(f"Spark did not start: {self._said()[-800:]}")
            time.sleep(0.2)

    def _said(self) -> str:
        return self._log.read_text(errors="replace")

    def stop(self) -> None:
        """End it, with the Java that it has started; whoever is connected loses the connection."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Let it accept connections and say nothing."""
        os.killpg(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self._process.pid, signal.SIGCONT)

    def query(self, sql: str) -> list[list[Any]]:
        """What a statement answers."""
        done = subprocess.run(
            [str(self.python), "-c", QUERY, str(self.port), sql],
            capture_output=True, text=True, check=False, timeout=PATIENCE,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr.strip()[-500:])
        rows: list[list[Any]] = json.loads(done.stdout)
        return rows

    def statements(self) -> list[str]:
        """The jobs that the server works on, as its own page lists them."""
        address = f"http://127.0.0.1:{self._ui_port}/api/v1/applications"
        (application, *_) = _json(address)
        jobs = _json(f"{address}/{application['id']}/jobs?status=running")
        return [str(job.get("description") or job["name"]) for job in jobs]


def _json(address: str) -> Any:
    with urlopen(address, timeout=PATIENCE) as answer:
        return json.load(answer)


@contextmanager
def spark_server() -> Iterator[SparkServer]:
    """A running server; nothing is left of it."""
    directory = Path(tempfile.mkdtemp(prefix="dbtree-spark-"))
    try:
        server = SparkServer(directory)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
