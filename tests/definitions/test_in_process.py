"""A Dagster user's own test suite: `materialize`, what its result tells, and jobs in a process."""

from __future__ import annotations

from typing import Any

import pytest
from dbtree import (
    AssetCheckKey,
    AssetCheckResult,
    AssetDep,
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    AssetSelection,
    AssetSpec,
    BackfillPolicy,
    DagsterDbtTranslatorSettings,
    DailyPartitionsDefinition,
    DbtTranslator,
    Definitions,
    MaterializeResult,
    MetadataValue,
    Output,
    ScheduleDefinition,
    TableSchema,
    TimeWindowPartitionMapping,
    asset,
    asset_check,
    dbt_assets,
    define_asset_job,
    get_asset_key_for_model,
    materialize,
    multi_asset,
)

from tests.definitions.written import manifest, node
from tui.definitions.dbt_selection_words import selection_words
from tui.definitions.errors import DefinitionError


@asset
def orders(context: AssetExecutionContext) -> MaterializeResult:
    return MaterializeResult(metadata={"rows": 3, "where": MetadataValue.path("a.csv")})


@asset(deps=[orders])
def total() -> int:
    return 42


def test_a_test_reads_metadata_and_values_as_of_dagsters_result():
    made = materialize([orders, total], tags={"team": "shop"})
    assert made.success
    assert made.dagster_run.tags["team"] == "shop"
    [of_orders] = made.asset_materializations_for_node("orders")
    assert of_orders.metadata["rows"].value == 3
    assert of_orders.metadata["where"] == MetadataValue.path("a.csv")
    events = made.get_asset_materialization_events()
    assert [one.asset_key for one in events] == [AssetKey("orders"), AssetKey("total")]
    first = events[0].step_materialization_data.materialization
    assert first is not None
    assert first.metadata["rows"] == MetadataValue.int(3)
    assert made.output_for_node("total") == made.asset_value("total") == 42
    assert made.is_node_success("total")
    with pytest.raises(DefinitionError, match="nosuch made no output"):
        made.output_for_node("nosuch")


def test_metadata_of_events_has_kinds_as_in_dagster():
    seen: list[Any] = [
        AssetMaterialization("a", metadata={"n": 1}),
        Output(None, metadata={"n": 1}),
        AssetCheckResult(passed=True, metadata={"n": 1}),
        AssetCheckResult(passed=True)._replace(metadata={"n": 1}),
    ]
    assert [one.metadata["n"].value for one in seen] == [1, 1, 1, 1]
    assert MaterializeResult(metadata={"n": 1}).metadata == {"n": 1}
    assert TableSchema.from_name_type_dict({"id": "int"}).columns[0].type == "int"


def test_without_raise_on_error_what_does_not_read_the_failed_asset_is_made():
    called = []

    @asset
    def broken():
        raise ValueError("no file")

    @asset(deps=[broken])
    def reads_it():
        called.append("reads_it")

    @asset
    def apart():
        called.append("apart")

    made = materialize([broken, reads_it, apart], raise_on_error=False)
    assert called == ["apart"]
    assert not made.success
    assert made.get_failed_step_keys() == {"broken"}
    assert "no file" in made.get_step_failure_events()[0].message
    assert (made.is_node_failed("broken"), made.is_node_skipped("reads_it")) == (True, True)
    with pytest.raises(ValueError, match="no file"):
        materialize([broken])


def test_a_failed_blocking_check_holds_back_what_reads_its_asset():
    called = []

    @asset_check(asset=orders, blocking=True)
    def has_many() -> AssetCheckResult:
        return AssetCheckResult(passed=False)

    @asset(deps=[orders])
    def chart():
        called.append("chart")

    made = materialize([orders, has_many, chart])
    assert (made.success, called) == (False, [])


def test_a_job_runs_in_this_process():
    job = define_asset_job("nightly", AssetSelection.assets("total"), tags={"team": "shop"})
    nightly = ScheduleDefinition(job=job, cron_schedule="0 2 * * *")
    defs = Definitions(assets=[orders, total], jobs=[job], schedules=[nightly])
    Definitions.validate_loadable(defs)
    made = defs.resolve_job_def("nightly").execute_in_process(tags={"by": "hand"})
    assert [str(one.asset_key) for one in made.materializations] == ["total"]
    assert made.tags == {"team": "shop", "by": "hand"}
    assert defs.resolve_assets_def("total") is total
    assert defs.resolve_schedule_def("nightly_schedule").cron_schedule == "0 2 * * *"
    assert set(defs.resolve_all_asset_keys()) == {AssetKey("orders"), AssetKey("total")}
    with pytest.raises(DefinitionError, match=r"take defs.resolve_job_def"):
        job.execute_in_process()


def test_validate_loadable_says_what_is_wrong():
    job = define_asset_job("nightly", "key:(")
    with pytest.raises(DefinitionError):
        Definitions.validate_loadable(Definitions(assets=[orders], jobs=[job]))


