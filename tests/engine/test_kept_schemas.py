"""The schemas of dbt's classes that are kept are those that dbt builds; a bad cache is none."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.dbt_python import DBT_PYTHON, dbt_environment

PROGRAM = """
import json
from dbt.contracts.graph import nodes, unparsed
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt_common.dataclass_schema import build_json_schema
from tui.engine.patches import json_schemas

built = []
slowly = json_schemas._built_by_dbt
json_schemas._built_by_dbt = lambda cls: built.append(cls.__name__) or slowly(cls)
json_schemas.apply()
classes = (nodes.ModelNode, nodes.SeedNode, unparsed.UnparsedModelUpdate, DuckDBCredentials)
for cls in classes:
    assert cls.json_schema() is cls.json_schema()
same = [cls.json_schema() == build_json_schema(cls).to_dict() for cls in classes]
json_schemas.save()
print(json.dumps([built, same]))
"""


def in_a_process(cache: Path) -> list[list]:
    told = subprocess.run(
        [DBT_PYTHON, "-c", PROGRAM],
        env={**dbt_environment(), "XDG_CACHE_HOME": str(cache)},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(told.stdout)


def test_the_second_process_takes_what_the_first_has_built(tmp_path: Path) -> None:
    first, second = in_a_process(tmp_path), in_a_process(tmp_path)
    assert len(first[0]) == 4
    assert second[0] == []
    assert first[1] == second[1] == [True] * 4
    (file,) = (tmp_path / "dbtree").iterdir()
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", [b"{", b'{"a": 1}', b"\xff\xfe"])
def test_a_broken_cache_is_made_again(tmp_path: Path, content: bytes) -> None:
    in_a_process(tmp_path)
    (file,) = (tmp_path / "dbtree").iterdir()
    whole = file.read_bytes()
    file.write_bytes(content)
    built, same = in_a_process(tmp_path)
    assert (len(built), same) == (4, [True] * 4)
    assert json.loads(file.read_bytes()) == json.loads(whole)


def test_without_a_place_to_keep_them_dbt_builds_them(tmp_path: Path) -> None:
    (tmp_path / "dbtree").write_text("no directory")
    built, same = in_a_process(tmp_path)
    assert (len(built), same) == (4, [True] * 4)
