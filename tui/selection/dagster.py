"""Dagster's asset selection syntax: `key:"orders"+ and not kind:seed`, `sinks(group:sales)`.

    expression := expression `or` expression | expression `and` expression | `not` expression
                | [n]`+` item | item `+`[n] | item
    item       := `(` expression `)` | function `(` [expression] `)` | attribute`:`value | value
                | `tag:`value`=`value
    value      := word | `"`anything`"` | `<null>`

Functions are roots, sinks, checks (the checks of the assets alone) and without_checks (the assets
alone). Attributes are key, key_prefix, key_substring, kind, group, owner, tag, package, status, is
(`is:materializable`, `is:external`) and check (`check:"orders:is_unique"`); a bare word is a key.
Values may hold wildcards; `<null>` is for assets that have none. `and` binds closer than `or`.
Checks come along with any asset that they read, as with dbt's selectors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fnmatch import fnmatch
from typing import NamedTuple

from tui.graph import Asset, AssetGraph, Check
from tui.selection.methods import Scene
from tui.selection.resolver import reach, with_checks
from tui.selection.selectors import NotASelector

_OURS = re.compile(
    r"""["()]|(?:^|\s)(?:and|or|not)(?=\s)"""
    r"""|(?:^|[\s+(])(?:key|key_prefix|key_substring|kind|owner|is|check):|:<null>"""
)
_SPACE = re.compile(r"\s*")
_UPSTREAM = re.compile(r"(\d*)\+")
_DOWNSTREAM = re.compile(r"\+(\d*)")
_OPENING = re.compile(r"\(")
_CLOSING = re.compile(r"\)")
_FUNCTION = re.compile(r"(\w+)\(")
_ATTRIBUTE = re.compile(r"(\w+):")
_VALUE = re.compile(r'"([^"]*)"|([^\s()"+]+)')
_EQUAL = re.compile(r"=(?=\")")
_WORD = re.compile(r"\w+")

FUNCTIONS = ("roots", "sinks", "checks", "without_checks")
NULL = "<null>"
EXTERNAL = frozenset({"source", "external", "exposure", "metric", "semantic_model", "saved_query"})
"""Types of resources that no run materializes."""

ATTRIBUTES: dict[str, Callable[[Asset], Iterable[str]]] = {
    "key": lambda asset: (asset.key, asset.name),
    "key_prefix": lambda asset: _prefixes(asset.key or asset.name),
    "kind": lambda asset: (asset.resource_type, asset.materialized, *asset.kinds),
    "group": lambda asset: (asset.group,),
    "owner": lambda asset: (asset.owner, *asset.owners),
    "tag": lambda asset: asset.tags,
    "package": lambda asset: (asset.package,),
    "is": lambda asset: ("external" if _is_external(asset) else "materializable",),
}


class Found(NamedTuple):
    """What a part of an expression selects."""

    assets: frozenset[str]
    checks: frozenset[str]


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
    return {*found.assets, *found.checks}


