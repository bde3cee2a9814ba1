"""The one list of commands keeps its promises."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import pytest

from tui.ui.app import DbtreeApp
from tui.ui.commands import (
    COMMANDS,
    Situation,
    commands_of,
    conflicts,
    footer_commands,
    key_label,
    reachable,
)
from tui.ui.commands.keymap import TOGETHER
from tui.ui.rows.command_rows import command_rows
from tui.ui.run_page.errors_view import ErrorsView
from tui.ui.run_page.timeline_view import TimelineView
from tui.ui.screens.asset import AssetScreen
from tui.ui.screens.assets import AssetsScreen
from tui.ui.screens.command_log import CommandLogScreen
from tui.ui.screens.compare import CompareScreen
from tui.ui.screens.partitions import PartitionListView, PartitionsScreen
from tui.ui.screens.run import RunScreen
from tui.ui.screens.runs import RunsScreen
from tui.ui.screens.warnings import WarningsScreen
from tui.ui.widgets.asset_tree_view import AssetTreeView
from tui.ui.widgets.details_view import DetailsView
from tui.ui.widgets.log_view import LogView
from tui.ui.widgets.raw_view import RawView
from tui.ui.widgets.record_list import RecordListView
from tui.ui.widgets.run_lists import RunListView

SCOPES = {
    "app": DbtreeApp,
    "assets": AssetsScreen,
    "tree": AssetTreeView,
    "details": DetailsView,
    "log": LogView,
    "page": AssetScreen,
    "runs": RunsScreen,
    "run": RunScreen,
    "run-list": RunListView,
    "timeline": TimelineView,
    "errors": ErrorsView,
    "raw": RawView,
    "record-list": RecordListView,
    "compare": CompareScreen,
    "commands": CommandLogScreen,
    "warnings": WarningsScreen,
    "partitions": PartitionsScreen,
    "partition-list": PartitionListView,
}


@pytest.mark.parametrize("scope", SCOPES)
def test_every_command_has_an_action_where_its_key_is_bound(scope: str) -> None:
    for command in commands_of(scope):
        assert hasattr(SCOPES[scope], f"action_{command.action}"), command.id


def test_every_command_has_an_id_of_its_own() -> None:
    ids = sorted(command.id for command in COMMANDS)
    assert all(first != second for first, second in pairwise(ids))


def test_no_two_commands_of_a_place_share_a_key() -> None:
    assert conflicts(*SCOPES) == []


@pytest.mark.parametrize("scopes", TOGETHER)
def test_no_key_does_two_things_where_it_is_heard(scopes: tuple[str, ...]) -> None:
    seen: dict[str, str] = {}
    for command in commands_of(*scopes):
        for key in filter(None, command.keys.split(",")):
            assert seen.setdefault(key, command.id) == command.id


def test_the_tree_and_its_screen_share_no_key() -> None:
    tree = {key for command in commands_of("tree") for key in command.keys.split(",")}
    screen = {key for command in commands_of("assets") for key in command.keys.split(",")}
    assert not tree & screen


def test_the_footer_shows_only_what_applies() -> None:
    idle = footer_commands(("assets", "tree", "app"), Situation())
    assert "cancel-run" not in {command.id for command in idle}
    busy = footer_commands(("assets", "tree", "app"), Situation(running=True))
    assert "cancel-run" in {command.id for command in busy}
    readonly = footer_commands(("assets",), Situation(buildable=True, readonly=True))
    assert "materialize" not in {command.id for command in readonly}


def test_a_key_is_told_for_what_it_does_where_the_focus_is() -> None:
    scopes = ("log", "assets", "app")
    slashes = [
        c.id for c in reachable(footer_commands(scopes, Situation()), scopes) if c.label == "/"
    ]
    assert slashes == ["log-search"]


def test_the_help_tells_every_command_that_is_not_a_mere_movement() -> None:
    shown = {row.command.id for row in command_rows(COMMANDS) if row.command}
    assert shown == {command.id for command in COMMANDS}


def test_keys_are_printed_as_people_read_them() -> None:
    keys = ("ctrl+d", "slash", "space", "M", "alt+down")
    assert [key_label(key) for key in keys] == ["^d", "/", "␣", "M", "alt+↓"]
    plain = [key_label(key, ascii_only=True) for key in ("space", "enter", "up", "slash", "M")]
    assert plain == ["space", "enter", "up", "/", "M"]


def test_the_screen_never_imports_dbt() -> None:
    code = (
        "import sys, tui.ui.app, tui.ui.screens.run, tui.ui.screens.runs, tui.ui.screens.help;"
        "sys.exit(any(name == 'dbt' or name.startswith('dbt.') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_first_frame_waits_for_no_module_that_it_can_do_without() -> None:
    code = (
        "import sys, tui.cli.main, tui.workspace.workspace, tui.ui.app, tui.ui.screens.assets;"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    later = {"tui.definitions.api", "tui.definitions.cron", "tui.runs.dbt_log", "sqlglot", "yaml"}
    later |= {"hashlib", "tomllib", "pygments", "markdown_it", "watchfiles"}
    assert not later & set(done.stdout.split())
