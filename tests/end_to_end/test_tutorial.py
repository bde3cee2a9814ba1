"""The tutorial of the Python definitions, step by step: scaffold, open, materialize, edit, an asset
upstream, a schedule that ticks.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.definitions.written import write
from tests.end_to_end.user import User, opens, rows_of
from tests.terminal import user_environment
from tests.waits import PATIENCE
from tests.warm_python import warm_python
from tests.warm_python.program import run
from tui.project.project import find_project
from tui.workspace.workspace import Workspace

SHOP = {
    "dbt_project.yml": """
        name: jaffle
        version: "1.0"
        profile: jaffle
        flags: {send_anonymous_usage_stats: false}
    """,
    "profiles.yml": """
        jaffle:
          target: dev
          outputs: {dev: {type: duckdb, path: jaffle.duckdb}}
    """,
    "seeds/raw_customers.csv": "id,name\n1,Ada\n2,Grace\n",
    "models/customers.sql": "select id, name from {{ ref('raw_customers') }}\n",
    "models/models.yml": """
        models:
          - name: customers
            columns: [{name: id, data_tests: [not_null]}]
    """,
}
UPSTREAM = '''
import duckdb
from dbtree import MaterializeResult, asset, get_asset_key_for_source


@asset(key=get_asset_key_for_source([jaffle_dbt_assets], "web"))
def visits(context):
    """Fetch the visits."""
    with duckdb.connect("jaffle.duckdb") as db:
        db.execute("create or replace table main.visits as select 1 as id, 7 as pages")
    context.log.info("fetched")
    return MaterializeResult(metadata={"pages": 7})
'''
SOURCES = """
    sources:
      - name: web
        schema: main
        tables: [{name: visits}]
"""


@pytest.fixture(autouse=True)
def warm_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engines of the workspaces that a test opens itself are warm, too."""
    monkeypatch.setenv("DBTREE_DBT_PYTHON", warm_python())


def ended(where: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run(words, cwd=where, environment=user_environment(where), timeout=PATIENCE)


def dbtree(where: Path, *words: str) -> str:
    done = ended(where, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_tutorial(tmp_path: Path) -> None:
    root = tmp_path / "jaffle"
    write(root, SHOP)
    before = json.loads(dbtree(root, "ls", "--json"))
    told = dbtree(root, "project", "scaffold", "--project-name", "orchestration")
    assert told.split("\n")[:2] == ["cd orchestration", "dbtree dev"]
    orchestration = root / "orchestration"
    assert same_as_without(json.loads(dbtree(orchestration, "ls", "--json"))) == before
    with opens(orchestration) as user:
        user.sees_ready()
        materializes_everything(user, root)
        edits_the_function(user, orchestration / "orchestration" / "assets.py")
        adds_an_asset_upstream(user, root)
        enables_the_schedule(user, orchestration / "orchestration" / "schedules.py")
        assert user.leaves() == 0
    asyncio.run(sees_it_tick(orchestration))


def same_as_without(assets: list[dict[str, object]]) -> list[dict[str, object]]:
    """The assets without what only definitions know of them, which is there."""
    assert all(one["key"] == [one["name"]] for one in assets)
    assert {tuple(one["kinds"]) for one in assets} == {("dbt", "duckdb")}  # type: ignore[arg-type]
    return [{**one, "key": None, "kinds": []} for one in assets]


def materializes_everything(user: User, root: Path) -> None:
    user.sees_asset("customers", "never")
    user.presses("M")
    user.sees_run("build all", "success")
    user.sees_asset("customers", "fresh")
    user.goes_to("customers")
    user.sees("Materialized")
    user.sees("Latest run")
    assert rows_of(root, "select count(*) from customers") == [(2,)]


def edits_the_function(user: User, assets: Path) -> None:
    text = assets.read_text()
    assets.write_text(
        text.replace(
            "    yield from", '    context.log.info("hello from assets.py")\n    yield from'
        )
    )
    user.presses("m")
    user.sees("hello from assets.py")
    user.sees_run("build customers", "success")


def adds_an_asset_upstream(user: User, root: Path) -> None:
    package = root / "orchestration" / "orchestration"
    write(root, {"models/sources.yml": SOURCES})
    (root / "models" / "pages.sql").write_text("select * from {{ source('web', 'visits') }}\n")
    user.sees_asset("pages", "never")
    assets = package / "assets.py"
    assets.write_text(assets.read_text() + UPSTREAM)
    definitions = package / "definitions.py"
    text = definitions.read_text().replace(
        "import jaffle_dbt_assets", "import jaffle_dbt_assets, visits"
    )
    definitions.write_text(
        text.replace("assets=[jaffle_dbt_assets]", "assets=[jaffle_dbt_assets, visits]")
    )
    user.sees_asset("web.visits", "python")
    user.goes_to("pages")
    user.presses("u")
    user.sees_run("build +pages", "success")
    user.sees_asset("web.visits", "fresh")
    assert rows_of(root, "select pages from pages") == [(7,)]


def enables_the_schedule(user: User, schedules: Path) -> None:
    user.presses("3")
    user.sees("No schedules")
    schedules.write_text(schedules.read_text().replace("    # ", "    "))
    user.sees("materialize_dbt_models_schedule")
    user.presses("space")
    user.sees("1 on for dev")
    user.presses("1")
    user.sees("Assets")


async def sees_it_tick(orchestration: Path) -> None:
    """The next day, with a clock that is moved."""
    workspace = Workspace(find_project(orchestration))
    now = [datetime.now(UTC)]
    workspace.schedules.clock = lambda: now[0]
    workspace.restore()
    await workspace.open()
    try:
        await asyncio.wait_for(workspace.until(lambda state: bool(state.schedules.views)), PATIENCE)
        [view] = workspace.state.schedules.views
        assert view.is_on
        now[0] = view.next_at + timedelta(seconds=1) if view.next_at else now[0]
        await asyncio.wait_for(
            workspace.until(
                lambda state: any(tick.status == "run" for tick in state.schedules.views[0].ticks)
            ),
            PATIENCE,
        )
        await asyncio.wait_for(workspace.idle(), PATIENCE)
        [tick] = workspace.state.schedules.views[0].ticks
        run = workspace.state.runs[0]
        assert (run.run_id, run.status) == (tick.run_id, "success")
        assert run.command == "dbtree materialize --select fqn:*"  # a Python asset is among them
    finally:
        await workspace.close()


def test_schedules_without_python_from_the_command_line(tmp_path: Path) -> None:
    root = tmp_path / "jaffle"
    nightly = '[[schedules]]\nname = "nightly"\ncron = "0 2 * * *"\nselect = "customers"\n'
    write(root, {**SHOP, "dbtree.toml": nightly})
    started = json.loads(dbtree(root, "schedules", "start", "nightly", "--json"))
    assert (started["is_on"], started["target"]) == (True, "dev")
    [listed] = json.loads(dbtree(root, "schedules", "list", "--json"))
    assert listed == started
    preview = json.loads(dbtree(root, "schedules", "preview", "nightly", "--json"))
    assert preview["command"] == "dbt build --select customers"
    assert "model.jaffle.customers" in preview["nodes"]
    assert len(preview["next_ticks"]) == 5
    stopped = json.loads(dbtree(root, "schedules", "stop", "nightly", "--json"))
    assert (stopped["is_on"], stopped["next_tick"]) == (False, None)
    refused = ended(root, "schedules", "start", "weekly")
    assert refused.returncode == 2
    assert "There is no schedule 'weekly'" in refused.stderr
    assert "There are: nightly." in refused.stderr
