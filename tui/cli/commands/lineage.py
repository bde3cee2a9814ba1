"""`dbtree lineage`: where a column comes from, and what is made of it."""

from __future__ import annotations

from typing import Any

from tui.cli import console
from tui.cli.opened_workspace import parsed_workspace
from tui.column_lineage.column_graph import ColumnGraph, Step
from tui.column_lineage.column_names import asset_named, column_named, column_parts
from tui.column_lineage.effects import coverage, exposures_of, untraced_readers
from tui.column_lineage.project_tracing import NO_CODE
from tui.column_lineage.values import (
    COMPUTED,
    OUTSIDE,
    PASS_THROUGH,
    UNKNOWN,
    ColumnRef,
    TracedColumn,
)
from tui.errors import EngineError, SelectionError
from tui.graph import AssetGraph
from tui.project.project import Project
from tui.text.formats import plural
from tui.workspace.api import WorkspaceApi
from tui.workspace.state import WorkspaceState


def kind_of(graph: AssetGraph, ref: ColumnRef, column: TracedColumn | None) -> str:
    """What a column is: of a seed or a source that, else the kind of its expression."""
    asset = graph.assets.get(ref.asset)
    if asset is not None and asset.resource_type in OUTSIDE:
        return asset.resource_type
    if column is None or (column.kind == PASS_THROUGH and not column.sources):
        return UNKNOWN
    return column.kind


async def lineage(project: Project, name: str, *, as_json: bool = False) -> int:
    """Print the lineage of a column, of the columns of an asset, or how much is known.

    Args:
        project: the project.
        name: `orders.total`, `orders`, or nothing.
        as_json: whether to print JSON.

    Raises SelectionError for a name that nothing has.
    """
    async with parsed_workspace(project) as workspace:
        is_asset = _is_asset(workspace.state.graph, name)
        workspace.trace_columns()
        state = await workspace.until(_is_traced)
        if name:
            state = await _compiled(
                workspace, name if is_asset else column_parts(state.graph, name)[0]
            )
    columns = state.columns or ColumnGraph()
    if columns.problem:
        raise EngineError(columns.problem)
    if not name:
        record = _coverage_record(state, columns)
    elif is_asset:
        record = _asset_record(state, columns, asset_named(state.graph, name))
    else:
        record = _column_record(state, columns, column_named(state.graph, columns, name))
    if as_json:
        console.write_json(record)
    else:
        _print(console.stdout(), record)
    return console.OK


def _is_traced(state: WorkspaceState) -> bool:
    return state.phase == "gone" or (state.columns is not None and state.columns.is_complete)


async def _compiled(workspace: WorkspaceApi, name: str) -> WorkspaceState:
    """The state once those around an asset are traced whose SQL only the database knows."""
    graph = workspace.state.graph
    asset = asset_named(graph, name)
    around = {asset} | graph.ancestors([asset]) | graph.descendants([asset])
    waiting = {key for key in around if await workspace.compile_for_columns(key)}

    def is_known(state: WorkspaceState) -> bool:
        columns = state.columns or ColumnGraph()
        known = (columns.assets.get(key) for key in waiting)
        return bool(columns.problem) or all(one and one.problem != NO_CODE for one in known)

    return await workspace.until(lambda state: state.phase == "gone" or is_known(state))


def _is_asset(graph: AssetGraph, name: str) -> bool:
    """Whether a name is that of an asset. Raises SelectionError where nothing can have it."""
    if not name:
        return False
    try:
        asset_named(graph, name)
    except SelectionError:
        if "." not in name:
            raise
        column_parts(graph, name)
        return False
    return True


# ------------------------------------------------------------------------ JSON


def _coverage_record(state: WorkspaceState, columns: ColumnGraph) -> dict[str, Any]:
    found = coverage(columns, state.graph)
    return {
        "queries": found.queries,
        "traced": found.traced,
        "columns": found.columns,
        "traced_columns": found.traced_columns,
        "problems": [
            {"asset": key, "name": state.graph.assets[key].name, "problem": one.problem}
            for key, one in columns.assets.items()
            if one.problem and key in state.graph.assets
        ],
    }


