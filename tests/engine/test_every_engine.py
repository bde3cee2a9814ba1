"""What an engine must do, asked of each of them: the same requests, the same answers."""

import json
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from tests.endless import ENDLESS_QUERY
from tests.engine.engine_kinds import KINDS, open_kiosk
from tests.engine.engine_process import Engine, Outcome, wait_for
from tui.engine.command.manifest_file import read_manifest
from tui.engine.command.open_project import OpenedProject
from tui.engine.command.project_files import ProjectFiles
from tui.protocol.events import (
    LogLine,
    NodeFinished,
    NodeStarted,
    RunCancelling,
    RunFinished,
    RunPlanned,
    RunStarted,
)
from tui.protocol.messages import (
    CompileQuery,
    Describe,
    Described,
    Export,
    Exported,
    ExternalRunRecorded,
    FindRelations,
    GraphChanged,
    Inspect,
    Open,
    ParseFailed,
    PrepareState,
    Preview,
    Previewed,
    Profile,
    Profiled,
    Query,
    QueryCompiled,
    RecordExternalRun,
    Refused,
    Reparse,
    RunForked,
    Select,
    Selected,
    StatePrepared,
)
from tui.protocol.profiles import ColumnProfile

ASSETS = {
    "board": "dashboard", "dear": "view", "goods": "seed", "goods_then": "snapshot",
    "item.v1": "view", "item.v2": "view", "kit_days": "view", "label_days": "view",
    "labels": "ephemeral", "sold": "view", "stock": "view", "till.sales": "source",
}  # fmt: skip
SLOW = "{{ config(materialized='table') }}\n" + ENDLESS_QUERY


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def engine(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_kiosk(tmp_path_factory.mktemp(kind), kind)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def build(engine: Engine) -> Outcome:
    """Everything is built once, and `sold` fails, whose source is missing."""
    nodes = [key for key in engine.all_nodes() if "source_not_null" not in key]
    return engine.run(nodes, record_rows=False)


def ended(outcome: Outcome, unique_id: str) -> Any:
    """How a node of a run ended."""
    return outcome.nodes()[unique_id]


def save(engine: Engine, path: str, text: str) -> str:
    """Write a file; what was in it."""
    file = engine.root / path
    before = file.read_text() if file.exists() else ""
    file.write_text(text)
    return before


def costly(test: Any) -> Any:
    """Mark a test as one of `make soak` where each request starts a dbt-core."""
    test.costly = ("",)
    return test


def costly_for(*ids: str) -> Any:
    """As `costly`, for some of the examples of a test."""

    def mark(test: Any) -> Any:
        test.costly = ids
        return test

    return mark


# ---------------------------------------------------------------- opening


def test_the_graph_has_every_asset_with_its_kind_and_its_edges(engine: Engine) -> None:
    assert {row.name: row.materialized for row in engine.assets.values()} == ASSETS
    by_name = {row.name: row for row in engine.assets.values()}
    above = {engine.assets[key].name for key in by_name["sold"].depends_on}
    assert above == {"item.v1", "till.sales"}
    assert by_name["sold"].relation == "kiosk.main.sold"
    assert by_name["dear"].macros == ("macro.kiosk.is_dear",)
    assert by_name["kit_days"].path == "dbt_packages/kit/models/kit_days.sql"
    assert by_name["board"].owner == "Someone"
    assert {"macro.kiosk.is_dear", "macro.kit.label"} == set(engine.macros)


def test_every_check_hangs_under_its_asset(engine: Engine) -> None:
    hanging = {(engine.assets[row.asset].name, row.name) for row in engine.checks.values()}
    assert hanging >= {
        ("dear", "unique id"), ("dear", "not_null id"), ("dear", "tea_is_dear"),
        ("stock", "no_negative_items"), ("stock", "unique item_id"),
        ("till.sales", "not_null item_id"), ("item.v1", "not_null item_id"),
    }  # fmt: skip
    kinds = {row.name: row.kind for row in engine.checks.values()}
    assert (kinds["tea_is_dear"], kinds["no_negative_items"]) == ("unit", "singular")


def test_the_engine_says_what_it_works_with(engine: Engine) -> None:
    said = engine.ready
    assert (said.project, said.profile, said.target) == ("kiosk", "kiosk", "dev")
    assert (said.adapter, said.single_writer, said.threads) == ("duckdb", True, 1)
    assert said.packages == {"kit": "dbt_packages/kit"}
    assert {"models", "macros", "seeds", "dbt_packages/kit/models"} <= set(said.watched)
    assert said.database == "kiosk.duckdb"
    assert said.dbt_version


def test_an_open_project_has_no_line_in_the_log_of_the_user(engine: Engine) -> None:
    """Whose latest invocation would be one that runs elsewhere."""
    log = engine.root / "logs" / "dbt.log"
    before = log.stat().st_size if log.exists() else 0
    engine.reparse(["models/stock.sql"])
    assert (log.stat().st_size if log.exists() else 0) == before


# ---------------------------------------------------------------- runs


def test_a_build_is_recorded_from_its_start_to_its_end(build: Outcome) -> None:
    assert isinstance(build.events[0], RunStarted)
    assert isinstance(build.end, RunFinished)
    assert (build.end.status, build.code) == ("failed", 1)
    planned = build.of(RunPlanned)
    assert len(planned) == 1
    started = {event.unique_id: event.at for event in build.of(NodeStarted)}
    for event in build.of(NodeFinished):
        if event.status != "skipped":
            assert started[event.unique_id] <= event.at, event
    ends = [event.unique_id for event in build.of(NodeFinished)]
    assert len(ends) == len(set(ends)), "each node ends once"


def test_each_node_ends_as_dbt_says(build: Outcome) -> None:
    assert ended(build, "seed.kiosk.goods").status == "success"
    assert ended(build, "unit_test.kiosk.dear.tea_is_dear").status == "pass"
    assert ended(build, "test.kiosk.no_negative_items").failures == 0
    assert "model.kiosk.labels" not in build.nodes(), "nothing is built for it"


def test_a_failed_node_says_why_and_where(build: Outcome) -> None:
    failed = ended(build, "model.kiosk.sold")
    assert failed.status == "error"
    assert "sales" in failed.message
    assert "does not exist" in failed.message
    assert "[error]" not in failed.message
    assert failed.path == "models/shelf/sold.sql"


def test_a_skipped_node_names_what_failed(build: Outcome) -> None:
    [skipped] = [node for key, node in build.nodes().items() if "relationships" in key]
    assert skipped.status == "skipped"
    assert skipped.skipped_because == "model.kiosk.sold"


def test_what_was_built_is_recorded_with_it(engine: Engine, build: Outcome) -> None:
    built = ended(build, "model.kiosk.dear")
    assert built.relation.replace('"', "") == "kiosk.main.dear"
    assert built.macros == {"macro.kiosk.is_dear": engine.macros["macro.kiosk.is_dear"]}
    now = engine.assets["model.kiosk.dear"].fingerprint
    assert built.built()._replace(compiled="") == now._replace(compiled="")


def test_the_rows_of_the_manifest_that_a_run_wrote_are_those_of_the_engine(
    engine: Engine, build: Outcome
) -> None:
    # So an asset is as fresh after the dbt was changed for a command, and back.
    opened = Open(0, str(engine.root), str(engine.state_dir), profiles_dir=str(engine.root))
    manifest = read_manifest(engine.root / "target" / "manifest.json")
    project = OpenedProject(ProjectFiles(opened), manifest, engine.state_dir)
    assert dict(project.records.assets) == engine.assets
    assert dict(project.records.checks) == engine.checks
    assert dict(project.records.macros) == engine.macros


def test_only_what_was_asked_for_runs(engine: Engine, build: Outcome) -> None:
    # The name of `dear` is also the beginning of its unit test's name.
    asked = ["model.kiosk.dear", "test.kiosk.no_negative_items"]
    ran = engine.run(asked, record_rows=False)
    assert set(ran.nodes()) == set(asked)
    assert ran.end.status == "success"


def test_every_request_is_answered_also_one_that_this_engine_cannot_do(engine: Engine) -> None:
    nowhere = engine.root / "nowhere"
    reply = engine.ask(
        RecordExternalRun,
        run_id="e000",
        run_dir=str(nowhere),
        invocation_id="none",
        command="dbt run",
        kind="run",
        target="dev",
        run_results=str(nowhere / "run_results.json"),
    )
    assert isinstance(reply, Refused | ExternalRunRecorded)


def test_a_manifest_to_defer_to_is_read_and_compared_with(engine: Engine, build: Outcome) -> None:
    directory = str(engine.root / "target")
    state = engine.ask(PrepareState, directory=directory, is_there=True)
    assert isinstance(state, StatePrepared), state
    assert state.relations["model.kiosk.dear"].endswith(".dear")
    reply = engine.ask(Select, select=["state:new"], command="ls", state=directory)
    assert isinstance(reply, Selected), reply
    assert reply.unique_ids == []


@costly
def test_one_version_of_a_model_runs_without_the_other(engine: Engine, build: Outcome) -> None:
    ran = engine.run(["model.kiosk.item.v1"], record_rows=False)
    assert set(ran.nodes()) == {"model.kiosk.item.v1"}


def test_what_is_gone_by_the_time_of_the_run_is_left_out_with_a_word(engine: Engine) -> None:
    ran = engine.run(["model.kiosk.gone"], record_rows=False)
    assert (ran.end.status, ran.nodes()) == ("error", {})
    assert "None of the nodes" in ran.end.message
    assert any("model.kiosk.gone" in line.text for line in ran.of(LogLine))


@pytest.mark.parametrize("command", ["run", "deps"])
def test_other_commands_are_refused(engine: Engine, command: str) -> None:
    reply, _ = engine.start(["model.kiosk.dear"], command)
    assert isinstance(reply, Refused)
    assert f"dbt {command} is not a command" in reply.message


@costly
def test_a_run_is_cancelled_by_an_interrupt_and_says_so(engine: Engine) -> None:
    save(engine, "models/slow.sql", SLOW)
    assert isinstance(engine.reparse(["models/slow.sql"]), GraphChanged)
    reply, run_dir = engine.start(["model.kiosk.slow"], record_rows=False)
    assert isinstance(reply, RunForked)
    wait_for(run_dir, NodeStarted, unique_id="model.kiosk.slow")
    os.kill(reply.pid, signal.SIGINT)
    ended = engine.ended(run_dir)
    assert (ended.end.status, ended.code) == ("cancelled", 130)
    assert len(ended.of(RunCancelling)) == 1
    (engine.root / "models/slow.sql").unlink()
    gone = engine.reparse(["models/slow.sql"])
    assert "model.kiosk.slow" not in engine.assets, gone


# ---------------------------------------------------------------- edits


def test_an_edit_a_new_file_and_a_deleted_one_are_one_parse(engine: Engine) -> None:
    was = engine.assets["model.kiosk.dear"].fingerprint
    text = save(engine, "models/dear.sql", "select * from {{ ref('stock') }} -- x\n")
    save(engine, "models/fresh.sql", "select 1 as id\n")
    changed = engine.reparse(["models/dear.sql", "models/fresh.sql"])
    assert isinstance(changed, GraphChanged)
    now = engine.assets["model.kiosk.dear"]
    assert now.depends_on == ("model.kiosk.stock",)
    assert now.fingerprint.sql != was.sql
    assert engine.assets["model.kiosk.fresh"].relation == "kiosk.main.fresh"
    save(engine, "models/dear.sql", text)
    (engine.root / "models/fresh.sql").unlink()
    engine.reparse(["models/dear.sql", "models/fresh.sql"])
    assert engine.assets["model.kiosk.dear"].fingerprint == was
    assert "model.kiosk.fresh" not in engine.assets


def test_a_run_that_is_asked_for_right_after_a_save_is_one_of_what_was_saved(
    engine: Engine,
) -> None:
    save(engine, "models/just_now.sql", "select 1 as id\n")
    saved = engine.send(Reparse, paths=["models/just_now.sql"])
    done = engine.run(["model.kiosk.just_now"], record_rows=False)
    assert isinstance(engine.reply(saved), GraphChanged)
    row = engine.assets["model.kiosk.just_now"]
    built = ended(done, "model.kiosk.just_now")
    assert (done.end.status, built.built()._replace(compiled="")) == (
        "success", row.fingerprint._replace(compiled=""),
    )  # fmt: skip
    (engine.root / "models/just_now.sql").unlink()
    engine.reparse(["models/just_now.sql"])


@costly_for("jinja", "yaml")
@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("models/dear.sql", "select * from {{ ref('nothing') }}\n", "nothing"),
        ("models/dear.sql", "select 1\n\n{% if %}\n", ""),
        ("models/_models.yml", "version: 2\nmodels: [\n", ""),
    ],
    ids=["ref", "jinja", "yaml"],
)
def test_a_broken_save_says_where_and_leaves_the_last_good_graph(
    engine: Engine, path: str, text: str, words: str
) -> None:
    before = dict(engine.assets)
    was = save(engine, path, text)
    try:
        failed = engine.reparse([path])
        kept = dict(engine.assets)
    finally:
        save(engine, path, was)
    assert isinstance(failed, ParseFailed)
    [problem] = [row for row in failed.problems if row[2] == path][:1]
    assert words in problem[1]
    assert "<unknown>" not in problem[1]
    assert kept == before
    assert isinstance(engine.reparse([path]), GraphChanged)
    assert engine.assets == before


