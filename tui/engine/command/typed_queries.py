"""Profiles, and queries that somebody typed: `dbt show --inline` and `dbt compile --inline`.

The user can stop each of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tui.engine.command.database_access import DatabaseAccess
from tui.engine.command.inline_sql import NotInline, literally, relation_facts
from tui.engine.command.open_project import OpenedProject
from tui.engine.command.queries import shown_cell, written
from tui.engine.compile.line_map import map_lines, normalized
from tui.engine.inspect.facts import find_node
from tui.engine.inspect.profile_answer import profiled
from tui.engine.inspect.profile_sql import profile_statement, read_profile, rows_to_read
from tui.engine.inspect.typed_sql import NotOneStatement, piece_of_statement
from tui.protocol.messages import (
    CompileQuery,
    ExportQuery,
    Previewed,
    Profile,
    Query,
    QueryCompiled,
    Refused,
)

TYPED = Profile | CompileQuery | Query | ExportQuery
"""What is answered here."""


class TypedQueries:
    """The questions of one open project that the user can stop."""

    def __init__(self, access: DatabaseAccess) -> None:
        self._access = access
        self._reply = access.reply

    def ask(self, project: OpenedProject, request: Any) -> None:
        """Answer a question when dbt has."""
        ask: dict[type, Callable[[OpenedProject, Any], None]] = {
            Profile: self._profile,
            CompileQuery: self._compile,
            Query: self._query,
            ExportQuery: self._export,
        }
        try:
            ask[type(request)](project, request)
        except (NotInline, NotOneStatement) as error:
            words = str(error)
            self._reply(project, Refused(request.id, words[:1].upper() + words[1:]))

    def _show(
        self,
        project: OpenedProject,
        request: Any,
        statement: str,
        limit: int,
        answer: Callable[[list[str], list[list[Any]]], None],
    ) -> None:
        self._access.show(
            project, request.id, statement, limit, answer, about=request.unique_id
        )  # fmt: skip

    def _compile(self, project: OpenedProject, request: CompileQuery) -> None:
        def answer(code: str) -> None:
            lines = [found.first for found in map_lines(code, normalized(request.sql))]
            self._reply(project, QueryCompiled(request.id, request.unique_id, code, lines))

        self._access.compile_inline(
            project, request.id, request.sql, answer, about=request.unique_id
        )  # fmt: skip

    def _source(self, project: OpenedProject, code: str) -> str:
        """The code as a query within a query. Raises NotOneStatement, NotInline."""
        piece = piece_of_statement(code, project.files.credentials.type)
        if not piece.strip():
            raise NotOneStatement("there is no query.")
        return f"select * from (\n{piece}\n) as dbtree_query"

    def _query(self, project: OpenedProject, request: Query) -> None:
        def answer(columns: list[str], rows: list[list[Any]]) -> None:
            cells = [[shown_cell(value) for value in row] for row in rows[: request.limit]]
            types = [""] * len(columns)
            self._reply(project, Previewed(request.id, request.unique_id, columns, types, cells))

        source = self._source(project, request.code)
        if request.explain:
            return self._show(project, request, literally(f"explain {source}"), -1, answer)
        return self._show(project, request, literally(source), request.limit, answer)

    def _export(self, project: OpenedProject, request: ExportQuery) -> None:
        if request.path.lower().endswith(".parquet"):
            words = "A dbt that is a command cannot write Parquet; export to a .csv file."
            return self._reply(project, Refused(request.id, words))

        def answer(columns: list[str], rows: list[list[Any]]) -> None:
            try:
                self._reply(project, written(request, columns, rows))
            except OSError as error:
                words = f"{request.path} cannot be written: {error.strerror or error}"
                self._reply(project, Refused(request.id, words))

        statement = literally(self._source(project, request.code))
        return self._show(project, request, statement, -1, answer)

    def _profile(self, project: OpenedProject, request: Profile) -> None:
        node = find_node(project.manifest, request.unique_id)
        if node is None:
            words = f"dbt does not know {request.unique_id}."
            return self._reply(project, Refused(request.id, words))
        if not getattr(node, "relation_name", None):
            words = f"{node.name} has no relation in the database."
            return self._reply(project, Refused(request.id, words))

        def answer(_columns: list[str], rows: list[list[Any]]) -> None:
            told = sorted(rows, key=lambda row: int(row[3]))
            columns = [[str(row[1]), str(row[2])] for row in told if row[0] == "column"]
            kinds = [row[2] for row in told if row[0] == "kind"]
            if not kinds:
                words = f"{node.relation_name} is not in the database."
                return self._reply(project, Refused(request.id, words))
            total = int(str(kinds[0])) if str(kinds[0]).isdecimal() else None
            return self._count(project, request, node, columns, total)

        return self._show(project, request, relation_facts(node), -1, answer)

    def _count(
        self,
        project: OpenedProject,
        request: Profile,
        node: Any,
        columns: list[list[str]],
        total: int | None,
    ) -> None:
        adapter, relation = project.files.credentials.type, str(node.relation_name)
        rows = rows_to_read(relation, adapter, total=total, sample=request.sample)
        statement = literally(profile_statement(rows, columns, adapter))

        def answer(_names: list[str], told: list[list[Any]]) -> None:
            counted, profiles = read_profile(told, columns)
            reply = profiled(request, relation, rows.method, total, counted, profiles)
            self._reply(project, reply)

        self._show(project, request, statement, -1, answer)