TESTED = manifest(
    node("model", "customers", fqn=["shop", "customers"]),
    node("model", "orders", fqn=["shop", "orders"]),
    *(
        node("test", name, fqn=["shop", name], attached_node=f"model.shop.{of}",
             depends_on={"nodes": [f"model.shop.{one}" for one in reads]})
        for name, of, reads in (
            ("unique_customers", "customers", ["customers"]),
            ("unique_orders", "orders", ["orders"]),
            ("known_customer", "orders", ["orders", "customers"]),
        )
    ),
)  # fmt: skip


def words_of(chosen: AssetSelection, settings: DagsterDbtTranslatorSettings | None = None):
    """What dbt is told of a selection, and whether it is to select nothing else."""
    told = []

    @dbt_assets(manifest=TESTED, dagster_dbt_translator=DbtTranslator(settings), name="shop")
    def shop(context: AssetExecutionContext):
        told.append(selection_words(["build"], context))

    materialize([shop], selection=chosen)
    [words] = told
    return words.options[1].split(), words.environment.get("DBT_INDIRECT_SELECTION")


def test_a_part_of_dbts_assets_is_built_with_the_checks_that_were_chosen():
    customers = AssetSelection.assets("customers")
    check = AssetSelection.checks(AssetCheckKey("orders", "unique_orders"))
    assert words_of(customers) == (["shop.customers"], None)
    assert words_of(customers | check) == (["shop.customers", "shop.unique_orders"], None)
    assert words_of(customers.without_checks()) == (["shop.customers"], "empty")
    only = customers - customers.without_checks()
    assert words_of(only) == (["shop.unique_customers"], "empty")
    by_name = DagsterDbtTranslatorSettings(enable_dbt_selection_by_name=True)
    assert words_of(only, by_name) == (["unique_customers"], "empty")


def test_a_test_that_is_no_chosen_check_is_observed_of_each_asset_that_it_reads():
    @dbt_assets(manifest=TESTED)
    def shop():
        for name, of in (("unique_customers", "customers"), ("known_customer", "orders")):
            said = {"unique_id": f"test.shop.{name}", "status": "pass"}
            yield AssetCheckResult(passed=True, asset_key=of, check_name=name, metadata=said)

    made = materialize([shop], selection="customers")
    assert [one.check_name for one in made.get_asset_check_evaluations()] == ["unique_customers"]
    told = [one.asset_observation_data for one in made.get_asset_observation_events()]
    observed = [one.asset_observation for one in told if one.asset_observation is not None]
    assert {str(one.asset_key) for one in observed} == {"orders", "customers"}
    assert {one.metadata["unique_id"].value for one in observed} == {"test.shop.known_customer"}
    everything = materialize([shop])
    assert len(everything.get_asset_check_evaluations()) == 2
    assert not everything.get_asset_observation_events()


def test_a_definition_says_what_dagsters_says():
    daily = DailyPartitionsDefinition(start_date="2026-01-01")
    mapping = TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)

    of_b = [AssetDep("a", partition_mapping=mapping), "raw"]

    @multi_asset(
        specs=[
            AssetSpec("a", partitions_def=daily),
            AssetSpec("b", deps=of_b, partitions_def=daily),
        ]
    )
    def both(): ...

    assert both.keys_by_output_name == {"a": AssetKey("a"), "b": AssetKey("b")}
    assert total.keys_by_output_name == {"result": AssetKey("total")}
    assert set(both.input_names) == {"__subset_input__a", "raw"}
    assert both.get_partition_mapping(AssetKey("a")) == mapping
    assert both.get_partition_mapping("raw") is None

    @dbt_assets(manifest=TESTED, partitions_def=daily)
    def shop(): ...

    assert shop.backfill_policy == BackfillPolicy.single_run()
    assert set(shop.check_specs_by_output_name) == {
        "customers_unique_customers", "orders_unique_orders", "orders_known_customer",
    }  # fmt: skip
    assert shop.op.name == shop.node_def.name == "shop"
    graph = Definitions(assets=[shop]).resolve_asset_graph()
    assert graph.get(AssetKey("orders")).key == AssetKey("orders")
    for caught in (KeyError, DefinitionError):
        with pytest.raises(caught, match="no model, seed or snapshot 'nosuch'"):
            get_asset_key_for_model([shop], "nosuch")


def test_a_name_that_a_selection_does_not_have_is_told_with_what_there_is():
    with pytest.raises(DefinitionError, match="dbtree's AssetSelection has no nosuch: it has all"):
        AssetSelection.nosuch()
    with pytest.raises(AttributeError, match="has no group: use groups"):
        AssetSelection.group("marts")
    with pytest.raises(AttributeError, match="has no upstreams: use upstream"):
        AssetSelection.all().upstreams()
    assert not hasattr(AssetSelection, "nosuch")


def test_settings_of_a_translator_are_its_settings():
    with pytest.raises(DefinitionError, match="settings is a DagsterDbtTranslatorSettings"):
        DbtTranslator(settings=3)  # type: ignore[arg-type]
