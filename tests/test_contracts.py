"""The contracts that guard the architecture refuse what they should."""

import pytest
from grimp import ImportGraph
from importlinter import Contract

from tests.contracts import ImportedOnlyBy, ImportsOnly


def graph_of(*imports: str) -> ImportGraph:
    """A graph from lines such as `"tui.ui.app -> textual"`."""
    graph = ImportGraph()
    for line in imports:
        importer, imported = line.split(" -> ")
        graph.add_import(
            importer=importer, imported=imported, line_number=7, line_contents=f"import {imported}"
        )
    return graph


def breaches(contract: Contract, graph: ImportGraph) -> list[str]:
    check = contract.check(graph, verbose=False)
    assert check.kept is not bool(check.metadata["breaches"])
    return check.metadata["breaches"]


def imports_only(package: str, *may_import: str) -> ImportsOnly:
    options = {"package": package, "may_import": list(may_import)}
    return ImportsOnly("a contract", {}, options)


def imported_only_by(module: str, *importers: str) -> ImportedOnlyBy:
    options = {"modules": [module], "importers": list(importers)}
    return ImportedOnlyBy("a contract", {}, options)


@pytest.mark.parametrize(
    "line",
    [
        "tui.tree.rows -> json",
        "tui.tree.rows -> tui.tree.folds",
        "tui.tree.rows -> tui.graph.asset_graph",
        "tui.treehouse -> textual",
    ],
)
def test_a_package_may_import_the_standard_library_itself_and_what_is_named(line: str):
    assert breaches(imports_only("tui.tree", "tui.graph"), graph_of(line)) == []


@pytest.mark.parametrize("imported", ["textual", "tui.runs.store", "tui.assets_extra", "tui"])
def test_a_package_may_import_nothing_else(imported: str):
    graph = graph_of(f"tui.tree.rows -> {imported}")
    assert breaches(imports_only("tui.tree", "tui.graph"), graph) == [
        f"tui.tree.rows imports {imported} (line 7)"
    ]


def test_a_guarded_package_is_imported_by_itself_and_those_named():
    graph = graph_of("tui.ui.app -> tui.ui.theme.themes", "tui.cli.main -> tui.ui.app")
    assert breaches(imported_only_by("tui.ui", "tui.cli.main"), graph) == []


def test_a_guarded_package_is_imported_by_nothing_else():
    graph = graph_of("tui.cli.main -> tui.ui.app", "tui.workspace.workspace -> tui.ui.app")
    assert breaches(imported_only_by("tui.ui", "tui.cli.main"), graph) == [
        "tui.workspace.workspace imports tui.ui.app (line 7)"
    ]


def test_a_package_that_does_not_exist_keeps_every_contract():
    graph = graph_of("tui.cli.main -> json")
    assert breaches(imports_only("tui.tree"), graph) == []
    assert breaches(imported_only_by("tui.ui"), graph) == []
