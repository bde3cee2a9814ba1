"""Runs that build less than all: deferred, empty, sampled, with other variables, in batches."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.engine_process import Engine
from tests.engine.test_running import plain_dbt, results
from tui.engine.records.run_limits import flags_for
from tui.protocol.events import BatchFinished, BatchStarted
from tui.protocol.messages import PrepareState, Refused, Select, Selected, StatePrepared
from tui.runs.batches import batches_of
from tui.runs.values import Run

pytestmark = pytest.mark.timeout(900)

FILES = {
    "dbt_project.yml": """
        name: shop
        version: "1.0"
        profile: shop
        vars: {n: 1}
        models: {shop: {+materialized: table}}
    """,
    "profiles.yml": """
        shop:
          target: dev
          outputs:
            dev: {type: duckdb, path: shop.duckdb, schema: dev, threads: 2}
            prod: {type: duckdb, path: shop.duckdb, schema: prod, threads: 2}
    """,
    "seeds/raw_orders.csv": ("id,day,amount\n1,2024-01-01,10\n2,2024-01-02,20\n3,2024-01-03,30\n"),
    "seeds/properties.yml": """
        seeds:
          - name: raw_orders
            config: {event_time: day, column_types: {day: timestamp}}
    """,
    "models/stg_orders.sql": (
        "select id, day, amount, {{ var('n') }} as n from {{ ref('raw_orders') }}"
    ),
    "models/fixed.sql": "select 1 as one",
    "models/through.sql": (
        "{{ config(materialized='ephemeral') }} select * from {{ ref('stg_orders') }}"
    ),
    "models/orders.sql": "select n, sum(amount) as total from {{ ref('through') }} group by 1",
    "models/daily.sql": """
        {{ config(
            materialized='incremental', incremental_strategy='microbatch', event_time='day',
            batch_size='day', begin='2024-01-01'
        ) }}
        select id, day, amount from {{ ref('raw_orders') }}
    """,
    "models/properties.yml": """
        models:
          - name: orders
            columns: [{name: total, data_tests: [not_null]}]
    """,
}


def write_shop(root: Path) -> Path:
    import textwrap

    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip())
    return root


def rows(root: Path, query: str) -> list[Any]:
    """What a query gives, asked in a process of its own: DuckDB keeps files open in its."""
    code = (
        "import duckdb, json, sys; print(json.dumps("
        "duckdb.connect(sys.argv[1], read_only=True).execute(sys.argv[2]).fetchall(), default=str))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(root / "shop.duckdb"), query],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: list[Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two copies of the project of which `prod` is built, with the manifest of that in `state`."""
    root = write_shop(tmp_path_factory.mktemp("shop"))
    plain_dbt(root, "build", "--target", "prod", "--select", "+orders", "--profiles-dir", ".")
    shutil.copytree(root / "target", root / "state")
    plain = tmp_path_factory.mktemp("plain") / "shop"
    shutil.copytree(root, plain)
    return root, plain


