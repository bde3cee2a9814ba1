"""Answers about the open project for which dbt is invoked: one after the other."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tui.engine.command.inline_sql import (
    NotInline,
    compiled_code,
    literally,
    relation_facts,
    relations_there,
    shown_rows,
)
from tui.engine.command.invocations import DbtCommand, Ended, Job, Lane
from tui.engine.command.manifest_file import ManifestUnreadable, read_manifest
from tui.engine.command.open_project import OpenedProject
from tui.engine.command.problems import problems_in
from tui.engine.command.selectors import taken_by, typed_selection
from tui.engine.execution.events import HELD
from tui.engine.inspect.facts import as_json, facts_of, find_node
from tui.engine.inspect.row_query import as_text, query_of, shortened
from tui.engine.inspect.spreadsheet_cells import as_cell, is_formula
from tui.engine.process.channel import PeerGone
from tui.engine.process.locks import lock_path, share_run_lock
from tui.engine.process.secrets import hidden_in, is_single_writer
from tui.protocol.messages import (
    Describe,
    Described,
    Export,
    Exported,
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

QUERY = "query"
"""The purpose of these invocations: where their artifacts lie."""


@dataclass
class Queries:
    """What is asked of dbt and of the database, for one open project."""

    command: DbtCommand
    lane: Lane
    send: Callable[[Any], None]
    state_dir: Path
    _lock: int = -1
    """The run lock, shared with whoever only looks, while an invocation has the database open."""

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

        return self._compile(project, request.id, node, answer)

    def _select(self, project: OpenedProject, request: Select) -> None:
        words = self.command.own_line(
            QUERY, "ls", "--output", "json", "--output-keys", "unique_id",
            *typed_selection(request.select, request.exclude, request.selector),
        )  # fmt: skip

        def answer(ended: Ended) -> None:
            if not ended.is_good:
                return self._reply(project, self._refused(project, request.id, ended))
            listed = (_listed(record.text) for record in ended.records if record.name)
            found = taken_by(request.command, filter(None, listed))
            return self._reply(project, Selected(request.id, found))

        self.lane.add(Job(words, self._guarded(project, request.id, answer)))

    def _preview(self, project: OpenedProject, request: Preview) -> None:
        def answer(columns: list[str], rows: list[list[Any]]) -> None:
            cells = [[shortened(_cell(value)) for value in row] for row in rows[: request.limit]]
            types = [""] * len(columns)
            self._reply(
                project, Previewed(request.id, request.unique_id, columns, types, cells)
            )  # fmt: skip

        self._rows(project, request, request.limit, answer)

    def _export(self, project: OpenedProject, request: Export) -> None:
        def answer(columns: list[str], rows: list[list[Any]]) -> None:
            try:
                exported = _written(request, columns, rows)
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

        return self._show(project, request.id, relation_facts(node), -1, answer)

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

            return self._show(project, request.id, statement, -1, answer, gives_way=True)

        ask_next()

    # -- through dbt -----------------------------------------------------------------

    def _rows(
        self,
        project: OpenedProject,
        request: Preview | Export,
        limit: int,
        answer: Callable[[list[str], list[list[Any]]], None],
    ) -> None:
        query = query_of(project.manifest, project.files.credentials.type, request)
        if isinstance(query, Refused):
            return self._reply(project, query)
        node, rest = query
        relation = getattr(node, "relation_name", None)

        def show(source: str | Problem) -> None:
            if isinstance(source, Problem):
                return self._reply(project, _refusal(request.id, source))
            try:
                statement = literally(f"select * from {source}{rest}")
            except NotInline as error:
                return self._reply(project, Refused(request.id, str(error)))
            return self._show(project, request.id, statement, limit, answer)

        if relation and node.resource_type != "test":
            return show(str(relation))

        def compiled(code: str | Problem) -> None:
            is_code = isinstance(code, str)
            show(f"(\n{code}\n) as dbtree_preview" if is_code else code)

        return self._compile(project, request.id, node, compiled)

    def _show(
        self,
        project: OpenedProject,
        request_id: int,
        statement: str,
        limit: int,
        answer: Callable[[list[str], list[list[Any]]], None],
        *,
        gives_way: bool = False,
    ) -> None:
        words = self.command.own_line(
            QUERY, "show", "--inline", statement, "--limit", str(limit), "--output", "json"
        )

        def take(ended: Ended) -> None:
            shown = shown_rows(ended.records) if ended.is_good else None
            if shown is None:
                return self._reply(project, self._refused(project, request_id, ended))
            return answer(*shown)

        self._add(project, request_id, words, take, gives_way=gives_way)

    def _compile(
        self,
        project: OpenedProject,
        request_id: int,
        node: Any,
        answer: Callable[[str | Problem], None],
    ) -> None:
        selected = project.selection([node.unique_id])
        words = self.command.own_line(QUERY, "compile", "--output", "json", *selected)

        def take(ended: Ended) -> None:
            if not ended.is_good:
                return answer(self._problem(project, ended))
            code = compiled_code(ended.records)
            return answer(self._of_manifest(node.unique_id) if code is None else code)

        self._add(project, request_id, words, take)

    def _of_manifest(self, unique_id: str) -> str | Problem:
        """The compiled code as the manifest of that invocation has it."""
        path = self.command.own_artifacts(QUERY) / "manifest.json"
        try:
            node = find_node(read_manifest(path), unique_id)
        except ManifestUnreadable as error:
            return Problem("engine", str(error))
        return str(getattr(node, "compiled_code", None) or "")

    def _add(
        self,
        project: OpenedProject,
        request_id: int,
        words: list[str],
        done: Callable[[Ended], None],
        *,
        gives_way: bool = False,
    ) -> None:
        """An invocation that opens the database: not while a run of ours has it."""

        def may_start() -> bool:
            if not is_single_writer(project.files.credentials):
                return True
            lock = share_run_lock(lock_path(self.state_dir, project.files.target_name))
            if lock is None:
                words = "A run has the database: wait for its end."
                self._reply(project, Refused(request_id, words, kind="busy"))
                return False
            self._lock = lock
            return True

        guarded = self._guarded(project, request_id, done)

        def let_go(ended: Ended) -> None:
            self._release()
            guarded(ended)

        def drop() -> None:
            self._release()
            words = "Something else needs the database."
            self._reply(project, Refused(request_id, words, kind="busy"))

        self.lane.add(Job(words, let_go, gives_way, drop, may_start))

    def _guarded(
        self, project: OpenedProject, request_id: int, done: Callable[[Ended], None]
    ) -> Callable[[Ended], None]:
        """What takes an answer of dbt's, which may be of any shape: an error in it is told."""

        def take(ended: Ended) -> None:
            try:
                done(ended)
            except PeerGone:
                raise
            except Exception as error:  # noqa: BLE001  the edge of the process: the engine lives on
                words = f"dbt's answer was not understood: {type(error).__name__}: {error}."
                self._reply(project, Refused(request_id, words))

        return take

    def _release(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    # -- replies ---------------------------------------------------------------------

    def _reply(self, project: OpenedProject, reply: Any) -> None:
        self.send(hidden_in(reply, project.files.credentials))

    def _problem(self, project: OpenedProject, ended: Ended) -> Problem:
        problems = problems_in(ended.records, str(project.files.root))
        if not problems:
            return Problem("engine", ended.failure(self.command))
        found = HELD.search(problems[0].message)
        if found is None:
            return problems[0]
        program, file = (found[name].rsplit("/", 1)[-1] for name in ("program", "file"))
        return Problem("busy", f"{file} is in use by {program} (PID {found['pid']}).")

    def _refused(self, project: OpenedProject, request_id: int, ended: Ended) -> Refused:
        return _refusal(request_id, self._problem(project, ended))


def _unknown(request: Any) -> Refused:
    return Refused(request.id, f"dbt does not know {request.unique_id}.")


def _refusal(request_id: int, problem: Problem) -> Refused:
    kind = "busy" if problem.kind == "busy" else ""
    return Refused(request_id, problem.message, problem.path, problem.line, kind)


def _is_seed(node: Any) -> bool:
    return bool(node.resource_type == "seed")


def _listed(text: str) -> str:
    """The unique_id of a line of `dbt ls`."""
    try:
        found = json.loads(text)
    except ValueError:
        return ""
    return str(found.get("unique_id") or "") if isinstance(found, dict) else ""


def _cell(value: Any) -> str | None:
    """A value of a preview, of which JSON knows fewer kinds than the database."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return as_text(value)


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


def _written(request: Export, columns: list[str], rows: list[list[Any]]) -> Exported:
    """The file, whole. Raises OSError."""
    path, marked = Path(request.path), 0
    cells = [[_cell(value) for value in row] for row in rows]
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
