"""The process that traces columns: parsing SQL holds Python's lock, which the screen needs.

It reads requests as lines of JSON from its standard input and ends with it:

    {"assets": [rows of Traceable], "dialect": …}    the project as it is now
    {"code": {unique_id: [code_key, sql]}}           the SQL that it was missing
    {"advance": number}                              trace all that can be traced

and writes, for each `advance`, lines of what is new, then what is missing:

    {"traced": {unique_id: row of a TracedAsset}}
    {"advanced": number, "missing": [unique_id], "before": {unique_id: row as it was built}}
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO

from tui.column_lineage.project_tracing import ProjectTracing, Traceable
from tui.column_lineage.values import Query, TracedAsset, to_row
from tui.protocol.private_files import private
from tui.protocol.whole_files import replacement

LONGEST = 15
"""Seconds of the processor that one query may take."""
TELL = 0.1
"""Seconds of what was traced that are told at once."""


def main(arguments: list[str]) -> int:
    """Trace until the standard input ends. The argument is the file of what was traced before."""
    if hasattr(os, "nice"):
        os.nice(10)
    # Nobody reads what sqlglot warns of: a pipe that is full would hold everything up.
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    work(Path(arguments[0]), sys.stdin.buffer, sys.stdout.buffer)
    return 0


def work(path: Path, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more."""
    from importlib.metadata import version

    kept = read_kept(path)
    tracing = ProjectTracing(kept, _trace_in_time, version=version("sqlglot"))
    for line in requests:
        request = json.loads(line)
        if "assets" in request:
            tracing.take_assets(map(Traceable._make, request["assets"]), request["dialect"])
        for key, (code_key, sql) in request.get("code", {}).items():
            tracing.take_code(key, code_key, sql)
        if "advance" not in request:
            continue
        _advance(tracing, answers)
        missing = tracing.missing()
        before = {key: to_row(one) for key, one in tracing.before().items()}
        advanced = {"advanced": request["advance"], "missing": missing, "before": before}
        _write(answers, advanced)
        if not missing and tracing.is_changed:
            tracing.is_changed = False
            tracing.forget_unused()
            write_kept(path, kept)


class _TooLong(BaseException):
    """A query takes longer than is waited for."""


def _trace_in_time(query: Query) -> TracedAsset:
    """Trace a query, but not for ever: the other models wait."""
    from tui.column_lineage.tracing import trace

    def end(*_: Any) -> None:
        raise _TooLong

    # The processor's time: on a busy machine a query takes longer, and can be traced all the same.
    if hasattr(signal, "SIGPROF"):
        signal.signal(signal.SIGPROF, end)
        signal.setitimer(signal.ITIMER_PROF, LONGEST)
    try:
        return trace(query)
    except _TooLong:
        problem = f"It could not be traced within {LONGEST} seconds."
        return TracedAsset(problem=problem, is_whole=False)
    finally:
        if hasattr(signal, "SIGPROF"):
            signal.setitimer(signal.ITIMER_PROF, 0)


def _advance(tracing: ProjectTracing, answers: BinaryIO) -> None:
    told: dict[str, list[Any]] = {}
    tell_at = time.monotonic() + TELL
    for key, traced in tracing.advance():
        told[key] = to_row(traced)
        if time.monotonic() >= tell_at:
            _write(answers, {"traced": told})
            told, tell_at = {}, time.monotonic() + TELL
    if told:
        _write(answers, {"traced": told})


def _write(answers: BinaryIO, value: Any) -> None:
    answers.write(json.dumps(value, separators=(",", ":")).encode() + b"\n")
    answers.flush()


def read_kept(path: Path) -> dict[str, list[Any]]:
    """What was traced before; empty where it cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def write_kept(path: Path, kept: dict[str, list[Any]]) -> None:
    """Keep what was traced for the next start, whole or not at all."""
    try:
        with (
            replacement(path) as partial,
            open(partial, "x", encoding="utf-8", opener=private) as file,
        ):
            json.dump(kept, file, separators=(",", ":"))
    except OSError:
        return  # it costs the next start a few seconds


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
