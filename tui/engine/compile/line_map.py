"""Which line of the source each line of compiled code came from.

The source is rendered a second time with marks in it, which say of the text behind them where it
stood. A mark stands at the first character of each line of plain text, and before each `{{ … }}`,
whose output, however many lines it has, belongs to the lines of that expression. A mark that is
compared with something (`{% set x %}…{% endset %}`) makes another text: then, and where the source
cannot be rendered without a database, the lines of both are aligned, and what has no counterpart
belongs to the block between its neighbours that have one. Pure but for Jinja's lexer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

OPEN, CLOSE = "\ue000", "\ue001"
"""The signs of a mark, of Unicode's private use: nobody's code has them."""
_MARK = re.compile(f"{OPEN}(\\d+)-(\\d+){CLOSE}")
_LINE_ENDS = re.compile(r"\r\n|\r")
LONGEST = 20_000
"""Lines of code that are aligned; of more, nothing is said."""


class SourceLines(NamedTuple):
    """The lines of a source, counted from 1, that made a piece of compiled code."""

    first: int
    last: int


NOWHERE = SourceLines(0, 0)


def marked(source: str) -> str:
    """The source with marks in it; as it is where it is no template, or has such signs already."""
    import jinja2

    if OPEN in source or CLOSE in source:
        return source
    lexer = jinja2.Environment(keep_trailing_newline=True).lexer
    try:
        tokens = list(lexer.tokeniter(source, "source"))
    except jinja2.TemplateSyntaxError:
        return source
    parts: list[str] = []
    opened, opened_at = -1, 0
    for line, kind, value in tokens:
        if kind == "data":
            parts.append(_marked_data(value, line))
            continue
        if kind == "variable_begin":
            opened, opened_at = len(parts), line
        elif kind == "variable_end" and opened >= 0:
            # It takes the sign that strips what is before it, and so stands in its place.
            begin = parts[opened]
            parts[opened] = f"{begin} '{_mark(opened_at, line)}' }}}}{{{{"
            opened = -1
        parts.append(value)
    return "".join(parts)


def _mark(first: int, last: int) -> str:
    return f"{OPEN}{first}-{last}{CLOSE}"


def _marked_data(text: str, line: int) -> str:
    """Plain text that begins on this line, with a mark before what is first on each line."""
    marked_lines = []
    for number, piece in enumerate(text.split("\n"), line):
        bare = piece.lstrip()
        space = piece[: len(piece) - len(bare)]
        marked_lines.append(f"{space}{_mark(number, number)}{bare}" if bare else piece)
    return "\n".join(marked_lines)


def read_marks(rendered: str) -> tuple[str, list[SourceLines]]:
    """The text without its marks, and where each of its lines came from."""
    lines: list[SourceLines] = []
    plain: list[str] = []
    current = NOWHERE
    for text in normalized(rendered).split("\n"):
        found = NOWHERE
        end = 0
        bare: list[str] = []
        for mark in _MARK.finditer(text):
            before = text[end : mark.start()]
            if before.strip() and found == NOWHERE:
                found = current
            bare.append(before)
            current, end = SourceLines(int(mark[1]), int(mark[2])), mark.end()
        bare.append(text[end:])
        if found == NOWHERE:
            found = current
        plain.append("".join(bare))
        lines.append(found)
    return "\n".join(plain), lines


def normalized(code: str) -> str:
    """Code with line feeds only, as Jinja renders it."""
    return _LINE_ENDS.sub("\n", code)


def map_lines(compiled: str, rendered: str) -> list[SourceLines]:
    """Where each line of compiled code came from.

    Args:
        compiled: What dbt compiled and sent.
        rendered: The marked source as it was rendered; the source itself, where it cannot be.
    """
    text, lines = read_marks(rendered)
    if OPEN not in rendered:
        lines = [SourceLines(number, number) for number, _ in enumerate(lines, 1)]
    compiled = normalized(compiled)
    if text == compiled:
        return lines
    wanted, known = compiled.split("\n"), text.split("\n")
    if max(len(wanted), len(known)) > LONGEST:
        return [NOWHERE] * len(wanted)
    return _aligned(wanted, known, lines)


def _aligned(
    wanted: Sequence[str], known: Sequence[str], lines: Sequence[SourceLines]
) -> list[SourceLines]:
    """The places of lines like known ones; what has no counterpart belongs to the block between."""
    matcher = SequenceMatcher(
        None, [line.strip() for line in known], [line.strip() for line in wanted], autojunk=False
    )
    found: list[SourceLines] = []
    for word, a, b, c, d in matcher.get_opcodes():
        if word == "equal":
            found += lines[a:b]
        elif word == "replace":
            found += [SourceLines(lines[a].first, max(one.last for one in lines[a:b]))] * (d - c)
        elif word == "insert":
            before = lines[a - 1] if a else NOWHERE
            after = lines[a] if a < len(lines) else before
            found += [SourceLines(before.first or after.first, after.last)] * (d - c)
    return found


def first_line_in(file_text: str, raw_code: str) -> int:
    """How many lines of a file stand before a node's code, which dbt strips; 0 where the code is
    not in the file (any more).
    """
    at = normalized(file_text).find(normalized(raw_code)) if raw_code else -1
    return normalized(file_text).count("\n", 0, at) if at > 0 else 0


def place_lines(
    compiled: str, rendered: str, inlined: Sequence[tuple[str, str, int]], own: tuple[str, int]
) -> list[tuple[str, SourceLines]]:
    """File and lines for each line of compiled code.

    Args:
        compiled: What dbt compiled and sent.
        rendered: The marked source as it was rendered.
        inlined: Of each ephemeral model that is compiled into it: its marked source as it was
            rendered, its file, and how many lines stand before its code there.
        own: The same two of the source itself.
    """
    path, before = own
    found = [(path, _moved(lines, before)) for lines in map_lines(compiled, rendered)]
    compiled = normalized(compiled)
    for text, file, above in inlined:
        bare, lines = read_marks(text)
        at = compiled.find(bare) if bare.strip() else -1
        if at >= 0:
            start = compiled.count("\n", 0, at)
            moved = [(file, _moved(one, above)) for one in lines]
            found[start : start + len(moved)] = moved
    return found


def _moved(lines: SourceLines, by: int) -> SourceLines:
    return SourceLines(lines.first + by, lines.last + by) if lines.first else lines