# ---------------------------------------------------------------- questions


def test_an_asset_is_described_with_what_it_compiles_to(engine: Engine, build: Outcome) -> None:
    said = engine.ask(Describe, unique_id="model.kiosk.dear", compile=True)
    assert isinstance(said, Described)
    facts = said.facts
    assert facts["description"] == "What costs more."
    assert "is_dear" in facts["raw_code"]
    assert "price > 1" in facts["compiled_code"]
    assert facts["upstream"] == ["seed.kiosk.goods"]
    assert [column["name"] for column in facts["columns"]] == ["id"]
    assert facts["columns"][0]["tests"] == ["not_null", "unique"]
    assert facts["config_sources"]["materialized"].startswith("dbt_project.yml")


@costly
def test_a_check_is_described_with_what_it_compiles_to(engine: Engine, build: Outcome) -> None:
    check = "test.kiosk.no_negative_items"
    said = engine.ask(Describe, unique_id=check, compile=True)
    assert "where item_id < 0" in said.facts["compiled_code"]


def test_the_first_rows_are_shown_with_a_condition_and_an_order(
    engine: Engine, build: Outcome
) -> None:
    shown = engine.ask(
        Preview, unique_id="seed.kiosk.goods", limit=2, where="id > 1", order_by="id desc"
    )
    assert isinstance(shown, Previewed), shown
    assert shown.columns == ["id", "name", "price"]
    assert shown.rows == [["3", "egg", "1"], ["2", "bun", "1"]]


