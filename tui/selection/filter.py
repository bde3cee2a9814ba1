"""The filter of the tree: what is typed after `/`.

Words separated by spaces, all of which must hold:

    orders          fuzzy on the name (see tui.selection.fuzzy)
    'orders         exactly these letters
    ^stg_           at the beginning of the name
    _daily$         at its end
    tag:nightly     a field: tag, kind, group, owner, package, path, schema, access
    !word           what does not match the word; never fuzzy, so that it excludes what it names

`kind` is the resource type or the materialization. A word with an unknown field, or with nothing
after its sign yet (one is still typing), counts for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from tui.protocol.plain import plain
from tui.protocol.records import Asset
from tui.selection import fuzzy


@plain(frozen=True, slots=True)
class Term:
    """One word of a filter."""

    kind: str
    """fuzzy, exact, prefix, suffix, or the name of a field."""
    text: str
    """In lower case."""
    inverse: bool = False

    def __str__(self) -> str:
        sign = "!" if self.inverse else ""
        match self.kind:
            case "fuzzy":
                return f"{sign}{self.text}"
            case "exact":
                # An inverse word is exact without a quote, unless it would be read as a sign.
                plain = self.inverse and self.text.isidentifier()
                return f"!{self.text}" if plain else f"{sign}'{self.text}"
            case "prefix":
                return f"{sign}^{self.text}"
            case "suffix":
                return f"{sign}{self.text}$"
        return f"{sign}{self.kind}:{self.text}"


FIELDS = frozenset({"tag", "kind", "group", "owner", "package", "path", "schema", "access"})
CONTAINS = frozenset({"path", "schema"})
"""Fields of which a part is enough; the others match from their beginning."""
BETWEEN = "\0"
"""Parts the values of a field in one text, which is looked through at the speed of C."""

_VALUES: Mapping[str, Callable[[Asset], Iterable[str]]] = {
    "tag": lambda asset: asset.tags,
    "kind": lambda asset: (asset.resource_type, asset.materialized),
    "path": lambda asset: (asset.path, asset.patch_path),
    "schema": lambda asset: (asset.relation.rpartition(".")[0],),
}
"""The values of the fields that are no fact of an asset by themselves."""


@plain(frozen=True, slots=True)
class Filter:
    """A parsed filter; the empty one holds for everything."""

    terms: tuple[Term, ...] = ()

    def __str__(self) -> str:
        return " ".join(map(str, self.terms))

    def __bool__(self) -> bool:
        return bool(self.terms)

    def select(self, assets: Mapping[str, Asset]) -> set[str]:
        """The unique_ids of the assets for which all words hold.

        Each fuzzy word counts tightly; where nothing at all is left that way, loosely.
        """
        left: dict[str, Asset] = dict(assets)
        for term in self.terms:
            if term.kind != "fuzzy":
                left = _holding(term, left)
        for term in self.terms:
            if term.kind == "fuzzy":
                left = _fuzzily(term.text, left)
        return set(left)

    def positions(self, name: str) -> tuple[int, ...]:
        """The letters of a matching name that the words matched, in their order."""
        found: set[int] = set()
        for term in self.terms:
            if not term.inverse:
                found.update(_positions(term, name))
        return tuple(sorted(found))

    def score(self, name: str) -> int:
        """How well a matching name matches: higher is better."""
        return sum(
            fuzzy.score(term.text, name)
            for term in self.terms
            if term.kind == "fuzzy" and not term.inverse
        )

    @property
    def ranked_by(self) -> list[str]:
        """The words by which some names match better than others."""
        return [term.text for term in self.terms if term.kind == "fuzzy" and not term.inverse]

    def best(self, names: Sequence[str]) -> int | None:
        """The place of the name that matches best, the first of equals; None without names."""
        words = self.ranked_by
        if not words:
            return 0 if names else None
        if len(words) == 1:
            return fuzzy.best(words[0], names)
        return max(
            range(len(names)),
            key=lambda place: self.score(names[place]),
            default=None,
        )


def _fuzzily(query: str, assets: dict[str, Asset]) -> dict[str, Asset]:
    for pattern in (fuzzy.tight_pattern(query), fuzzy.loose_pattern(query)):
        search = pattern.search
        found = {key: asset for key, asset in assets.items() if search(asset.name)}
        if found:
            return found
    return {}


def _value_of(field: str) -> Callable[[Asset], Iterable[str]]:
    return lambda asset: (str(getattr(asset, field)),)


def _holding(term: Term, assets: dict[str, Asset]) -> dict[str, Asset]:
    """The assets for which a word that is not fuzzy holds."""
    text, inverse = term.text, term.inverse
    match term.kind:
        case "exact":
            return {key: a for key, a in assets.items() if (text in a.name.lower()) is not inverse}
        case "prefix" | "suffix":
            begins = term.kind == "prefix"

            def holds(name: str) -> bool:
                return name.startswith(text) if begins else name.endswith(text)

            return {key: a for key, a in assets.items() if holds(a.name.lower()) is not inverse}
    values = _VALUES.get(term.kind, _value_of(term.kind))
    wanted = text if term.kind in CONTAINS else BETWEEN + text
    return {
        key: asset
        for key, asset in assets.items()
        if (wanted in (BETWEEN + BETWEEN.join(values(asset))).lower()) is not inverse
    }


def _positions(term: Term, name: str) -> Iterable[int]:
    lowered, length = name.lower(), len(term.text)
    match term.kind:
        case "fuzzy":
            return fuzzy.positions(term.text, name) or ()
        case "exact" if term.text in lowered:
            start = lowered.index(term.text)
            return range(start, start + length)
        case "prefix" if lowered.startswith(term.text):
            return range(length)
        case "suffix" if lowered.endswith(term.text):
            return range(len(name) - length, len(name))
    return ()


@lru_cache(maxsize=32)
def parse(text: str) -> Filter:
    """The filter that a text says. Every text is one: what makes no sense counts for nothing."""
    return Filter(tuple(_terms(text)))


def _terms(text: str) -> Iterator[Term]:
    for word in text.lower().split():
        inverse = word.startswith("!")
        word = word.removeprefix("!")
        field, colon, value = word.partition(":")
        if colon and field in FIELDS:
            kind, word = field, value
        elif word.startswith("'"):
            kind, word = "exact", word[1:]
        elif word.startswith("^"):
            kind, word = "prefix", word[1:]
        elif word.endswith("$"):
            kind, word = "suffix", word[:-1]
        else:
            kind = "exact" if inverse else "fuzzy"
        if word:
            yield Term(kind, word, inverse)
