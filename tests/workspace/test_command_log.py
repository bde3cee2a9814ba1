"""Which commands are told of."""

from __future__ import annotations

from tui.runs.plan import RunPlan
from tui.runs.values import Run
from tui.workspace.command_log import IssuedCommand, all_commands

NOW = 1_000.0


def test_what_dbtree_issued_and_ran_is_told_of_and_what_was_typed_elsewhere_is_not() -> None:
    parse = IssuedCommand(1, "dbt parse", NOW - 50, 2.0, "success")
    waited = Run(
        "a001", "success", "dbt build", started_at=NOW - 40, finished_at=NOW - 10, waited=24.0
    )
    elsewhere = Run(
        "e123", "success", "dbt run -s orders", started_at=NOW - 30, finished_at=NOW - 20,
        external=True,
    )  # fmt: skip
    plan = RunPlan("d001", "build", (), "orders", "dbt build -s orders", asked_at=NOW)
    told = all_commands([parse], [waited, elsewhere], [plan], NOW)
    assert [one.line for one in told] == ["dbt build -s orders", "dbt build", "dbt parse"]
    assert [one.outcome for one in told] == ["queued", "success", "success"]
    assert told[1].duration == 6.0
