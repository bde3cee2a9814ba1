"""The name of an asset in selectors as a person writes them: `+orders tag:x,fqn:shop.marts.orders`.
Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

ATOM = re.compile(r"(?P<lead>@|\d*\+)?(?P<method>[\w.]+:)?(?P<value>[^\s,+]+)(?P<trail>\+\d*)?")
NAME_METHODS = frozenset({"", "fqn:"})


@dataclass(frozen=True)
class SelectorNames:
    """What the selectors of one asset can be."""

    old: str
    new: str
    fqns: frozenset[str]
    """Its names with their folders, in dots, with the package and without."""
    moves: Mapping[str, str]
    """Its files, and where they go."""
    tables: frozenset[str] = frozenset()
    """Of a table: what stands behind `source:`."""

    def renamed(self, selector: str) -> str:
        """The selector with the new name in it; as it is where it does not name the asset."""
        return ATOM.sub(self._renamed_atom, selector)

    def _renamed_atom(self, found: re.Match[str]) -> str:
        method, value = found["method"] or "", found["value"]
        new = self._value(method, value)
        return f"{found['lead'] or ''}{method}{new}{found['trail'] or ''}"

    def _value(self, method: str, value: str) -> str:
        for was, now in self.moves.items():
            old, new = PurePosixPath(was), PurePosixPath(now)
            if method in ("", "path:") and value == was:
                return now
            if method in ("", "file:") and value == old.name:
                return new.name
            if method == "file:" and value == old.stem:
                return new.stem
        if method not in NAME_METHODS and not (method == "source:" and value in self.tables):
            return value
        head, dot, last = value.rpartition(".")
        if value == self.old or (last == self.old and value in self.fqns | self.tables):
            return f"{head}{dot}{self.new}"
        base, dot, version = value.rpartition(".")
        if dot and re.fullmatch(r"v\w+", version):
            renamed = self._value(method, base)
            return f"{renamed}.{version}" if renamed != base else value
        return value

    def covers(self, selector: str) -> bool:
        """Whether a pattern in it matches the old name, and not the new one."""
        return any(self._loses(found["method"] or "", found["value"])
                   for found in ATOM.finditer(selector))  # fmt: skip

    def _loses(self, method: str, value: str) -> bool:
        if not any(sign in value for sign in "*?["):
            return False
        pairs = [(self.old, self.new)] if method in NAME_METHODS else []
        if method in NAME_METHODS:
            ends = (fqn.removesuffix(self.old) for fqn in self.fqns)
            pairs += [(f"{end}{self.old}", f"{end}{self.new}") for end in ends]
        for was, now in self.moves.items():
            if method in ("", "path:"):
                pairs.append((was, now))
            if method in ("", "file:"):
                pairs.append((PurePosixPath(was).name, PurePosixPath(now).name))
        return any(fnmatchcase(old, value) for old, _ in pairs) and not any(
            fnmatchcase(new, value) for _, new in pairs
        )


LINE = re.compile(
    r"""^(?P<key>\s*(?:select|exclude)\s*=\s*)(?P<quote>["'])(?P<value>[^"'\n]*)(?P=quote)""",
    re.MULTILINE,
)
TABLE = re.compile(r"^\s*\[+\s*([^\]\n]+?)\s*\]+", re.MULTILINE)


def toml_places(
    text: str, renamed: Callable[[str], str], *, tables: str = ""
) -> list[tuple[int, int, str]]:
    """The selectors in the schedules of a TOML file, with what is to stand in the place of each.

    Args:
        text: the file.
        renamed: a selector with the new name in it.
        tables: how the names of the tables begin that count; all where it is empty.

    Returns:
        Start, end, new text.
    """
    found = []
    for line in LINE.finditer(text):
        heads = [one[1] for one in TABLE.finditer(text, 0, line.start())]
        if tables and not (heads and heads[-1].startswith(tables)):
            continue
        new = renamed(line["value"])
        if new != line["value"]:
            found.append((line.start("value"), line.end("value"), new))
    return found
