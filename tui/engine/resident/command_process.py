"""The whole life of one command: dbt's own command line, in a process that was forked for it.

It has the client's terminal, directory, environment, umask and limits of signals, and is otherwise
what a shell would have started: what dbt prints, writes and returns is dbt's.
"""

from __future__ import annotations

import atexit
import json
import os
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NoReturn, Protocol

from tui.engine.resident.client_place import become_client, take_streams
from tui.protocol.resident import send_answer

LARGEST_REPORT = 60_000
"""Bytes that a pipe takes without anybody who reads."""


class Origin(Protocol):
    """The process of the engine from which a command is forked."""

    program: str
    """The `dbt` that the command is taken for."""
    printed: bytes
    """What the imports had to say to a terminal."""
    prepare: Callable[[], object]
    """Called in the process of a command before it begins."""
    learned: Callable[[], Mapping[str, Any]]
    """What the engine may remember of a command; called at its end, in its process."""


def be_command(
    request: Mapping[str, Any],
    streams: list[int],
    connection: socket.socket,
    told: int,
    origin: Origin,
) -> NoReturn:
    """What the forked child does from here to its end.

    Args:
        request: `arguments`, `directory`, `environment`, `umask` and `ignored` (signals).
        streams: what becomes its standard input, output and error.
        connection: to the client, which is told the exit code.
        told: a pipe to the engine, for what it may remember of this command.
        origin: what the engine's process says of itself.
    """
    code = 1
    try:
        os.setsid()
        take_streams(streams, connection.fileno(), told)
        known = frozenset(sys.modules)
        become_client(request, origin.program)
        origin.prepare()
        send_answer(connection, {"began": os.getpid()})
        if origin.printed:
            os.write(2, origin.printed)
        code = _run()
        _report(told, known, origin.learned)
        with suppress(OSError):
            send_answer(connection, {"exit": code})
    except BaseException:  # noqa: BLE001 - the edge of the process: it never returns to the engine
        traceback.print_exc()
    finally:
        os._exit(code)


def _run() -> int:
    """Run dbt's command line as its script does, then what an interpreter does at its end."""
    from dbt.cli.main import cli

    code = 0
    try:
        cli()
    except SystemExit as error:
        code = _code_of(error.code)
    except KeyboardInterrupt:
        traceback.print_exc()
        code = 130
    except BaseException:  # noqa: BLE001 - as the interpreter does it
        traceback.print_exc()
        code = 1
    with suppress(Exception):  # the command is over, its exit code known
        threading._shutdown()  # type: ignore[attr-defined] # threads that go on are waited for
    _close_database()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            code = 120  # as the interpreter ends when its last words cannot be written
    return code


def _code_of(value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, int):
        return value & 0xFF
    print(value, file=sys.stderr)  # noqa: T201  as the interpreter does it
    return 1


def _close_database() -> None:
    """Close what DuckDB keeps open until its process ends, as the end of an interpreter does."""
    if "dbt.adapters.duckdb" not in sys.modules:
        return
    from tui.engine.fence.registry import DUCKDB

    if (duckdb := DUCKDB.use()) is not None:
        with suppress(Exception):  # whatever a driver says at its end, the command is over
            duckdb.close()


def _report(told: int, known: frozenset[str], learned: Callable[[], Mapping[str, Any]]) -> None:
    """Tell the engine what it may have ready for the next command."""
    with suppress(Exception):  # without the report the next command is only slower
        modules = [name for name in sys.modules if name not in known and _is_installed(name)]
        report = json.dumps({"modules": modules, **learned()}).encode()
        if len(report) <= LARGEST_REPORT:
            os.write(told, report)


def _is_installed(name: str) -> bool:
    """Whether a module is one of an installed package, which another project would have too."""
    spec = getattr(sys.modules.get(name), "__spec__", None)
    origin = getattr(spec, "origin", None) or ""
    return origin in ("built-in", "frozen") or origin.startswith(
        (sys.prefix + os.sep, sys.base_prefix + os.sep, os.path.dirname(os.__file__) + os.sep)
    )
