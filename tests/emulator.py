"""pyte's screen and stream, faster: a window under test writes a megabyte in a few seconds.

pyte looks at each character of an escape sequence, and makes a cell of nine values for each letter;
that was a quarter of what an end-to-end test costs. Here the common cases take a shorter way to the
same screen, and everything else goes pyte's own. tests/test_emulator.py compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pyte
from pyte import modes
from pyte.screens import Char
from wcwidth import wcwidth

SEQUENCE = re.compile(r"\x1b\[(\??)([0-9;]*)([@-Za-z`])")
"""An escape sequence of parameters that are numbers, and the letter that says what to do."""
LARGEST = 9999
"""What pyte takes a larger parameter for."""


class Cells(dict[str, Char]):
    """The cells of one look, by their letter."""

    def __init__(self, look: Char) -> None:
        self.look = look

    def __missing__(self, letter: str) -> Char:
        cell = self[letter] = self.look._replace(data=letter)
        return cell


class Narrow(dict[str, bool]):
    """Which letters take one cell."""

    def __missing__(self, letter: str) -> bool:
        is_narrow = self[letter] = len(letter) == 1 and wcwidth(letter) == 1
        return is_narrow


class Screen(pyte.Screen):
    """Draws a run of letters at once, and reads only the lines that were changed."""

    def __init__(self, columns: int, lines: int) -> None:
        self._shown: list[str] = []
        self._cells: dict[Char, Cells] = {}
        self._narrow = Narrow()
        self._looks: dict[tuple[Any, ...], Char] = {}
        super().__init__(columns, lines)

    def draw(self, data: str) -> None:
        text = data.translate(self.g1_charset if self.charset else self.g0_charset)
        cursor = self.cursor
        after = cursor.x + len(text)
        if (
            after > self.columns
            or modes.IRM in self.mode
            or not all(map(self._narrow.__getitem__, text))
        ):
            self.dirty.add(
                max(0, cursor.y - 1)
            )  # a letter may be combined with one of the line above
            super().draw(data)
            return
        cells = self._cells.get(cursor.attrs)
        if cells is None:
            cells = self._cells[cursor.attrs] = Cells(cursor.attrs)
        line = self.buffer[cursor.y]
        line.update(zip(range(cursor.x, after), map(cells.__getitem__, text), strict=True))
        cursor.x = after
        self.dirty.add(cursor.y)

    def select_graphic_rendition(self, *attrs: int) -> None:
        key = (self.cursor.attrs, attrs, modes.DECSCNM in self.mode)
        look = self._looks.get(key)
        if look is None:
            super().select_graphic_rendition(*attrs)
            self._looks[key] = self.cursor.attrs
        else:
            self.cursor.attrs = look

    @property
    def display(self) -> list[str]:
        if len(self._shown) != self.lines:
            self._shown = [""] * self.lines
            self.dirty.update(range(self.lines))
        for y in self.dirty:
            if y < self.lines:
                self._shown[y] = self._text(self.buffer[y])
        self.dirty.clear()
        return [*self._shown]

    def _text(self, line: Mapping[int, Char]) -> str:
        cells = [line[x].data for x in range(self.columns)]
        for x, letter in enumerate(cells):
            # The cell after a wide letter is its second half, whatever it holds.
            if not self._narrow[letter] and wcwidth(letter[:1]) == 2 and x + 1 < self.columns:
                cells[x + 1] = ""
        return "".join(cells)


class Stream(pyte.ByteStream):
    """Takes an escape sequence in one piece."""

    def feed(self, data: bytes) -> None:  # type: ignore[override]
        if not self.use_utf8:
            super().feed(data)
            return
        text = self.utf8_decoder.decode(data)
        screen, csi = self.listener, self.csi
        assert screen is not None
        plain, sequence = self._text_pattern.match, SEQUENCE.match
        at, end = 0, len(text)
        while at < end:
            if not self._taking_plain_text:
                self._taking_plain_text = self._send_to_parser(text[at])
                at += 1
            elif found := plain(text, at):
                screen.draw(found[0])
                at = found.end()
            elif (found := sequence(text, at)) and (name := csi.get(found[3])):
                numbers = [min(int(one or 0), LARGEST) for one in found[2].split(";")]
                getattr(screen, name)(*numbers, **({"private": True} if found[1] else {}))
                at = found.end()
            else:
                self._taking_plain_text = False
