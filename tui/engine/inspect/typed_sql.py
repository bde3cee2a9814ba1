"""A condition or an order that somebody typed, held to a piece of one statement.

It is pasted into a query, and some databases run as many statements as the text has. So nothing may
end the statement, leave its parentheses, or open a quote or a comment that is closed behind it.
"""

from __future__ import annotations

import re

BACKSLASHES = frozenset(
    {"athena", "bigquery", "clickhouse", "databricks", "doris", "glue", "hive", "impala", "mysql",
     "snowflake", "spark", "starrocks"}
)  # fmt: skip
"""Adapters in whose strings a backslash escapes."""
PLAIN_NAME = re.compile(r"`(?:[\w .:/@]|-(?!-))*`")
"""A name in backticks that is harmless where a backtick does not quote."""

_COMMON = r"""
    (?P<blank>\s+|--[^\n\r]*)
  | (?P<comment>/\*.*?(?P<comment_end>\*/|\Z))
  | (?P<escaping>[eE]'(?:[^'\\]|\\.|'')*(?P<escaping_end>'?))
  | (?P<dollars>\$(?P<tag>(?:[^\W\d]\w*)?)\$.*?(?P<dollars_end>\$(?P=tag)\$|\Z))
  | (?P<tick>`[^`]*(?P<tick_end>`?))
  | (?P<sign>[;()])
"""
_STANDARD = r"""
  | (?P<text>'(?:[^']|'')*(?P<text_end>'?))
  | (?P<name>"(?:[^"]|"")*(?P<name_end>"?))
"""
_WITH_BACKSLASHES = r"""
  | (?P<text>'(?:[^'\\]|\\.|'')*(?P<text_end>'?))
  | (?P<name>"(?:[^"\\]|\\.|"")*(?P<name_end>"?))
"""
_ALL_ELSE = "| (?P<other>.)"
_PARTS = re.compile(f"{_COMMON}{_STANDARD}{_ALL_ELSE}", re.VERBOSE | re.DOTALL)
_BACKSLASH_PARTS = re.compile(f"{_COMMON}{_WITH_BACKSLASHES}{_ALL_ELSE}", re.VERBOSE | re.DOTALL)


class NotOneStatement(Exception):
    """A text would not stay within its statement; the reason is for the user."""


def piece_of_statement(text: str, adapter_type: str) -> str:
    """The text as it can be pasted into a query: whole in itself, without a `;` at its end.

    Args:
        text: What was typed: comments, quotes and dollar quotes as the database has them.
        adapter_type: dbt's name of the adapter, `duckdb`: it says how strings are written.

    Raises:
        NotOneStatement: The text would end, leave or spoil the statement.
    """
    parts = _BACKSLASH_PARTS if adapter_type in BACKSLASHES else _PARTS
    depth, end = 0, len(text)
    for found in parts.finditer(text):
        kind, whole = found.lastgroup or "", found[0]
        if end < found.start() and whole != ";" and kind not in ("blank", "comment"):
            raise NotOneStatement("only one statement can be run: nothing can follow its “;”.")
        if f"{kind}_end" in parts.groupindex:
            _check_quoted(found, kind, text[: found.start()][-1:])
        elif whole == ";":
            end = min(end, found.start())
        elif kind == "sign":
            depth += 1 if whole == "(" else -1
        if depth < 0:
            raise NotOneStatement("a “)” has no matching “(”.")
    if depth:
        raise NotOneStatement("a “(” is not closed.")
    return text[:end]


def _check_quoted(found: re.Match[str], kind: str, before: str) -> None:
    """Raise where a comment, a string or a quoted name is not whole, or is not surely one."""
    opening = {"escaping": "'", "dollars": f"${found['tag']}$"}.get(kind, found[0][0])
    if kind == "comment":
        opening = "/*"
        if "/*" in found[0][2:]:
            # Databases differ in where it ends.
            raise NotOneStatement("comments cannot be nested.")
    if not found[f"{kind}_end"]:
        raise NotOneStatement(f"a “{opening}” is not closed.")
    if kind == "tick" and not PLAIN_NAME.fullmatch(found[0]):
        raise NotOneStatement("a name in backticks can hold only letters, digits and single signs.")
    is_part_of_word = before.isalnum() or before in ("_", "$")
    if is_part_of_word and (kind == "dollars" or (kind == "escaping" and "\\" in found[0])):
        # To some databases, the name ends before it, to others it goes on.
        raise NotOneStatement(
            f"“{before}{found[0][:2]}” may not be a quote: put a space before it."
        )
