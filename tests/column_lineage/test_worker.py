"""The process that traces, spoken to in its lines."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tui.column_lineage.project_tracing import Traceable
from tui.column_lineage.worker import read_kept, work

RAW = Traceable("raw", "raw", "db.raw.orders", columns=("id", "cents"))
STG = Traceable("stg", "stg", "db.s.stg", ("raw",), "stg-1", built_key="stg-1")
SQL = "select id, cents / 100 as amount from db.raw.orders"
PROJECT: dict[str, Any] = {"assets": [RAW, STG], "dialect": "duckdb", "advance": 1}


def answers(path: Path, *requests: dict[str, Any]) -> list[dict[str, Any]]:
    lines = b"".join(json.dumps(one).encode() + b"\n" for one in requests)
    said = io.BytesIO()
    work(path, io.BytesIO(lines), said)
    return [json.loads(line) for line in said.getvalue().splitlines()]


def test_it_says_whose_code_is_missing_and_traces_what_it_is_given(tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    given = {"code": {"stg": ["stg-1", SQL]}, "advance": 2}
    told = answers(kept, PROJECT, given)
    assert [list(one) for one in told] == [
        ["traced"], ["advanced", "missing", "before"], ["traced"], ["advanced", "missing", "before"]
    ]  # fmt: skip
    assert told[1]["missing"] == ["stg"]
    assert told[2]["traced"]["stg"][0][1][:2] == ["amount", "computed"]
    assert told[3] == {"advanced": 2, "missing": [], "before": {}}
    again = answers(kept, PROJECT)
    assert again[-1]["missing"] == [], "what was traced is kept, and no SQL is needed"
    assert kept.stat().st_mode & 0o077 == 0


def test_what_it_was_when_it_was_built_is_kept_over_edits_and_starts(tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    answers(kept, PROJECT, {"code": {"stg": ["stg-1", SQL]}, "advance": 2})
    edited = {**PROJECT, "assets": [RAW, STG._replace(code_key="stg-2")]}
    code = {"stg": ["stg-2", SQL.replace("100", "1000")]}
    before = answers(kept, {**edited, "code": code})[-1]["before"]
    assert before["stg"][0][1][3] == "cents / 100"


def test_a_broken_file_of_what_was_kept_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    for text in ("", "{", "[]", '{"x": '):
        (tmp_path / "kept.json").write_text(text)
        assert read_kept(tmp_path / "kept.json") == {}
        assert answers(tmp_path / "kept.json", PROJECT)[-1]["missing"] == ["stg"]


def test_what_sqlglot_warns_of_holds_nothing_up(tmp_path: Path) -> None:
    """The screen reads no more of its errors than what it ended with."""
    assets = [RAW, *(STG._replace(unique_id=f"m{number}") for number in range(1000))]
    code = {one.unique_id: ["stg-1", f"call {one.unique_id}({'x' * 90})"] for one in assets[1:]}
    requests = json.dumps({**PROJECT, "assets": assets, "code": code}) + "\n"
    worker = [sys.executable, "-m", "tui.column_lineage.worker", str(tmp_path / "kept.json")]
    done = subprocess.run(worker, input=requests, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert json.loads(done.stdout.splitlines()[-1])["missing"] == []


def test_sqlglot_is_imported_only_where_sql_is_traced() -> None:
    program = (
        "import sys, tui.ui.app, tui.workspace.workspace, tui.workspace.column_tracing, "
        "tui.ui.asset_page.columns_tab; sys.exit('sqlglot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