@costly
def test_the_rows_of_a_check_are_those_that_fail_it(engine: Engine, build: Outcome) -> None:
    shown = engine.ask(Preview, unique_id="test.kiosk.no_negative_items", limit=5)
    assert isinstance(shown, Previewed), shown
    assert shown.rows == []


@pytest.mark.parametrize("typed", ["1 = 1; drop table goods", "{{ ref('dear') }} ("])
def test_what_is_typed_stays_within_its_statement(
    engine: Engine, build: Outcome, typed: str
) -> None:
    refused = engine.ask(Preview, unique_id="seed.kiosk.goods", where=typed)
    assert isinstance(refused, Refused)
    assert refused.message.startswith("where: ")


@costly
def test_a_profile_says_what_the_columns_hold(engine: Engine, build: Outcome) -> None:
    found = engine.ask(Profile, unique_id="seed.kiosk.goods")
    assert isinstance(found, Profiled), found
    assert (found.rows, found.total, found.method) == (3, 3, "all")
    columns = {one[0]: ColumnProfile.from_row(one) for one in found.columns}
    assert columns["name"].top == (("bun", 1), ("egg", 1), ("tea", 1))
    assert columns["price"].distinct == 2
    assert (columns["id"].least, columns["id"].greatest, columns["id"].mean) == ("1", "3", 2.0)


