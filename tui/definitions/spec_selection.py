"""Which of some specs a text of Dagster's selection syntax names, before there is a graph.

`key:"marts/*" and not kind:seed`, `+key:orders`, `roots(group:marts)`: what
`AssetSelection.resolve`, `map_resolved_asset_specs` and a component's `post_processing` take. The
screen and jobs select by `tui.selection`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Set
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from tui.definitions.errors import DefinitionError
from tui.definitions.keys import AssetCheckKey, AssetKey
from tui.definitions.specs import AssetSpec

_TOKEN = re.compile(
    r'\s*(?:(?P<call>roots|sinks|checks|without_checks)\(|(?P<word>and|or|not)\b|(?P<mark>[()])|(?P<up>\d*\+)(?=[a-z_(*])|(?P<down>\+\d*)'
    r'|(?P<all>\*)|(?P<name>[a-z_]+):(?P<value>"[^"]*"|[^\s()+="]+)'
    r'(?:=(?P<more>"[^"]*"|[^\s()+"]+))?)',
    re.IGNORECASE,
)  # fmt: skip


class Chosen(NamedTuple):
    """What a selection names: assets, and checks beside or without them."""

    assets: frozenset[AssetKey]
    checks: frozenset[AssetCheckKey]

    def __or__(self, other: Chosen) -> Chosen:
        return Chosen(self.assets | other.assets, self.checks | other.checks)

    def __and__(self, other: Chosen) -> Chosen:
        return Chosen(self.assets & other.assets, self.checks & other.checks)

    def __sub__(self, other: Chosen) -> Chosen:
        return Chosen(self.assets - other.assets, self.checks - other.checks)


def chosen_keys(specs: Iterable[AssetSpec], selection: Any) -> Set[AssetKey]:
    """The keys of the specs that a selection names.

    Args:
        specs: All that there are.
        selection: A text, or what has one as `text`, as an AssetSelection.

    Raises:
        DefinitionError: for a text that is not understood.
    """
    text = selection if isinstance(selection, str) else selection.text
    return chosen(text, {spec.key: spec for spec in specs}).assets


def chosen(
    text: str,
    specs: Mapping[AssetKey, AssetSpec],
    checks: Mapping[AssetCheckKey, AssetKey] | None = None,
    made: Set[AssetKey] | None = None,
    *,
    is_strict: bool = False,
) -> Chosen:
    """The assets and checks that a text names.

    Args:
        text: In Dagster's selection syntax.
        specs: All assets that there are.
        checks: All checks, with the asset of each.
        made: The assets that a function makes: all that `*` means; None where it means all.
        is_strict: Whether a key that is named must be there.

    Raises:
        DefinitionError: for a text that is not understood, and for a key that is not there.
    """
    return _Reader(text, specs, checks or {}, made, is_strict).read()


class _Reader:
    """Reads a text from left to right: `or` binds less than `and`, that less than `not`."""

    def __init__(
        self,
        text: str,
        specs: Mapping[AssetKey, AssetSpec],
        checks: Mapping[AssetCheckKey, AssetKey],
        made: Set[AssetKey] | None,
        is_strict: bool,
    ) -> None:
        self._text = text
        self._specs = specs
        self._checks = checks
        self._made = made
        self._is_strict = is_strict
        self._is_of_external = "is:external" in text
        self._tokens = self._split()
        self._at = 0
        self._above = {key: {dep.asset_key for dep in spec.deps} for key, spec in specs.items()}
        self._below: dict[AssetKey, set[AssetKey]] = {}
        for key, above in self._above.items():
            for one in above:
                self._below.setdefault(one, set()).add(key)

    def read(self) -> Chosen:
        found = self._any()
        if self._at < len(self._tokens):
            raise self._error()
        return found

    def _of(self, keys: Iterable[AssetKey]) -> Chosen:
        """Assets with their checks."""
        assets = frozenset(keys)
        return Chosen(assets, frozenset(key for key, on in self._checks.items() if on in assets))

    @property
    def _everything(self) -> Chosen:
        keys = self._specs if self._made is None else self._made
        return Chosen(frozenset(keys), frozenset(self._checks))

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
            "owner, kind, key_prefix and key_substring, with and, or, not, +, roots() and sinks()."
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

    def _any(self) -> Chosen:
        found = self._all()
        while self._next("word", "or"):
            found |= self._all()
        return found

    def _all(self) -> Chosen:
        found = self._one()
        while self._next("word", "and"):
            found &= self._one()
        return found

    def _one(self) -> Chosen:
        if self._next("word", "not"):
            every = self._of(self._specs) if self._is_of_external else self._everything
            return every - self._one()
        up = self._next("up")
        found = self._atom()
        down = self._next("down")
        if up is None and down is None:
            return found
        keys = set(found.assets)
        if up is not None:
            keys |= self._reached(found.assets, self._above, up[:-1])
        if down is not None:
            keys |= self._reached(found.assets, self._below, down[1:])
        return self._of(keys)

    def _reached(
        self, start: Set[AssetKey], edges: Mapping[AssetKey, Set[AssetKey]], depth: str
    ) -> set[AssetKey]:
        found, layer = set(start), set(start)
        for _ in range(int(depth) if depth else len(self._specs)):
            layer = {other for key in layer for other in edges.get(key, ())} - found
            if not layer:
                break
            found |= layer
        found &= self._specs.keys()
        if edges is self._above and self._made is not None and not self._is_of_external:
            found &= self._made  # as in Dagster: what is made elsewhere is not upstream
        return found

    def _atom(self) -> Chosen:
        if self._next("mark", "("):
            return self._inside()
        if (call := self._next("call")) is not None:
            return self._called(call.lower())
        if self._next("all"):
            return self._everything
        if self._at >= len(self._tokens) or self._tokens[self._at]["name"] is None:
            raise self._error()
        token = self._tokens[self._at]
        self._at += 1
        method, value, more = token["name"].lower(), _plain(token["value"]), _plain(token["more"])
        if method == "check":
            named = (key for key in self._checks if key.to_user_string() == value)
            return Chosen(frozenset(), frozenset(named))
        if method == "is" and value in _IS:
            made = self._specs if self._made is None else self._made
            return self._of(key for key in self._specs if (key in made) is _IS[value])
        if method == "key" and value == "*":
            return self._everything
        matches = _METHODS.get(method)
        if matches is None:
            raise self._error()
        is_of_all = method in ("key", "owner") or self._is_of_external
        among = self._specs if is_of_all else self._everything.assets
        found = self._of(key for key in among if matches(self._specs[key], value, more))
        if method == "key" and self._is_strict and not found.assets and "*" not in value:
            raise DefinitionError(f"{value} is named in a selection and is not among the assets.")
        return found

    def _inside(self) -> Chosen:
        """What stands before the next closing parenthesis."""
        found = self._any()
        if not self._next("mark", ")"):
            raise self._error()
        return found

    def _called(self, name: str) -> Chosen:
        """What a function makes of a selection; `checks()` are all checks."""
        if name == "checks" and self._next("mark", ")"):
            return Chosen(frozenset(), frozenset(self._checks))
        found = self._inside()
        if name == "checks":
            return Chosen(frozenset(), found.checks)
        if name == "without_checks":
            return Chosen(found.assets, frozenset())
        edges = self._above if name == "roots" else self._below
        return self._of(k for k in found.assets if found.assets.isdisjoint(edges.get(k, ())))


_IS = {"materializable": True, "external": False}


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
