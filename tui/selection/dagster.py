"""Dagster's asset selection syntax: `key:"orders"+ and not kind:seed`, `sinks(group:sales)`.

    expression := expression `or` expression | expression `and` expression | `not` expression
                | [n]`+` item | item `+`[n] | item
    item       := `(` expression `)` | `roots(` [expression] `)` | `sinks(` [expression] `)`
                | attribute`:`value | value
    value      := word | `"`anything`"`

Attributes are key, key_substring, kind, group, owner, tag, package and status; a bare word is a
key. Values may hold wildcards. `and` binds closer than `or`. Checks come along with any asset that
they read, as with dbt's selectors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fnmatch import fnmatch

from tui.graph import Asset
from tui.selection.methods import Scene
from tui.selection.resolver import reach, with_checks
from tui.selection.selectors import NotASelector

_OURS = re.compile(
    r"""["()]|(?:^|\s)(?:and|or|not)(?=\s)|(?:^|[\s+(])(?:key|key_substring|kind|owner):"""
)
_SPACE = re.compile(r"\s*")
_UPSTREAM = re.compile(r"(\d*)\+")
_DOWNSTREAM = re.compile(r"\+(\d*)")
_CLOSING = re.compile(r"\)")
_FUNCTION = re.compile(r"(\w+)\(")
_ATTRIBUTE = re.compile(r"(\w+):")
_VALUE = re.compile(r'"([^"]*)"|([^\s()"+]+)')
_WORD = re.compile(r"\w+")

ATTRIBUTES: dict[str, Callable[[Asset], Iterable[str]]] = {
    "key": lambda asset: (asset.name, asset.unique_id),
    "kind": lambda asset: (asset.resource_type, asset.materialized),
    "group": lambda asset: (asset.group,),
    "owner": lambda asset: (asset.owner,),
    "tag": lambda asset: asset.tags,
    "package": lambda asset: (asset.package,),
}


def is_dagster(text: str) -> bool:
    """Whether a selection is written in Dagster's way; else it is dbt's."""
    return _OURS.search(text) is not None


def resolve_dagster(scene: Scene, text: str) -> set[str]:
    """The assets that an expression selects, and the checks that come along.

    Raises NotASelector, with the column at which the expression stops making sense.
    """
    reader = _Reader(scene, text)
    found = reader.expression()
    if reader.at < len(text):
        raise reader.refuse("expected `and` or `or`")
    return with_checks(scene.graph, found)


class _Reader:
    """Reads an expression from left to right, and evaluates it on the way."""

    def __init__(self, scene: Scene, text: str) -> None:
        self.scene = scene
        self.text = text
        self.at = 0
        self._skip_space()

    def expression(self) -> set[str]:
        found = self._conjunction()
        while self._takes("or"):
            found = found | self._conjunction()
        return found

    def _conjunction(self) -> set[str]:
        found = self._negation()
        while self._takes("and"):
            found = found & self._negation()
        return found

    def _negation(self) -> set[str]:
        inverse = False
        while self._takes("not"):
            inverse = not inverse
        found = self._traversal()
        return set(self.scene.graph.assets) - found if inverse else found

    def _traversal(self) -> set[str]:
        graph = self.scene.graph
        up = self._match(_UPSTREAM)
        item = self._item()
        found = set(item)
        if up:
            found |= reach(item, graph.upstream, _steps(up))
        # Nothing may stand between an item and its plus.
        if self.text[self.at - 1 : self.at] != " " and (down := self._match(_DOWNSTREAM)):
            found |= reach(item, graph.downstream.__getitem__, _steps(down))
        self._skip_space()
        return found

    def _item(self) -> set[str]:
        if self._match(re.compile(r"\(")):
            return self._closed()
        start = self.at
        if function := self._match(_FUNCTION):
            self._skip_space()
            if function[1] not in ("roots", "sinks"):
                raise NotASelector(f"`{function[1]}` is not a function", start, len(function[1]))
            if self._match(_CLOSING):  # of all that there is
                return self._ends(set(self.scene.graph.assets), function[1])
            return self._ends(self._closed(), function[1])
        return self._attribute()

    def _closed(self) -> set[str]:
        self._skip_space()
        found = self.expression()
        if not self._match(_CLOSING):
            raise self.refuse("expected `)`")
        return found

    def _ends(self, found: set[str], which: str) -> set[str]:
        """The assets that nothing else among them is upstream (roots) or downstream of."""
        graph = self.scene.graph
        step = graph.upstream if which == "roots" else graph.downstream.__getitem__
        return {key for key in found if found.isdisjoint(step(key))}

    def _attribute(self) -> set[str]:
        start = self.at
        attribute = self._match(_ATTRIBUTE)
        value = self._match(_VALUE)
        if value is None:
            raise self.refuse("expected a name")
        wanted = value[1] if value[1] is not None else value[2]
        name = attribute[1] if attribute else "key"
        assets = self.scene.graph.assets
        if name == "key_substring":
            return {key for key, asset in assets.items() if wanted in asset.name}
        if name == "status":
            word = wanted.replace("_", " ")
            statuses = self.scene.statuses.items()
            return {
                key
                for key, status in statuses
                if key in assets and any(fnmatch(each, word) for each in status.words)
            }
        values = ATTRIBUTES.get(name)
        if values is None:
            raise NotASelector(f"`{name}` is not an attribute", start, len(name))
        return {
            key
            for key, asset in assets.items()
            if any(item and fnmatch(item, wanted) for item in values(asset))
        }

    def _takes(self, word: str) -> bool:
        found = _WORD.match(self.text, self.at)
        follows = self.text[found.end() : found.end() + 1] if found else ""
        if found is None or found[0] != word or follows not in ("", " ", "(", "\t"):
            return False
        self.at = found.end()
        self._skip_space()
        return True

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def _skip_space(self) -> None:
        self._match(_SPACE)

    def refuse(self, message: str) -> NotASelector:
        rest = _VALUE.match(self.text, self.at)
        return NotASelector(message, self.at, len(rest[0]) if rest else 1)


def _steps(match: re.Match[str]) -> int | None:
    return int(match[1]) if match[1] else None
