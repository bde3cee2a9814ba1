"""`AssetSelection`: which assets a job or a schedule is about, as text in Dagster's syntax.

dbtree resolves it when it is needed, with the graph as it is then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tui.definitions.errors import DefinitionError
from tui.definitions.keys import AssetKey, CoercibleToAssetKey, key_of


@dataclass(frozen=True)
class AssetSelection:
    """Some assets; made by its functions: `AssetSelection.groups("marts").upstream()`."""

    text: str = 'key:"*"'
    """In Dagster's selection syntax."""

    @staticmethod
    def all(include_sources: bool = False) -> AssetSelection:
        """All assets."""
        return AssetSelection()

    @staticmethod
    def assets(*assets: Any) -> AssetSelection:
        """These assets: keys or definitions."""
        from tui.definitions.assets import AssetsDefinition
        from tui.definitions.dbt_assets import DbtAssetsDefinition

        keys: list[AssetKey] = []
        for one in assets:
            if isinstance(one, DbtAssetsDefinition):
                keys += [one.get_asset_key(node) for node in _nodes_of(one)]
            elif isinstance(one, AssetsDefinition):
                keys.append(one.key)
            else:
                keys.append(key_of(one))
        return AssetSelection.keys(*keys)

    @staticmethod
    def keys(*keys: CoercibleToAssetKey) -> AssetSelection:
        """The assets of these keys."""
        if not keys:
            raise DefinitionError("AssetSelection.keys needs a key.")
        return _any("key", [AssetKey.from_coercible(key).to_user_string() for key in keys])

    @staticmethod
    def groups(*groups: str, include_sources: bool = False) -> AssetSelection:
        """The assets of these groups."""
        return _any("group", groups)

    @staticmethod
    def tag(key: str, value: str = "", include_sources: bool = False) -> AssetSelection:
        """The assets with this tag."""
        return _any("tag", [f"{key}={value}" if value else key])

    @staticmethod
    def owner(owner: str) -> AssetSelection:
        """The assets of this owner."""
        return _any("owner", [owner])

    @staticmethod
    def kind(kind: str, include_sources: bool = False) -> AssetSelection:
        """The assets of this kind: python, model, table and so on."""
        return _any("kind", [kind])

    @staticmethod
    def from_string(string: str) -> AssetSelection:
        """A selection in Dagster's syntax: `key:"orders"+ and not kind:seed`."""
        return AssetSelection(string)

    @staticmethod
    def from_coercible(selection: Any) -> AssetSelection:
        """What jobs and schedules take: a selection, a text in Dagster's syntax, a key, a
        definition, or a list of the last two.
        """
        if isinstance(selection, AssetSelection):
            return selection
        if isinstance(selection, str):
            return AssetSelection(selection) if selection != "*" else AssetSelection()
        if isinstance(selection, Sequence):
            return AssetSelection.assets(
                *(AssetKey(one) if isinstance(one, str) else one for one in selection)
            )
        return AssetSelection.assets(selection)

    def upstream(self, depth: int | None = None, include_self: bool = True) -> AssetSelection:
        """With what is upstream, at most so many steps."""
        found = AssetSelection(f"{depth or ''}+({self.text})")
        return found if include_self else found - self

    def downstream(self, depth: int | None = None, include_self: bool = True) -> AssetSelection:
        """With what is downstream, at most so many steps."""
        found = AssetSelection(f"({self.text})+{depth or ''}")
        return found if include_self else found - self

    def to_selection_str(self) -> str:
        """The selection in Dagster's syntax."""
        return self.text

    def __or__(self, other: AssetSelection) -> AssetSelection:
        return AssetSelection(f"({self.text}) or ({_text(other)})")

    def __and__(self, other: AssetSelection) -> AssetSelection:
        return AssetSelection(f"({self.text}) and ({_text(other)})")

    def __sub__(self, other: AssetSelection) -> AssetSelection:
        return AssetSelection(f"({self.text}) and not ({_text(other)})")


@dataclass(frozen=True)
class DbtSelection(AssetSelection):
    """What dbt's selectors select; made by `build_dbt_asset_selection`."""

    select: str = "fqn:*"
    exclude: str = ""
    selector: str = ""

    def _cannot(self) -> DefinitionError:
        return DefinitionError(
            "A selection by dbt's selectors cannot be combined: write everything in dbt_select."
        )

    def upstream(self, depth: int | None = None, include_self: bool = True) -> AssetSelection:
        raise self._cannot()

    def downstream(self, depth: int | None = None, include_self: bool = True) -> AssetSelection:
        raise self._cannot()

    def to_selection_str(self) -> str:
        """The options of dbt."""
        words = [
            ("--select", self.select),
            ("--exclude", self.exclude),
            ("--selector", self.selector),
        ]
        return " ".join(f"{name} {text}" for name, text in words if text)

    def __or__(self, other: AssetSelection) -> AssetSelection:
        raise self._cannot()

    def __and__(self, other: AssetSelection) -> AssetSelection:
        raise self._cannot()

    def __sub__(self, other: AssetSelection) -> AssetSelection:
        raise self._cannot()


def build_dbt_asset_selection(
    dbt_assets: Sequence[Any],
    dbt_select: str = "fqn:*",
    dbt_exclude: str | None = "",
    dbt_selector: str | None = "",
) -> DbtSelection:
    """The assets that dbt's selectors select.

    Args:
        dbt_assets: One definition, in a list.
        dbt_select: dbt's selectors, separated by spaces.
        dbt_exclude: What to leave out.
        dbt_selector: The name of a selector of selectors.yml, in place of the two.
    """
    from tui.definitions.dbt_assets import DbtAssetsDefinition

    if len(dbt_assets) != 1 or not isinstance(dbt_assets[0], DbtAssetsDefinition):
        raise DefinitionError("dbt_assets is a list with one function of @dbt_assets in it.")
    return DbtSelection(
        select=dbt_select if not dbt_selector else "",
        exclude=dbt_exclude or "",
        selector=dbt_selector or "",
    )


def _nodes_of(definition: Any) -> list[Any]:
    kinds = ("model", "seed", "snapshot")
    nodes = definition.read_manifest()["nodes"].values()
    return [node for node in nodes if node["resource_type"] in kinds]


def _any(attribute: str, values: Sequence[str]) -> AssetSelection:
    for value in values:
        if '"' in value:
            raise DefinitionError(
                f"{value!r} cannot be used in a selection: it contains a quotation mark."
            )
    return AssetSelection(" or ".join(f'{attribute}:"{value}"' for value in values))


def _text(other: AssetSelection) -> str:
    if type(other) is not AssetSelection:
        raise DefinitionError("Only selections of assets can be combined, not dbt's selectors.")
    return other.text
