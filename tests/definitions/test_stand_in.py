"""A project of Dagster's is imported with dbtree's definitions in place of Dagster's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import cast

import pytest

from tests.projects.parsed import copy_parsed_demo
from tui.definitions.errors import DefinitionError
from tui.definitions.loader import Place, forget, load
from tui.definitions.repository import Definitions
from tui.definitions.stand_in import StandInFinder
from tui.definitions.unserved import Placeholder, begin, end
from tui.definitions.working_directory import set_working_directory
from tui.project.dagster_project import (
    DagsterProject,
    find_dagster_project,
    remember_answer,
    remembered_answer,
)
from tui.project.project import find_place

UNSERVED = """
    import dagster as dg
    from dagster import AssetIn, AutomationCondition, RunRequest, asset, sensor
    from dagster._core.errors import DagsterUserCodeExecutionError
    from dagster_aws.s3 import S3Resource
    from dagster_duckdb import DuckDBResource


    class Store(dg.ConfigurableIOManager):
        bucket: str


    @sensor(job_name="new_files")
    def new_files(context):
        yield RunRequest()


    @asset(automation_condition=AutomationCondition.eager() & ~AutomationCondition.on_missing())
    def orders(store: S3Resource):
        store.get_client()


    @asset(ins={"found": AssetIn(key=["raw", "orders"])})
    def report(found): ...


    @asset
    def summary(orders, duckdb: DuckDBResource): ...


    defs = dg.Definitions(
        assets=dg.with_source_code_references([orders, report, summary]),
        sensors=[new_files],
        resources={
            "store": S3Resource(region="x"), "io": Store(bucket="b"),
            "duckdb": DuckDBResource(database=":memory:"),
        },
    )
"""


def put(path: Path, text: str) -> None:
    """Write a file, and the directories around it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")


@pytest.fixture
def project(tmp_path):
    """A directory of a project of Dagster's, after which nothing of it is left."""
    yield tmp_path
    end()
    set_working_directory(None)
    sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, StandInFinder)]
    for name in [
        one for one in sys.modules if one.partition("_")[0].partition(".")[0] == "dagster"
    ]:
        del sys.modules[name]
    forget(Place(tmp_path, "any"))


def loaded(root: Path, module: str) -> Definitions:
    return load(Place(root, module, is_dagster=True))


def test_what_is_not_served_is_listed_and_the_rest_is_there(project):
    put(project / "shop_defs.py", UNSERVED)
    found = loaded(project, "shop_defs")
    deps = {one.key.to_user_string(): [str(dep) for dep in one.deps] for one in found.assets}
    assert {key: len(deps[key]) for key in deps} == {"orders": 0, "report": 1, "summary": 1}
    said = {(one.message.partition(":")[0], one.line) for one in found.unserved}
    lines = textwrap.dedent(UNSERVED).lstrip().splitlines()

    def line_of(text: str) -> int:
        return next(number for number, line in enumerate(lines, 1) if text in line)

    assert ("dbtree has no ConfigurableIOManager", line_of("class Store")) in said
    words = "The sensor new_files asks for the job 'new_files', which the Definitions do not have."
    assert (words, line_of("@sensor")) in {(one.message, one.line) for one in found.unserved}
    assert not found.sensors
    [orders] = [one for one in found.assets if one.key.to_user_string() == "orders"]
    condition = orders.get_asset_spec().automation_condition
    assert condition is not None
    assert condition.name == "AND"
    assert any(message.startswith("summary asks for orders") for message, _ in said)
    assert all(one.path == str(project / "shop_defs.py") for one in found.unserved)


def test_a_relative_database_lies_where_dagster_dev_runs(project, tmp_path_factory, monkeypatch):
    module = """
        from dagster import Definitions
        from dagster_duckdb import DuckDBResource

        near, own = DuckDBResource(database="near.duckdb"), DuckDBResource(database=":memory:")
        defs = Definitions(resources={"near": near})
    """
    put(project / "shop_defs.py", module)
    loaded(project, "shop_defs")
    monkeypatch.chdir(tmp_path_factory.mktemp("dbt"))
    for resource in (sys.modules["shop_defs"].near, sys.modules["shop_defs"].own):
        with resource.get_connection() as connection:
            connection.execute("create table t as select 1")
    assert (project / "near.duckdb").exists()


def test_what_is_not_served_says_so_when_a_run_uses_it(project):
    put(project / "shop_defs.py", UNSERVED)
    found = loaded(project, "shop_defs")
    orders = next(one for one in found.assets if one.key.to_user_string() == "orders")
    with pytest.raises(DefinitionError, match="dbtree has no S3Resource"):
        orders.function.run(None, found.resources)
    summary = next(one for one in found.assets if one.key.to_user_string() == "summary")
    with pytest.raises(DefinitionError, match="'orders'"):
        summary.function.run(None, found.resources)


