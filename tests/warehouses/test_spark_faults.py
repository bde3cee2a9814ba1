"""A Spark that is gone, silent or elsewhere: one sentence each, and the next run works."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.terminal import PROGRAM, user_environment
from tests.warehouses.conftest import (
    ended,
    opened,
    says_that_the_server_is_gone,
    start,
    until,
    write_depot,
)
from tests.warehouses.spark import SparkServer, spark_server
from tests.warehouses.warehouse import on_spark
from tests.workspace import conftest as workspace_tests
from tests.workspace.conftest import OpenWorkspace

pytestmark = [
    pytest.mark.skipif(
        "spark" not in os.environ.get("DBTREE_TEST_WAREHOUSES", ""),
        reason="`make test-warehouses` starts a Spark",
    ),
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(3600),
]

DEV = """\
type: spark
method: thrift
host: "{{ env_var('SPARK_HOST') }}"
port: "{{ env_var('SPARK_PORT') | int }}"
schema: depot
threads: 2
"""


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkServer]:
    """A running Spark."""
    with spark_server() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def depot(
    spark: SparkServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[OpenWorkspace]:
    """A small project on Spark, open and built."""
    root = tmp_path_factory.mktemp("depot") / "depot"
    warehouse = on_spark(spark)
    models = {
        "quick": "select 1 as id",
        "after": "select * from {{ ref('quick') }}",
        "slow": f"select {warehouse.slow} as dawdled",
    }
    write_depot(root, DEV, "wrong_port: {<<: *dev, port: 9}", models)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in warehouse.environment.items():
            patch.setenv(name, value)
        patch.setattr(workspace_tests, "PATIENCE", warehouse.patience)
        async with opened(root) as depot:
            run = await ended(depot, start(depot, "quick", "after"))
            assert run.status == "success", run.message
            yield depot


async def test_a_server_that_is_gone_in_mid_run_and_comes_back(
    depot: OpenWorkspace, spark: SparkServer
) -> None:
    engine = depot.workspace.engine_pid
    run_id = start(depot, "slow")
    await until(lambda: any("dawdled" in words for words in spark.statements()), 600)
    await asyncio.to_thread(spark.stop)
    node = (await ended(depot, run_id)).nodes[depot.id_of("slow")]
    assert node.status == "error"
    assert node.message.startswith("The connection to the database was lost: run again")
    await says_that_the_server_is_gone(depot, "after")

    await asyncio.to_thread(spark.start)
    assert await depot.workspace.queries.find_relations() == ""
    assert depot.reasons("after") == []
    assert (await depot.workspace.queries.preview(depot.id_of("after"))).rows == [["1"]]
    assert (await ended(depot, start(depot, "quick"))).status == "success"
    assert depot.workspace.engine_pid == engine


async def test_a_run_on_a_server_that_does_not_answer_can_be_cancelled(
    depot: OpenWorkspace, spark: SparkServer
) -> None:
    """PyHive waits without a limit, for an answer to the cancel too: the run is given up."""
    with spark.silent():
        run_id = start(depot, "quick")
        await depot.until(lambda state: state.active is not None and state.active.pid > 0)
        depot.workspace.cancel(run_id)
        assert (await ended(depot, run_id)).status == "cancelled"
    assert (await ended(depot, start(depot, "quick"))).status == "success"


async def test_a_port_at_which_nobody_listens_is_one_sentence(depot: OpenWorkspace) -> None:
    done = await asyncio.to_thread(
        subprocess.run, [str(PROGRAM), "materialize", "quick", "--target", "wrong_port"],
        cwd=depot.root, env=user_environment(depot.root, **os.environ), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "The database cannot be reached: start the server" in done.stderr + done.stdout
    assert "Traceback" not in done.stderr + done.stdout
