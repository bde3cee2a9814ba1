"""Where an error is: the line of the compiled code, and that of the source it came from.

A database counts the lines of the statement that it was sent, in which the compiled code stands
after a comment of dbt's and `create table … as (`. So the statement that failed is kept, the code
is found in it, and the line of the code is led back to that of the source by the map that
tui.engine.compile makes. Where a database tells no line, the name that it misses, or the line that
it quotes, is looked for. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

JINJA_LINE = re.compile(r"^\s*line (\d+)\s*$", re.M)
STATEMENT_LINES = (
    re.compile(r"^\s*LINE (\d+):", re.M),  # DuckDB, Postgres, Redshift
    re.compile(r"\(line (\d+), pos \d+\)|;\s*line (\d+) pos \d+", re.I),  # Spark, Databricks
    re.compile(r"\bat \[(\d+):\d+\]"),  # BigQuery
    re.compile(r"\berror line (\d+) at position \d+", re.I),  # Snowflake
    re.compile(r"\bline (\d+):\d+:", re.I),  # Trino, Athena
    re.compile(r"\bat line (\d+)\b|\bLine (\d+)\b"),  # MySQL, SQL Server
)
"""How databases say the line of the statement, counted from 1."""
QUOTED_LINE = re.compile(
    r"^(?P<before>[ \t]*LINE \d+: )(?P<text>.*)$(?:\n(?P<mark>[ \t]*\^*))?", re.M
)
LEADING_COMMENTS = re.compile(r"\A(?:\s+|/\*.*?\*/|--[^\n]*(?:\n|\Z))+", re.S)
MISSING_NAME = re.compile(
    r"(?:column|table|view|function|type)\b[^\n\"]*\"([^\"\n]+)\"[^\n]*(?:not found|does not exist)"
    r"|with name \"?([\w.]+)\"? does not exist|does not have a column named \"([^\"\n]+)\""
    r"|with name (?:`\w+`\.)*`(\w+)` cannot be resolved",
    re.I,
)
NAMED_FILE = re.compile(r"\(([^()\n]+\.(?:sql|py|ya?ml|csv))\)")
YAML = (".yml", ".yaml")
ABOVE, BELOW = 4, 3
"""Lines of an excerpt before and after the one that failed."""
MOST_OF_TEST = 10
"""Lines of a failing test's code that its excerpt shows."""
LONGEST_LINE = 500
"""Characters of a line of an excerpt."""


class ErrorPlace(NamedTuple):
    """Where an error is, as far as it is known."""

    path: str = ""
    line: int = 0
    """Of the source, counted from 1; 0 where unknown."""
    last_line: int = 0
    """Where it is one of several lines, the last of them; else 0."""
    compiled_line: int = 0
    """Of the compiled code, counted from 1; 0 where unknown."""
    excerpt_from: int = 0
    """The number of the excerpt's first line."""
    excerpt: tuple[str, ...] = ()
    """Lines of the compiled code around the one that failed."""


def place_of_error(message: str, node: Any = None) -> tuple[str, int]:
    """The file and the line that an error is about, as far as dbt's message tells.

    dbt's Jinja errors count the lines of the source. A database counts those of the statement
    that it was sent, which has other lines, but many quote the line itself, or the name that
    they miss: where exactly one line of the node's source has it, that is the one.

    Returns:
        The path as dbt writes it (relative to its project), "" where unknown; the line, counted
        from 1, 0 where unknown.
    """
    named = NAMED_FILE.search(message)
    path = named[1] if named else str(getattr(node, "original_file_path", "") or "")
    if found := JINJA_LINE.search(message):
        return path, int(found[1])
    if path.endswith(YAML):
        return path, 0
    return path, _line_like(message, str(getattr(node, "raw_code", "") or ""))


def _missing_name(message: str) -> str:
    """What a database says that it does not know; empty where it says no such thing."""
    found = MISSING_NAME.search(message)
    return next((group for group in found.groups() if group), "") if found else ""


def _lines_with(name: str, lines: Sequence[str]) -> list[int]:
    pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.I)
    return [number for number, text in enumerate(lines, 1) if pattern.search(text)]


def _line_like(message: str, code: str) -> int:
    """The only line of code that has what a message misses or quotes; 0 where there is none."""
    lines = code.splitlines()
    if (name := _missing_name(message)) and len(like := _lines_with(name, lines)) == 1:
        return like[0]
    if quoted := QUOTED_LINE.search(message):
        text = _bare(quoted["text"])
        like = [number for number, line in enumerate(lines, 1) if text and text in line]
        if len(like) == 1:
            return like[0]
    return 0


def _bare(quoted: str) -> str:
    """A line that a database quotes, without the dots that stand for what it leaves out."""
    return quoted.strip().removeprefix("...").removesuffix("...").strip()


