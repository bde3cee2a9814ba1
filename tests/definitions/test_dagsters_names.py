"""Names of Dagster that definitions use beside the first ones: each as its documentation has it."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Literal

import dbtree
import pytest
from dbtree import (
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSpec,
    AssetDep,
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    AssetOut,
    AssetSelection,
    AssetSpec,
    Backoff,
    Config,
    ConfigurableResource,
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DagsterInvalidDefinitionError,
    DailyPartitionsDefinition,
    DefinitionError,
    Definitions,
    EnvVar,
    Failure,
    MaterializeResult,
    Output,
    PartitionKeyRange,
    RetryPolicy,
    asset,
    asset_check,
    build_asset_context,
    build_dbt_asset_specs,
    dbt_assets,
    definitions,
    graph_asset,
    load_assets_from_current_module,
    load_assets_from_modules,
    load_definitions_from_current_module,
    load_definitions_from_modules,
    map_asset_specs,
    materialize,
    multi_asset,
    multi_asset_check,
    op,
)

from tests.definitions.written import (
    SHOP,
    failure,
    manifest,
    node,
    outcome,
    source,
    values,
    write,
)
from tui.definitions.absent import absent_names
from tui.definitions.config import ready
from tui.definitions.dbt_selection_words import selection_words
from tui.definitions.resolver import resolve


def resolved(*assets, contents=SHOP, **more):
    defs = Definitions(assets=assets, resources={"dbt": None}, **more)
    return resolve(defs, contents, lambda *_: frozenset())


def shop(contents=SHOP, **options):
    def shop_dbt_assets(context, dbt): ...

    return dbt_assets(manifest=contents, **options)(shop_dbt_assets)


# ---------------------------------------------------------------- specs


def test_a_spec_is_said_in_parts_and_changed_as_a_whole():
    spec = AssetSpec("raw/orders", deps=["a", AssetDep("b")], tags={"team": "data"}, kinds={"s3"})
    assert spec.tags == {"team": "data", "dagster/kind/s3": ""}
    assert spec.kinds == {"s3"}
    other = spec.replace_attributes(group_name="raw").merge_attributes(
        deps=["c"], tags={"hot": ""}, kinds={"csv"}, metadata={"n": 1}, owners=["team:x"]
    )
    assert (other.group_name, other.kinds, other.owners) == ("raw", {"s3", "csv"}, ["team:x"])
    assert [dep.asset_key.to_user_string() for dep in other.deps] == ["a", "b", "c"]
    assert spec == AssetSpec("raw/orders", deps=["a", "b"], tags={"team": "data"}, kinds={"s3"})


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"owners": ["fin"]}, "'fin' is not an owner"),
        ({"owners": "a@b.example"}, "owners is a list"),
        ({"tags": {"a=b": ""}}, "'a=b' is not the key of a tag"),
        ({"tags": {"a": "x y"}}, "'x y' is not the value of a tag"),
        ({"partitions_def": "daily"}, "takes partitions, not 'daily'"),
        ({"colour": "red"}, "no argument 'colour'"),
    ],
)
def test_what_dagster_refuses_in_a_spec_is_refused(wrong, words):
    with pytest.raises(DagsterInvalidDefinitionError, match=words):
        AssetSpec("a", **wrong)


def test_a_spec_among_the_assets_is_made_elsewhere():
    @asset(deps=["lake/orders"])
    def chart(): ...

    found = resolved(AssetSpec("lake/orders", kinds={"s3"}), chart, contents=manifest())
    elsewhere, own = sorted(found.assets, key=lambda one: one.key, reverse=True)
    assert (elsewhere.key, elsewhere.is_external, elsewhere.kinds) == ("lake/orders", True, ("s3",))
    assert (own.depends_on, own.is_external) == (("asset.lake/orders",), False)


def test_all_of_dbts_assets_can_be_a_dependency():
    @asset(deps=[shop()])
    def report(): ...

    assert {key.to_user_string() for key in report.deps} == {"products", "orders", "marts/revenue"}


# ---------------------------------------------------------------- several assets of one function


def test_several_assets_of_one_function_by_specs_and_by_outs():
    @multi_asset(specs=[AssetSpec("a"), AssetSpec("b", deps=["a"])], group_name="g")
    def both():
        yield MaterializeResult("a", metadata={"n": 1})
        yield MaterializeResult("b")

    @multi_asset(outs={"c": AssetOut(key_prefix="x"), "d": AssetOut(key="y/d")}, deps=["b"])
    def others():
        yield Output(None, output_name="c", metadata={"m": 2})
        yield Output(None, output_name="d")

    rows = {one.key: one for one in resolved(both, others, contents=manifest()).assets}
    assert rows["a"].made_with == ("asset.b",)
    assert rows["b"].depends_on == ("asset.a",)
    assert (rows["a"].group, rows["x/c"].builder) == ("g", "python:others")
    made = materialize([others, both])
    assert [one.asset_key.to_user_string() for one in made.materializations] == [
        "a", "b", "x/c", "y/d",
    ]  # fmt: skip
    assert values(made.materializations[2].metadata) == {"m": 2}


def test_an_output_of_no_asset_is_told():
    @multi_asset(outs={"c": AssetOut()})
    def one():
        yield Output(None, output_name="nope")

    with pytest.raises(DefinitionError, match="has no output 'nope': it has c"):
        materialize([one])
    with pytest.raises(DefinitionError, match="either specs or outs"):
        multi_asset()


def test_several_checks_of_one_function():
    @multi_asset_check(specs=[AssetCheckSpec("x", asset="a", blocking=True),
                              AssetCheckSpec("y", asset="a")])  # fmt: skip
    def checks():
        yield AssetCheckResult(passed=True, check_name="x", asset_key="a")
        yield AssetCheckResult(passed=False, check_name="y", asset_key="a")

    @asset
    def a(): ...

    found = resolved(a, contents=manifest(), asset_checks=[checks]).checks
    assert [(one.key, one.blocking) for one in found] == [("a:x", True), ("a:y", False)]
    assert materialize([a, checks]).success
    with pytest.raises(DefinitionError, match="needs its asset"):
        AssetCheckSpec("x")


# ---------------------------------------------------------------- translators


GROUPED = {
    **manifest(
        node("model", "orders", group="finance", config={"group": "finance"}),
        node("model", "free", meta={"dagster": {"group": "g", "owners": ["team:data"]}}),
    ),
    "groups": {"group.shop.finance": {"name": "finance", "owner": {"email": "fin@example.com"}}},
}


def test_the_owner_of_a_group_is_its_address_also_for_super():
    class Mine(DagsterDbtTranslator):
        def get_owners(self, dbt_resource_props):
            return [*(super().get_owners(dbt_resource_props) or ()), "team:all"]

    found = resolved(shop(GROUPED, dagster_dbt_translator=Mine()), contents=GROUPED).translations
    assert found["model.shop.orders"].owners == ("fin@example.com", "team:all")
    plain = shop(GROUPED).specs_by_key
    assert plain[AssetKey("orders")].owners == ["fin@example.com"]
    assert plain[AssetKey("free")].owners == ["team:data"]


def test_what_meta_says_is_said_without_a_translator_too():
    found = resolved(shop(GROUPED), contents=GROUPED)
    free = found.translations["model.shop.free"]
    assert (free.group, free.owners, found.is_plain) == ("g", ("team:data",), False)


def test_a_translators_spec_is_the_asset():
    class Mine(DagsterDbtTranslator):
        def get_asset_spec(self, manifest, unique_id, project):
            spec = super().get_asset_spec(manifest, unique_id, project)
            if unique_id != "model.shop.orders":
                return spec
            return spec.replace_attributes(key=spec.key.with_prefix("wh")).merge_attributes(
                deps=["lake"], tags={"team": "data"}, kinds={"iceberg"}, metadata={"n": 1}
            )

    mine = shop(dagster_dbt_translator=Mine())
    found = resolved(mine, AssetSpec("lake")).translations["model.shop.orders"]
    assert (found.key, found.name, found.tags) == ("wh/orders", "wh/orders", ("team=data",))
    assert found.depends_on == ("asset.lake",)
    assert found.kinds == ("dbt", "iceberg")
    assert found.metadata == {"n": {"kind": "int", "value": 1}}
    assert AssetKey(["wh", "orders"]) in mine.keys


def test_specs_of_dbt_can_be_mapped():
    [mapped] = map_asset_specs(lambda spec: spec.replace_attributes(group_name="all"), [shop()])
    assert {spec.group_name for spec in mapped.specs} == {"all"}
    assert resolved(mapped).translations["model.shop.orders"].group == "all"


def test_settings_are_there_without_the_init_of_the_base_class():
    class Mine(DagsterDbtTranslator):
        def __init__(self):
            """Of its own."""

    assert Mine().settings == DagsterDbtTranslatorSettings()
    settings = DagsterDbtTranslatorSettings(enable_dbt_views_as_virtual_assets=True)
    views = manifest(node("model", "v", config={"materialized": "view"}))
    translator = DagsterDbtTranslator(settings=settings)
    found = resolved(shop(views, dagster_dbt_translator=translator), contents=views)
    assert found.translations["model.shop.v"].kinds == ("dbt", "view")


def test_kinds_are_those_of_the_adapter_and_of_tags():
    class Mine(DagsterDbtTranslator):
        def get_tags(self, dbt_resource_props):
            return {**super().get_tags(dbt_resource_props), "dagster/kind/csv": ""}

    contents = {**SHOP, "metadata": {"project_name": "shop", "adapter_type": "duckdb"}}
    found = resolved(shop(contents, dagster_dbt_translator=Mine()), contents=contents).translations
    assert found["model.shop.revenue"].kinds == ("dbt", "duckdb", "csv")
    assert found["model.shop.revenue"].tags == ("daily",)
    assert found["source.shop.shop.raw_orders"].kinds == ("csv",)


def test_two_sources_of_one_key_are_refused_where_they_are_defined():
    meta = {"dagster": {"asset_key": ["same"]}}
    contents = manifest(
        source("s", "a", meta=meta), source("s", "b", meta=meta),
        node("model", "m", depends_on={"nodes": ["source.shop.s.a", "source.shop.s.b"]}),
    )  # fmt: skip
    with pytest.raises(DefinitionError, match=r"key same is used by both source\.shop\.s\.a"):
        shop(contents)
    allowed = DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True)
    one = shop(contents, dagster_dbt_translator=DagsterDbtTranslator(allowed))
    assert one.get_asset_spec().deps == [AssetDep("same")]
    with pytest.raises(DefinitionError, match="as select=…"):
        shop(op_tags={"dagster_dbt/select": "x"})


def test_dbts_tests_are_checks_of_the_definition():
    test = {
        "unique_id": "test.shop.unique_orders_id.1", "resource_type": "test", "meta": {},
        "name": "unique_orders_id", "attached_node": "model.shop.orders",
        "depends_on": {"nodes": ["model.shop.orders"]}, "config": {"severity": "WARN"},
    }  # fmt: skip
    contents = {**SHOP, "nodes": {**SHOP["nodes"], test["unique_id"]: test}}
    one = shop(contents)
    assert one.check_keys == {AssetCheckKey("orders", "unique_orders_id")}
    assert not one.check_specs[0].blocking
    silent = DagsterDbtTranslator(DagsterDbtTranslatorSettings(enable_asset_checks=False))
    assert not shop(contents, dagster_dbt_translator=silent).check_specs


def test_specs_of_a_dbt_project_that_is_built_elsewhere():
    specs = build_dbt_asset_specs(manifest=SHOP)
    assert [spec.key.to_user_string() for spec in specs] == ["products", "orders", "marts/revenue"]
    revenue = specs[2]
    assert revenue.metadata["dagster_dbt/unique_id"] == "model.shop.revenue"
    assert [dep.asset_key.to_user_string() for dep in revenue.deps] == ["orders"]

    class Same(DagsterDbtTranslator):
        def get_asset_key(self, dbt_resource_props):
            return AssetKey("same")

    with pytest.raises(DefinitionError, match="key same is used by both") as told:
        build_dbt_asset_specs(manifest=SHOP, dagster_dbt_translator=Same())
    assert told.value.path == __file__


# ---------------------------------------------------------------- config, resources, ops


class Size(Enum):
    S = "s"
    L = "l"


class Inner(Config):
    depth: int = 1


class Settings(Config):
    rows: int = 3
    share: float = 1
    size: Size = Size.S
    mode: Literal["a", "b"] = "a"
    names: list[str] = []
    inner: Inner = Inner()
    note: str | None = None


def test_settings_have_types_and_defaults():
    assert Settings(size="L", inner={"depth": 2}).dict()["inner"] == Inner(depth=2)
    assert Settings().rows == 3
    for wrong in ({"rows": "x"}, {"rows": True}, {"mode": "c"}, {"size": "XL"}, {"note": 1}):
        with pytest.raises(DefinitionError, match=f"Settings.{next(iter(wrong))} must be"):
            Settings(**wrong)
    with pytest.raises(DefinitionError, match="no field colour"):
        Settings(colour="red")


class Warehouse(ConfigurableResource):
    host: str
    password: str = EnvVar("TEST_WAREHOUSE_PASSWORD")

    def setup_for_execution(self, context):
        OPEN.append(self.host)

    def teardown_after_execution(self, context):
        LEFT.append(self.password)


OPEN: list[str] = []
LEFT: list[str] = []


def test_a_resource_is_set_up_with_its_variables_and_torn_down(monkeypatch):
    warehouse = Warehouse(host="here")
    assert "secret" not in repr(warehouse)

    @asset
    def table(context: AssetExecutionContext, warehouse: Warehouse, config: Settings):
        assert OPEN == ["here"]
        assert context.resources.warehouse is warehouse
        return MaterializeResult(metadata={"rows": config.rows, "host": warehouse.host})

    with pytest.raises(DefinitionError, match="TEST_WAREHOUSE_PASSWORD is not set"):
        materialize([table], {"warehouse": warehouse})
    monkeypatch.setenv("TEST_WAREHOUSE_PASSWORD", "secret")
    made = materialize([table], {"warehouse": warehouse})
    assert values(made.materializations[0].metadata) == {"rows": 3, "host": "here"}
    assert LEFT == ["secret"]
    with pytest.raises(DefinitionError, match="needs a value for host"):
        Warehouse()


def test_an_asset_of_several_ops():
    @op
    def fetch(context, warehouse: Warehouse) -> list[str]:
        return [warehouse.host, str(context.asset_key)]

    @op
    def count(rows) -> int:
        return len(rows)

    @graph_asset(group_name="g")
    def rows():
        return Output(None, metadata={"rows": count(fetch())})

    made = materialize([rows], {"warehouse": Warehouse(host="h", password="p")})
    assert values(made.materializations[0].metadata) == {"rows": 2}
    assert count([1, 2, 3]) == 3
    with pytest.raises(DefinitionError, match="No function of the definitions is running"):
        fetch()


# ---------------------------------------------------------------- contexts, results, retries


def test_a_context_for_a_test():
    @asset
    def doubled(context: AssetExecutionContext):
        context.add_output_metadata({"n": context.resources.n})
        context.log_event(AssetMaterialization("doubled", metadata={"m": 1}))

    made = materialize([doubled], {"n": 2})
    assert values(made.materializations[0].metadata) == {"n": 2, "m": 1}
    assert build_asset_context(resources={"n": 2}).resources.n == 2
    assert build_asset_context(partition_key="2026-01-01").partition_key == "2026-01-01"
    with pytest.raises(DefinitionError, match="This run has no partition: choose one"):
        _ = build_asset_context().partition_key


def test_a_context_for_a_test_knows_the_asset_that_is_called_with_it():
    days = DailyPartitionsDefinition("2026-01-01")

    @asset(partitions_def=days)
    def daily(context: AssetExecutionContext):
        context.add_output_metadata({"n": 1})
        return context.asset_key, context.partition_time_window.start.day, context.run_id

    @multi_asset(specs=[AssetSpec("a"), AssetSpec("b")], partitions_def=days)
    def several(context):
        start, end = context.partition_time_window
        return len(context.selected_asset_keys), (end - start).days

    @asset_check(asset=daily)
    def is_there(context):
        return AssetCheckResult(passed=context.run_id == "EPHEMERAL")

    context = build_asset_context(partition_key="2026-01-05")
    assert daily(context) == (AssetKey("daily"), 5, "EPHEMERAL")
    # It can be used again, for another asset.
    assert several(context=context) == (2, 1)
    span = PartitionKeyRange("2026-01-01", "2026-01-03")
    with build_asset_context(partition_key_range=span) as wider:
        assert several(wider) == (2, 3)
    assert is_there(build_asset_context()).passed
    assert context.assets_def is None


def test_waits_before_retries():
    growing = RetryPolicy(max_retries=3, delay=2, backoff=Backoff.EXPONENTIAL)
    assert [growing.seconds_before(retry) for retry in (1, 2, 3)] == [2, 6, 14]
    assert RetryPolicy().seconds_before(1) == 0
    with pytest.raises(DefinitionError, match="need a delay"):
        RetryPolicy(backoff=Backoff.LINEAR)
    assert str(Failure("Gone.")) == "Gone."


def test_a_failed_blocking_check_is_no_success_of_materialize():
    @asset
    def a(): ...

    @asset_check(asset=a, blocking=True)
    def fails():
        return False

    assert not materialize([a, fails]).success
    with pytest.raises(DefinitionError, match="two checks a:fails"):
        Definitions(assets=[a], asset_checks=[fails, asset_check(asset=a, name="fails")(lambda: 1)])
    assert Definitions(assets=[a, a]).assets == (a,)


# ---------------------------------------------------------------- loading


def test_definitions_come_from_modules_and_functions(tmp_path):
    place = write(
        tmp_path,
        {
            "parts/__init__.py": "",
            "parts/assets.py": """
                from tui import asset
                @asset
                def one(warehouse): ...
                many = [asset(name=f"n{i}")(lambda: None) for i in range(2)]
            """,
            "parts/more.py": """
                from tui import Definitions, asset_check
                defs = Definitions(resources={"warehouse": 1})
                @asset_check(asset="one")
                def fine(): ...
            """,
            "defs.py": """
                import parts
                from dbtree import definitions, load_definitions_from_package_module
                @definitions
                def defs():
                    return load_definitions_from_package_module(parts)
            """,
        },
    )
    found = outcome(place)
    assert isinstance(found, Definitions), found
    assert sorted(str(one.key) for one in found.assets) == ["n0", "n1", "one"]
    assert [one.name for one in found.asset_checks] == ["fine"]
    assert found.get_asset_spec("one").key == AssetKey("one")


@asset
def here(): ...


def test_assets_of_this_module_and_under_a_prefix():
    assert here in load_assets_from_current_module()
    module = sys.modules[__name__]
    prefixed = load_assets_from_modules([module], group_name="g", key_prefix="p")
    assert AssetKey(["p", "here"]) in {one.key for one in prefixed}
    assert here in load_definitions_from_current_module().assets
    assert here in load_definitions_from_modules([module]).assets
    with pytest.raises(DefinitionError, match="takes no arguments"):
        definitions(Definitions.get_asset_spec)  # type: ignore[arg-type]


def test_definitions_are_merged():
    one = Definitions(assets=[here], resources={"a": 1})
    both = Definitions.merge(one, Definitions(resources={"b": 2}))
    assert (both.assets, both.resources) == ((here,), {"a": 1, "b": 2})
    with pytest.raises(DefinitionError, match="two resources 'a'"):
        Definitions.merge(one, Definitions(resources={"a": 2}))


# ---------------------------------------------------------------- selections


def test_selections_of_checks_prefixes_and_ends():
    some = AssetSelection.key_prefixes(["a", "b"])
    assert some.text == 'key_prefix:"a/b"'
    assert some.roots().text == 'roots(key_prefix:"a/b")'
    assert some.upstream(depth=0).text == '0+(key_prefix:"a/b")'
    assert AssetSelection.tag("team", "data").text == 'tag:"team"="data"'
    assert AssetSelection.owner(None).text == "owner:<null>"
    assert AssetSelection.checks(AssetCheckKey("a", "x")).text == 'check:"a:x"'
    assert (some - AssetSelection.all_asset_checks()).text.endswith("and not (checks())")
    assert AssetSelection.checks_for_assets("a").without_checks().text.startswith("without_checks(")


# ---------------------------------------------------------------- what is not here


def test_a_name_that_is_not_here_says_why_and_what_to_use(tmp_path):
    text = "import os\nfrom dbtree import Definitions, SourceAsset\n"
    message, file, line = failure(tmp_path, text)
    assert message.startswith("dbtree has no SourceAsset: dbtree observes nothing")
    assert (file, line) == ("defs.py", 2)
    code = "from tui import Partition"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "dbtree has no Partition: dbtree's partitions are" in done.stderr


def test_no_name_is_both_here_and_absent():
    assert not absent_names().keys() & set(dbtree.__all__)


def test_tags_that_are_kinds_may_be_given_back_as_tags():
    spec = dbtree.AssetSpec("orders", kinds={"duckdb"}, tags={"daily": ""})
    changed = spec.replace_attributes(tags={**spec.tags, "team": "finance"})
    assert changed.kinds == {"duckdb"}
    assert changed.tags == {"daily": "", "dagster/kind/duckdb": "", "team": "finance"}
    assert dbtree.AssetSpec("orders", tags={"dagster/kind/dbt": ""}).kinds == {"dbt"}


def test_an_op_takes_a_place_in_its_pool_where_its_asset_has_none() -> None:
    taken: list[str] = []

    @contextmanager
    def place_of(pool: str) -> Iterator[None]:
        taken.append(f"+{pool}")
        yield
        taken.append(f"-{pool}")

    @op(pool="api")
    def fetch() -> int:
        taken.append("fetch")
        return inner()

    @op(tags={"dagster/concurrency_key": "api"})
    def inner() -> int:
        return 1

    @op
    def free() -> None:
        taken.append("free")

    assert fetch() == 1  # by hand: nothing to take
    context = AssetExecutionContext()
    context.place_of = place_of
    taken.clear()
    with context.entered():
        fetch()
        free()
        inner()
    assert taken == ["+api", "fetch", "-api", "free", "+api", "-api"]


def test_a_variable_that_is_not_set_is_said_where_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TEST_NOT_SET", raising=False)

    class Api(ConfigurableResource):
        token: str

    api = Api(token=EnvVar("TEST_NOT_SET"))
    line = inspect.stack()[0].lineno - 1
    with (
        pytest.raises(DefinitionError, match="TEST_NOT_SET is not set") as caught,
        ready(api, None),
    ):
        pass
    assert (Path(caught.value.path).name, caught.value.line) == ("test_dagsters_names.py", line)


def test_an_error_of_the_api_is_at_the_users_line_also_within_a_context() -> None:
    @contextmanager
    def within(is_wrong: bool) -> Iterator[None]:
        if is_wrong:
            raise DefinitionError("wrong")
        yield

    with pytest.raises(DefinitionError) as caught, within(True):
        pass
    assert caught.value.path == __file__


def test_the_op_of_dbt_assets_has_its_selectors_as_tags() -> None:
    @dbt_assets(manifest={}, select="a", exclude="b", op_tags={"team": "x"}, name="mine")
    def mine() -> None: ...

    assert mine.op.name == "mine"
    assert dict(mine.op.tags) == {
        "dagster_dbt/select": "a", "dagster_dbt/exclude": "b", "team": "x",
    }  # fmt: skip


def test_materialize_makes_a_selection_alone():
    called: list[str] = []

    @asset
    def a():
        called.append("a")

    @asset(deps=[a])
    def b():
        called.append("b")

    @asset_check(asset=a)
    def of_a():
        called.append("of_a")
        return AssetCheckResult(passed=True)

    made = materialize([a, b, of_a], selection="b")
    assert (called, [one.asset_key for one in made.materializations]) == (["b"], [AssetKey("b")])
    called.clear()
    assert materialize([a, b, of_a], selection=AssetSelection.assets(b).upstream()).success
    assert called == ["a", "of_a", "b"]


def test_a_dbt_command_of_a_test_builds_what_the_function_is_for():
    nodes = manifest(*(node("model", one, fqn=["shop", one]) for one in ("orders", "customers")))

    @dbt_assets(manifest=nodes, name="whole")
    def whole(context): ...

    def words(*args: str, chosen: set[str], is_subset: bool) -> list[str]:
        keys = frozenset(map(AssetKey, chosen))
        context = AssetExecutionContext(
            run_id="r", selected=keys, assets_def=whole, is_subset=is_subset
        )
        return selection_words(args, context).options

    both = {"orders", "customers"}
    assert words("build", chosen=both, is_subset=False) == ["--select", "fqn:*"]
    assert words("run", chosen={"orders"}, is_subset=True) == ["--select", "shop.orders"]
    assert words("build", "--select", "x", chosen=both, is_subset=False) == []
    assert words("deps", chosen=both, is_subset=False) == []
    assert selection_words(["build"], None).options == []
