"""`@dbt_assets`: the function that a run calls to build dbt's assets.

@dbt_assets(manifest=PROJECT.manifest_path)
def shop_dbt_assets(context: AssetExecutionContext, dbt: DbtCliResource):
    yield from dbt.cli(["build"], context=context).stream()
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tui.definitions.assets import NO_AUTOMATION, NO_IO, NO_PARTITIONS
from tui.definitions.errors import DefinitionError
from tui.definitions.functions import UserFunction, refuse_unknown
from tui.definitions.keys import AssetKey
from tui.definitions.manifests import Manifest, ManifestParam, manifest_reader
from tui.definitions.projects import DbtProject
from tui.definitions.translator import DbtTranslator, Props

EVERYTHING = "fqn:*"
ASSET_TYPES = frozenset({"model", "seed", "snapshot"})
REFUSED = {
    "io_manager_key": NO_IO,
    "partitions_def": NO_PARTITIONS,
    "backfill_policy": NO_PARTITIONS,
    "automation_condition": NO_AUTOMATION,
    "retry_policy": "dbtree does not retry automatically: see `r`.",
}


@dataclass(frozen=True, eq=False)
class DbtAssetsDefinition:
    """The dbt assets that one function builds; what `@dbt_assets` returns."""

    function: UserFunction
    name: str
    manifest: ManifestParam
    read_manifest: Callable[[], Manifest]
    translator: DbtTranslator
    select: str = EVERYTHING
    exclude: str = ""
    selector: str = ""
    project: DbtProject | None = None
    required_resource_keys: frozenset[str] = frozenset()
    is_dbt_assets: bool = field(default=True, init=False)

    @property
    def manifest_path(self) -> Path | None:
        """The manifest's file, where it was given as one."""
        return None if isinstance(self.manifest, Mapping) else Path(self.manifest)

    @property
    def takes_everything(self) -> bool:
        """Whether it builds all of the project."""
        return self.select in (EVERYTHING, "*", "") and not self.exclude and not self.selector

    def get_asset_key(self, props: Props) -> AssetKey:
        """The key of a node. Raises DefinitionError when the translator answers no key."""
        key = self.translator.get_asset_key(props)
        if not isinstance(key, AssetKey):
            raise DefinitionError(
                f"{type(self.translator).__name__}.get_asset_key answered {key!r}, "
                "which is not an AssetKey.",
                path=self.function.path, line=self.function.line,
            )  # fmt: skip
        return key

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Call the function itself, as in a test."""
        return self.function.call(*args, **named)


def dbt_assets(
    *,
    manifest: ManifestParam,
    select: str = EVERYTHING,
    exclude: str | None = "",
    selector: str | None = "",
    name: str | None = None,
    dagster_dbt_translator: DbtTranslator | None = None,
    project: DbtProject | None = None,
    required_resource_keys: set[str] | None = None,
    op_tags: Mapping[str, Any] | None = None,
    pool: str | None = None,
    **refused: Any,
) -> Callable[[Callable[..., Any]], DbtAssetsDefinition]:
    """Make the assets of a dbt project from its manifest, built by a function.

    Args:
        manifest: The path of manifest.json (`PROJECT.manifest_path`), or its contents. Under
            dbtree the manifest of the open project is the one in its memory.
        select: dbt's selectors of what belongs to it, separated by spaces.
        exclude: dbt's selectors of what does not.
        selector: The name of a selector of selectors.yml, in place of the two.
        name: The function's name by default.
        dagster_dbt_translator: How nodes become assets.
        project: The project, for whoever asks for it.
        required_resource_keys: Resources that it takes from `context.resources`.
        op_tags: Accepted and left alone.
        pool: Accepted and left alone.
        refused: Arguments that Dagster has and dbtree has not; refused with the reason.

    Raises:
        DefinitionError: naming the file and line.
    """
    refuse_unknown("@dbt_assets", refused, REFUSED)
    translator: Any = dagster_dbt_translator or DbtTranslator()
    if not isinstance(translator, DbtTranslator):
        given = translator.__name__ if isinstance(translator, type) else repr(translator)
        raise DefinitionError(
            f"dagster_dbt_translator is a DbtTranslator, made by calling it, not {given}."
        )
    if selector and (select != EVERYTHING or exclude):
        raise DefinitionError("@dbt_assets takes either selector, or select and exclude.")
    reader = manifest_reader(manifest)

    def decorate(call: Callable[..., Any]) -> DbtAssetsDefinition:
        function = UserFunction.of(call, "dbt_assets")
        return DbtAssetsDefinition(
            function=function,
            name=name or function.name,
            manifest=manifest,
            read_manifest=reader,
            translator=translator,
            select=select,
            exclude=exclude or "",
            selector=selector or "",
            project=project,
            required_resource_keys=frozenset(required_resource_keys or ()),
        )

    return decorate


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
    raise DefinitionError(f"The dbt project has no model, seed or snapshot {model_name!r}.")


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
        raise DefinitionError(f"The dbt project has no source {source_name!r}.")
    return found


def _only(dbt_assets: Sequence[DbtAssetsDefinition]) -> DbtAssetsDefinition:
    if len(dbt_assets) != 1 or not isinstance(dbt_assets[0], DbtAssetsDefinition):
        raise DefinitionError("This takes a list with one function of @dbt_assets in it.")
    return dbt_assets[0]