@costly
def test_a_query_with_jinja_is_compiled_and_answered(engine: Engine, build: Outcome) -> None:
    sql = "select name\nfrom {{ ref('goods') }}\nwhere id > 1 order by id"
    compiled = engine.ask(CompileQuery, unique_id="seed.kiosk.goods", sql=sql)
    assert isinstance(compiled, QueryCompiled), compiled
    assert '"goods"' in compiled.code
    assert compiled.lines == [1, 2, 3]
    found = engine.ask(Query, unique_id="seed.kiosk.goods", code=compiled.code, limit=9)
    assert found.rows == [["bun"], ["egg"]]


@costly
def test_a_relation_that_is_not_there_is_an_answer_in_words(engine: Engine, build: Outcome) -> None:
    refused = engine.ask(Preview, unique_id="model.kiosk.sold", limit=5)
    assert isinstance(refused, Refused)
    assert "sold" in refused.message
    assert "does not exist" in refused.message


def test_the_database_is_asked_for_columns_and_rows(engine: Engine, build: Outcome) -> None:
    found = engine.ask(Inspect, unique_id="seed.kiosk.goods")
    assert found.is_there, found
    assert (found.kind, found.row_count) == ("table", 3)
    assert [name for name, _ in found.columns] == ["id", "name", "price"]
    assert all(type_ for _, type_ in found.columns)


