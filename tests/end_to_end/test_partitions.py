"""`dbtree backfill`, as a script runs it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.definitions.written import write
from tests.end_to_end.headless import dbtree, dbtree_json
from tests.projects.partitioned_shop import PROJECT


def test_a_partition_that_fails_is_told_and_the_others_are_made(tmp_path: Path) -> None:
    write(tmp_path, PROJECT)
    failed = dbtree(tmp_path, "backfill", "report", "--json", "--trust")
    assert failed.returncode == 1, failed.stderr
    assert [one["status"] for one in json.loads(failed.stdout)["runs"]] == ["success", "failed"]
    assert "no figures yet" in failed.stderr
    (record,) = dbtree_json(tmp_path, "ls", "report", "--json")
    assert record["partitions"] == {
        "count": 2, "materialized": 1, "states": {"eu": "materialized", "us": "failed"}
    }  # fmt: skip