def _asset_record(state: WorkspaceState, columns: ColumnGraph, key: str) -> dict[str, Any]:
    traced = columns.assets.get(key)
    return {
        "asset": key,
        "name": state.graph.assets[key].name,
        "problem": (traced.problem or None) if traced else None,
        "columns": [
            {
                **_made_of(state.graph, ColumnRef(key, column.name), column),
                "sources": [_ref_record(state.graph, ref) for ref in column.sources],
            }
            for column in (traced.columns if traced else ())
        ],
    }


def _column_record(state: WorkspaceState, columns: ColumnGraph, ref: ColumnRef) -> dict[str, Any]:
    graph = state.graph
    upstream, downstream = columns.upstream(ref), columns.downstream(ref)
    reached = [ref, *(step.ref for step in downstream)]
    traced = columns.assets.get(ref.asset)
    return {
        **_ref_record(graph, ref),
        **_made_of(graph, ref, columns.column(ref)),
        "problem": (traced.problem or None) if traced else None,
        "upstream": [_step_record(graph, step) for step in upstream],
        "downstream": [_step_record(graph, step) for step in downstream],
        "exposures": [graph.assets[key].name for key in exposures_of(graph, reached)],
        "perhaps": [
            {
                "asset": key,
                "name": graph.assets[key].name,
                "problem": columns.assets[key].problem if key in columns.assets else "",
            }
            for key in untraced_readers(graph, columns, reached)
        ],
    }


def _ref_record(graph: AssetGraph, ref: ColumnRef) -> dict[str, Any]:
    asset = graph.assets.get(ref.asset)
    return {"asset": ref.asset, "name": asset.name if asset else ref.asset, "column": ref.column}


def _made_of(graph: AssetGraph, ref: ColumnRef, column: TracedColumn | None) -> dict[str, Any]:
    kind = kind_of(graph, ref, column)
    if column is None:
        return {"kind": kind, "expression": None, "note": None}
    return {
        "column": column.name,
        "kind": kind,
        "expression": column.expression or None,
        "note": column.note or None,
    }


def _step_record(graph: AssetGraph, step: Step) -> dict[str, Any]:
    return {
        **_made_of(graph, step.ref, step.column),
        **_ref_record(graph, step.ref),
        "depth": step.depth,
        "again": step.is_again,
    }


# ------------------------------------------------------------------------ text


def _print(out: console.Console, record: dict[str, Any]) -> None:
    if "queries" in record:
        out.write(
            f"{record['traced']} of {plural(record['queries'], 'query', 'queries')} traced, "
            f"{record['traced_columns']} of {plural(record['columns'], 'column')}"
        )
        out.table([one["name"], console.one_line(one["problem"])] for one in record["problems"])
    elif "columns" in record:
        out.write(out.style(record["name"], "bold"))
        out.table([one["column"], *_words(out, one)] for one in record["columns"])
        _print_problem(out, record)
    else:
        _print_column(out, record)


def _print_column(out: console.Console, record: dict[str, Any]) -> None:
    title = out.style(f"{record['name']}.{record['column']}", "bold")
    out.write("  ".join([title, *_words(out, record)]).rstrip())
    _print_problem(out, record)
    for key, words in (("upstream", "comes from"), ("downstream", "is used by")):
        if record[key]:
            out.write(f"{words}:")
        for step in record[key]:
            name = f"{'  ' * step['depth']}{step['name']}.{step['column']}"
            cells = [name, *_words(out, step), "(see above)" if step["again"] else ""]
            out.write("  ".join(cell for cell in cells if cell))
    if record["exposures"]:
        out.write(f"exposures: {', '.join(record['exposures'])}")
    for one in record["perhaps"]:
        out.write(f"perhaps {one['name']}: {one['problem'] or 'it was not traced'}")


def _print_problem(out: console.Console, record: dict[str, Any]) -> None:
    if record.get("problem"):
        out.write(record["problem"])


def _words(out: console.Console, record: dict[str, Any]) -> list[str]:
    """What a column is, as cells of a table."""
    kind = record["kind"]
    words = [out.style(f"column of a {kind}" if kind in OUTSIDE else kind, "dim")]
    if "sources" in record:
        words.append(", ".join(f"{one['name']}.{one['column']}" for one in record["sources"]))
    text = record["note"] if record["note"] and kind != COMPUTED else record["expression"]
    return [*words, console.one_line(text or "", 120)]