def test_without_a_project_of_dagsters_nothing_stands_in(project):
    put(project / "shop_defs.py", "import dagster_of_nobody")
    with pytest.raises(ModuleNotFoundError):
        load(Place(project, "shop_defs"))


def test_a_package_of_the_project_may_be_called_as_dagsters_are(project):
    put(project / "src/dagster_shop/__init__.py", "")
    put(project / "src/dagster_shop/definitions.py", "import dagster as dg\n"
          "@dg.asset\ndef one(): ...\ndefs = dg.Definitions(assets=[one])\n")  # fmt: skip
    assert [one.key.path[-1] for one in loaded(project, "dagster_shop.definitions").assets] == [
        "one"
    ]


def test_the_folder_defs_is_loaded_and_what_fails_in_it_is_left_out(project):
    for path, text in {
        "pyproject.toml": '[tool.dg.project]\nroot_module = "shop"\n',
        "src/shop/__init__.py": "",
        "src/shop/definitions.py": "from pathlib import Path\nimport dagster as dg\n"
        "@dg.definitions\ndef defs():\n"
        "    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)\n",
        "src/shop/defs/plain.py": "import dagster as dg\n@dg.asset\ndef plain(): ...\n",
        "src/shop/defs/broken.py": "import no_such_package\n",
        "src/shop/defs/whole/definitions.py": "import dagster as dg\n"
        "from shop.defs.whole import inner\ndefs = dg.Definitions(assets=[inner.inside])\n",
        "src/shop/defs/whole/inner.py": "import dagster as dg\n"
        "@dg.asset\ndef inside(): ...\n@dg.asset\ndef unused(): ...\n",
        "src/shop/defs/sling/defs.yaml": "type: dagster_sling.SlingReplicationComponent\n",
    }.items():
        put(project / path, text)
    found = loaded(project, "shop.definitions")
    assert {one.key.path[-1] for one in found.assets} == {"plain", "inside"}
    places = {Path(one.path).name: one.message for one in found.unserved}
    assert "no_such_package" in places["broken.py"]
    assert "SlingReplicationComponent" in places["defs.yaml"]


def test_a_placeholder_is_nothing_to_walk_over():
    begin()
    try:
        one = Placeholder("Anything")
        assert list(one) == []
        assert one["x"] is one
        assert bool(one)
        assert not isinstance(1, cast("type", one))
    finally:
        end()


@pytest.mark.parametrize(("files", "module"), [
    ({"pyproject.toml": '[tool.dagster]\nmodule_name = "shop"\n'}, "shop"),
    ({"pyproject.toml": '[tool.dagster]\nmodules = [{type = "module", name = "a.b"}]\n'}, "a.b"),
    ({"pyproject.toml": '[tool.dg.project]\nroot_module = "shop"\n'}, "shop"),
    ({"dg.toml": '[project]\nroot_module = "shop"\n', "src/shop/definitions.py": ""},
     "shop.definitions"),
    ({"pyproject.toml": '[tool.dg.project]\nroot_module = "shop"\n'
      'code_location_target_module = "shop.all"\n'}, "shop.all"),
    ({"pyproject.toml": "[tool.dagster]\n"}, ""),
    ({"pyproject.toml": '[tool.dagster]\nmodule_name = "shop"\n[tool.dbtree]\nmodule_name = "a"\n'},
     ""),
    ({"pyproject.toml": '[tool.dagster]\nmodule_name = "shop"\n',
      "dbtree.toml": 'module-name = "a"'}, ""),
    ({"pyproject.toml": '[tool.dagster]\nmodule_name = "shop"\n', "deep/dbtree.toml": ""},
     "shop with settings"),
    ({"pyproject.toml": '[tool.dagster]\nmodule_name = "shop"\n[tool.dbtree]\nthreads = 2\n'},
     "shop with settings"),
    ({"pyproject.toml": "[tool.dagster\n"}, ""),
])  # fmt: skip
def test_where_the_definitions_of_a_project_of_dagsters_are(tmp_path, files, module):
    for path, text in files.items():
        put(tmp_path / path, text)
    inside = tmp_path / "deep" / "er"
    inside.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    found = find_dagster_project(inside)
    words = found.module + " with settings" * found.has_settings if found else ""
    assert words == module