class _Reader:
    """Reads an expression from left to right, and evaluates it on the way."""

    def __init__(self, scene: Scene, text: str) -> None:
        self.scene = scene
        self.graph = scene.graph
        self.text = text
        self.at = 0
        self._skip_space()

    # -- the expression, from the outside in -------------------------------------

    def expression(self) -> Found:
        found = self._conjunction()
        while self._takes("or"):
            other = self._conjunction()
            found = Found(found.assets | other.assets, found.checks | other.checks)
        return found

    def _conjunction(self) -> Found:
        found = self._negation()
        while self._takes("and"):
            found = both(self.graph, found, self._negation())
        return found

    def _negation(self) -> Found:
        inverse = False
        while self._takes("not"):
            inverse = not inverse
        found = self._traversal()
        if not inverse:
            return found
        others = self._with_checks(self.graph.assets.keys() - found.assets)
        return Found(others.assets, others.checks - named_checks(self.graph, found))

    def _traversal(self) -> Found:
        up = self._match(_UPSTREAM)
        item = self._item()
        reached = set(item.assets)
        if up:
            reached |= reach(item.assets, self.graph.upstream, _steps(up))
        # Nothing may stand between an item and its plus.
        down = self._match(_DOWNSTREAM) if self.text[self.at - 1 : self.at] != " " else None
        if down:
            reached |= reach(item.assets, self.graph.downstream.__getitem__, _steps(down))
        self._skip_space()
        return self._with_checks(reached) if up or down else item

    def _item(self) -> Found:
        if self._match(_OPENING):
            return self._closed()
        start = self.at
        if function := self._match(_FUNCTION):
            self._skip_space()
            if function[1] not in FUNCTIONS:
                raise NotASelector(f"`{function[1]}` is not a function", start, len(function[1]))
            if self._match(_CLOSING):  # of all that there is
                return self._applied(function[1], self._with_checks(self.graph.assets))
            return self._applied(function[1], self._closed())
        return self._attribute()

    def _closed(self) -> Found:
        opened = self.at - 1
        self._skip_space()
        found = self.expression() if self.at < len(self.text) else None
        if found is None or not self._match(_CLOSING):
            raise self._unclosed(opened)
        return found

    # -- what the parts mean -----------------------------------------------------

    def _applied(self, function: str, found: Found) -> Found:
        if function == "checks":
            return Found(frozenset(), found.checks)
        if function == "without_checks":
            return Found(found.assets, frozenset())
        return self._with_checks(self._ends(found.assets, function))

    def _ends(self, found: frozenset[str], which: str) -> set[str]:
        """The assets that nothing else among them is upstream (roots) or downstream of. What no
        run materializes counts only where there is nothing else.
        """
        built = {key for key in found if not _is_external(self.graph.assets[key])}
        among = built or found
        step = self.graph.upstream if which == "roots" else self.graph.downstream.__getitem__
        return {key for key in among if among.isdisjoint(step(key))}

    def _attribute(self) -> Found:
        start = self.at
        attribute = self._match(_ATTRIBUTE)
        name = attribute[1] if attribute else "key"
        wanted = self._value()
        if name == "tag" and self._match(_EQUAL):
            wanted = f"{wanted}={self._value()}"
        if name == "check":
            checks = self.graph.checks
            named = (key for key, one in checks.items() if fnmatch(self._name_of(one), wanted))
            return Found(frozenset(), frozenset(named))
        assets = self.graph.assets
        if name == "key_substring":
            return self._with_checks(
                key for key, asset in assets.items() if wanted in asset.name or wanted in asset.key
            )
        if name == "status":
            word = wanted.replace("_", " ")
            statuses = self.scene.statuses.items()
            return self._with_checks(
                key
                for key, status in statuses
                if key in assets and any(fnmatch(each, word) for each in status.words)
            )
        if name == "key" and wanted in assets:  # a unique_id of dbt's, whole
            return self._with_checks([wanted])
        values = ATTRIBUTES.get(name)
        if values is None:
            raise NotASelector(f"`{name}` is not an attribute", start, len(name))
        return self._with_checks(
            key for key, asset in assets.items() if _holds(values(asset), wanted)
        )

    def _name_of(self, check: Check) -> str:
        asset = self.graph.assets.get(check.asset)
        return f"{(asset.key or asset.name) if asset else check.asset}:{_full_name(check)}"

    def _with_checks(self, assets: Iterable[str]) -> Found:
        found = frozenset(assets)
        return Found(found, frozenset(with_checks(self.graph, set(found)) - found))

    # -- the text ----------------------------------------------------------------

    def _value(self) -> str:
        value = self._match(_VALUE)
        if value is None:
            if self.text[self.at : self.at + 1] == '"':
                raise NotASelector('this `"` is not closed', self.at, 1)
            raise self.refuse("expected a name, as in `key:orders`")
        return value[1] if value[1] is not None else value[2]

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

    def _unclosed(self, opened: int) -> NotASelector:
        """A parenthesis that is not closed; where something else stands, that is said."""
        if self.at < len(self.text):
            return self.refuse("expected `and`, `or` or `)`")
        return NotASelector("this `(` is not closed", opened, 1)

    def refuse(self, message: str) -> NotASelector:
        rest = _VALUE.match(self.text, self.at)
        return NotASelector(message, self.at, len(rest[0]) if rest else 1)


def both(graph: AssetGraph, one: Found, other: Found) -> Found:
    """What two parts have in common. A check that both have only because it came along with
    assets that they do not have in common is not meant.
    """
    assets = one.assets & other.assets
    named = named_checks(graph, one) | named_checks(graph, other)
    checks = one.checks & other.checks
    return Found(assets, frozenset(with_checks(graph, set(assets)) & checks | named & checks))


def named_checks(graph: AssetGraph, found: Found) -> frozenset[str]:
    """The checks that are there on their own, not along with an asset."""
    return found.checks - with_checks(graph, set(found.assets))


def _holds(values: Iterable[str], wanted: str) -> bool:
    has = [value for value in values if value]
    if wanted == NULL:
        return not has
    return any(fnmatch(value, wanted) for value in has)


def _full_name(check: Check) -> str:
    """The name that dbt has for a test, which a generic one's short name leaves out."""
    if check.kind != "generic":
        return check.name
    name = check.unique_id.partition(".")[2].partition(".")[2].rpartition(".")[0]
    return name or check.name


def _is_external(asset: Asset) -> bool:
    return asset.resource_type in EXTERNAL


def _prefixes(key: str) -> Iterable[str]:
    parts = key.split("/")
    return ("/".join(parts[:count]) for count in range(1, len(parts) + 1))


def _steps(match: re.Match[str]) -> int | None:
    return int(match[1]) if match[1] else None