@costly
def test_a_view_is_not_counted_and_what_is_missing_is_not_there(
    engine: Engine, build: Outcome
) -> None:
    view = engine.ask(Inspect, unique_id="model.kiosk.dear")
    assert (view.kind, view.row_count) == ("view", None)
    assert not engine.ask(Inspect, unique_id="model.kiosk.sold").is_there


@costly
def test_relations_that_are_missing_are_told_from_those_that_are_there(
    engine: Engine, build: Outcome
) -> None:
    asked = ["model.kiosk.dear", "model.kiosk.sold", "seed.kiosk.goods"]
    found = engine.ask(FindRelations, unique_ids=asked)
    assert sorted(found.there) == ["model.kiosk.dear", "seed.kiosk.goods"]
    assert found.missing == ["model.kiosk.sold"]


@costly
def test_dbt_selects_for_a_command(engine: Engine) -> None:
    assert engine.select("test", ["dear"]) == sorted(
        key for key, row in engine.checks.items() if "model.kiosk.dear" in row.depends_on
    )
    built = engine.select("build", ["+stock"], ["resource_type:test"])
    assert built == ["model.kiosk.item.v2", "model.kiosk.stock", "seed.kiosk.goods"]


@costly
def test_all_rows_are_exported(engine: Engine, build: Outcome) -> None:
    path = engine.root / "goods.csv"
    done = engine.ask(Export, unique_id="seed.kiosk.goods", path=str(path), order_by="id")
    assert isinstance(done, Exported), done
    assert done.rows == 3
    assert path.read_text().splitlines() == ["id,name,price", "1,tea,2", "2,bun,1", "3,egg,1"]


def test_no_artifact_of_a_question_replaces_those_of_the_run(
    engine: Engine, build: Outcome
) -> None:
    told = json.loads((engine.root / "target" / "run_results.json").read_text())
    assert {result["unique_id"].split(".")[0] for result in told["results"]} <= {
        "model", "seed", "snapshot", "test", "unit_test", "exposure"
    }  # fmt: skip
    assert told["args"]["which"] == "build"
