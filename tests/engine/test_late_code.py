"""Compiled code that is written while a run goes on is what dbt would have written."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from dbt.contracts.graph.nodes import ParsedNode

from tui.engine.patches.late_code import LateCode

NODE: Any = SimpleNamespace(language="sql")


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> Iterator[LateCode]:
    monkeypatch.setattr(ParsedNode, "write_node", ParsedNode.write_node)
    late = LateCode()
    late.put_off()
    yield late
    late.finish()


def write(root: Path, name: str, code: str, node: Any = NODE) -> None:
    ParsedNode.write_node(node, str(root), name, code)


def test_each_file_holds_what_was_written_last(late: LateCode, tmp_path: Path) -> None:
    def write_all(number: int) -> None:
        for time in range(20):
            write(tmp_path, f"target/run/{number}/ä.sql", f"select '{number} {time} ß'")

    threads = [threading.Thread(target=write_all, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert late.finish() == []
    for number in range(8):
        found = (tmp_path / f"target/run/{number}/ä.sql").read_text("utf-8")
        assert found == f"select '{number} 19 ß'"


def test_a_file_is_written_again_only_where_it_is_another(late: LateCode, tmp_path: Path) -> None:
    for name, before in [("same", "select 1"), ("longer", "select 1 "), ("shorter", "select")]:
        (tmp_path / name).write_text(before)
        os.utime(tmp_path / name, (1, 1))
        write(tmp_path, name, "select 1")
    late.finish()
    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == dict.fromkeys(
        ("same", "longer", "shorter"), "select 1"
    )
    assert {one.name for one in tmp_path.iterdir() if one.stat().st_mtime == 1} == {"same"}


def test_code_of_python_is_there_at_once(late: LateCode, tmp_path: Path) -> None:
    write(tmp_path, "model.py", "def model(): ...", SimpleNamespace(language="python"))
    assert (tmp_path / "model.py").read_text() == "def model(): ..."


def test_what_cannot_be_written_is_said(late: LateCode, tmp_path: Path) -> None:
    (tmp_path / "target").write_text("a file, where a directory should be")
    write(tmp_path, "target/run/model.sql", "select 1")
    (said,) = late.finish()
    assert said == f"{tmp_path}/target/run/model.sql was not written: Not a directory."
    (tmp_path / "target").unlink()
    write(tmp_path, "target/run/model.sql", "select 2")
    assert late.finish() == []
    assert (tmp_path / "target/run/model.sql").read_text() == "select 2"


def test_after_a_failure_dbt_writes_and_says_what_is_wrong(late: LateCode, tmp_path: Path) -> None:
    (tmp_path / "target").write_text("a file, where a directory should be")
    write(tmp_path, "target/run/model.sql", "select 1")

    def write_on() -> None:
        while True:
            write(tmp_path, "target/run/other.sql", "select 1")

    with pytest.raises(OSError, match="target"):
        write_on()
