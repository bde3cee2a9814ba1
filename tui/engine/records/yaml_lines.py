"""Where in a YAML file something is declared: a line for `e` to open.

A tolerant reading by indentation, in one pass over the lines: thousands of models in a file are
indexed in milliseconds, and a file that is not valid YAML at the moment does no harm.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_ITEM = re.compile(r"^(\s*)-\s+(?:(\w+)\s*:\s*)?(.*)$")
_KEY = re.compile(r"^(\s*)([\w-]+)\s*:\s*(.*)$")


@dataclass
class Declared:
    """An item of a list that has a name, with the lists inside it."""

    name: str
    line: int
    indent: int
    section: str
    inner: list[Declared] = field(default_factory=list)
    end: int = 0
    """The last line that belongs to it."""


def _word(value: str) -> str:
    value = value.split(" #", 1)[0].strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value.rstrip(":")


def _says(line: str, word: str) -> bool:
    """Whether a word stands in a line, and not as a part of a longer one or behind a dot."""
    at = line.find(word)
    while at >= 0:
        before, after = line[at - 1 : at], line[at + len(word) : at + len(word) + 1]
        if before != "." and not any(one == "_" or one.isalnum() for one in (before, after)):
            return True
        at = line.find(word, at + 1)
    return False


class YamlLines:
    """The named things of one YAML file and their lines, counted from 1."""

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines()
        self._top: dict[tuple[str, str], Declared] = {}
        self._read()

    def _read(self) -> None:
        stack: list[Declared] = []
        keys: list[tuple[int, str]] = []
        for number, line in enumerate(self.lines, 1):
            stripped = line.lstrip()
            if not stripped or stripped[0] == "#":
                continue
            item = _ITEM.match(line)
            indent = len(line) - len(stripped)
            while stack and (indent < stack[-1].indent or (item and indent == stack[-1].indent)):
                stack.pop()
            while keys and (indent < keys[-1][0] or (not item and indent == keys[-1][0])):
                keys.pop()
            if item:
                section = keys[-1][1] if keys else ""
                name = _word(item[3]) if item[2] in (None, "name") else ""
                self._open(Declared(name, number, indent, section), stack)
            elif (key := _KEY.match(line)) is not None:
                if key[2] == "name" and stack and not stack[-1].name:
                    self._name(stack, _word(key[3]))
                elif not _word(key[3]):
                    keys.append((indent, key[2]))
            for declared in stack:
                declared.end = number

    def _open(self, declared: Declared, stack: list[Declared]) -> None:
        if stack:
            stack[-1].inner.append(declared)
        stack.append(declared)
        if len(stack) == 1 and declared.name:
            self._top.setdefault((declared.section, declared.name), declared)

    def _name(self, stack: list[Declared], name: str) -> None:
        stack[-1].name = name
        if len(stack) == 1:
            self._top.setdefault((stack[-1].section, name), stack[-1])

    def find(self, section: str, name: str) -> Declared | None:
        """An item of a list at the top of the file: `("models", "customers")`."""
        return self._top.get((section, name))

    def line(self, section: str, name: str, *inner: tuple[str, str]) -> int:
        """The line of an item, or of one inside it; the outer one's where the inner is not found,
        and 0 where there is neither.
        """
        found = self.find(section, name)
        if found is None:
            return 0
        for wanted, inner_name in inner:
            deeper = next(
                (d for d in found.inner if d.section == wanted and d.name == inner_name), None
            )
            if deeper is None:
                return found.line
            found = deeper
        return found.line

    def line_of_word(self, within: Declared, words: tuple[str, ...], column: str = "") -> int:
        """The first line of an item that says one of the words; in a column of it, if named."""
        start = within
        if column:
            start = next((d for d in within.inner if d.name.lower() == column.lower()), within)
        for number in range(start.line, max(start.end, start.line) + 1):
            line = self.lines[number - 1]
            if any(_says(line, word) for word in words):
                return number
        return start.line
