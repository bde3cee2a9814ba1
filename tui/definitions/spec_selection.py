"""Which of some specs a text of Dagster's selection syntax names, before there is a graph.

`key:"marts/*" and not kind:seed`, `+key:orders`, `group:marts+2`: what `map_resolved_asset_specs`
and a component's `post_processing` take. The screen and jobs select by `tui.selection`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Set
from fnmatch import fnmatchcase
from typing import Any

from tui.definitions.errors import DefinitionError
from tui.definitions.keys import AssetKey
from tui.definitions.specs import AssetSpec

_TOKEN = re.compile(
    r'\s*(?:(?P<word>and|or|not)\b|(?P<mark>[()])|(?P<up>\d*\+)(?=[a-z_(*])|(?P<down>\+\d*)'
    r'|(?P<all>\*)|(?P<name>[a-z_]+):(?P<value>"[^"]*"|[^\s()+="]+)'
    r'(?:=(?P<more>"[^"]*"|[^\s()+"]+))?)',
    re.IGNORECASE,
)  # fmt: skip


def chosen_keys(specs: Iterable[AssetSpec], selection: Any) -> Set[AssetKey]:
    """The keys of the specs that a selection names.

    Args:
        specs: All that there are.
        selection: A text, or what has one as `text`, as an AssetSelection.

    Raises:
        DefinitionError: for a text that is not understood.
    """
    text = selection if isinstance(selection, str) else selection.text
    return _Reader(text, {spec.key: spec for spec in specs}).read()


class _Reader:
    """Reads a text from left to right: `or` binds less than `and`, that less than `not`."""

    def __init__(self, text: str, specs: Mapping[AssetKey, AssetSpec]) -> None:
        self._text = text
        self._specs = specs
        self._tokens = self._split()
        self._at = 0
        self._above = {key: {dep.asset_key for dep in spec.deps} for key, spec in specs.items()}
        self._below: dict[AssetKey, set[AssetKey]] = {}
        for key, above in self._above.items():
            for one in above:
                self._below.setdefault(one, set()).add(key)

    def read(self) -> Set[AssetKey]:
        found = self._any()
        if self._at < len(self._tokens):
            raise self._error()
        return found

    def _split(self) -> list[re.Match[str]]:
        found, at = [], 0
        text = self._text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise self._error()
            found.append(match)
            at = match.end()
        return found

    def _error(self) -> DefinitionError:
        return DefinitionError(
            f"The selection {self._text!r} is not understood here: it takes key, group, tag, "
            "owner, kind, key_prefix and key_substring, with and, or, not and +."
        )

    def _next(self, group: str, *words: str) -> str | None:
        """The next token, where it is of a kind; it is read then."""
        if self._at >= len(self._tokens):
            return None
        found = self._tokens[self._at][group]
        if found is None or (words and found.lower() not in words):
            return None
        self._at += 1
        return str(found)

    def _any(self) -> set[AssetKey]:
        found = self._all()
        while self._next("word", "or"):
            found |= self._all()
        return found

    def _all(self) -> set[AssetKey]:
        found = self._one()
        while self._next("word", "and"):
            found &= self._one()
        return found

    def _one(self) -> set[AssetKey]:
        if self._next("word", "not"):
            return set(self._specs) - self._one()
        up = self._next("up")
        found = self._atom()
        down = self._next("down")
        chosen = set(found)
        if up is not None:
            chosen |= self._reached(found, self._above, up[:-1])
        if down is not None:
            chosen |= self._reached(found, self._below, down[1:])
        return chosen

    def _reached(
        self, start: set[AssetKey], edges: Mapping[AssetKey, Set[AssetKey]], depth: str
    ) -> set[AssetKey]:
        found, layer = set(start), set(start)
        for _ in range(int(depth) if depth else len(self._specs)):
            layer = {other for key in layer for other in edges.get(key, ())} - found
            if not layer:
                break
            found |= layer
        return found & self._specs.keys()

    def _atom(self) -> set[AssetKey]:
        if self._next("mark", "("):
            found = self._any()
            if not self._next("mark", ")"):
                raise self._error()
            return found
        if self._next("all"):
            return set(self._specs)
        if self._at >= len(self._tokens) or self._tokens[self._at]["name"] is None:
            raise self._error()
        token = self._tokens[self._at]
        self._at += 1
        matches = _METHODS.get(token["name"].lower())
        if matches is None:
            raise self._error()
        value, more = _plain(token["value"]), _plain(token["more"])
        return {key for key, spec in self._specs.items() if matches(spec, value, more)}


def _plain(value: str | None) -> str:
    return (value or "").strip('"')


def _has_tag(spec: AssetSpec, key: str, value: str) -> bool:
    return key in spec.tags and (not value or spec.tags[key] == value)


def _one_of(values: Iterable[str], wanted: str) -> bool:
    found = set(values)
    return not found if wanted == "<null>" else wanted in found


_METHODS: dict[str, Callable[[AssetSpec, str, str], bool]] = {
    "key": lambda spec, value, _: fnmatchcase(spec.key.to_user_string(), value),
    "group": lambda spec, value, _: (spec.group_name or "default") == value,
    "tag": _has_tag,
    "owner": lambda spec, value, _: _one_of(spec.owners, value),
    "kind": lambda spec, value, _: _one_of(spec.kinds, value),
    "key_prefix": lambda spec, value, _: spec.key.has_prefix(value.split("/")),
    "key_substring": lambda spec, value, _: value in spec.key.to_user_string(),
}
