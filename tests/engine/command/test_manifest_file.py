"""A manifest.json by dbt's own names, also where dbt v2 leaves something out."""

import json
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tui.engine.command import manifest_file
from tui.engine.command.manifest_file import (
    Config,
    ManifestFile,
    ManifestUnreadable,
    Node,
    read_manifest,
)
from tui.engine.records.fingerprints import contract_digest


def test_what_dbt_v2_leaves_out_is_there() -> None:
    node = Node({"unique_id": "model.shop.a", "config": {}, "raw_code": "{{ kit.label('x') }}"})
    assert node.resource_type == "model"
    assert node.config.materialized == "view"
    assert (node.description, node.columns, node.group) == ("", {}, "")
    assert node.depends_on_macros == ["macro.kit.label"]
    assert Node({"unique_id": "snapshot.shop.s", "config": {"group": "sales"}}).group == "sales"


def test_an_unknown_attribute_is_none_that_dbt_has() -> None:
    assert not hasattr(Node({"unique_id": "model.shop.a"}), "tested_node_unique_id")


def test_hooks_are_found_by_either_spelling() -> None:
    assert Config({"pre-hook": [{"sql": "select 1"}]}).pre_hook[0].sql == "select 1"


def test_a_configuration_says_what_somebody_wrote() -> None:
    written: dict[str, Any] = {
        "materialized": "table",
        "tags": [],
        "grants": {},
        "alias": None,
        "cluster_by": "id",
    }
    resolved = {"quoting": {"database": True, "snowflake_ignore_case": False}}
    assert Config({**written, **resolved}).to_dict() == {
        "materialized": "table",
        "cluster_by": "id",
    }


def test_a_contract_is_the_same_in_the_words_of_either_dbt() -> None:
    def digest(constraint: Mapping[str, object]) -> str:
        column = {"name": "id", "data_type": "integer", "constraints": [constraint]}
        config = {"contract": {"enforced": True}}
        node = Node({"unique_id": "model.shop.a", "config": config, "columns": {"id": column}})
        return contract_digest(node)

    core = {
        "type": "not_null",
        "warn_unenforced": True,
        "warn_unsupported": True,
        "to": None,
        "to_columns": [],
    }
    v2: dict[str, Any] = {
        "to": None,
        "to_columns": [],
        "type": "not_null",
        "warn_unsupported": None,
        "name": None,
    }
    assert digest(core) == digest(v2) != digest({**v2, "type": "unique"})


@pytest.mark.parametrize(
    ("freshness", "has"),
    [
        (None, False),
        ({"warn_after": {"count": None, "period": None}}, False),
        ({"error_after": {"count": 1, "period": "day"}}, True),
    ],
)
def test_a_source_has_freshness_where_somebody_said_how_much(freshness: object, has: bool) -> None:
    assert Node({"unique_id": "source.a.b.c", "freshness": freshness}).has_freshness is has


def test_a_materialization_is_the_adapters_before_the_default_and_the_projects_first() -> None:
    names = [
        ("dbt", "materialization_table_default"), ("dbt_duckdb", "materialization_table_duckdb"),
        ("kit", "materialization_table_duckdb"), ("dbt", "materialization_view_default"),
    ]  # fmt: skip
    macros = {
        f"macro.{package}.{name}": {"unique_id": f"macro.{package}.{name}", "name": name,
                                    "package_name": package}
        for package, name in names
    }  # fmt: skip
    manifest = ManifestFile({"macros": macros})

    def found(name: str) -> str:
        macro = manifest.find_materialization_macro_by_name("shop", name, "duckdb")
        return macro.package_name if macro else ""

    assert (found("table"), found("view"), found("magic")) == ("kit", "dbt", "")


def test_a_manifest_that_is_being_replaced_is_read_when_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "manifest.json"
    path.write_text('{"nodes": {')
    begun = threading.Event()

    def wait(seconds: float) -> None:
        begun.set()
        path.write_text(json.dumps({"nodes": {"model.shop.a": {"name": "a"}}}))

    monkeypatch.setattr(time, "sleep", wait)
    assert read_manifest(path).nodes["model.shop.a"].name == "a"
    assert begun.is_set()


@pytest.mark.parametrize("text", [None, "{", "[]", '{"results": []}'])
def test_what_is_no_manifest_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    monkeypatch.setattr(manifest_file, "PAUSE", 0.0)
    path = tmp_path / "manifest.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ManifestUnreadable, match=r"manifest\.json"):
        read_manifest(path)


def test_a_manifest_says_which_invocation_wrote_it() -> None:
    manifest = ManifestFile({"metadata": {"invocation_id": "a"}})
    assert manifest.is_of_another("b")
    assert not manifest.is_of_another("a")
    assert not ManifestFile({}).is_of_another("b")
    assert not manifest.is_of_another("")


def test_what_differs_from_the_manifest_before_is_marked() -> None:
    def manifest(created_at: int, **texts: str) -> ManifestFile:
        nodes = {
            key: {"unique_id": key, "raw_code": text, "created_at": created_at}
            for key, text in texts.items()
        }
        return ManifestFile({"nodes": nodes, "macros": {"m": {"macro_sql": "x"}}})

    before, after = manifest(1, a="1", b="1"), manifest(2, a="1", b="2", c="1")
    after.mark_changes(before)
    assert {key for key, node in after.nodes.items() if node.created_at} == {"b", "c"}
    assert after.has_macros_of(before)
    assert not after.has_macros_of(ManifestFile({}))
