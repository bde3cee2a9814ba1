"""What `:clone` copies, and what it refuses before dbt would fail."""

from __future__ import annotations

import pytest

from tests.graphs import graph_of
from tui.errors import SelectionError
from tui.graph.deferral import Deferral
from tui.protocol.messages import CLONE
from tui.runs.clone_plan import plan_clone
from tui.runs.freshness_plan import plan_retry
from tui.runs.values import NodeRun, Run

FLAGS = "--defer --state states/prod"
NOTE = "prod is a file that this target does not open, so runs find nothing there."


SHOP = graph_of("raw -> a -> b")


def test_what_the_other_state_has_is_copied() -> None:
    deferral = Deferral("prod", "states/prod", {"a": "db.prod.a", "b": "db.prod.b"})
    plan = plan_clone(SHOP, ["raw", "a"], deferral, FLAGS)
    assert (plan.command, plan.nodes, plan.label) == (CLONE, ("a",), "a")
    assert plan.dbt_line == f"dbt clone --select a {FLAGS}"
    assert plan_clone(SHOP, ["a", "b"], deferral, FLAGS).label == "2 assets"
    with pytest.raises(SelectionError, match="prod has none of what is chosen"):
        plan_clone(SHOP, ["raw"], deferral, FLAGS)


def test_what_the_target_cannot_read_is_refused_with_the_reason() -> None:
    deferral = Deferral("prod", "states/prod", {"a": "prod.main.a"}, note=NOTE)
    with pytest.raises(SelectionError, match="a file that this target does not open"):
        plan_clone(SHOP, ["a"], deferral, FLAGS)
    near = Deferral("prod", "states/prod", {"a": "DB.prod.a", "b": "prod.main.b"}, note=NOTE)
    assert plan_clone(SHOP, ["a"], near, FLAGS).nodes == ("a",)


def test_a_clone_is_not_retried_as_a_build() -> None:
    run = Run("a670", "failed", kind=CLONE, nodes={"a": NodeRun("a", "error")})
    with pytest.raises(SelectionError, match=r"Run a670 only cloned: `:clone` copies"):
        plan_retry(SHOP, run)
