"""What `stream()` makes of dbt's events: as its JSON log has them, of an ended command."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from dbtree import (
    AssetCheckResult,
    AssetExecutionContext,
    AssetMaterialization,
    DbtCliError,
    DbtCliInvocation,
    DbtCliResource,
    DbtProject,
    DbtTranslator,
    MaterializeResult,
    Output,
    dbt_assets,
)

from tests.definitions.written import SHOP, node, values, write
from tui.definitions.dbt_selection_words import selection_words

TEST = {
    "unique_id": "test.shop.unique_orders_id.1", "resource_type": "test", "meta": {},
    "name": "unique_orders_id", "attached_node": "model.shop.orders",
    "depends_on": {"nodes": ["seed.shop.products", "model.shop.orders"]}, "config": {},
}  # fmt: skip
MANIFEST = {**SHOP, "nodes": {**SHOP["nodes"], TEST["unique_id"]: TEST}}


class Ended:
    """A command that has ended, with the events of its log."""

    target_path = Path("target")
    process: Any = SimpleNamespace(args=["dbt", "build"], returncode=0)
    adapter = None

    def __init__(self, *events: dict[str, Any], succeeded: bool = True) -> None:
        self._events, self._succeeded = events, succeeded
        self.command = ["dbt", "build"]

    def events(self):
        return iter(self._events)

    def finish(self) -> bool:
        return self._succeeded

    def error(self) -> str:
        return "a model failed"

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        raise AssertionError(statement)

    def columns(self, unique_id: str) -> list[tuple[str, str]]:
        raise AssertionError(unique_id)


def finished(unique_id: str, status: str, **more: Any) -> dict[str, Any]:
    kind, _, name = unique_id.split(".")[:3]
    info = {
        "resource_type": kind, "unique_id": unique_id, "node_name": name,
        "materialized": "table", "node_status": status,
        "node_started_at": "2026-01-01T00:00:00Z", "node_finished_at": "2026-01-01T00:00:02Z",
        **more.pop("info", {}),
    }  # fmt: skip
    outcome = {"status": more.pop("outcome", status), **more}
    return {
        "info": {"name": "NodeFinished", "level": "info", "msg": "", "invocation_id": "i1"},
        "data": {"node_info": info, "run_result": outcome},
    }


def streamed(*events: dict[str, Any], context: Any = None) -> list[Any]:
    return list(
        DbtCliInvocation(
            Ended(*events), manifest=lambda: MANIFEST, translator=DbtTranslator(),
            context=context, raise_on_error=True,
        ).stream()
    )  # fmt: skip


@pytest.mark.parametrize("status", ["success", "no-op", "reused", "warn"])
def test_what_is_as_it_should_be_is_materialized(status):
    [event] = streamed(finished("model.shop.revenue", status))
    assert event.asset_key.to_user_string() == "marts/revenue"
    assert values(event.metadata) == {
        "unique_id": "model.shop.revenue", "invocation_id": "i1", "status": status,
        "Execution Duration": 2.0,
    }  # fmt: skip


def test_what_failed_was_skipped_or_is_ephemeral_is_not():
    assert not streamed(
        finished("model.shop.orders", "error"), finished("model.shop.orders", "skipped"),
        finished("model.shop.orders", "success", info={"materialized": "ephemeral"}),
        {"info": {"name": "MainReportVersion", "level": "info", "msg": "x"}, "data": {}},
    )  # fmt: skip


def test_a_microbatch_model_has_its_status_in_the_result_alone():
    none = {"node_status": "None", "node_started_at": "", "node_finished_at": ""}
    [event] = streamed(finished("model.shop.orders", "", outcome="success", info=none))
    assert event.metadata["status"].value == "success"
    assert "Execution Duration" not in event.metadata


def test_a_test_is_a_check_of_its_asset():
    [event] = streamed(finished("test.shop.unique_orders_id.1", "warn", num_failures=3))
    assert isinstance(event, AssetCheckResult)
    assert (event.check_name, str(event.asset_key)) == ("unique_orders_id", "orders")
    assert (event.passed, event.severity.value) == (False, "WARN")
    assert event.metadata["dagster_dbt/failed_row_count"].value == 3


def test_events_are_outputs_in_a_function_and_materializations_outside():
    @dbt_assets(manifest=MANIFEST)
    def shop(): ...

    context = AssetExecutionContext(selected=["marts/revenue"], assets_def=shop)
    [event] = streamed(finished("model.shop.revenue", "success"), context=context)
    assert isinstance(event, MaterializeResult)
    assert isinstance(event, Output)
    context.add_output_metadata({"n": 1}, output_name=event.output_name)
    assert context.added == {event.asset_key: {"n": 1}}
    [outside] = streamed(finished("model.shop.revenue", "success"))
    assert isinstance(outside, AssetMaterialization)


def test_a_failed_command_raises_at_the_end_and_tells_its_process():
    failed = DbtCliInvocation(
        Ended(succeeded=False), manifest=lambda: MANIFEST, translator=DbtTranslator(),
        context=None, raise_on_error=True,
    )  # fmt: skip
    with pytest.raises(DbtCliError, match="`dbt build` failed: a model failed"):
        list(failed.stream())
    assert failed.process.args == ["dbt", "build"]


def test_what_the_warehouse_said_comes_with_insights():
    said = {"_message": "OK", "bytes_billed": 10, "query_id": "q"}
    event = finished("model.shop.orders", "success", adapter_response=said)
    made = DbtCliInvocation(
        Ended(event), manifest=lambda: MANIFEST, translator=DbtTranslator(), context=None,
        raise_on_error=True,
    )  # fmt: skip
    [one] = made.stream().with_insights()
    assert isinstance(one, MaterializeResult)
    assert (one.metadata["bytes_billed"].value, one.metadata["query_id"].value) == (10, "q")
    assert "_message" not in one.metadata


def test_the_target_path_of_the_environment_is_where_artifacts_are(tmp_path, monkeypatch):
    write(tmp_path, {"shop/dbt_project.yml": "name: shop\n"})
    monkeypatch.setenv("DBT_TARGET_PATH", "out")
    resource = DbtCliResource(tmp_path / "shop")
    assert resource.manifest_path == tmp_path / "shop" / "out" / "manifest.json"
    own = DbtCliResource(DbtProject(tmp_path / "shop", target_path="mine"))
    assert own.manifest_path == tmp_path / "shop" / "mine" / "manifest.json"


def test_another_project_of_the_environment_is_not_what_a_command_works_on(tmp_path, monkeypatch):
    program = tmp_path / "dbt"
    program.write_text("#!/bin/sh\necho $DBT_PROJECT_DIR\nexit 1\n")
    program.chmod(0o755)
    (tmp_path / "dbt_project.yml").write_text("name: shop\n")
    monkeypatch.setenv("DBT_PROJECT_DIR", "nonexistent")
    command = DbtCliResource(tmp_path, dbt_executable=program).cli(["parse"])
    assert str(tmp_path) in str(command.get_error())


def test_a_part_of_thousands_of_models_fits_into_a_command():
    names = [f"a_model_with_a_rather_long_name_number_{number:04}" for number in range(3000)]
    nodes = {
        f"model.shop.{name}": {**node("model", name), "fqn": ["shop", "marts", name]}
        for name in names
    }
    every = {"metadata": {}, "nodes": nodes, "sources": {}}

    @dbt_assets(manifest=every)
    def shop(): ...

    context = AssetExecutionContext(selected=names[:-1], assets_def=shop, is_subset=True)
    option, *words = selection_words(["build"], context).options
    assert option == "--select"
    assert words == [f"shop.marts.{name}" for name in names[:-1]]
    few = AssetExecutionContext(selected=names[:2], assets_def=shop, is_subset=True)
    assert selection_words(["build"], few).options == [
        "--select", f"shop.marts.{names[0]} shop.marts.{names[1]}",
    ]  # fmt: skip
