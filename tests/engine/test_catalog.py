"""What is known of relations where a database cannot be asked, or is only partly there."""

from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tui.engine.inspect.catalog import look_up
from tui.engine.inspect.duckdb_files import MEMORY, is_gone, is_local, only_look


@dataclass(frozen=True)
class Place:
    """As much of an adapter's relation as a look needs."""

    database: str | None
    schema: str
    identifier: str | None

    @classmethod
    def create_from(cls, config: Any, node: Any) -> "Place":
        return cls(*node.place)

    def without_identifier(self) -> "Place":
        return Place(self.database, self.schema, None)


@dataclass
class Warehouse:
    """An adapter of a warehouse with permissions; it counts what it is asked."""

    schemas: dict[str, list[str]]
    forbidden: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    """Schemas whose listing is empty for want of permission, as BigQuery's is."""
    asked: list[str] = field(default_factory=list)
    Relation = Place

    def type(self) -> str:
        return "warehouse"

    @contextmanager
    def connection_named(self, name: str):
        yield

    def list_relations_without_caching(self, schema: Place) -> list[Place]:
        assert schema.identifier is None
        self.asked.append(schema.schema)
        if schema.schema in self.forbidden:
            raise PermissionError(f"no permission for {schema.schema}")
        names = self.schemas.get(schema.schema, [])
        return [Place(schema.database, schema.schema, name) for name in names]

    def check_schema_exists(self, database: str | None, schema: str) -> bool:
        if schema in self.silent:
            raise PermissionError(f"no permission for {schema}")
        return schema in self.schemas


def node(name: str, schema: str) -> Any:
    return SimpleNamespace(unique_id=f"{schema}.{name}", place=("db", schema, name))


CONFIG = SimpleNamespace(credentials=None)


def test_each_schema_is_listed_once_whatever_its_size() -> None:
    warehouse = Warehouse({"a": [f"M{n}" for n in range(1000)], "b": []})
    nodes = [node(f"m{n}", "a") for n in range(1001)] + [node("x", "b"), node("y", "B")]
    found = look_up(warehouse, CONFIG, nodes)
    assert warehouse.asked == ["a", "b", "B"]
    assert len(found.there) == 1000
    assert found.missing == ["a.m1000", "b.x", "B.y"]
    assert not found.problems


def test_what_cannot_be_listed_is_not_known() -> None:
    warehouse = Warehouse({"a": ["x"]}, frozenset({"secret"}), frozenset({"hidden"}))
    nodes = [node("x", "secret"), node("x", "hidden"), node("x", "a"), node("x", "dropped")]
    found = look_up(warehouse, CONFIG, nodes)
    assert (found.there, found.missing) == (["a.x"], ["dropped.x"])
    assert [str(problem) for problem in found.problems] == [
        "no permission for secret", "no permission for hidden",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "local"),
    [
        ("shop.duckdb", True),
        ("data/a:b.duckdb", True),
        ("/data/shop.duckdb", True),
        (":memory:", False),
        ("md:shop", False),
        ("motherduck:shop?motherduck_token=x", False),
        ("s3://bucket/shop.duckdb", False),
        ("ducklake:meta.ducklake", False),
        ("", False),
    ],
)
def test_only_a_file_of_this_machine_can_be_gone(path: str, local: bool) -> None:
    assert is_local(path) is local


def test_whoever_looks_writes_nothing_and_makes_no_file(tmp_path: Path) -> None:
    there, absent, empty = (tmp_path / name for name in ("there.db", "absent.db", "empty.db"))
    there.write_bytes(b"x")
    empty.touch()
    assert [is_gone(str(path)) for path in (there, absent, empty)] == [False, True, True]

    def attached(path: Path | str, **more: Any) -> Any:
        given = {"alias": None, "type": None, "options": None, "read_only": False} | more
        return SimpleNamespace(path=str(path), **given)

    def credentials(path: str, *attach: Any) -> Any:
        return SimpleNamespace(
            path=path, database="Shop", config_options={"threads": 2}, retries=1, remote=None,
            attach=list(attach),
        )  # fmt: skip

    kept = credentials(
        str(there), attached(there), attached(absent, alias="Side"), attached("s3://x")
    )
    assert only_look(kept) == {"side"}
    assert kept.config_options == {"threads": 2, "access_mode": "read_only"}
    assert [(each.path, each.read_only) for each in kept.attach] == [
        (str(there), True), ("s3://x", False),
    ]  # fmt: skip
    lost = credentials(str(absent), attached(there))
    assert only_look(lost) == {"shop"}
    assert (lost.path, lost.config_options) == (MEMORY, {"threads": 2})
    in_memory = credentials(MEMORY)
    assert only_look(in_memory) == frozenset()
    assert in_memory.config_options == {"threads": 2}
