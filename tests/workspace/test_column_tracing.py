"""Columns are traced in a process of their own, from SQL that the engine compiles, after every
edit, and git's word on the same edit.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.projects.parsed import copy_parsed_demo
from tui.column_lineage.effects import coverage
from tui.column_lineage.values import ColumnRef
from tui.project.project import find_project
from tui.workspace.state import WorkspaceState
from tui.workspace.workspace import Workspace

pytestmark = pytest.mark.dbt

STAGING = "model.corner_shop.stg_orders"
ORDERS = "model.corner_shop.orders"


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.email=a@example.com", "-c", "user.name=A")
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


async def test_an_edit_is_traced_anew_and_known_to_git(tmp_path: Path) -> None:
    root = copy_parsed_demo(tmp_path / "shop")
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "all")
    workspace = Workspace(find_project(root))
    try:
        await workspace.open()
        workspace.trace_columns()
        state = await workspace.until(is_traced)
        columns = state.columns
        assert columns is not None
        found = coverage(columns, state.graph)
        assert (found.queries - found.traced, found.traced_columns) == (1, found.columns)
        assert "Python" in columns.assets["model.corner_shop.customer_cohorts"].problem
        up = [str(step.ref.column) for step in columns.upstream(ColumnRef(ORDERS, "order_status"))]
        assert up == ["order_status", "status"]

        path = root / "models" / "staging" / "stg_orders.sql"
        path.write_text(
            path.read_text().replace("status as order_status", "channel as order_status")
        )
        workspace.reparse(["models/staging/stg_orders.sql"])
        ref = ColumnRef(STAGING, "order_status")
        state = await workspace.until(
            lambda state: (
                is_traced(state)
                and state.columns is not None
                and state.columns.sources_of(ref)[0].column == "channel"
            )
        )
        state = await workspace.until(lambda state: STAGING in state.changed)
        assert (state.changed[STAGING].letter, state.changed[STAGING].is_committed) == ("M", False)
        assert state.git is not None
        assert state.git.branch == "main"
        assert await workspace.queries.changed_since("HEAD") == {STAGING}
    finally:
        await workspace.close()
    kept = root / ".dbtree" / "column_lineage.json"
    assert kept.stat().st_mode & 0o077 == 0


def is_traced(state: WorkspaceState) -> bool:
    return state.columns is not None and state.columns.is_complete
