"""Copies of the demo project that dbt has parsed, for tests that are not about a first parse.

A parse from nothing costs three seconds of a processor. A partial parse file says where its project
lies, and dbtree does not use that of a project that was moved: the file of a copy says where the
copy lies.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import msgpack

from tests.projects import DEMO, copy_project
from tests.warm_python import warm_python

PARTIAL_PARSE = Path("target", "partial_parse.msgpack")


def copy_parsed_demo(directory: Path) -> Path:
    """Copy the demo project as it lies after a first `dbt parse`; returns the directory."""
    original = _parsed_demo()
    shutil.copytree(original, directory)
    relocate(directory / PARTIAL_PARSE, original, directory)
    return directory


def relocate(partial_parse: Path, was: Path, now: Path) -> None:
    """Make a partial parse file one of a project in another directory."""

    def relocated(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: relocated(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [relocated(inner) for inner in value]
        return str(now) if value == str(was) else value

    content = msgpack.unpackb(partial_parse.read_bytes(), strict_map_key=False)
    partial_parse.write_bytes(msgpack.packb(relocated(content)))


@functools.cache
def _parsed_demo() -> Path:
    """The demo project, parsed once in this process; not to be written to."""
    kept = tempfile.TemporaryDirectory(prefix="dbtree-parsed-")
    _kept.append(kept)
    project = copy_project(DEMO, Path(kept.name).resolve() / "shop")
    subprocess.run(
        [warm_python(), "-m", "dbt.cli.main", "--quiet", "parse", "--profiles-dir", "."],
        cwd=project,
        env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
        check=True,
    )
    return project


_kept: list[tempfile.TemporaryDirectory[str]] = []
"""Removed when the process ends."""
