"""Makes the pictures in `screenshots/`: `python -m tests.screenshots [NAME…]`.

They are of the real program: the app on a real workspace and engine, on a copy of the demo project
that is built, edited and broken for them. Ages, durations and run ids differ from time to time;
all else is the same.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
from textual.pilot import Pilot

from tests.bench.projects import save
from tests.definitions.written import write
from tests.projects import DEMO, copy_project
from tests.projects.visits import PROJECT as VISITS
from tui.project.project import find_project
from tui.runs.partitioned import backfill
from tui.runs.plan import plan_build
from tui.ui.app import DbtreeApp
from tui.ui.screens.assets import AssetsScreen
from tui.ui.theme.glyphs import UNICODE
from tui.workspace.state import WorkspaceState
from tui.workspace.workspace import Workspace

DIRECTORY = Path(__file__).parents[1] / "screenshots"
SIZE = (130, 36)
SMALL = (80, 24)
CUSTOMERS = "models/marts/sales/customers.sql"
ORDERS = "models/marts/sales/orders.sql"
NAMED = ("-c", "user.name=dbtree", "-c", "user.email=")
"""Who commits, whatever the machine says."""
ENVIRONMENT = {"HOME": "", "TERM": "xterm-256color"}


@dataclass(frozen=True)
class Studio:
    """An open project, in front of the camera."""

    project: Path
    workspace: Workspace
    pilot: Pilot[None]

    async def until(self, is_so: Callable[[WorkspaceState], bool]) -> None:
        """Wait until something holds of the state, and is on the screen."""
        await self.workspace.until(is_so)
        await self.pilot.pause()

    async def ready(self) -> None:
        """Wait until nothing is going on."""
        await self.workspace.idle()
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def see(self, text: str) -> None:
        """Wait until a text is on the screen."""
        for _ in range(1000):
            if self.shows(text):
                return
            await self.pilot.pause(0.02)
        raise LookupError(f"{text!r} does not come to the screen")

    def shows(self, text: str) -> bool:
        """Whether a text is on the screen."""
        strips = self.pilot.app.screen._compositor.render_strips()
        return any(text in strip.text for strip in strips)

    async def highlight(self, unique_id: str) -> None:
        """Put the cursor on an asset."""
        screen = self.pilot.app.screen
        assert isinstance(screen, AssetsScreen)
        screen.tree_view.show(unique_id)
        await self.pilot.pause()

    async def build(self, key: str) -> None:
        """Press a key that builds, and wait until it has."""
        before = [run.run_id for run in self.workspace.state.runs]
        await self.press(key)
        await self.workspace.until(lambda state: [run.run_id for run in state.runs] != before)
        await self.ready()

    async def edit(self, path: str, old: str, new: str) -> None:
        """Save a file with another text, and wait until dbt has said what it thinks of it."""
        file = self.project / path
        before = self.workspace.state
        save(file, file.read_text("utf-8").replace(old, new, 1))
        await self.until(
            lambda state: (
                state.phase == "ready"
                and (state.graph is not before.graph or state.problems != before.problems)
            )
        )

    async def take(self, name: str) -> None:
        """Write what is on the screen as a picture."""
        await self.pilot.pause(0.3)
        DIRECTORY.mkdir(exist_ok=True)
        svg = self.pilot.app.export_screenshot(title="dbtree")
        (DIRECTORY / f"{name}.svg").write_text(svg, "utf-8")
        print(f"screenshots/{name}.svg")


async def defer(studio: Studio) -> None:
    """Nothing is built here, and all can be read from another state."""
    await studio.press("colon", *"defer prod", "enter")
    await studio.until(lambda state: bool(state.deferral))
    await studio.highlight("model.corner_shop.orders")
    await studio.see("Deferred to")
    await studio.take("defer")
    await studio.press("colon", *"defer off", "enter")
    await studio.until(lambda state: not state.deferral)


async def run_going_on(studio: Studio) -> None:
    """While everything is built."""
    await studio.press("M")
    await studio.until(lambda state: state.active is not None and _done(state) >= 22)
    await studio.take("run-going-on")
    await studio.ready()


def _done(state: WorkspaceState) -> int:
    nodes = state.active.nodes.values() if state.active else ()
    return sum(node.status not in ("queued", "running") for node in nodes)


async def timeline(studio: Studio) -> None:
    """When each asset of that run was built, on which thread, and what held it up."""
    await studio.press("2")
    await studio.press("enter")
    await studio.see("critical path")
    await studio.press("j", "j", "j")
    await studio.take("timeline")
    await studio.press("escape")
    await studio.press("1")


async def assets(studio: Studio) -> None:
    """All is built and fresh."""
    await studio.highlight("model.corner_shop.customers")
    await studio.take("assets")


async def small(studio: Studio) -> None:
    """The same in the smallest terminal that people have."""
    await studio.pilot.resize_terminal(*SMALL)
    await studio.highlight("model.corner_shop.customers")
    await studio.take("assets-80x24")
    await studio.pilot.resize_terminal(*SIZE)


async def asset_page(studio: Studio) -> None:
    """All about one asset: its SQL, its rows, its neighbourhood."""
    await studio.highlight("model.corner_shop.customers")
    await studio.press("enter")
    await studio.press("right_square_bracket")
    await studio.see('"corner_shop"."staging"')
    await studio.take("asset-sql")
    for _ in range(3):
        await studio.press("right_square_bracket")
    await studio.see("220 rows")
    await studio.take("asset-data")
    for _ in range(3):
        await studio.press("right_square_bracket")
    await studio.press("minus")
    await studio.see("1 step each way")
    await studio.take("asset-lineage")
    await studio.press("escape")


async def columns(studio: Studio) -> None:
    """Where a column comes from, and what is made of it."""
    await studio.highlight("model.corner_shop.customers")
    await studio.press("enter", "right_square_bracket", "right_square_bracket")
    await studio.workspace.until(lambda state: bool(state.columns and state.columns.is_complete))
    await studio.see("comes from")
    for _ in range(40):
        await studio.press("j")
        await studio.ready()
        if studio.shows("SUM("):
            break
    await studio.take("column-lineage")
    await studio.press("escape")


async def plan(studio: Studio) -> None:
    """What a run would do, with its options."""
    await studio.highlight("model.corner_shop.orders")
    await studio.press("P", "d", "e", "F")
    await studio.see("--fail-fast")
    await studio.take("plan")
    await studio.press("escape")


async def profile(studio: Studio) -> None:
    """What the columns of an asset hold."""
    await studio.highlight("model.corner_shop.orders")
    await studio.press("enter", "right_square_bracket", "right_square_bracket")
    await studio.see("as declared")
    await studio.press("i")
    await studio.see("profile of 640 rows")
    await studio.press(*["j"] * 8)
    await studio.take("asset-profile")
    await studio.press("i", "escape")


async def query(studio: Studio) -> None:
    """A query with Jinja, up to one of its CTEs."""
    await studio.highlight("model.corner_shop.orders")
    await studio.press("enter", "right_square_bracket")
    await studio.see('"corner_shop"."staging"')
    await studio.press("Q", "ctrl+g")
    await studio.see("CTE 1 of 1")
    await studio.take("query")
    await studio.press("escape", "escape", "escape")


async def selecting(studio: Studio) -> None:
    """What a selection selects, lit while it is typed."""
    await studio.press("s", *"+customers tag:da")
    await studio.see("assets ·")
    await studio.take("select")
    await studio.press("escape")


async def stale(studio: Studio) -> None:
    """A model was saved: it and what comes after it are stale."""
    await studio.edit(ORDERS, "orders.channel,", "upper(orders.channel) as channel,")
    await studio.highlight("model.corner_shop.orders")
    await studio.take("stale")


async def branch(studio: Studio) -> None:
    """Only what the git branch changes, and everything downstream of it."""
    await studio.until(lambda state: "model.corner_shop.orders" in state.changed)
    await studio.press("B")
    await studio.see("what main touches")
    await studio.take("branch")
    await studio.press("B")


async def data_diff(studio: Studio) -> None:
    """What the build of that model changed in the data."""
    await studio.workspace.diffs.keep_baselines(["model.corner_shop.orders"], on=True)
    await studio.build("m")
    await studio.press("D")
    await studio.see("values differ")
    await studio.take("data-diff")
    await studio.press("escape")
    await studio.workspace.diffs.keep_baselines(["model.corner_shop.orders"], on=False)


async def yaml(studio: Studio) -> None:
    """What is missing in the YAML about an asset."""
    await studio.highlight("model.corner_shop.int_product_costs")
    await studio.press("colon", *"yaml", "enter")
    await studio.see("Tests that the data passes")
    await studio.take("yaml")
    await studio.press("escape")


async def new(studio: Studio) -> None:
    """The form of a new asset, and the file that it makes."""
    await studio.highlight("source.corner_shop.till.payments")
    await studio.press("C")
    await studio.see("reads source('till', 'payments')")
    await studio.press(*"_by_day")
    await studio.take("new")
    await studio.press("escape")


async def rename(studio: Studio) -> None:
    """What another name of an asset changes."""
    await studio.highlight("model.corner_shop.orders")
    await studio.press("colon", *"rename sales", "enter")
    await studio.see("enter writes it")
    await studio.take("rename")
    await studio.press("escape")


async def broken(studio: Studio) -> None:
    """A save that dbt cannot parse: the last good tree stays."""
    await studio.edit(CUSTOMERS, "ref('orders')", "ref('ordres')")
    await studio.highlight("model.corner_shop.customers")
    await studio.take("broken")
    await studio.edit(CUSTOMERS, "ref('ordres')", "ref('orders')")


async def failed_run(studio: Studio) -> None:
    """The page of a run in which a model failed and others were skipped for it."""
    await studio.edit(CUSTOMERS, "customers.email,", "customers.e_mail,")
    await studio.highlight("model.corner_shop.orders")
    await studio.build("d")
    await studio.take("failed")
    await studio.press("2")
    await studio.press("enter")
    await studio.take("failed-run")
    await studio.press("escape")


async def runs(studio: Studio) -> None:
    """All the runs."""
    await studio.press("2")
    await studio.take("runs")
    await studio.press("1")


TERMINAL = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
"""The pictures are those of a terminal with all colours, whatever makes them."""
SCENES: tuple[Callable[[Studio], Awaitable[None]], ...] = (
    defer, run_going_on, timeline, assets, small, asset_page, columns, profile, query, plan,
    selecting, stale, branch, data_diff, yaml, new, rename, broken, failed_run, runs,
)  # fmt: skip


async def automation(studio: Studio) -> None:
    """What runs by itself, and a sensor that was evaluated."""
    await studio.until(lambda state: bool(state.schedules.sensors))
    (studio.project / "inbox").mkdir()
    (studio.project / "inbox" / "ada.csv").touch()
    studio.workspace.schedules.run_now("new_customers")
    await studio.until(lambda state: bool(state.schedules.all[0].ticks))
    await studio.ready()
    await studio.press("3")
    await studio.see("new_customers")
    await studio.take("automation")
    await studio.press("1")


async def partitions(studio: Studio) -> None:
    """The partitions of an asset: made, stale, missing."""
    graph = studio.workspace.state.graph
    days = [f"2026-01-{day:02}" for day in range(4, 12)]
    for name, keys in (("visits", days), ("trend", days[1:5]), ("visits", days[2:3])):
        plan = plan_build(graph, [f"asset.{name}"])
        for one in backfill(plan, graph, keys, per_run=1 if name == "trend" else None):
            studio.workspace.materialize(one)
        await studio.ready()
    await studio.highlight("asset.trend")
    await studio.press("m")
    await studio.see("stale")
    await studio.take("partitions")
    await studio.press("escape")


REPORT = """
from typing import Literal

