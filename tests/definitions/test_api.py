"""What the documentation of the definitions API says of each of its names."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import dbtree
import pytest
from dbtree import (
    AssetCheckResult,
    AssetExecutionContext,
    AssetKey,
    AssetSelection,
    AssetSpec,
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtProject,
    DbtTranslator,
    DefinitionError,
    Definitions,
    MaterializeResult,
    MetadataValue,
    ScheduleDefinition,
    TableRecord,
    TimeWindowPartitionMapping,
    asset,
    asset_check,
    build_schedule_from_dbt_selection,
    dbt_assets,
    define_asset_job,
    get_asset_key_for_model,
    get_asset_key_for_source,
    with_source_code_references,
)
from hypothesis import given
from hypothesis import strategies as st

import tui
from tests.definitions.written import SHOP, manifest, node, source
from tui.definitions.errors import UnknownName
from tui.definitions.metadata import metadata_rows
from tui.definitions.translator import overridden

ROOT = Path(tui.__file__).parent.parent


@dbt_assets(manifest=SHOP)
def shop(context, dbt):
    yield from dbt.cli(["build"], context=context).stream()


def test_importing_a_name_imports_only_the_standard_library_and_ourselves():
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from tui import dbt_assets, Definitions;"
        "print(sorted({n.partition('.')[0] for n in sys.modules} - sys.stdlib_module_names))"
    )
    python = [sys.executable, "-S", "-I", "-c", code, str(ROOT)]
    assert subprocess.check_output(python, text=True).strip() == "['__main__', 'tui']"


def test_every_name_that_the_package_exports_exists():
    assert sorted(tui.EXPORTED) == sorted(import_module("tui.definitions.api").__all__)
    assert all(getattr(dbtree, name) for name in tui.EXPORTED)


# ---------------------------------------------------------------- keys


def test_keys_are_equal_by_their_parts():
    assert AssetKey("orders") == AssetKey(["orders"])
    assert AssetKey(["raw", "orders"]).to_user_string() == "raw/orders"
    assert len({AssetKey("a"), AssetKey(["a"]), AssetKey(["a", "b"])}) == 2
    assert AssetKey("orders").with_prefix(["raw", "eu"]).path == ["raw", "eu", "orders"]
    assert AssetKey(["raw", "orders"]).has_prefix(["raw"])


@given(st.lists(st.text("abc_.- ", min_size=1), min_size=1))
def test_a_key_comes_back_from_its_text(parts):
    key = AssetKey(parts)
    assert AssetKey.from_user_string(key.to_user_string()) == key


@pytest.mark.parametrize("wrong", [[], "", [""], [1], ["a", None]])
def test_a_key_is_made_of_texts(wrong):
    with pytest.raises(DefinitionError):
        AssetKey(wrong)


# ---------------------------------------------------------------- assets and checks


def test_an_asset_takes_its_name_and_description_from_its_function():
    @asset
    def orders_chart():
        """A chart."""

    assert orders_chart.key == AssetKey("orders_chart")
    assert orders_chart.description == "A chart."
    assert orders_chart.function.path == __file__


def test_an_asset_can_stand_under_a_prefix_or_a_whole_key():
    @asset(key_prefix=["raw", "eu"], name="orders")
    def one():
        """One."""

    @asset(key=AssetKey(["shop", "raw_orders"]))
    def other():
        """Other."""

    assert one.key.path == ["raw", "eu", "orders"]
    assert other.key == get_asset_key_for_source([shop], "shop")


def test_dependencies_are_keys_texts_and_other_assets():
    @asset
    def first():
        """First."""

    @asset(
        deps=[first, "raw/orders", ["a", "b"], get_asset_key_for_model([shop], "revenue"), first]
    )
    def second():
        """Second."""

    assert [key.to_user_string() for key in second.deps] == [
        "first", "raw/orders", "a/b", "marts/revenue",
    ]  # fmt: skip


def test_functions_can_still_be_called_by_hand():
    @asset
    def doubled(context, factor):
        return MaterializeResult(metadata={"n": 2 * factor})

    result = doubled(AssetExecutionContext(selected=["doubled"]), 3)
    assert result.metadata == {"n": 6}


def test_what_dbtree_has_not_is_refused_with_the_reason():
    with pytest.raises(DefinitionError, match="no I/O managers") as caught:

        @asset(io_manager_key="db")
        def one():
            """One."""

    assert caught.value.path == __file__
    with pytest.raises(DefinitionError, match="takes partitions, not 'daily'"):
        dbt_assets(manifest=SHOP, partitions_def="daily")  # type: ignore[arg-type]
    with pytest.raises(DefinitionError, match="no argument 'colour'"):
        asset(colour="red")


def test_a_check_is_of_an_asset_or_a_key():
    @asset_check(asset=get_asset_key_for_model([shop], "orders"), blocking=True)
    def orders_are_there():
        """There are orders."""
        return AssetCheckResult(passed=True)

    assert orders_are_there.key.to_user_string() == "orders:orders_are_there"
    assert orders_are_there.blocking
    assert orders_are_there.description == "There are orders."


# ---------------------------------------------------------------- Definitions


def test_definitions_sort_what_they_are_given():
    @asset
    def chart(dbt):
        """Chart."""

    defs = Definitions(assets=[shop, chart], resources={"dbt": object()})
    assert defs.dbt_assets == (shop,)
    assert defs.assets == (chart,)


def test_two_assets_of_one_key_are_refused_at_the_second():
    @asset(key="chart")
    def one():
        """One."""

    @asset(key="chart")
    def two():
        """Two."""

    with pytest.raises(DefinitionError, match=r"two assets chart.*the other is one") as caught:
        Definitions(assets=[one, two])
    assert caught.value.line == two.function.line


def test_a_resource_that_is_not_there_is_told_at_the_function():
    @asset
    def chart(warehouse):
        """Chart."""

    with pytest.raises(DefinitionError, match="asks for 'warehouse'") as caught:
        Definitions(assets=[chart])
    assert (caught.value.path, caught.value.line) == (__file__, chart.function.line)
    with pytest.raises(DefinitionError, match="is named in deps"):  # of a Dagster project
        chart.function.run(None, {})


def test_an_empty_list_of_what_dbtree_has_not_is_nothing():
    assert not Definitions(loggers={}).assets
    with pytest.raises(DefinitionError, match=r"use context\.log"):
        Definitions(loggers={"x": object()})


def test_something_else_among_the_assets_is_named():
    def plain():
        """Plain."""

    with pytest.raises(DefinitionError, match="plain is not an asset"):
        Definitions(assets=[plain])


# ---------------------------------------------------------------- dbt


@pytest.mark.parametrize(
    ("props", "key"),
    [
        (node("model", "orders"), "orders"),
        (node("model", "orders", config={"schema": "marts"}), "marts/orders"),
        (node("model", "orders", version=2, alias="orders_v2"), "orders_v2"),
        (source("shop", "raw_orders"), "shop/raw_orders"),
        (node("model", "a", meta={"dagster": {"asset_key": ["x", "y"]}}), "x/y"),
        (node("model", "a", config={"meta": {"dagster": {"asset_key": ["x"]}}}), "x"),
    ],
)
def test_the_default_keys_are_those_of_dagster_dbt(props, key):
    assert DbtTranslator().get_asset_key(props).to_user_string() == key


def test_group_tags_and_owners_come_from_dbt_and_from_meta():
    translator = DbtTranslator()
    revenue = SHOP["nodes"]["model.shop.revenue"]
    assert translator.get_group_name(revenue) == "finance"
    assert translator.get_tags(revenue) == {"daily": ""}
    assert translator.get_description(revenue) == "Money."
    meant = node("model", "a", meta={"dagster": {"group": "g", "owners": ["team:data"]}})
    assert translator.get_group_name(meant) == "g"
    assert translator.get_owners(meant) == ["team:data"]


def test_a_translator_says_what_it_overrides():
    class Loud(DagsterDbtTranslator):
        def get_asset_key(self, dbt_resource_props):
            return super().get_asset_key(dbt_resource_props).with_prefix("LOUD")

    assert overridden(DbtTranslator()) == frozenset()
    assert overridden(Loud()) == {"get_asset_key"}
    loud = dbt_assets(manifest=SHOP, dagster_dbt_translator=Loud())(lambda context: None)
    assert get_asset_key_for_model([loud], "orders").path == ["LOUD", "orders"]


def test_a_translator_says_which_partitions_of_a_parent_are_read():
    yesterday = TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)

    class Late(DagsterDbtTranslator):
        def get_partition_mapping(self, props, parent):
            return yesterday if parent["name"] == "orders" else None

    late = dbt_assets(manifest=SHOP, dagster_dbt_translator=Late())(lambda context: None)
    assert late.get_partition_mapping(AssetKey("orders")) == yesterday
    assert late.get_partition_mapping("shop/raw_orders") is None


def test_models_and_sources_that_are_not_there_are_told():
    with pytest.raises(DefinitionError, match="no model, seed or snapshot 'nothing'"):
        get_asset_key_for_model([shop], "nothing")
    with pytest.raises(DefinitionError, match="no source 'nothing'"):
        get_asset_key_for_source([shop], "nothing")
    two = dbt_assets(manifest=manifest(source("s", "a"), source("s", "b")))(lambda: None)
    with pytest.raises(DefinitionError, match="several tables"):
        get_asset_key_for_source([two], "s")


def test_a_translator_class_in_place_of_an_object_is_refused():
    with pytest.raises(DefinitionError, match="made by calling it, not DbtTranslator"):
        dbt_assets(manifest=SHOP, dagster_dbt_translator=DbtTranslator)  # type: ignore[arg-type]


def test_a_manifest_that_is_missing_is_told_with_what_makes_it(tmp_path):
    @dbt_assets(manifest=tmp_path / "target" / "manifest.json")
    def absent():
        """Absent."""

    with pytest.raises(DefinitionError, match="dbtree project prepare-and-package"):
        get_asset_key_for_model([absent], "orders")


# ---------------------------------------------------------------- metadata


def test_plain_values_become_metadata_of_their_kind():
    rows = metadata_rows(
        {
            "n": 3, "share": 0.5, "ok": True, "words": "yes", "file": Path("a/b.svg"),
            "of": AssetKey(["a", "b"]), "at": datetime(2026, 1, 1, tzinfo=UTC), "some": [1],
        }
    )  # fmt: skip
    assert {label: row["kind"] for label, row in rows.items()} == {
        "n": "int", "share": "float", "ok": "bool", "words": "text", "file": "path",
        "of": "asset", "at": "timestamp", "some": "json",
    }  # fmt: skip
    assert rows["file"]["value"] == "a/b.svg"


def test_tables_keep_columns_and_rows():
    table = MetadataValue.table([TableRecord({"a": 1, "b": "x"}), TableRecord({"a": 2, "b": "y"})])
    assert table.value == {"columns": ["a", "b"], "rows": [[1, "x"], [2, "y"]], "count": 2}


def test_what_json_cannot_hold_is_no_metadata():
    with pytest.raises(DefinitionError, match="is not metadata"):
        metadata_rows({"x": object()})
    assert metadata_rows({"x": float("nan")}) == {"x": {"kind": "float", "value": "nan"}}
    inside = metadata_rows({"x": {"a": [float("inf")]}})
    assert inside == {"x": {"kind": "json", "value": {"a": ["inf"]}}}


def test_of_a_huge_value_the_beginning_is_kept():
    (kept,) = metadata_rows({"x": dict.fromkeys(map(str, range(200_000)), 1)}).values()
    assert kept["kind"] == "text"
    assert kept["value"].startswith('{"0": 1, "1": 1,')
    assert len(kept["value"]) < 25_000


# ---------------------------------------------------------------- selections and schedules


def test_selections_are_text_in_dagsters_syntax():
    marts = AssetSelection.groups("marts")
    assert marts.text == 'group:"marts"'
    assert marts.upstream().text == '+(group:"marts")'
    assert marts.downstream(depth=2).text == '(group:"marts")+2'
    assert (marts - AssetSelection.keys("a/b")).text == '(group:"marts") and not (key:"a/b")'
    assert AssetSelection.assets(shop).text.startswith('key:"products" or key:"orders"')


def test_a_schedule_from_a_dbt_selection():
    schedule = build_schedule_from_dbt_selection(
        [shop], job_name="materialize_dbt_models", cron_schedule="0 0 * * *", dbt_select="tag:daily"
    )
    assert schedule.name == "materialize_dbt_models_schedule"
    assert schedule.default_status.value == "STOPPED"
    assert schedule.selection({}).to_selection_str() == "--select tag:daily"
    assert schedule.path == __file__


def test_a_schedule_of_a_job_by_name():
    defs = Definitions(
        jobs=[define_asset_job("marts", AssetSelection.groups("marts"))],
        schedules=[ScheduleDefinition(job_name="marts", cron_schedule="@daily")],
    )
    [schedule] = defs.schedules
    assert schedule.selection(defs.jobs).text == 'group:"marts"'
    with pytest.raises(DefinitionError, match="asks for the job 'x'"):
        Definitions(schedules=[ScheduleDefinition(job_name="x", cron_schedule="@daily")])


@pytest.mark.parametrize(
    "wrong",
    ["", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * foo *", "1-x * * * *",
     "* * * * 8", "*/0 * * * *", "5-1 * * * *", "0 0 30 2 *", "every day"],
)  # fmt: skip
def test_a_wrong_cron_is_told_at_its_line(wrong):
    with pytest.raises(DefinitionError) as caught:
        ScheduleDefinition("s", cron_schedule=wrong, target="*")
    assert caught.value.path == __file__
    assert caught.value.line > 0


def test_a_wrong_time_zone_is_told():
    with pytest.raises(DefinitionError, match="Unknown time zone 'Mars/Olympus'"):
        ScheduleDefinition(
            "s", cron_schedule="@daily", target="*", execution_timezone="Mars/Olympus"
        )


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"group_name": "bad group!"}, "'bad group!' is not the name of a group"),
        ({"group_name": "a//b"}, "is not the name of a group"),
        ({"kinds": {f"k{number}" for number in range(11)}}, "up to 10 kinds, not 11"),
    ],
)
def test_groups_and_kinds_that_dagster_refuses_are_refused(said, words):
    with pytest.raises(DefinitionError, match=words):

        @asset(**said)
        def orders(): ...

    assert AssetSpec("orders", group_name="marts/daily", kinds={"a", "b", "c", "d"}).kinds == {
        *"abcd"
    }


def test_an_unknown_selector_is_refused_where_it_is_said_in_any_python():
    given = {**manifest(node("model", "orders")), "selectors": {"nightly": {}}}
    with pytest.raises(UnknownName, match=r"no selector 'nightlyy': selectors\.yml has nightly"):

        @dbt_assets(manifest=given, selector="nightlyy")
        def chosen(): ...


def test_sources_that_no_definition_has_are_in_the_asset_graph():
    graph = Definitions(assets=[shop], resources={"dbt": None}).resolve_asset_graph()
    sources = graph.get_all_asset_keys() - graph.materializable_asset_keys
    assert sources == {AssetKey(["shop", "raw_orders"])}


def test_a_node_may_read_its_own_earlier_partitions():
    class Translator(DbtTranslator):
        def get_partition_mapping(self, props, parent):
            same = props["unique_id"] == parent["unique_id"]
            return TimeWindowPartitionMapping(start_offset=-1, end_offset=-1) if same else None

    props = node("model", "orders", meta={"dagster": {"has_self_dependency": True}})

    @dbt_assets(manifest=manifest(props), dagster_dbt_translator=Translator())
    def orders(): ...

    [spec] = orders.specs
    assert [(dep.asset_key, dep.partition_mapping is not None) for dep in spec.deps] == [
        (AssetKey("orders"), True)
    ]


def test_tags_of_a_job_that_are_no_texts_are_written_as_json_as_in_dagster():
    tags = {"count": 3, "flag": True, "nested": {"a": 1}, "text": "x"}
    assert define_asset_job("nightly", "orders", tags=tags).tags == {
        "count": "3", "flag": "true", "nested": '{"a": 1}', "text": "x",
    }  # fmt: skip


def test_code_references_of_dbts_assets_are_their_file_and_the_function(tmp_path):
    (tmp_path / "dbt_project.yml").write_text("name: shop\n")
    project = DbtProject(tmp_path)
    settings = DagsterDbtTranslatorSettings(enable_code_references=True)

    @dbt_assets(
        manifest=manifest(node("model", "orders", original_file_path="models/orders.sql")),
        project=project,
        dagster_dbt_translator=DbtTranslator(settings),
    )
    def orders(): ...

    [spec] = with_source_code_references([orders])[0].specs
    model, function = spec.metadata["dagster/code_references"].code_references
    assert model.file_path == str(tmp_path / "models/orders.sql")
    assert (function.file_path, function.label) == (__file__, "orders")
