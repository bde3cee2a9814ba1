"""Source code as numbered, coloured lines, with what is wrong with it at its line. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Token

from tui.ui.rows.segments import TextSegment

LONGEST_LINE = 2_000
"""Characters of a line that are shown: a longer one is no code to read."""
LEXERS = {"source": "sql+jinja", "sql": "sql", "python": "python", "yaml": "yaml"}
STYLES = (
    (Comment.Preproc, "jinja"),
    (Comment, "comment"),
    (Keyword.Type, "type"),
    (Keyword, "keyword"),
    (String, "string"),
    (Number, "number"),
    (Name.Function, "function"),
    (Name.Builtin, "function"),
    (Name.Decorator, "jinja"),
    (Operator.Word, "keyword"),
    (Operator, "operator"),
    (Punctuation, "operator"),
)
"""The first kind of token that holds gives the style."""
STYLE_NAMES = (*dict.fromkeys(style for _, style in STYLES), "plain", "number-of-line", "note")


@dataclass(frozen=True, slots=True)
class CodeLine:
    """One line of code, or a note under one."""

    number: int
    """Counted from 1; 0 for a note."""
    segments: tuple[TextSegment, ...]
    is_wrong: bool = False


def code_lines(
    code: str, language: str, problems: Mapping[int, str] | None = None, *, first: int = 1
) -> tuple[CodeLine, ...]:
    """Code as lines.

    Args:
        code: the text.
        language: `source` (SQL with Jinja), `sql`, `python`, `yaml`; anything else is plain.
        problems: what is wrong, by line; line 0 represents the whole and comes first.
        first: the number of the first line.
    """
    problems = problems or {}
    lines = [*_notes(problems.get(0, ""))]
    for number, segments in enumerate(_coloured(code.rstrip(), language), first):
        wrong = problems.get(number, "")
        lines.append(CodeLine(number, segments, is_wrong=bool(wrong)))
        lines += _notes(wrong)
    return tuple(lines)


def first_line_of(code: str, text: str) -> int:
    """The line of a file's text on which this code begins, counted from 1: dbt strips the code of
    a model, and takes that of a snapshot from its block.
    """
    place = text.find(code.strip()) if code.strip() else -1
    return text.count("\n", 0, place) + 1 if place > 0 else 1


def tidied(code: str) -> str:
    """Compiled code without the empty lines that macros leave in it, where there is more than
    one in a row, and without the indentation that all lines have.
    """
    lines = [line.rstrip() for line in textwrap.dedent(code.expandtabs(4)).splitlines()]
    kept = [line for number, line in enumerate(lines) if line or (number and lines[number - 1])]
    return "\n".join(kept).strip("\n")


def _notes(text: str) -> Iterator[CodeLine]:
    for line in text.strip().splitlines():
        yield CodeLine(0, ((line, "note"),), is_wrong=True)


@lru_cache(maxsize=32)
def _coloured(code: str, language: str) -> tuple[tuple[TextSegment, ...], ...]:
    code = code.expandtabs(4)
    if language not in LEXERS or not code:
        return tuple(((line[:LONGEST_LINE], "plain"),) for line in code.split("\n"))
    lines = lexed_lines(code, language)
    while len(lines) > 1 and not lines[-1]:
        lines.pop()  # the lexer ends every text with a line end
    return tuple(tuple(_cut(line)) for line in lines)


def lexed_lines(code: str, language: str) -> list[list[TextSegment]]:
    """The pieces of each line with their styles, tabs and all; `language` is one of LEXERS."""
    lines: list[list[TextSegment]] = [[]]
    for kind, text in _lexer(LEXERS[language]).get_tokens(code):
        style = style_of(kind)
        first, *rest = text.split("\n")
        if first:
            lines[-1].append((first, style))
        for part in rest:
            lines.append([(part, style)] if part else [])
    return lines


def _cut(line: list[TextSegment]) -> Iterator[TextSegment]:
    room = LONGEST_LINE
    for text, style in line:
        if room > 0:
            yield text[:room], style
        room -= len(text)


@lru_cache(maxsize=8)
def _lexer(name: str) -> Lexer:
    return get_lexer_by_name(name, stripnl=False, ensurenl=True)


@lru_cache(maxsize=256)
def style_of(kind: Token) -> str:
    """The style of a kind of token."""
    return next((style for known, style in STYLES if kind in known), "plain")
