"""`AssetSelection`: which assets a job or a schedule is about, as text in Dagster's syntax.

dbtree resolves it when it is needed, with the graph as it is then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tui.definitions.asset_graph import AssetGraph
from tui.definitions.dbt_assets import DbtAssetsDefinition
from tui.definitions.errors import DefinitionError
from tui.definitions.keys import AssetCheckKey, AssetKey, CoercibleToAssetKey
from tui.definitions.missing import Telling
from tui.definitions.spec_selection import Chosen, chosen
from tui.definitions.specs import dependencies

EVERY = 'key:"*"'


@dataclass(frozen=True)
class AssetSelection(Telling):
    """Some assets; made by its functions: `AssetSelection.groups("marts").upstream()`."""

    text: str = EVERY
    """In Dagster's selection syntax."""

    @staticmethod
    def all(include_sources: bool = False) -> AssetSelection:
        """All assets that a run can make, or all that there are."""
        return AssetSelection("is:materializable or is:external" if include_sources else EVERY)

    @staticmethod
    def assets(*assets: Any) -> AssetSelection:
        """These assets: keys or definitions."""
        return AssetSelection.keys(*dependencies(assets))

    @staticmethod
    def keys(*keys: CoercibleToAssetKey) -> AssetSelection:
        """The assets of these keys."""
        if not keys:
            raise DefinitionError("AssetSelection.keys needs a key.")
        return _any("key", [AssetKey.from_coercible(key).to_user_string() for key in keys])

    @staticmethod
    def key_prefixes(
        *key_prefixes: CoercibleToAssetKey, include_sources: bool = False
    ) -> AssetSelection:
        """The assets whose keys begin with one of these parts."""
        texts = [AssetKey.from_coercible(one).to_user_string() for one in key_prefixes]
        return _any("key_prefix", texts)._with_sources(include_sources)

    @staticmethod
    def key_substring(key_substring: str, include_sources: bool = False) -> AssetSelection:
        """The assets whose keys hold this text."""
        return _any("key_substring", [key_substring])._with_sources(include_sources)

    @staticmethod
    def groups(*groups: str, include_sources: bool = False) -> AssetSelection:
        """The assets of these groups."""
        return _any("group", groups)._with_sources(include_sources)

    @staticmethod
    def tag(key: str, value: str = "", include_sources: bool = False) -> AssetSelection:
        """The assets with this tag."""
        if not value:
            return _any("tag", [key])._with_sources(include_sources)
        _any("tag", [key, value])
        return AssetSelection(f'tag:"{key}"="{value}"')._with_sources(include_sources)

    @staticmethod
    def tag_string(string: str, include_sources: bool = False) -> AssetSelection:
        """The assets with the tag `key=value`, or `key`."""
        key, _, value = string.partition("=")
        return AssetSelection.tag(key, value, include_sources)

    @staticmethod
    def owner(owner: str | None) -> AssetSelection:
        """The assets of this owner; with None, those that have none."""
        return _any("owner", [owner]) if owner is not None else AssetSelection("owner:<null>")

    @staticmethod
    def kind(kind: str | None, include_sources: bool = False) -> AssetSelection:
        """The assets of this kind: python, duckdb, model, table and so on."""
        found = _any("kind", [kind]) if kind is not None else AssetSelection("kind:<null>")
        return found._with_sources(include_sources)

    @staticmethod
    def checks_for_assets(*assets: Any) -> AssetSelection:
        """The checks of these assets, without the assets."""
        return AssetSelection(f"checks({AssetSelection.assets(*assets).text})")

    @staticmethod
    def all_asset_checks() -> AssetSelection:
        """All checks, without the assets."""
        return AssetSelection("checks()")

    @staticmethod
    def checks(*checks: Any) -> AssetSelection:
        """These checks: keys or definitions."""
        keys: list[AssetCheckKey] = []
        for one in checks:
            keys += [one] if isinstance(one, AssetCheckKey) else sorted(one.check_keys)
        return _any("check", [key.to_user_string() for key in keys])

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
        steps = "" if depth is None else str(depth)
        found = AssetSelection(f"{steps}+({self.text})")
        return found if include_self else found - self

    def downstream(self, depth: int | None = None, include_self: bool = True) -> AssetSelection:
        """With what is downstream, at most so many steps."""
        steps = "" if depth is None else str(depth)
        found = AssetSelection(f"({self.text})+{steps}")
        return found if include_self else found - self

    def roots(self) -> AssetSelection:
        """Those that nothing else among them is upstream of."""
        return AssetSelection(f"roots({self.text})")

    sources = roots

    def sinks(self) -> AssetSelection:
        """Those that nothing else among them is downstream of."""
        return AssetSelection(f"sinks({self.text})")

    def materializable(self) -> AssetSelection:
        """Those that a run can make."""
        return self & AssetSelection("is:materializable")

    def upstream_source_assets(self) -> AssetSelection:
        """What is upstream of them and made elsewhere."""
        return self.upstream() & AssetSelection("is:external")

    def required_multi_asset_neighbors(self) -> AssetSelection:
        """The same: a run makes along with an asset what its function makes along with it."""
        return self

    def without_checks(self) -> AssetSelection:
        """The assets without their checks."""
        return AssetSelection(f"without_checks({self.text})")

    def to_selection_str(self) -> str:
        """The selection in Dagster's syntax."""
        return self.text

    def resolve(self, all_assets: Any, allow_missing: bool = False) -> set[AssetKey]:
        """The keys of the assets that it names, for tests of definitions.

        Args:
            all_assets: A list of assets, checks and specs, or `defs.resolve_asset_graph()`.
            allow_missing: Whether keys that it names may be absent.

        Raises:
            DefinitionError: for what is not understood, and for a key that is not there.
        """
        return set(self._chosen(all_assets, allow_missing).assets)

    def resolve_checks(self, all_assets: Any, allow_missing: bool = False) -> set[AssetCheckKey]:
        """The keys of the checks that it names: those of its assets, or as it says; arguments and
        errors as of `resolve`.
        """
        return set(self._chosen(all_assets, allow_missing).checks)

    def _with_sources(self, include_sources: bool) -> AssetSelection:
        """The same with what is made elsewhere."""
        return self & AssetSelection.all(include_sources=True) if include_sources else self

    def _chosen(self, all_assets: Any, allow_missing: bool) -> Chosen:
        graph = AssetGraph.of(all_assets)
        made = graph.materializable_asset_keys
        return chosen(self.text, graph.specs, graph.checks, made, is_strict=not allow_missing)

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
    of: DbtAssetsDefinition | None = field(default=None, compare=False, repr=False)
    """The function whose assets these are."""
    _known: dict[str, frozenset[str]] = field(default_factory=dict, compare=False, repr=False)

    def _chosen(self, all_assets: Any, allow_missing: bool) -> Chosen:
        """What dbt selects among the nodes of the function; dbt is asked."""
        one = self.of
        if one is None:
            raise DefinitionError("This selection was not made by build_dbt_asset_selection.")
        nodes = self._nodes(one) & one.selected
        keys = frozenset(spec.key for spec in (one.spec_of(key) for key in one.unique_ids
                                               if key in nodes))  # fmt: skip
        return Chosen(keys, frozenset(one.check_keys_of(nodes)))

    def _nodes(self, one: DbtAssetsDefinition) -> frozenset[str]:
        """The nodes that dbt selects, asked once."""
        if "nodes" not in self._known:
            asked = replace(one, select=self.select, exclude=self.exclude, selector=self.selector)
            self._known["nodes"] = asked.selected
        return self._known["nodes"]

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
    if len(dbt_assets) != 1 or not isinstance(dbt_assets[0], DbtAssetsDefinition):
        raise DefinitionError("dbt_assets is a list with one function of @dbt_assets in it.")
    return DbtSelection(
        select=dbt_select if not dbt_selector else "",
        exclude=dbt_exclude or "",
        selector=dbt_selector or "",
        of=dbt_assets[0],
    )


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
