"""Qualified names, matched as dbt does (dbt.graph.selector_methods.is_selected_node)."""

from __future__ import annotations

import re
from fnmatch import fnmatch, translate

from tui.graph import AssetGraph
from tui.graph.derived_cache import derived


class QualifiedName:
    """The name of one node: its fully qualified name in parts, and what its last part is."""

    __slots__ = ("fqn", "leaf", "parts", "unscoped", "versioned")

    def __init__(self, fqn: str, version: str = "") -> None:
        self.fqn = fqn
        self.unscoped = fqn.partition(".")[2]
        self.parts = fqn.split(".")
        self.versioned = ""
        self.leaf = self.parts[-1]
        if version and len(self.parts) > 1:
            self.leaf = self.parts[-2]
            self.versioned = "_".join(self.parts[-2:])


class NamePattern:
    """A name as a selector has it: a name, the beginning of a qualified one, or wildcards."""

    def __init__(self, value: str) -> None:
        self.value = value
        self.parts = value.split(".")
        self.pattern = re.compile(translate(value))
        self.ending = "_".join(self.parts[-2:])
        self.wild = next(
            (
                index
                for index, part in enumerate(self.parts)
                if any(sign in part for sign in "*?[]")
            ),
            None,
        )

    def matches(self, name: QualifiedName) -> bool:
        """Whether a node of this name is selected, with or without its package."""
        if name.leaf == self.value or (name.versioned and name.versioned == self.ending):
            return True
        if self.wild == 0:
            # A bare wildcard also matches just the last part.
            bare = len(self.parts) == 1
            return (bare and self._fits(name.leaf)) or self._fits_whole(name)
        return self._begins(name.parts) or self._begins(name.parts[1:])

    def _fits(self, text: str) -> bool:
        return self.pattern.match(text) is not None

    def _fits_whole(self, name: QualifiedName) -> bool:
        more = len(name.parts) - len(self.parts)
        return (more >= 0 and self._fits(name.fqn)) or (more >= 1 and self._fits(name.unscoped))

    def _begins(self, parts: list[str]) -> bool:
        count = len(self.parts)
        if len(parts) < count:
            return False
        if self.wild is None:
            return parts[:count] == self.parts
        return parts[: self.wild] == self.parts[: self.wild] and fnmatch(
            ".".join(parts[self.wild :]), ".".join(self.parts[self.wild :])
        )


@derived
def names_of(graph: AssetGraph) -> dict[str, QualifiedName]:
    """The names of all that can be selected by name: everything but sources."""
    names = {
        key: QualifiedName(asset.fqn, asset.version if asset.resource_type == "model" else "")
        for key, asset in graph.assets.items()
        if asset.resource_type != "source"
    }
    names.update((key, QualifiedName(check.fqn)) for key, check in graph.checks.items())
    return names