from dbtree import Config


class ReportConfig(Config):
    day: str
    rows: int = 100
    mode: Literal["quick", "full"] = "quick"


@asset(deps=["visits"])
def report(config: ReportConfig): ...


defs = Definitions.merge(defs, Definitions(assets=[report]))
"""
"""An asset with settings, besides those of the project of partitions."""


async def run_config(studio: Studio) -> None:
    """The settings of a run, one of them wrong."""
    await studio.highlight("asset.report")
    await studio.press("m")
    await studio.see("Config")
    await studio.press(*"monday", "tab", *"many", "enter")
    await studio.see("must be int")
    await studio.take("run-config")
    await studio.press("escape")


def attach_production(root: Path) -> None:
    """Let the target read the file of production, which is empty."""
    duckdb.connect(str(root / "corner_shop_prod.duckdb")).close()
    profiles = root / "profiles.yml"
    attached = "attach: [{path: corner_shop_prod.duckdb, read_only: true}]"
    text = profiles.read_text("utf-8")
    profiles.write_text(text.replace("threads: 4", f"threads: 4\n      {attached}", 1), "utf-8")


def make_repository(root: Path) -> None:
    """Put the project under git, as it is."""
    for words in ("init --quiet -b main", "add -A", "commit --quiet -m all"):
        subprocess.run(["git", *NAMED, *words.split()], cwd=root, check=True)


async def main() -> None:
    """Play all the scenes, in their order: each stands on the one before."""
    parser = argparse.ArgumentParser(description="Make the pictures in screenshots/.")
    parser.add_argument("--definitions", action="store_true", help="only those of definitions")
    options = parser.parse_args()
    for name in ("NO_COLOR", "COLORFGBG"):
        os.environ.pop(name, None)
    os.environ.update(TERMINAL)
    with tempfile.TemporaryDirectory() as directory:
        if not options.definitions:
            root = copy_project(DEMO, Path(directory) / "corner_shop")
            attach_production(root)
            make_repository(root)
            await play(root, SCENES, directory)
        root = Path(directory) / "visits"
        write(root, VISITS)
        with (root / "flow.py").open("a", encoding="utf-8") as flow:
            flow.write(REPORT)
        await play(root, (automation, partitions, run_config), directory)


async def play(
    root: Path, scenes: Sequence[Callable[[Studio], Awaitable[None]]], home: str
) -> None:
    """Play scenes on one project."""
    workspace = Workspace(find_project(root, environment={**ENVIRONMENT, "HOME": home}))
    workspace.restore()
    app = DbtreeApp(workspace, glyphs=UNICODE)
    async with app.run_test(size=SIZE) as pilot:
        studio = Studio(root, workspace, pilot)
        await studio.ready()
        for scene in scenes:
            await scene(studio)
    await workspace.close()


if __name__ == "__main__":
    asyncio.run(main())
