"""A sheet of text for a panel: headings, labelled values and paragraphs, wrapped to a width. Pure.

Everything is `Content` made of plain text and names of theme variables, so that text from dbt or a
database is never read as markup.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from textual.content import Content
from textual.style import Style

LINKS = 1024
"""Links that are kept: a sheet is written anew every second, with the same ones."""
LABEL = 14
"""Cells of the labels' column, its gap included."""
UNDER_HEAD = 4
"""Cells before the lines under a head that is too long to stand beside them."""


@lru_cache(LINKS)
def link(text: str, action: str, style: str = "") -> Content:
    """Text that does an action (in Textual's notation) when it is clicked."""
    content = Content.styled(text, style) if style else Content(text)
    return content.stylize(Style.from_meta({"@click": action}))


def broken(text: str, room: int, sign: str) -> list[str]:
    """A long name in lines of so many cells, broken behind a sign only: names stay whole."""
    lines = [""]
    for part in text.replace(sign, f"{sign}\n").splitlines():
        if lines[-1] and len(lines[-1]) + len(part) > room:
            lines.append("")
        lines[-1] += part
    return lines


class Sheet:
    """Collects the lines of a panel of a given width."""

    def __init__(self, width: int) -> None:
        self.width = max(width, 8)
        self._lines: list[Content] = []

    def line(self, *parts: str | Content | tuple[str, str]) -> None:
        """A line of its own, wrapped where it is too long."""
        content = Content.assemble(*parts)
        self._lines += content.wrap(self.width) if content.plain.strip() else [Content("")]

    def parts(self, first: tuple[str, str], second: tuple[str, str]) -> None:
        """Two parts with a dot between them; the second on a line of its own where it must."""
        joined = Content.assemble(first, (" · ", "$dim"), second)
        if joined.cell_length <= self.width:
            self.line(joined)
        else:
            text, style = second
            self.line(first)
            for line in broken(text, self.width, "/"):
                self.line((line, style))

    def gap(self) -> None:
        """An empty line, unless there is one already."""
        if self._lines and self._lines[-1].plain.strip():
            self._lines.append(Content(""))

    def heading(self, text: str, note: str = "") -> None:
        """The name of a section, with a rule to the right."""
        self.gap()
        rule = "─" * max(self.width - len(text) - len(note) - (3 if note else 2), 0)
        self.line((text, "bold $dim"), (f" {note}" if note else "", "$dim"), (f" {rule}", "$rule"))

    def field(self, label: str, *parts: str | Content | tuple[str, str]) -> None:
        """A labelled value; its further lines are under its first one."""
        value = Content.assemble(*parts)
        if not value.plain.strip():
            return
        if self.width < LABEL * 2:
            self.line((label, "$dim"))
            self._lines += [Content("  ") + line for line in value.wrap(self.width - 2)]
            return
        for index, line in enumerate(value.wrap(self.width - LABEL)):
            head = label.ljust(LABEL) if index == 0 else " " * LABEL
            self._lines.append(Content.assemble((head, "$dim"), line))

    def item(self, sign: tuple[str, str], *parts: str | Content | tuple[str, str]) -> None:
        """A line behind a sign of one cell; its further lines are under its first one."""
        for index, line in enumerate(Content.assemble(*parts).wrap(max(self.width - 2, 1))):
            self._lines.append(Content.assemble(sign if index == 0 else " ", " ", line))

    def hanging(self, head: tuple[str, str], lines: Iterable[Content]) -> None:
        """Lines behind a head that is before the first one only; what is wrapped of them is
        indented further.
        """
        text, style = head
        size = len(text)
        lead: Content | None = Content.styled(text, style)
        if size > self.width // 3:
            self.line(head)
            lead, size = None, UNDER_HEAD
        for line in lines:
            for index, part in enumerate(line.wrap(max(self.width - size - 2, 4))):
                before = lead or Content(" " * size)
                self._lines.append(before + Content("  " if index else "") + part)
                lead = None

    def dotted(self, label: str, name: str) -> None:
        """A labelled name of parts with dots between them, which is broken behind a dot only."""
        room = max(self.width - (LABEL if self.width >= LABEL * 2 else 2), 1)
        self.field(label, "\n".join(broken(name, room, ".")))

    def paragraph(self, text: str, style: str = "", *, indent: int = 0) -> None:
        """Text of one or several lines; their indentation is kept."""
        for line in text.rstrip().splitlines():
            plain = line.expandtabs(4).rstrip()
            lead = len(plain) - len(plain.lstrip()) + indent
            lead = min(lead, self.width // 2)
            body = Content.styled(plain.strip(), style)
            wrapped: Iterable[Content] = body.wrap(self.width - lead) if plain else [Content("")]
            self._lines += [Content(" " * lead) + part for part in wrapped]

    def block(self, content: Content) -> None:
        """Lines as they are, cut and not wrapped (code)."""
        self._lines += content.split("\n", allow_blank=True)

    @property
    def lines(self) -> list[Content]:
        """The lines of the sheet."""
        return self._lines

    def content(self) -> Content:
        """The whole sheet."""
        return Content("\n").join(self._lines)
