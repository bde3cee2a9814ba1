"""A query that somebody typed: compiled as `dbt show --inline` does, then run, and only read.

What is run stays one query by construction: the code is held to a piece of one statement and stands
in the parentheses of a `select`, in a transaction that is read-only where there is such a thing, on
a connection that is, for DuckDB.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from dbt.flags import set_flags

from tui.engine.compile.line_map import map_lines, marked, normalized
from tui.engine.execution.error_place import line_of_compiled, place_of_error
from tui.engine.inspect.details import aside, compile_node, in_words, refused
from tui.engine.inspect.export import no_place, write_csv
from tui.engine.inspect.only_reading import only_reading
from tui.engine.inspect.parquet import NoParquet, write_parquet
from tui.engine.inspect.preview import limited, previewed, read_only_cursor
from tui.engine.inspect.reading import read_aside
from tui.engine.inspect.typed_sql import NotOneStatement, piece_of_statement
from tui.engine.parse.problems import problems_of
from tui.engine.parse.warm_manifest import WarmProject
from tui.protocol.messages import (
    CompileQuery,
    Exported,
    ExportQuery,
    Previewed,
    Query,
    QueryCompiled,
    Refused,
)
from tui.protocol.records import Problem
from tui.protocol.whole_files import replacement

NAME = "dbtree_query"
MISSING = re.compile(r"depends on an? ([\w ]+) named '([^']+)'")
"""How dbt says which `ref` or `source` it does not find."""
UNDEFINED = re.compile(r"'(\w+)' is undefined")
JINJA_PLACE = re.compile(r"^\s*line \d+\s*\n.*\Z", re.M | re.S)
"""Where Jinja repeats the line, which is marked in the editor."""


def compile_query(warm: WarmProject, request: CompileQuery) -> QueryCompiled | Refused:
    """What dbt makes of a query with Jinja, and from which line each line of it came."""

    def work() -> tuple[str, str] | Problem:
        try:
            code = _compiled(warm, request.sql)
        except Exception as error:  # noqa: BLE001  whatever dbt or a macro raises is the answer
            return _compile_problem(warm, error, request.sql)
        return code, _rendered(warm, request.sql, code)

    # A macro may ask the database, but for a template that asks nothing no file is opened.
    outcome = read_aside(warm, work) if "{" in request.sql else aside(warm, work)
    if isinstance(outcome, Problem):
        return refused(request.id, outcome)
    code, rendered = outcome
    lines = [found.first for found in map_lines(code, rendered)]
    return QueryCompiled(request.id, request.unique_id, code, lines)


def _compiled(warm: WarmProject, sql: str) -> str:
    from dbt.parser.manifest import process_node
    from dbt.parser.sql import SqlBlockParser

    manifest, config = warm.manifest, warm.config
    warm.attach_adapter()
    set_flags(warm.flags)
    node: Any = None
    try:
        parser = SqlBlockParser(project=config, manifest=manifest, root_project=config)
        with only_reading(warm.loaded.adapter):
            node = parser.parse_remote(sql, NAME)
            process_node(config, manifest, node)
            return compile_node(warm, node)
    finally:
        # Where there is no fork, the manifest is that of the engine.
        unique_id = getattr(node, "unique_id", f"sqloperation.{config.project_name}.{NAME}")
        manifest.nodes.pop(unique_id, None)
        manifest.disabled.pop(unique_id, None)


def _rendered(warm: WarmProject, sql: str, code: str) -> str:
    """The query with marks that say where each line came from; as it is where that fails, or where
    each line of the code is plainly that of the query.
    """
    mine, its = normalized(sql).split("\n"), normalized(code).split("\n")
    if len(mine) == len(its) and all(
        one == other or "{" in one for one, other in zip(mine, its, strict=True)
    ):
        return normalized(sql)
    with suppress(Exception):  # marks can break what compiles without them: lines are then unknown
        return _compiled(warm, marked(sql))
    return normalized(sql)


def _compile_problem(warm: WarmProject, error: Exception, sql: str) -> Problem:
    problem = in_words(problems_of(error, warm.loaded.root)[0])
    line = place_of_error(problem.message)[1] or place_of_error(str(error))[1]
    words = JINJA_PLACE.sub("", problem.message).strip() or problem.message
    if missing := MISSING.search(problem.message):
        words = f"The project has no {missing[1]} named `{missing[2]}`."
        line = _line_of(rf"['\"]{re.escape(missing[2].rpartition('.')[2])}['\"]", sql)
    elif undefined := UNDEFINED.search(problem.message):
        line = line or _line_of(rf"\b{re.escape(undefined[1])}\b", sql)
    return Problem(problem.kind, words, "", line)


def _line_of(pattern: str, sql: str) -> int:
    """The line on which something stands first; 0 where it does not."""
    found = re.search(pattern, sql)
    return sql.count("\n", 0, found.start()) + 1 if found else 0


def query(warm: WarmProject, request: Query) -> Previewed | Refused:
    """The first rows of compiled SQL, or how the database would run it."""
    adapter = warm.loaded.adapter
    try:
        source = _source(request.code, adapter)
    except NotOneStatement as error:
        return Refused(request.id, _sentence(error))

    def work() -> Previewed | Problem:
        with adapter.connection_named(NAME):
            statement = f"explain {source}"
            if not request.explain:
                statement = limited(adapter, source, request.limit)
            try:
                return previewed(adapter, request, read_only_cursor(adapter, statement))
            except Exception as error:  # noqa: BLE001  of dbt or of any driver: it is the answer
                return _database_problem(warm, error, statement, request.code)

    outcome = read_aside(warm, work)
    return refused(request.id, outcome) if isinstance(outcome, Problem) else outcome


def _source(code: str, adapter: Any) -> str:
    """The code as a query within a query. Raises NotOneStatement."""
    piece = piece_of_statement(code, adapter.type())
    if not piece.strip():
        raise NotOneStatement("there is no query.")
    return f"select * from (\n{piece}\n) as {NAME}"


def _sentence(error: Exception) -> str:
    words = str(error)
    return words[:1].upper() + words[1:]


def _database_problem(warm: WarmProject, error: Exception, statement: str, code: str) -> Problem:
    if isinstance(error, NotOneStatement):
        return Problem("engine", str(error))
    problem = in_words(problems_of(error, warm.loaded.root)[0])
    line = line_of_compiled(problem.message, statement, code)
    return Problem(problem.kind, problem.message, "", line)


def export_query(warm: WarmProject, request: ExportQuery) -> Exported | Refused:
    """Write all rows of compiled SQL to a file: Parquet by its ending, else CSV."""
    adapter, path = warm.loaded.adapter, Path(request.path)
    if words := no_place(path):
        return Refused(request.id, words)
    try:
        source = _source(request.code, adapter)
    except NotOneStatement as error:
        return Refused(request.id, _sentence(error))

    def work() -> tuple[int, int] | Problem:
        try:
            with adapter.connection_named(NAME), replacement(path) as partial:
                if path.suffix.lower() == ".parquet":
                    return write_parquet(adapter, source, partial), 0
                cursor = read_only_cursor(adapter, source)
                return write_csv(cursor, partial, formulas=request.formulas)
        except NoParquet as error:
            return Problem("engine", str(error))
        except OSError as error:  # of the file: dbt tells what the database raises in its own class
            return Problem("engine", f"{path} cannot be written: {error.strerror or error}")
        except Exception as error:  # noqa: BLE001  of dbt or of any driver: it is the answer
            return _database_problem(warm, error, source, request.code)

    outcome = read_aside(warm, work)
    if isinstance(outcome, Problem):
        return refused(request.id, outcome)
    return Exported(request.id, str(path), *outcome)
