"""A pytest plugin: several processes run the tests, all forked from one that has collected them.

    python -m pytest -p tests.forked_workers --forks 3

Collecting imports dbt, Textual and all the tests: ten seconds of a processor, which every worker of
pytest-xdist spends again, and three times that where no test was compiled yet. Here they are spent
once. A worker is given a file at a time, in the order of the files, and its tests stay together and
in their order. One that ends in the midst of a test makes that a failure; a new one goes on with
the rest of its file.

To what looks for it (the plugins for snapshots, `tests.warm_python`), a worker looks like one of
pytest-xdist.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
import uuid
import warnings
from collections import deque
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import Any, cast

import pytest

ENDED = None
"""What a worker is told when there is nothing left to do."""
IDLE, BEGUN, REPORT, WARNING = "idle", "begun", "report", "warning"
"""What a worker tells."""
PATIENCE = 30
"""Seconds in which a worker that is told to end has torn down what its tests share."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("forks", "workers that are forked when all tests are collected")
    group.addoption("--forks", type=int, default=0, metavar="N", help="how many of them")
    group.addoption("--warm", action="store_true", help="start the warm Pythons while collecting")


def pytest_configure(config: pytest.Config) -> None:
    if not config.option.forks or config.option.collectonly or config.option.usepdb:
        return
    os.environ["PYTEST_XDIST_TESTRUNUID"] = uuid.uuid4().hex
    os.environ["PYTEST_XDIST_WORKER_COUNT"] = str(config.option.forks)
    config.pluginmanager.register(Workers(config), "forked-workers")
    if config.option.warm:
        from tests.warm_python import start_ahead

        start_ahead()


class Worker:
    """A worker as the process that has forked it sees it."""

    def __init__(self, pid: int, connection: Connection[Any, Any]) -> None:
        self.pid, self.connection = pid, connection
        self.left: deque[int] = deque()
        """The tests that it was given and has not begun."""
        self.begun: int | None = None
        """The last test that it has begun."""
        self.may_end = False
        """Whether it was told that there is nothing left."""

    def tell(self, what: list[int] | None) -> None:
        """Have it run these tests, or end."""
        self.may_end = what is ENDED
        with suppress(OSError):  # it has ended
            self.connection.send(what)


class Workers:
    """Has the tests run by workers, and hands on what they report."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._workers: list[Worker] = []
        self._forked = 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> object:
        """Instead of pytest's own loop, unless that only tells of mistakes in the collection."""
        if session.testsfailed and not self._config.option.continue_on_collection_errors:
            return None
        reporter: Any = self._config.pluginmanager.getplugin("terminalreporter")
        reporter.showfspath = False
        files: dict[Path, list[int]] = {}
        for number, item in enumerate(session.items):
            files.setdefault(item.path, []).append(number)
        queue = deque(files.values())
        try:
            for _ in range(min(self._config.option.forks, len(queue))):
                self._fork(session)
            while self._workers:
                for ready in wait([one.connection for one in self._workers]):
                    (worker,) = (one for one in self._workers if one.connection is ready)
                    self._hear(session, worker, queue)
        finally:
            self._end_all()
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        return True

    def _fork(self, session: pytest.Session) -> None:
        base = session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
        mine, its = Pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        name = f"gw{self._forked}"
        self._forked += 1
        pid = os.fork()
        if pid == 0:
            mine.close()
            for other in self._workers:
                other.connection.close()
            work(session, its, name, base / name)
        its.close()
        self._workers.append(Worker(pid, mine))

    def _hear(self, session: pytest.Session, worker: Worker, queue: deque[list[int]]) -> None:
        """Do what a worker's next message asks for; one that is dead has none."""
        message = None
        with suppress(EOFError, OSError):
            message = worker.connection.recv()
        if message is None:
            self._bury(session, worker, queue)
            return
        kind, what = message
        hook = self._config.hook
        if kind == REPORT:
            report = hook.pytest_report_from_serializable(config=self._config, data=what)
            hook.pytest_runtest_logreport(report=report)
            if session.shouldfail or session.shouldstop:
                queue.clear()
                for one in self._workers:
                    one.tell(ENDED)
        elif kind == BEGUN:
            worker.left.popleft()
            worker.begun = what
        elif kind == WARNING:
            hook.pytest_warning_recorded.call_historic(kwargs=what)
        else:
            worker.left.extend(queue.popleft() if queue else [])
            worker.tell(list(worker.left) or ENDED)

    def _bury(self, session: pytest.Session, worker: Worker, queue: deque[list[int]]) -> None:
        """A worker has ended. If nobody told it to, the test that it was at has failed, and another
        one does the rest.
        """
        self._workers.remove(worker)
        worker.connection.close()
        code = os.waitstatus_to_exitcode(os.waitpid(worker.pid, 0)[1])
        if worker.may_end and code == 0:
            return
        if worker.begun is None and worker.left:
            worker.begun = worker.left.popleft()
        item = session.items[worker.begun or 0]
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        said = f"The process of the tests ended in this one, or soon after it, with {how}."
        report = pytest.TestReport(item.nodeid, item.location, {}, "failed", said, "call")
        self._config.hook.pytest_runtest_logreport(report=report)
        if session.shouldfail or session.shouldstop:
            return
        if worker.left:
            queue.appendleft(list(worker.left))
        if queue:
            self._fork(session)

    def _end_all(self) -> None:
        """Where the loop was left early, nothing goes on."""
        for worker in self._workers:
            worker.connection.close()
        until = time.monotonic() + PATIENCE
        for worker in self._workers:
            while os.waitpid(worker.pid, os.WNOHANG) == (0, 0):
                if time.monotonic() > until:
                    os.kill(worker.pid, signal.SIGKILL)
                time.sleep(0.05)


