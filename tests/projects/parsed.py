"""Copies of the demo project that dbt has parsed, for tests that are not about a first parse.

A parse from nothing costs three seconds of a processor. A partial parse file says where its project
lies, and dbtree does not use that of a project that was moved: the file of a copy says where the
copy lies.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import msgpack

from tests.warm_python import parsed_demo

PARTIAL_PARSE = Path("target", "partial_parse.msgpack")


def copy_parsed_demo(directory: Path) -> Path:
    """Copy the demo project as it lies after a first `dbt parse`; returns the directory."""
    original = parsed_demo()
    shutil.copytree(original, directory)
    relocate(directory / PARTIAL_PARSE, original, directory)
    return directory


def relocate(partial_parse: Path, was: Path, now: Path) -> None:
    """Make a partial parse file one of a project in another directory."""
    # In msgpack a text stands behind its length: it is found only where it is all of a text.
    content = partial_parse.read_bytes()
    partial_parse.write_bytes(content.replace(msgpack.packb(str(was)), msgpack.packb(str(now))))
