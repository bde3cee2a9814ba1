"""How a run is stopped: SIGINT or SIGTERM, and dbt cancels its queries.

dbt waits for a KeyboardInterrupt in its main thread, then asks its adapter to cancel every open
query and waits for its threads. A node has several statements, and may open its connection only
then, so the open connections are cancelled again until all has stopped: by the adapter, or by
DuckDB itself, whose queries run inside this process, and of which dbt-duckdb interrupts the
statement of that moment only. A Python model, which no database can interrupt, gets an exception
between two of its own instructions. What does not end for all that is given up after a while:
PyHive, of dbt-spark, asks for a cancel on the connection on which another thread waits, and both
wait on.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, NoReturn

from dbt.adapters.factory import get_adapter
from dbt.exceptions import DbtRuntimeError

from tui.engine.execution.events import EventLog
from tui.engine.execution.open_queries import cancel_queries
from tui.engine.fence.registry import DUCKDB
from tui.engine.process.secrets import is_single_writer

AGAIN = 0.2
"""Seconds between two interrupts."""
PATIENCE = 1.0
"""Seconds that a Python model has to end by itself."""
LIMIT = 30.0
"""Seconds after which a run that does not end is given up."""
PYTHON_MODEL = "run_python_job"
"""The function of dbt-duckdb in which the code of a Python model runs."""


class ModelCancelled(DbtRuntimeError):
    """Raised inside a Python model when its run is cancelled."""

    def __init__(self) -> None:
        super().__init__("The run was cancelled")


class Cancelling:
    """The cancelling of this process's run."""

    def __init__(self, log: EventLog, config: Any, give_up: Callable[[], NoReturn]) -> None:
        """`config` is the project's, whose adapter is asked to cancel; `give_up` ends the process
        where that does not.
        """
        self._log = log
        self._give_up = give_up
        self._config = config
        self._asked, self._ask = os.pipe()

    def begin(self) -> None:
        """Listen for signals from here on. A second one changes nothing: dbt is stopping."""
        threading.Thread(target=self._interrupt, name="cancelling", daemon=True).start()
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a run outlives its terminal
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, ())

    def _on_signal(self, _number: int, _frame: Any) -> None:
        if self._log.cancelling:
            return
        self._log.cancel()
        os.write(self._ask, b"1")
        raise KeyboardInterrupt

    def _interrupt(self) -> None:
        os.read(self._asked, 1)
        since = cancelled = time.monotonic()
        asking: threading.Thread | None = None
        while time.monotonic() - since < LIMIT:
            if (duckdb := DUCKDB.use()) is not None:
                duckdb.interrupt()
            if time.monotonic() - since > PATIENCE:
                _interrupt_python_models()
            is_server = not is_single_writer(self._config.credentials)
            is_due = time.monotonic() - cancelled > PATIENCE
            if is_server and is_due and (asking is None or not asking.is_alive()):
                # In a thread of its own: an adapter may wait without end.
                adapter = get_adapter(self._config)
                asking = threading.Thread(target=cancel_queries, args=(adapter,), daemon=True)
                asking.start()
                cancelled = time.monotonic()
            time.sleep(AGAIN)
        self._give_up()


def _interrupt_python_models() -> None:
    for ident, frame in sys._current_frames().items():
        at: Any = frame
        while at is not None and at.f_code.co_name != PYTHON_MODEL:
            at = at.f_back
        if at is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(ident), ctypes.py_object(ModelCancelled)
            )
