"""The form of a run's settings: before a run that needs them, and from its plan."""

import json
from dataclasses import replace
from pathlib import Path

from tests.ui import sample
from tests.ui.user import opened
from tui.definitions.config_rows import ConfigField, ConfigRow
from tui.protocol.messages import DefinitionsLoaded
from tui.ui.remembered_config import load_config
from tui.ui.screens.run_config import RunConfigScreen
from tui.workspace.state import WorkspaceState

FIELDS = (
    ConfigField("day", "str", "str", is_required=True, description="The [day] to report."),
    ConfigField("rows", "int", "int", is_required=False, default="3"),
    ConfigField("mode", "choice", "Mode", is_required=False, default='"quick"',
                choices=["quick", "full"]),
    ConfigField("loud", "bool", "bool", is_required=False, default="false"),
)  # fmt: skip
REPORT = ConfigRow(["ops", "report"], ["model.shop.orders"], [list(one) for one in FIELDS])
PAGE = ConfigRow(["ops", "page"], ["model.shop.customers"], [list(FIELDS[1])])


def shop(tmp_path: Path) -> WorkspaceState:
    """The shop with settings of two functions."""
    told = DefinitionsLoaded("shop", [], configs=[list(REPORT), list(PAGE)])
    return replace(sample.shop(tmp_path), definitions=told)


async def test_a_run_that_needs_settings_asks_for_them_and_remembers_them(tmp_path: Path) -> None:
    async with opened(tmp_path, shop(tmp_path)) as user:
        await user.highlights("orders")
        await user.presses("m")
        assert isinstance(user.app.screen, RunConfigScreen)
        await user.sees("Config · report", "day", "The [day] to report.", "enter runs it")
        await user.presses("enter")
        await user.sees("needs a value (str)")
        assert not user.workspace.plans
        await user.types("monday")
        await user.presses("down")
        await user.types("x")
        await user.sees("must be int, not 'x'")
        await user.presses("backspace", "5", "down", "right", "down", "left", "enter")
        (plan,) = user.workspace.plans
        values = {"day": "monday", "rows": 5, "mode": "full", "loud": True}
        assert json.loads(plan.config) == {"ops": {"report": {"config": values}}}
        assert plan.dbt_line.startswith("dbtree materialize --select orders --config '{")
        assert load_config(user.workspace.state.project.state_dir) == {"report": values}
        await user.presses("m")
        await user.sees("monday")
        await user.presses("ctrl+r", "enter")
        await user.sees("needs a value (str)")
        await user.presses("escape")
        assert len(user.workspace.plans) == 1


async def test_the_plan_shows_and_changes_settings(tmp_path: Path) -> None:
    async with opened(tmp_path, shop(tmp_path)) as user:
        await user.highlights("customers")
        await user.presses("P")
        await user.sees("Config", "page", "rows=3")
        await user.presses("c")
        await user.types("8")
        await user.presses("enter")
        await user.sees("rows=8", "--config")
        await user.presses("u")
        await user.sees("needs day")
        await user.presses("d", "m", "enter")
        (plan,) = user.workspace.plans
        assert json.loads(plan.config) == {"ops": {"page": {"config": {"rows": 8}}}}
        await user.highlights("stg_orders")
        await user.presses("P", "c")
        await user.sees("Nothing in this plan takes settings.")