@pytest.fixture(scope="module")
def engine(roots: tuple[Path, Path]) -> Iterator[Engine]:
    engine = Engine(roots[0], {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"})
    yield engine
    engine.close()


def options_of(outcome: Any, name: str) -> Any:
    """What is recorded of the options that an asset was built with."""
    text = outcome.node(name).built().options
    return json.loads(text) if text else None


def test_a_command_gets_only_the_flags_that_it_has() -> None:
    flags = ["--empty", "--sample", "3 days", "--fail-fast", "--defer", "--state", "s"]
    assert flags_for("run", flags) == flags
    assert flags_for("seed", flags) == flags[3:]
    assert flags_for("test", ["--event-time-start", "2024-01-01", "--fail-fast"]) == ["--fail-fast"]
    assert flags_for("snapshot", flags) == ["--empty", *flags[3:]]


def test_a_target_to_defer_to_is_parsed_and_the_run_is_as_dbts_own(
    engine: Engine, roots: tuple[Path, Path]
) -> None:
    root, plain = roots
    directory = root / ".dbtree" / "states" / "prod"
    state = engine.ask(PrepareState, directory=str(directory), target="prod")
    assert isinstance(state, StatePrepared), state
    assert state.relations["model.shop.stg_orders"] == "shop.prod.stg_orders"
    assert "model.shop.through" not in state.relations
    flags = ["--defer", "--state", str(directory)]
    outcome = engine.run(engine.with_checks("orders"), flags=flags)
    plain_dbt(
        plain, "build", "--select", "orders", "--defer", "--state", "state", "--profiles-dir", "."
    )
    assert outcome.statuses() == {one["unique_id"]: one["status"] for one in results(plain)}
    assert rows(root, "select * from dev.orders") == rows(plain, "select * from dev.orders")
    assert rows(root, "select * from dev.orders") == [[1, 60]]
    deferred = {"model.shop.stg_orders": "shop.prod.stg_orders"}
    assert options_of(outcome, "orders") == {"deferred": deferred}


def test_a_clone_is_made_where_there_is_nothing_and_is_not_taken_for_a_build(
    engine: Engine,
) -> None:
    flags = ["--defer", "--state", str(engine.root / "state")]
    outcome = engine.run(engine.ids("stg_orders", "orders"), "clone", flags=flags)
    assert outcome.statuses() == {"model.shop.stg_orders": "success", "model.shop.orders": "no-op"}
    assert rows(engine.root, "select count(*) from dev.stg_orders") == [[3]]
    assert options_of(outcome, "stg_orders") == {"cloned": "shop.prod.stg_orders"}
    assert outcome.node("orders").fingerprint == []


def test_a_state_that_is_not_there_is_refused_in_a_sentence(engine: Engine, tmp_path: Path) -> None:
    reply = engine.ask(PrepareState, directory=str(tmp_path / "none"), target="nowhere")
    assert isinstance(reply, Refused)
    assert "does not have a target named 'nowhere'" in reply.message
    empty = engine.ask(PrepareState, directory=str(tmp_path), is_there=True)
    assert isinstance(empty, Refused)
    assert "manifest.json cannot be read" in empty.message
    (tmp_path / "manifest.json").write_text("[]")
    wrong = engine.ask(PrepareState, directory=str(tmp_path), is_there=True)
    assert isinstance(wrong, Refused)
    assert "is not a manifest of dbt" in wrong.message


def test_what_is_modified_is_selected_against_the_state(engine: Engine) -> None:
    model = engine.root / "models" / "fixed.sql"
    before = model.read_text()
    state = str(engine.root / "state")

    def modified() -> list[str]:
        reply = engine.ask(Select, select=["state:modified.body"], command="ls", state=state)
        assert isinstance(reply, Selected), reply
        return reply.unique_ids

    assert modified() == []
    model.write_text("select 2 as two")
    engine.reparse([model])
    assert modified() == ["model.shop.fixed"]
    model.write_text(before)
    engine.reparse([model])
    assert modified() == []


def test_what_is_built_from_fewer_rows_is_recorded_so(engine: Engine) -> None:
    nodes = engine.ids("raw_orders", "stg_orders", "fixed", "daily")
    empty = engine.run(nodes[:3], flags=["--empty"])
    assert rows(engine.root, "select count(*) from dev.stg_orders") == [[0]]
    assert options_of(empty, "stg_orders") == {"rows": "empty"}
    # Of what reads nothing, and of a file, nothing was left out.
    assert options_of(empty, "fixed") is None
    assert options_of(empty, "raw_orders") is None
    sampled = engine.run(nodes[1:3], flags=["--sample", "3 days"])
    assert options_of(sampled, "stg_orders") == {"rows": "sample 3 days"}
    assert options_of(sampled, "fixed") is None
    assert options_of(engine.run(nodes[1:2]), "stg_orders") is None


def test_a_run_with_variables_of_its_own_is_built_and_recorded_with_them(engine: Engine) -> None:
    nodes = engine.ids("raw_orders", "stg_orders")
    outcome = engine.run(nodes, vars="{n: 7}")
    assert rows(engine.root, "select distinct n from dev.stg_orders") == [[7]]
    assert json.loads(outcome.node("stg_orders").built().inputs)["var n"] == "7"
    assert json.loads(engine.assets[nodes[1]].fingerprint.inputs)["var n"] == "1"
    again = engine.run(nodes)
    assert json.loads(again.node("stg_orders").built().inputs)["var n"] == "1"
    assert rows(engine.root, "select distinct n from dev.stg_orders") == [[1]]


def test_the_batches_of_a_microbatch_model_have_a_status_each(engine: Engine) -> None:
    flags = ["--event-time-start", "2024-01-01", "--event-time-end", "2024-01-03"]
    outcome = engine.run(engine.ids("raw_orders", "daily"), flags=flags)
    assert [one.batch for one in outcome.of(BatchStarted)] == ["2024-01-01", "2024-01-02"]
    assert [one.status for one in outcome.of(BatchFinished)] == ["success", "success"]
    assert rows(engine.root, "select count(*) from dev.daily") == [[2]]
    run = Run("r", "running").apply(outcome.events)
    told = [(one.name, one.status) for one in batches_of(run.nodes["model.shop.daily"].batches)]
    assert told == [("2024-01-01", "success"), ("2024-01-02", "success")]


def test_a_microbatch_model_says_what_its_first_failed_batch_failed_with(engine: Engine) -> None:
    model = engine.root / "models/daily.sql"
    before = model.read_text()
    model.write_text(before.replace("amount", "(day < '2024-01-02' or nosuch) as amount"))
    engine.reparse([model])
    flags = ["--event-time-start", "2024-01-01", "--event-time-end", "2024-01-03"]
    outcome = engine.run(engine.ids("raw_orders", "daily"), flags=flags)
    first, second = outcome.of(BatchFinished)
    assert "nosuch" in first.message
    assert second.status == "skipped"
    assert outcome.node("daily").message.startswith("Batch 2024-01-01: ")
    assert "nosuch" in outcome.node("daily").message
    model.write_text(before)
    engine.reparse([model])
