"""A Python that has imported dbt already, which tests start engines and dbt commands with.

dbt's import costs two seconds of a processor, and the tests start hundreds of engines and of dbt's
commands. So one process of each session (of each worker) imports dbt once, and everything that is
asked of it is done by a fork of it. `warm_python()` is the path of a program that stands in for the
real Python: what it is asked to do runs in a process that has its standard streams, its other
descriptors, its environment and its working directory; signals and the end are handed on. What the
server does not know (any other program, an environment that changes how a Python starts) runs in
the real Python.

What is not the same: the id of the process, and its parent. A test that looks at those, at what is
imported when, or at the first second of a start, takes `DBT_PYTHON` itself.
"""

from __future__ import annotations

import functools
import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.dbt_python import DBT_PYTHON, ROOT

HERE = Path(__file__).parent
BOOTSTRAP = ROOT / "tui" / "engine" / "process" / "bootstrap.py"


@functools.cache
def warm_python() -> str:
    """The path of the stand-in; its server starts at the first call, and ends with this process."""
    kept = tempfile.TemporaryDirectory(prefix="dbtree-warm-")
    place = Path(kept.name, "socket")
    program = Path(kept.name, "python")
    words = shlex.join([DBT_PYTHON, "-ISE", str(HERE / "stand_in.py"), DBT_PYTHON, str(place)])
    program.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
    program.chmod(0o755)
    server = subprocess.Popen(
        [DBT_PYTHON, str(HERE / "server.py"), str(place), str(BOOTSTRAP)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"},
    )
    assert server.stdout is not None
    assert server.stdout.readline() == b"listening\n"
    _kept.append((kept, server))
    return str(program)


_kept: list[Any] = []
"""Removed when this process ends."""
