"""Runs of real dbt processes in another shell are noticed, and statuses follow them."""

import asyncio
import json
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from tests.endless import ENDLESS_QUERY
from tests.waits import PATIENCE, wait_until
from tests.warm_python import warm_python
from tests.workspace.conftest import OpenWorkspace, open_workspace
from tui.errors import DatabaseBusy
from tui.graph.staleness import own_reasons
from tui.project.project import find_project
from tui.protocol import events
from tui.protocol.messages import ExternalRunRecorded, RecordExternalRun
from tui.protocol.processes import writers_of
from tui.protocol.records import Fingerprint
from tui.runs.event_reader import EventFile
from tui.runs.plan import Scope, plan_build
from tui.runs.values import Run
from tui.workspace.workspace import Workspace

pytestmark = pytest.mark.asyncio(loop_scope="module")

FILES = {
    "dbt_project.yml": """\
name: elsewhere
version: "1.0.0"
profile: elsewhere
flags: {send_anonymous_usage_stats: false, require_generic_test_arguments_property: true}
vars: {least: 1}
""",
    "profiles.yml": """\
elsewhere: {target: dev, outputs: {dev: {type: duckdb, path: e.duckdb, threads: 1}}}
""",
    "seeds/raw_orders.csv": "id,amount\n1,10\n2,20\n3,30\n",
    "macros/cents.sql": "{% macro cents(name) %}{{ name }} * 100{% endmacro %}\n",
    "models/stg_orders.sql": (
        "select id, {{ cents('amount') }} as cents from {{ ref('raw_orders') }}\n"
    ),
    "models/orders.sql": (
        "{{ config(materialized='table') }}\nselect * from {{ ref('stg_orders') }}\n"
        "where id >= {{ var('least') }}\n"
    ),
    "models/totals.sql": "select sum(cents) as total from {{ ref('orders') }}\n",
    "models/slow.sql": (
        "{{ config(materialized='table', tags=['slow']) }}\n"
        "-- depends_on: {{ ref('stg_orders') }}\n" + ENDLESS_QUERY
    ),
    "models/_models.yml": """\
models:
  - name: stg_orders
    columns: [{name: cents, data_tests: [not_null]}]
""",
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("elsewhere") / "shop"
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(root: Path) -> AsyncIterator[OpenWorkspace]:
    async with open_workspace(root) as opened:
        yield opened


def start_dbt(root: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """A dbt of another shell: a process of its own, since some are killed."""
    return subprocess.Popen(
        [warm_python(), "-m", "dbt.cli.main", *arguments, "--profiles-dir", str(root)],
        cwd=root, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}, start_new_session=True,
        # Whatever runs the tests in the background may have SIGINT ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )  # fmt: skip


async def dbt(shop: OpenWorkspace, *arguments: str) -> Run:
    """Run dbt in another shell to its end; the run as it was noticed."""
    return await noticed(shop, start_dbt(shop.root, *arguments))


async def noticed(shop: OpenWorkspace, process: subprocess.Popen[bytes]) -> Run:
    before = {run.run_id for run in shop.state.runs}
    await asyncio.to_thread(process.wait)
    try:
        state = await shop.until(
            lambda state: [run for run in state.runs if run.external and run.run_id not in before]
        )
    except TimeoutError:
        writers = writers_of(str(shop.root / "logs" / "dbt.log")) or set()
        words = [psutil.Process(pid).cmdline() for pid in writers if psutil.pid_exists(pid)]
        raise AssertionError(f"not noticed; who has the log: {words}; {shop.state}") from None
    new = [run for run in state.runs if run.run_id not in before]
    await shop.idle()
    assert len(new) == 1
    found = shop.workspace.queries.run(new[0].run_id)
    assert found is not None
    return found


def begun(root: Path, name: str) -> bool:
    """Whether a dbt says in its log that it works on a model."""
    log = root / "logs" / "dbt.log"
    return log.exists() and f"Began running node model.elsewhere.{name}" in log.read_text()


async def until_begun(root: Path, name: str) -> None:
    await asyncio.to_thread(wait_until, lambda: begun(root, name))


def build_of(shop: OpenWorkspace, *names: str) -> str:
    return shop.workspace.materialize(
        plan_build(shop.state.graph, [shop.id_of(name) for name in names], Scope.ONLY)
    )


async def test_after_a_run_elsewhere_what_it_built_is_fresh_and_what_reads_it_is_stale(
    shop: OpenWorkspace,
) -> None:
    build_of(shop, "raw_orders", "stg_orders", "orders", "totals")
    await shop.idle()
    assert shop.status("totals") == "fresh"
    began = time.time()
    run = await dbt(shop, "run", "-s", "stg_orders")
    assert run.external
    assert (run.kind, run.status, run.target, run.label) == ("run", "success", "dev", "stg_orders")
    assert run.command.endswith("run -s stg_orders --profiles-dir " + str(shop.root))
    assert began <= run.started_at < run.finished_at <= time.time()
    assert {key: node.status for key, node in run.nodes.items()} == {
        "model.elsewhere.stg_orders": "success"
    }
    log = shop.workspace.queries.log(run.run_id)
    log.poll(1 << 20)
    named = {row.name for row in log.lines(0, 10_000) if row.unique_id == shop.id_of("stg_orders")}
    assert {"LogStartLine", "LogModelResult"} <= named
    assert shop.status("stg_orders") == "fresh"
    built = shop.state.history.built[shop.id_of("stg_orders")]
    assert built.run_id == run.run_id
    now = shop.state.graph.assets[shop.id_of("stg_orders")].fingerprint
    assert built.fingerprint._replace(compiled="") == now
    assert built.fingerprint.compiled
    assert list(built.macros) == ["macro.elsewhere.cents"]
    (reason,) = shop.state.statuses[shop.id_of("orders")].reasons
    assert reason.detail == f"stg_orders was materialized after it (run {run.run_id})"
    assert shop.reasons("totals") == ["upstream_stale"]
    # The run of dbtree itself was not taken for one from elsewhere.
    assert [one.external for one in shop.state.runs] == [True, False]


@pytest.mark.slow
async def test_what_was_built_with_other_variables_is_not_called_fresh(
    shop: OpenWorkspace,
) -> None:
    run = await dbt(shop, "build", "-s", "orders", "totals", "--vars", "least: 2")
    assert run.status == "success"
    assert shop.status("orders") == "stale"
    assert shop.reasons("orders") == ["compiled"]
    run = await dbt(shop, "build", "-s", "orders", "totals")
    assert (shop.status("orders"), shop.status("totals")) == ("fresh", "fresh")


async def test_what_others_built_before_an_edit_is_stale_after_it(shop: OpenWorkspace) -> None:
    shop.edit("macros/cents.sql", "* 100", "* 10")
    await shop.until(lambda _: shop.reasons("stg_orders"))
    assert shop.reasons("stg_orders") == ["macro"]
    shop.edit("macros/cents.sql", "* 10", "* 100")
    await shop.until(lambda _: not shop.reasons("stg_orders"))


async def recorded_without_manifest(shop: OpenWorkspace, run_id: str) -> dict[str, Fingerprint]:
    """What the latest run elsewhere was built from, by name, as it is recorded where another
    command has replaced its manifest.json."""
    results = shop.root / "target" / "run_results.json"
    reply = await shop.workspace._engine.ask(
        RecordExternalRun, run_id=run_id, run_dir=str(shop.root.parent / run_id),
        invocation_id=json.loads(results.read_text())["metadata"]["invocation_id"],
        command="dbt build", kind="build", target="dev", run_results=str(results),
        manifest=str(shop.root / "target" / "gone.json"),
    )  # fmt: skip
    assert isinstance(reply, ExternalRunRecorded), reply
    lines = EventFile(shop.root.parent / run_id / "events.jsonl").poll(1 << 20)
    return {
        event.unique_id.split(".")[-1]: Fingerprint(*event.fingerprint)
        for _, event in lines
        if isinstance(event, events.NodeFinished) and event.fingerprint
    }


async def test_of_a_run_whose_manifest_is_gone_code_and_files_tell(shop: OpenWorkspace) -> None:
    await dbt(shop, "build", "--exclude", "tag:slow")

    def reasons(name: str, built: Fingerprint) -> list[str]:
        asset = shop.state.graph.assets[shop.id_of(name)]
        made = replace(shop.state.history.built[asset.unique_id], fingerprint=built)
        return [reason.detail for reason in own_reasons(shop.state.graph, asset, made)]

    found = await recorded_without_manifest(shop, "e900")
    assert {*found} == {"raw_orders", "stg_orders", "orders", "totals"}
    assert [text for name, built in found.items() for text in reasons(name, built)] == []
    # Another file of the model, its own text, and a seed: nobody has the files of then.
    (shop.root / "models" / "_models.yml").touch()
    (shop.root / "seeds" / "raw_orders.csv").touch()
    shop.edit("models/totals.sql", "as total", "as whole")
    await shop.until(lambda _: shop.reasons("totals"))
    # One that this dbt cannot make a manifest of says as little as none.
    results = json.loads((shop.root / "target" / "run_results.json").read_text())
    (shop.root / "target" / "gone.json").write_text(json.dumps({"metadata": results["metadata"]}))
    found = await recorded_without_manifest(shop, "e901")
    after = "was written after it was built elsewhere"
    assert reasons("stg_orders", found["stg_orders"]) == [f"models/_models.yml {after}"]
    assert reasons("raw_orders", found["raw_orders"]) == [f"seeds/raw_orders.csv {after}"]
    assert reasons("totals", found["totals"]) == ["SQL changed"]
    assert reasons("orders", found["orders"]) == []
    shop.edit("models/totals.sql", "as whole", "as total")
    await shop.until(lambda _: not shop.reasons("totals"))


async def test_failures_and_what_was_skipped_for_them_are_told(shop: OpenWorkspace) -> None:
    shop.edit("seeds/raw_orders.csv", "3,30", "3,")
    run = await dbt(shop, "build", "--exclude", "tag:slow")
    assert run.status == "failed"
    (failed,) = [node for node in run.nodes.values() if node.status == "fail"]
    assert failed.failures == 1
    orders = run.nodes[shop.id_of("orders")]
    assert (orders.status, orders.skipped_because) == ("skipped", failed.unique_id)
    assert shop.status("orders") == "skipped"
    assert shop.status("stg_orders") == "checks failed"


async def test_a_dbt_that_was_killed_leaves_what_it_had_done(shop: OpenWorkspace) -> None:
    process = start_dbt(shop.root, "run", "-s", "stg_orders", "slow")
    await until_begun(shop.root, "slow")
    assert not any(run.is_active for run in shop.state.runs)
    # What dbtree would read goes behind it.
    async with asyncio.timeout(PATIENCE):
        while True:
            with pytest.raises(DatabaseBusy) as busy:
                await shop.workspace.queries.preview(shop.id_of("totals"))
            if str(busy.value).endswith("is running elsewhere."):
                break
    os.killpg(process.pid, signal.SIGKILL)
    run = await noticed(shop, process)
    assert run.status == "interrupted"
    assert {key.split(".")[-1]: node.status for key, node in run.nodes.items()} == {
        "stg_orders": "success",
        "slow": "interrupted",
    }
    assert shop.status("slow") == "never materialized"
    assert shop.state.history.built[shop.id_of("stg_orders")].run_id == run.run_id
    (shop.root / "logs" / "dbt.log").unlink()


@pytest.mark.slow
async def test_a_dbt_that_was_interrupted_by_hand_has_no_failures(shop: OpenWorkspace) -> None:
    process = start_dbt(shop.root, "run", "-s", "stg_orders", "slow")
    await until_begun(shop.root, "slow")
    os.kill(process.pid, signal.SIGINT)
    run = await noticed(shop, process)
    assert run.status == "cancelled"
    assert {node.status for node in run.nodes.values()} <= {"success", "cancelled"}
    assert shop.status("slow") == "never materialized"
    (shop.root / "logs" / "dbt.log").unlink()


@pytest.mark.slow
async def test_a_run_of_dbtree_that_was_killed_is_its_own(shop: OpenWorkspace) -> None:
    runs = len(shop.state.runs)
    run_id = build_of(shop, "slow")
    await until_begun(shop.root, "slow")
    run = shop.workspace.queries.run(run_id)
    assert run is not None
    os.killpg(run.pid, signal.SIGKILL)
    await shop.idle()
    # What compiles only is no run; the run after it shows that nothing else was recorded.
    await asyncio.to_thread(start_dbt(shop.root, "compile").wait)
    await dbt(shop, "run", "-s", "totals")
    assert len(shop.state.runs) == runs + 2
    assert [(one.status, one.external) for one in shop.state.runs[:2]] == [
        ("success", True),
        ("interrupted", False),
    ]


@pytest.mark.slow
async def test_what_ended_while_dbtree_was_closed_is_found_at_the_next_start(
    shop: OpenWorkspace,
) -> None:
    runs = len(shop.state.runs)
    await shop.workspace.close(runs="wait")
    await asyncio.to_thread(start_dbt(shop.root, "run", "-s", "stg_orders").wait)
    workspace = Workspace(find_project(shop.root))
    workspace.restore()
    await workspace.open()
    try:
        reopened = OpenWorkspace(workspace)
        await reopened.until(lambda state: len(state.runs) > runs)
        await reopened.idle()
        latest = reopened.state.runs[0]
        assert (latest.external, latest.label) == (True, "stg_orders")
        assert reopened.reasons("orders") == ["upstream"]
    finally:
        await workspace.close()
