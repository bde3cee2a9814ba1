"""Answers about the open project for which dbt is invoked: one after the other."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tui.engine.command.database_access import DatabaseAccess, Rows, refusal_of
from tui.engine.command.inline_sql import (
    NotInline,
    literally,
    relation_facts,
    relations_there,
)
from tui.engine.command.invocations import Ended
from tui.engine.command.open_project import OpenedProject
from tui.engine.command.selectors import taken_by, typed_selection
from tui.engine.inspect.facts import as_json, facts_of, find_node
from tui.engine.inspect.row_query import as_text, query_of, shortened
from tui.engine.inspect.spreadsheet_cells import as_cell, is_formula
from tui.protocol.messages import (
    Describe,
    Described,
    Export,
    Exported,
    ExportQuery,
    FindRelations,
    Inspect,
    Inspected,
    Preview,
    Previewed,
    Refused,
    RelationsFound,
    Select,
    Selected,
)
from tui.protocol.records import Problem
from tui.protocol.whole_files import replacement


class Queries:
    """What is asked about one open project."""

    def __init__(self, access: DatabaseAccess) -> None:
        self._access = access
        self._reply = access.reply

    def ask(self, project: OpenedProject, request: Any) -> None:
        """Answer a query, now or when dbt has."""
        ask: dict[type, Callable[[OpenedProject, Any], None]] = {
            Describe: self._describe,
            Select: self._select,
            Preview: self._preview,
            Export: self._export,
            Inspect: self._inspect,
            FindRelations: self._find_relations,
        }
        ask[type(request)](project, request)

    # -- what each asks -------------------------------------------------------------

    def _describe(self, project: OpenedProject, request: Describe) -> None:
        node = find_node(project.manifest, request.unique_id)
        if node is None:
            return self._reply(project, _unknown(request))
        facts = as_json(facts_of(project.manifest, project.records, node, project.sources_of(node)))
        described = Described(request.id, request.unique_id, facts)
        if not request.compile or not getattr(node, "raw_code", "") or _is_seed(node):
            return self._reply(project, described)

        def answer(code: str | Problem) -> None:
            if isinstance(code, Problem):
                facts["compile_problem"] = code.message
                facts["compile_problem_at"] = [code.path, code.line]
            else:
                facts["compiled_code"] = code
            self._reply(project, described)

        return self._access.compile(project, request.id, node, answer)

    def _select(self, project: OpenedProject, request: Select) -> None:
        selected = typed_selection(request.select, request.exclude, request.selector)
        state = ["--state", request.state] if request.state else []
        words = ["ls", "--output", "json", "--output-keys", "unique_id", *state, *selected]

        def answer(ended: Ended) -> None:
            listed = (_listed(record.text) for record in ended.records if record.name)
            found = taken_by(request.command, filter(None, listed))
            self._reply(project, Selected(request.id, found))

        self._access.ask(project, request.id, words, answer)

    def _preview(self, project: OpenedProject, request: Preview) -> None:
        def answer(columns: list[str], rows: list[list[Any]]) -> None:
            cells = [[shown_cell(value) for value in row] for row in rows[: request.limit]]
            types = [""] * len(columns)
            self._reply(
                project, Previewed(request.id, request.unique_id, columns, types, cells)
            )  # fmt: skip

        self._rows(project, request, request.limit, answer)

    def _export(self, project: OpenedProject, request: Export) -> None:
        def answer(columns: list[str], rows: list[list[Any]]) -> None:
            try:
                exported = written(request, columns, rows)
            except OSError as error:
                words = f"{request.path} cannot be written: {error.strerror or error}"
                return self._reply(project, Refused(request.id, words))
            return self._reply(project, exported)

        self._rows(project, request, -1, answer)

    def _inspect(self, project: OpenedProject, request: Inspect) -> None:
        node = find_node(project.manifest, request.unique_id)
        if node is None:
            return self._reply(project, _unknown(request))
        if not getattr(node, "relation_name", None):
            words = f"{node.name} has no relation in the database."
            return self._reply(project, Refused(request.id, words))

        def answer(_columns: list[str], rows: list[list[Any]]) -> None:
            self._reply(project, _inspected(request, str(node.relation_name), rows))

        return self._access.show(project, request.id, relation_facts(node), -1, answer)

    def _find_relations(self, project: OpenedProject, request: FindRelations) -> None:
        found = (find_node(project.manifest, key) for key in request.unique_ids)
        parts = list(relations_there([n for n in found if getattr(n, "relation_name", None)]))
        there: list[str] = []
        missing: list[str] = []

        def ask_next() -> None:
            if not parts:
                return self._reply(project, RelationsFound(request.id, there, missing))
            statement, nodes = parts.pop(0)

            def answer(_columns: list[str], rows: list[list[Any]]) -> None:
                said = str(rows[0][0] or "") if rows else ""
                places = {int(one) for one in said.split(",") if one.isdecimal()}
                for place, node in enumerate(nodes):
                    (there if place in places else missing).append(node.unique_id)
                ask_next()

            return self._access.show(project, request.id, statement, -1, answer, gives_way=True)

        ask_next()

    # -- through dbt -----------------------------------------------------------------

    def _rows(
        self,
        project: OpenedProject,
        request: Preview | Export,
        limit: int,
        answer: Rows,
    ) -> None:
        query = query_of(project.manifest, project.files.credentials.type, request)
        if isinstance(query, Refused):
            return self._reply(project, query)
        node, rest = query
        relation = getattr(node, "relation_name", None)

        def show(source: str | Problem) -> None:
            if isinstance(source, Problem):
                return self._reply(project, refusal_of(request.id, source))
            try:
                statement = literally(f"select * from {source}{rest}")
            except NotInline as error:
                return self._reply(project, Refused(request.id, str(error)))
            # An export goes on when nobody looks at the asset any more.
            about = request.unique_id if isinstance(request, Preview) else ""
            return self._access.show(project, request.id, statement, limit, answer, about=about)

        if relation and node.resource_type != "test":
            return show(str(relation))

        def compiled(code: str | Problem) -> None:
            is_code = isinstance(code, str)
            show(f"(\n{code}\n) as dbtree_preview" if is_code else code)

        return self._access.compile(project, request.id, node, compiled)


def _unknown(request: Any) -> Refused:
    return Refused(request.id, f"dbt does not know {request.unique_id}.")


def _is_seed(node: Any) -> bool:
    return bool(node.resource_type == "seed")


def _listed(text: str) -> str:
    """The unique_id of a line of `dbt ls`."""
    try:
        found = json.loads(text)
    except ValueError:
        return ""
    return str(found.get("unique_id") or "") if isinstance(found, dict) else ""


def cell_of(value: Any) -> str | None:
    """A value of a preview, of which JSON knows fewer kinds than the database."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return as_text(value)