def line_of_statement(message: str, statement: str = "") -> int:
    """The line of its statement that a database means; 0 where it says none.

    DuckDB leaves out the comment before a statement when it counts, and yet counts the characters
    of the whole: it quotes a line that is too far down by the comment's length.
    """
    for pattern in STATEMENT_LINES:
        if found := pattern.search(message):
            told = int(next(group for group in found.groups() if group))
            break
    else:
        return 0
    quoted = QUOTED_LINE.search(message)
    if quoted is None or not (text := _bare(quoted["text"])) or not statement:
        return told
    if text in _line_at(statement, told):
        return told
    counted = LEADING_COMMENTS.sub("", statement)
    if text not in _line_at(counted, told):
        return told
    start = len("\n".join(counted.split("\n")[: told - 1])) + 1
    column = _line_at(counted, told).find(text) + max(quoted["mark"].find("^"), 0)
    column -= len(quoted["text"]) - len(quoted["text"].lstrip(". "))
    column -= len(quoted["before"])
    return statement.count("\n", 0, max(start + column, 0)) + 1


def _line_at(code: str, number: int) -> str:
    lines = code.split("\n")
    return lines[number - 1] if 1 <= number <= len(lines) else ""


def line_of_compiled(message: str, statement: str, compiled: str) -> int:
    """The line of the compiled code that failed, counted from 1; 0 where that is not known.

    Args:
        message: The database's, as dbt tells it.
        statement: What was sent to the database last for this node; may be empty.
        compiled: The compiled code.
    """
    statement, compiled = _plain(statement), _plain(compiled)
    lines = compiled.split("\n")
    line = _told_line(message, statement, compiled)
    name = _missing_name(message)
    with_name = _lines_with(name, lines) if name else []
    if line and (not with_name or line in with_name):
        return line
    # A database points at another line than that of the name now and then.
    return with_name[0] if len(with_name) == 1 else line or _line_like(message, compiled)


def _told_line(message: str, statement: str, compiled: str) -> int:
    """The line of the code that is at the place in the statement which a database tells."""
    told, code = line_of_statement(message, statement), compiled.strip("\n")
    if not told or not code:
        return 0
    above = len(compiled) - len(compiled.lstrip("\n"))
    lines = compiled.split("\n")
    at = statement.find(code)
    if at >= 0:
        line = told - statement.count("\n", 0, at) + above
        return line if 1 <= line <= len(lines) else 0
    text = _line_at(statement, told).strip()
    like = [number for number, one in enumerate(lines, 1) if text and one.strip() == text]
    return like[0] if len(like) == 1 else 0


def _plain(code: str) -> str:
    return code.replace("\r\n", "\n").replace("\r", "\n")


def excerpt_of(compiled: str, line: int) -> tuple[int, tuple[str, ...]]:
    """The number of the first line, and the lines around one of compiled code."""
    lines = _plain(compiled).split("\n")
    if not 1 <= line <= len(lines):
        return 0, ()
    first = max(line - ABOVE, 1)
    return first, tuple(text[:LONGEST_LINE] for text in lines[first - 1 : line + BELOW])


def end_of(compiled: str) -> tuple[int, tuple[str, ...]]:
    """The number of the first line of the end of a test's code, and its lines: its last condition
    is what it looks for. No line of it is wrong.
    """
    lines = _plain(compiled).rstrip().split("\n")
    first = max(len(lines) - MOST_OF_TEST, 0)
    while first < len(lines) and not lines[first].strip():
        first += 1
    if first == len(lines):
        return 0, ()
    return first + 1, tuple(text[:LONGEST_LINE] for text in lines[first:])


def _nowhere() -> tuple[str, int]:
    return "", 0


def with_declaration(place: ErrorPlace, declared: int) -> ErrorPlace:
    """A place in a properties file that has no line yet, with that of the declaration."""
    if declared and not place.line and place.path.endswith(YAML):
        return place._replace(line=declared)
    return place


def find_place(
    message: str,
    node: Any,
    statement: str,
    source_lines: Callable[[], Sequence[tuple[str, tuple[int, int]]]],
    compile_place: Callable[[], tuple[str, int]] = _nowhere,
) -> ErrorPlace:
    """Where a node's error is.

    Args:
        message: dbt's.
        node: dbt's node, with its compiled code where it has some.
        statement: What was sent to the database last for this node; may be empty.
        source_lines: Gives file and lines of the source for each line of the compiled code.
            Asked only where the line of the compiled code is known, since it takes its time.
        compile_place: Gives file and line of what does not compile. Asked only where there is no
            compiled code.
    """
    path, line = place_of_error(message, node)
    compiled = str(getattr(node, "compiled_code", None) or "")
    if not compiled and (found := compile_place())[1]:
        return ErrorPlace(*found)
    if JINJA_LINE.search(message) or not compiled:
        return ErrorPlace(path, line)
    at = line_of_compiled(message, statement, compiled)
    excerpt_from, excerpt = excerpt_of(compiled, at)
    if not at and str(getattr(node, "resource_type", "")) == "test":
        excerpt_from, excerpt = end_of(compiled)
    last = 0
    places = source_lines() if at else ()
    if at and at <= len(places) and (of_line := places[at - 1])[1][0]:
        # A check that is declared in a properties file has its code elsewhere: none of its lines.
        path, (line, last) = of_line if not of_line[0].endswith(YAML) else (path, (0, 0))
    return ErrorPlace(path, line, last if last > line else 0, at, excerpt_from, excerpt)
