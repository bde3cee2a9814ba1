"""Asset keys: the names by which definitions speak of assets.

The same as `dagster.AssetKey`. A dbt model's key is its name (preceded by its configured schema,
where it has one), a source's is the name of the source and of the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tui.definitions.errors import DefinitionError


class AssetKey:
    """The name of an asset, in one or more parts: `AssetKey(["raw", "orders"])`.

    Args:
        path: The parts; a text is one part.

    Raises:
        DefinitionError: when there is no part, or one is not a text.
    """

    __slots__ = ("_path",)

    def __init__(self, path: str | Sequence[str]) -> None:
        parts = (path,) if isinstance(path, str) else tuple(path)
        if not parts or not all(_is_part(part) for part in parts):
            raise DefinitionError(f"An asset key is made of strings, not of {path!r}.")
        self._path = parts

    @property
    def path(self) -> list[str]:
        """The parts."""
        return list(self._path)

    @property
    def parts(self) -> list[str]:
        """The same as `path`."""
        return list(self._path)

    def to_user_string(self) -> str:
        """The parts joined by slashes: `raw/orders`."""
        return "/".join(self._path)

    def to_python_identifier(self, suffix: str | None = None) -> str:
        """The parts as one identifier: `raw__orders`."""
        parts = [*self._path, suffix] if suffix else self._path
        return "__".join(parts).replace("-", "_").replace(".", "_")

    @staticmethod
    def from_user_string(text: str) -> AssetKey:
        """The key of `raw/orders`."""
        return AssetKey(text.split("/"))

    @staticmethod
    def from_coercible(value: CoercibleToAssetKey) -> AssetKey:
        """A key as the functions of this package take it: a key, a text (slashes separate its
        parts), or a sequence of parts.
        """
        if isinstance(value, AssetKey):
            return value
        if isinstance(value, str):
            return AssetKey(value.split("/"))
        if isinstance(value, Sequence):
            return AssetKey(value)
        raise DefinitionError(
            f"{value!r} is not an asset key: give a string, a list of strings or an AssetKey."
        )

    def with_prefix(self, prefix: str | Sequence[str]) -> AssetKey:
        """This key with parts before its own."""
        before = (prefix,) if isinstance(prefix, str) else tuple(prefix)
        return AssetKey((*before, *self._path))

    def has_prefix(self, prefix: Sequence[str]) -> bool:
        """Whether the key begins with these parts."""
        return self._path[: len(prefix)] == tuple(prefix)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AssetKey) and self._path == other._path

    def __lt__(self, other: AssetKey) -> bool:
        return self._path < other._path

    def __hash__(self) -> int:
        return hash(self._path)

    def __str__(self) -> str:
        return self.to_user_string()

    def __repr__(self) -> str:
        return f"AssetKey({list(self._path)!r})"

    def __reduce__(self) -> tuple[type[AssetKey], tuple[list[str]]]:
        return AssetKey, (list(self._path),)


CoercibleToAssetKey = AssetKey | str | Sequence[str]
"""What stands for a key wherever one is asked for."""


def _is_part(value: Any) -> bool:
    return isinstance(value, str) and value != ""


class AssetCheckKey:
    """The name of a check: of which asset, and its own."""

    __slots__ = ("asset_key", "name")

    def __init__(self, asset_key: CoercibleToAssetKey, name: str) -> None:
        self.asset_key = AssetKey.from_coercible(asset_key)
        self.name = name

    def to_user_string(self) -> str:
        """The two joined by a colon: `raw/orders:is_not_empty`."""
        return f"{self.asset_key.to_user_string()}:{self.name}"

    @staticmethod
    def from_user_string(text: str) -> AssetCheckKey:
        """The key of `raw/orders:is_not_empty`."""
        asset, _, name = text.rpartition(":")
        return AssetCheckKey(AssetKey.from_user_string(asset), name)

    def __lt__(self, other: AssetCheckKey) -> bool:
        return self._both < other._both

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AssetCheckKey) and self._both == other._both

    def __hash__(self) -> int:
        return hash(self._both)

    def __repr__(self) -> str:
        return f"AssetCheckKey({self.asset_key!r}, {self.name!r})"

    @property
    def _both(self) -> tuple[Any, str]:
        return self.asset_key, self.name


def key_of(value: Any) -> AssetKey:
    """The key that a dependency means: an asset, a key, or what a key can be made of.

    Raises DefinitionError.
    """
    own = getattr(value, "key", None)
    if isinstance(own, AssetKey):
        return own
    return AssetKey.from_coercible(value)