def work(session: pytest.Session, connection: Connection[Any, Any], name: str, base: Path) -> None:
    """Be a worker, in a process that was just forked, to its end."""
    code = 1
    try:
        config: Any = session.config
        os.environ["PYTEST_XDIST_WORKER"] = name
        config.workerinput = {"workerid": name}
        config.pluginmanager.unregister(name="forked-workers")
        reports = Reports(config, connection)
        config.pluginmanager.register(reports, "forked-worker")
        reports.is_told = True
        config._tmp_path_factory._given_basetemp = base
        config._tmp_path_factory._basetemp = None
        capture_anew(config)
        try:
            do_files(session, connection)
        finally:
            config.hook.pytest_sessionfinish(session=session, exitstatus=0)
        code = 0
    except (KeyboardInterrupt, EOFError, ConnectionError):  # who waits for the reports has ended
        code = 2
    except BaseException:  # noqa: BLE001  the edge of the process
        traceback.print_exc()
    finally:
        os._exit(code)  # what a Python takes apart at its end is a million objects


def do_files(session: pytest.Session, connection: Connection[Any, Any]) -> None:
    """Run file after file until there is none."""
    between = cast(pytest.Item, Between(session))
    while True:
        connection.send((IDLE, None))
        numbers = connection.recv()
        if numbers is ENDED:
            return
        items = [session.items[number] for number in numbers]
        for number, item, following in zip(numbers, items, [*items[1:], between], strict=True):
            if connection.poll():  # there is nothing else that it could be told now
                return
            connection.send((BEGUN, number))
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.shouldfail or session.shouldstop:
                return


def capture_anew(config: Any) -> None:
    """Have files of one's own for what tests print, and nothing where pytest's own words go."""
    capture = config.pluginmanager.getplugin("capturemanager")
    capture.stop_global_capturing()
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.close(nothing)
    capture.start_global_capturing()
    capture.suspend_global_capture(in_=False)


class Between:
    """What comes after the last test of a file: something that shares only the session with it."""

    def __init__(self, session: pytest.Session) -> None:
        self._session = session

    def listchain(self) -> list[pytest.Session]:
        return [self._session]


class Reports:
    """Sends what a worker reports."""

    def __init__(self, config: pytest.Config, connection: Connection[Any, Any]) -> None:
        self._config, self._connection = config, connection
        self.is_told = False
        """Whether it hears only what is new: pytest tells a new plugin all the warnings so far."""

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        hook = self._config.hook
        data = hook.pytest_report_to_serializable(config=self._config, report=report)
        self._connection.send((REPORT, data))

    @pytest.hookimpl
    def pytest_warning_recorded(
        self,
        warning_message: warnings.WarningMessage,
        when: str,
        nodeid: str,
        location: tuple[str, int, str] | None,
    ) -> None:
        if not self.is_told:
            return
        plain = warnings.WarningMessage(
            f"{warning_message.category.__name__}: {warning_message.message}",
            UserWarning,
            warning_message.filename,
            warning_message.lineno,
        )
        what = {"warning_message": plain, "when": when, "nodeid": nodeid, "location": location}
        self._connection.send((WARNING, what))
