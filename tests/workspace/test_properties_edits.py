"""Where what is missing in the YAML is written, what is inherited, and how it is taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.graphs import graph_of
from tui.column_lineage.column_graph import ColumnGraph
from tui.column_lineage.values import COMPUTED, PASS_THROUGH, ColumnRef, TracedAsset, TracedColumn
from tui.errors import ProjectError
from tui.graph import Asset, AssetGraph
from tui.properties.style import Column
from tui.workspace.properties_edits import inherited, properties_path
from tui.workspace.properties_proposal import Proposal, nameable, read_text, replace_text

UPSTREAM = """\
models:
  - name: a
    columns:
      - name: id
        description: '{{ doc("id") }} The key.'
      - name: total
        description: In euros.
"""


def assets(**changed: Any) -> AssetGraph:
    graph = graph_of("a -> b -> c")
    found = {
        key: asset._replace(**changed.get(asset.name, {})) for key, asset in graph.assets.items()
    }
    return AssetGraph(found, {}, {})


def key_of(graph: AssetGraph, name: str) -> str:
    return next(key for key, asset in graph.assets.items() if asset.name == name)


def named(graph: AssetGraph, name: str) -> Asset:
    return graph.assets[key_of(graph, name)]


def test_the_file_is_its_own_else_that_of_its_neighbours_else_a_new_one(tmp_path: Path) -> None:
    graph = assets(
        a={"path": "models/x/a.sql", "patch_path": "models/x/_x.yml"},
        b={"path": "models/x/b.sql"},
        c={"path": "models/y/c.sql"},
    )
    assert properties_path(graph, named(graph, "a"), tmp_path) == "models/x/_x.yml"
    assert properties_path(graph, named(graph, "b"), tmp_path) == "models/x/_x.yml"
    assert properties_path(graph, named(graph, "c"), tmp_path) == "models/y/_y__models.yml"
    (tmp_path / "models/y").mkdir(parents=True)
    (tmp_path / "models/y/schema.yml").write_text("version: 2\n")
    assert properties_path(graph, named(graph, "c"), tmp_path) == "models/y/schema.yml"


def test_a_column_whose_name_dbt_would_render_is_left_out() -> None:
    columns = [["id", "integer"], ["{{ x }}", "integer"], ["{% x", "integer"], ["#x", "integer"]]
    assert [name for name, _ in nameable(columns)] == ["id", "#x"]


def test_what_belongs_to_a_package_is_not_written(tmp_path: Path) -> None:
    graph = assets(a={"path": "dbt_packages/kit/models/a.sql"})
    with pytest.raises(ProjectError, match="belongs to a package"):
        properties_path(graph, named(graph, "a"), tmp_path)


def test_a_column_that_is_passed_through_has_the_description_of_upstream(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models/_a.yml").write_text(UPSTREAM)
    graph = assets(a={"patch_path": "models/_a.yml"})
    a, b, c = (key_of(graph, name) for name in "abc")

    def through(key: str) -> TracedAsset:
        return TracedAsset(
            (
                TracedColumn("id", PASS_THROUGH, (ColumnRef(key, "id"),)),
                TracedColumn("total", COMPUTED, (ColumnRef(key, "total"),), "total * 2"),
            )
        )

    columns = ColumnGraph({b: through(a), c: through(b)})
    assert inherited(graph, columns, c, tmp_path) == {"id": '{{ doc("id") }} The key.'}


def test_it_is_written_whole_and_taken_back(tmp_path: Path) -> None:
    graph = assets(a={"resource_type": "model"})
    path = tmp_path / "models" / "_a.yml"
    proposal = Proposal(
        named(graph, "a"), "models/_a.yml", None, [Column("id", "integer")], with_types=True
    )
    after = proposal.text()
    replace_text(path, None, after)
    assert path.read_bytes().decode() == after
    assert proposal.diff()[:2] == ["--- /dev/null", "+++ b/models/_a.yml"]
    path.chmod(0o640)
    replace_text(path, after, after + "# more\n")
    assert path.stat().st_mode & 0o777 == 0o640
    with pytest.raises(ProjectError, match="was changed meanwhile"):
        replace_text(path, after, "")
    replace_text(path, after + "# more\n", None)
    assert read_text(path) is None
    assert list(path.parent.iterdir()) == []


def test_a_file_that_is_no_text_is_said(tmp_path: Path) -> None:
    path = tmp_path / "_a.yml"
    path.write_bytes(b"models: \xff")
    with pytest.raises(ProjectError, match=r"_a\.yml cannot be read"):
        read_text(path)