def test_it_is_opened_so_when_the_user_wants_it(tmp_path):
    put(tmp_path / "pyproject.toml", '[tool.dagster]\nmodule_name = "shop"\n')
    put(tmp_path / "dbt_project.yml", "name: shop\n")
    environment = {"XDG_STATE_HOME": str(tmp_path / "state"), "HOME": str(tmp_path)}
    project = DagsterProject(tmp_path.resolve(), "shop")

    def opened(**flags: str) -> bool:
        place = find_place(tmp_path, flags, environment)[1]
        return place is not None and place.is_dagster

    assert remembered_answer(project, environment) is None
    assert not opened()
    assert opened(dagster="true")
    remember_answer(project, environment, is_yes=True)
    assert opened()
    assert not opened(dagster="false")


@pytest.mark.dbt
def test_a_project_of_dagsters_opens_unchanged(tmp_path):
    copy_parsed_demo(tmp_path / "shop")
    put(tmp_path / "pyproject.toml", '[tool.dg.project]\nroot_module = "around"\n')
    put(
        tmp_path / "around/definitions.py",
        """
        import dagster as dg
        ROOT = dg.file_relative_path(__file__, "..")
        MAIL = dg.make_email_on_run_failure_sensor()
        defs = dg.Definitions.merge(
            dg.load_from_defs_folder(project_root=ROOT), dg.Definitions(sensors=[MAIL])
        )
    """,
    )
    put(
        tmp_path / "around/defs/shop/defs.yaml",
        """
        type: dagster_dbt.DbtProjectComponent
        attributes:
          project: "{{ project_root }}/shop"
          translation:
            group_name: "{{ node.fqn[1] }}"
    """,
    )
    put(
        tmp_path / "around/defs/chart.py",
        """
        import dagster as dg
        @dg.asset(deps=[["marts", "orders"]])
        def chart(): ...
    """,
    )
    (tmp_path / ".git").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "tui", "ls", "--json", "--dagster"],
        cwd=tmp_path, capture_output=True, text=True, check=False, env={**os.environ},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert rows["chart"]["depends_on"] == ["model.corner_shop.orders"]
    assert rows["stg_orders"]["group"] == "staging"


def test_what_only_dagsters_cloud_does_is_left_alone(project):
    put(
        project / "in_cloud.py",
        """
        import dagster as dg
        from dagster_cloud.dagster_insights import dbt_with_snowflake_insights as insights
        from dagster_cloud.metadata.source_code import link_code_references_to_git_if_cloud

        @dg.asset
        def one() -> dg.Output[int]:
            yield from insights(None, None, iter([dg.Output(1)]))

        assets = link_code_references_to_git_if_cloud(assets_defs=[one], file_path_mapping=None)
        defs = dg.Definitions(assets=assets)
    """,
    )
    found = loaded(project, "in_cloud")
    assert [one.key.path for one in found.assets] == [["one"]]
    assert not found.unserved


def test_functions_that_make_checks_give_none_and_not_the_assets(project):
    put(
        project / "checks_of.py",
        """
        import dagster as dg
        import dagstermill

        @dg.asset
        def one(): ...

        checks = dg.build_column_schema_change_checks(assets=[one])
        job = dg.define_asset_job("part", "key:nowhere")
        defs = dg.Definitions(
            assets=[one, dagstermill.define_dagstermill_asset(name="n", notebook_path="n.ipynb")],
            asset_checks=[*checks], schedules=[dg.build_schedule_from_partitioned_job(job)],
        )
    """,
    )
    found = loaded(project, "checks_of")
    assert (len(found.assets), found.asset_checks, found.schedules) == (1, (), ())
    said = " ".join(one.message for one in found.unserved)
    assert "build_column_schema_change_checks" in said
    assert "define_dagstermill_asset" in said
    assert "The job part needs a partitions_def" in said


def test_all_names_can_be_imported_with_a_star(project):
    put(
        project / "with_star.py",
        """
        from dagster import *
        from dagster_dbt import *

        class Nightly(Component, Resolvable):
            name: str

        Translator = DagsterDbtTranslator
        defs = Definitions(assets=[AssetSpec("one")])
    """,
    )
    found = loaded(project, "with_star")
    assert [one.key.path for one in found.specs] == [["one"]]
    assert not found.unserved


def test_a_schedule_of_a_job_of_partitioned_assets_is_served(project):
    put(
        project / "each_day.py",
        """
        import dagster as dg

        @dg.asset(partitions_def=dg.DailyPartitionsDefinition(start_date="2026-01-01"))
        def sums(): ...

        each_day = dg.define_asset_job("each_day", dg.AssetSelection.assets(sums))
        defs = dg.Definitions(
            assets=[sums], schedules=[dg.build_schedule_from_partitioned_job(each_day)]
        )
    """,
    )
    found = loaded(project, "each_day")
    assert [one.cron_schedule for one in found.schedules] == ["0 0 * * *"]
    assert not found.unserved