def shown_cell(value: Any) -> str | None:
    """A value as a preview has it."""
    return shortened(cell_of(value))


def _inspected(request: Inspect, relation: str, rows: list[list[Any]]) -> Inspected:
    told = sorted(rows, key=lambda row: int(row[3]))
    kind = next((row for row in told if row[0] == "kind"), None)
    if kind is None:
        return Inspected(request.id, request.unique_id, relation, False)
    count = str(kind[2]) if kind[2] is not None else ""
    return Inspected(
        id=request.id,
        unique_id=request.unique_id,
        relation=relation,
        is_there=True,
        kind=str(kind[1]),
        columns=[[str(row[1]), str(row[2])] for row in told if row[0] == "column"],
        row_count=int(count) if count.isdecimal() else None,
    )


def written(request: Export | ExportQuery, columns: list[str], rows: list[list[Any]]) -> Exported:
    """The file, whole. Raises OSError."""
    path, marked = Path(request.path), 0
    cells = [[cell_of(value) for value in row] for row in rows]
    head = list(columns)
    if not request.formulas:
        marked = sum(is_formula(cell) for row in cells for cell in row)
        cells = [[as_cell(cell) for cell in row] for row in cells]
        head = [as_cell(name) or "" for name in head]
    with replacement(path) as partial, open(partial, "x", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(cells)
    return Exported(request.id, str(path), len(rows), marked)
