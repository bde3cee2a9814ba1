"""The keys of dbt's nodes, by the names that dbt has for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tui.definitions.dbt_assets import DbtAssetsDefinition
from tui.definitions.dbt_resources import ASSET_TYPES
from tui.definitions.errors import DefinitionError, UnknownName
from tui.definitions.keys import AssetKey


def get_asset_key_for_model(dbt_assets: Sequence[DbtAssetsDefinition], model_name: str) -> AssetKey:
    """The key of a dbt model, seed or snapshot, by its name.

    Args:
        dbt_assets: One definition, in a list.
        model_name: Of the model, seed or snapshot.

    Raises:
        DefinitionError: when there is none of that name.
    """
    definition = _only(dbt_assets)
    for node in definition.read_manifest()["nodes"].values():
        if node["name"] == model_name and node["resource_type"] in ASSET_TYPES:
            return definition.get_asset_key(node)
    raise UnknownName(f"The dbt project has no model, seed or snapshot {model_name!r}.")


def get_asset_key_for_source(
    dbt_assets: Sequence[DbtAssetsDefinition], source_name: str
) -> AssetKey:
    """The key of the only table of a dbt source.

    Args:
        dbt_assets: One definition, in a list.
        source_name: Of the source.

    Raises:
        DefinitionError: when there is no such source, or it has several tables.
    """
    found = get_asset_keys_by_output_name_for_source(dbt_assets, source_name)
    if len(found) > 1:
        raise DefinitionError(
            f"The source {source_name!r} has several tables ({', '.join(sorted(found))}): "
            "take one of get_asset_keys_by_output_name_for_source."
        )
    return next(iter(found.values()))


def get_asset_keys_by_output_name_for_source(
    dbt_assets: Sequence[DbtAssetsDefinition], source_name: str
) -> Mapping[str, AssetKey]:
    """The keys of the tables of a dbt source, by a name for each (dots of its id become
    underscores, as in `dagster_dbt`).

    Raises:
        DefinitionError: when there is no such source.
    """
    definition = _only(dbt_assets)
    found = {
        unique_id.replace(".", "_").replace("-", "_"): definition.get_asset_key(source)
        for unique_id, source in definition.read_manifest()["sources"].items()
        if source["source_name"] == source_name
    }
    if not found:
        raise UnknownName(f"The dbt project has no source {source_name!r}.")
    return found


def _only(dbt_assets: Sequence[DbtAssetsDefinition]) -> DbtAssetsDefinition:
    if len(dbt_assets) != 1 or not isinstance(dbt_assets[0], DbtAssetsDefinition):
        raise DefinitionError("This takes a list with one function of @dbt_assets in it.")
    return dbt_assets[0]
