"""Markdown as lines of a sheet: headings, emphasis, lists, code, tables, links. Pure.

What it holds is plain text to the terminal: nothing of it is read as markup of Textual's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from textual.content import Content

from tui.text.terminal_text import plain_line
from tui.ui.panels.page_links import page_link

STYLES = {"strong": "bold", "em": "italic", "s": "strike"}
CODE = "$accent-ink"
BULLET = "- "


@lru_cache(maxsize=1)
def _parser() -> Any:
    from markdown_it import MarkdownIt  # when somebody looks at Markdown

    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def markdown_lines(text: str, width: int) -> list[Content]:
    """Markdown in lines of so many cells."""
    return _Blocks(max(width, 8)).lines(_parser().parse(text))


class _Blocks:
    """Collects the lines of a text's blocks."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._lines: list[Content] = []
        self._lists: list[int | None] = []
        """Of the lists that are open: the next number, None for bullets."""
        self._sign = ""
        self._quotes = 0
        self._style = ""
        self._rows: list[list[Content]] = []

    def lines(self, tokens: Sequence[Any]) -> list[Content]:
        """The lines of some blocks."""
        for token in tokens:
            self._take(token)
        while self._lines and not self._lines[-1].plain.strip():
            self._lines.pop()
        return self._lines

    def _take(self, token: Any) -> None:
        match token.type:
            case "heading_open":
                self._style = "bold"
            case "heading_close" | "paragraph_close":
                self._style = ""
                self._gap(token)
            case "bullet_list_open":
                self._lists.append(None)
            case "ordered_list_open":
                self._lists.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                self._lists.pop()
                self._gap(token)
            case "list_item_open":
                self._sign = self._next_sign()
            case "blockquote_open":
                self._quotes += 1
            case "blockquote_close":
                self._quotes -= 1
            case "fence" | "code_block":
                for line in token.content.rstrip("\n").split("\n"):
                    self._lines.append(Content.styled(f"  {plain_line(line)}", CODE))
                self._gap(token)
            case "hr":
                self._lines.append(Content.styled("─" * min(self._width, 40), "$rule"))
            case "html_block":
                self._put(Content.styled(plain_line(token.content), "$dim"))
            case "tr_open":
                self._rows.append([])
            case "table_close":
                self._table()
            case "inline" if self._rows:
                self._rows[-1].append(inline(token.children or ()))
            case "inline":
                self._put(inline(token.children or (), self._style))

    def _gap(self, token: Any) -> None:
        if self._lines and self._lines[-1].plain.strip() and not self._lists and not token.hidden:
            self._lines.append(Content(""))

    def _next_sign(self) -> str:
        number = self._lists[-1]
        if number is None:
            return BULLET
        self._lists[-1] = number + 1
        return f"{number}. "

    def _put(self, content: Content) -> None:
        indent = " " * 2 * max(len(self._lists) - 1, 0)
        quote = "│ " * self._quotes
        sign, self._sign = self._sign, ""
        rest = " " * len(sign) if sign else "  " if self._lists else ""
        room = max(self._width - len(indent) - len(quote) - len(rest), 4)
        for part in content.split("\n", allow_blank=True):
            for line in part.wrap(room):
                lead = sign or rest
                self._lines.append(Content.assemble(indent, (quote, "$rule"), (lead, "$dim"), line))
                sign = ""

    def _table(self) -> None:
        rows, self._rows = self._rows, []
        self._lines += table_lines(rows, self._width)
        self._lines.append(Content(""))


def inline(children: Sequence[Any], style: str = "") -> Content:
    """The text of one paragraph."""
    return Content("").join(_parts(children, style))


def _parts(children: Sequence[Any], style: str) -> Iterator[Content]:
    open_styles = [style] if style else []
    address, words = "", list[Content]()
    for child in children:
        kind, _, side = child.type.partition("_")
        if kind in STYLES and side == "open":
            open_styles.append(STYLES[kind])
        elif kind in STYLES and side == "close":
            open_styles.pop()
        elif child.type == "link_open":
            address, words = str(child.attrGet("href") or ""), []
        elif child.type == "link_close":
            yield page_link(address, Content("").join(words))
            address = ""
        else:
            said = _text(child, " ".join(open_styles))
            if address:
                words.append(said)
            else:
                yield said


def _text(child: Any, style: str) -> Content:
    if child.type in ("softbreak", "hardbreak"):
        return Content(" " if child.type == "softbreak" else "\n")
    words = plain_line(child.content)
    if child.type == "code_inline":
        return Content.styled(words, CODE)
    if child.type == "image":
        return Content.styled(f"[image: {words}]", "$dim")
    return Content.styled(words, style) if style else Content(words)


def table_lines(rows: Sequence[Sequence[Content]], width: int) -> list[Content]:
    """Rows under each other, the first one as their heads; what has no room is cut."""
    count = max((len(row) for row in rows), default=0)
    wide = [max(row[i].cell_length for row in rows if i < len(row)) for i in range(count)]
    lines = []
    for number, row in enumerate(rows):
        cells = [
            cell + Content(" " * (space - cell.cell_length))
            for cell, space in zip(row, wide, strict=False)
        ]
        line = Content("  ").join(cells)
        line = line.truncate(width, ellipsis=True) if line.cell_length > width else line
        lines.append(line.stylize("bold $dim") if number == 0 else line)
    return lines
