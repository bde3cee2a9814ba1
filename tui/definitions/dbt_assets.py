"""`@dbt_assets`: the function that a run calls to build dbt's assets.

@dbt_assets(manifest=PROJECT.manifest_path)
def shop_dbt_assets(context: AssetExecutionContext, dbt: DbtCliResource):
    yield from dbt.cli(["build"], context=context).stream()
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from tui.definitions.assets import NO_IO, AssetOp, one_of
from tui.definitions.checks import AssetCheckSpec
from tui.definitions.context import call_by_hand
from tui.definitions.dbt_resources import Props, is_asset, node_of, tested, upstream
from tui.definitions.errors import DefinitionError, UnknownName, user_place
from tui.definitions.functions import UserFunction, pool_of, refuse_unknown
from tui.definitions.host import host
from tui.definitions.keys import AssetCheckKey, AssetKey, CoercibleToAssetKey
from tui.definitions.manifests import Manifest, ManifestParam, manifest_reader
from tui.definitions.partition_mappings import PartitionMapping, checked_mapping
from tui.definitions.partitions import (
    BackfillPolicy,
    PartitionsDefinition,
    checked_partitions,
)
from tui.definitions.projects import DbtProject
from tui.definitions.retries import RetryPolicy
from tui.definitions.said_by_key import SaidByKey
from tui.definitions.specs import AssetSpec
from tui.definitions.time_partitions import TimeWindowPartitionsDefinition
from tui.definitions.translator import DbtTranslator, overridden

EVERYTHING = "fqn:*"
REFUSED = {
    "io_manager_key": NO_IO,
    "automation_condition": "give it in the translator's get_automation_condition.",
}


@dataclass(frozen=True, eq=False)
class DbtAssetsDefinition(SaidByKey):
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
    op_tags: Mapping[str, Any] = field(default_factory=dict)
    pool: str | None = None
    retry_policy: RetryPolicy | None = None
    partitions_def: PartitionsDefinition | None = None
    backfill_policy: BackfillPolicy | None = None
    mappers: tuple[Callable[[AssetSpec], AssetSpec], ...] = ()
    """What `map_asset_specs` was given."""
    is_dbt_assets: bool = field(default=True, init=False)

    @property
    def op_name(self) -> str:
        """Under which a run gives it settings."""
        return self.name

    @property
    def op(self) -> AssetOp:
        """Its name, its tags with dbt's selectors among them, its policy and its pool."""
        said = {"select": self.select, "exclude": self.exclude, "selector": self.selector}
        tags = {f"dagster_dbt/{name}": text for name, text in said.items() if text}
        return AssetOp(self.name, {**tags, **self.op_tags}, self.retry_policy, self.pool)

    node_def = op

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
        if self.has_own_specs and props["unique_id"] in self.unique_ids:
            return self.spec_of(props["unique_id"]).key
        key = self.translator.get_asset_key(props)
        if not isinstance(key, AssetKey):
            raise DefinitionError(
                f"{type(self.translator).__name__}.get_asset_key answered {key!r}, "
                "which is not an AssetKey.",
                path=self.function.path, line=self.function.line,
            )  # fmt: skip
        return key

    def partitions_of(self, props: Props) -> PartitionsDefinition | None:
        """The partitions that a node is made in; None where it has none."""
        return checked_partitions(self.translator.get_partitions_def(props)) or self.partitions_def

    @property
    def per_run(self) -> BackfillPolicy:
        """How many partitions one run of a backfill makes."""
        return self.backfill_policy or BackfillPolicy()

    # -- its assets ----------------------------------------------------------------

    @property
    def has_own_specs(self) -> bool:
        """Whether specs are more than what the methods of the translator say."""
        return bool(self.mappers) or "get_asset_spec" in overridden(self.translator)

    def spec_of(self, unique_id: str) -> AssetSpec:
        """What is said of the asset of a node."""
        spec = self._specs.get(unique_id)
        if spec is None:
            manifest = self.read_manifest()
            spec = self.translator.get_asset_spec(manifest, unique_id, self.project)
            if getattr(spec, "partitions_def", self) is None:
                partitions = self.partitions_of(node_of(manifest, unique_id))
                spec = spec.replace_attributes(partitions_def=partitions)
            for mapper in self.mappers:
                spec = mapper(spec)
            if not isinstance(spec, AssetSpec):
                raise self.function.error(
                    f"{type(self.translator).__name__}.get_asset_spec answered {spec!r}, which is "
                    "not an AssetSpec."
                )
            self._specs[unique_id] = spec
        return spec

    @cached_property
    def _specs(self) -> dict[str, AssetSpec]:
        return {}

    @cached_property
    def selected(self) -> frozenset[str]:
        """The nodes that it builds and tests. Raises DefinitionError where dbt cannot select."""
        if self.takes_everything:
            return frozenset(self.read_manifest()["nodes"])
        try:
            return host().select(self)
        except DefinitionError as error:
            error.path, error.line = self.function.path, self.function.line
            raise

    @cached_property
    def unique_ids(self) -> dict[str, None]:
        """The nodes that are its assets, in the manifest's order."""
        chosen = self.selected
        nodes = self.read_manifest()["nodes"]
        return {key: None for key in nodes if key in chosen and is_asset(nodes[key])}

    @cached_property
    def ordered_keys(self) -> list[AssetKey]:
        """The keys of its assets, in the manifest's order."""
        nodes = self.read_manifest()["nodes"]
        return [self.get_asset_key(nodes[key]) for key in self.unique_ids]

    @property
    def keys(self) -> frozenset[AssetKey]:
        """The keys of its assets."""
        return frozenset(self.ordered_keys)

    @property
    def specs(self) -> list[AssetSpec]:
        """What is said of each of its assets."""
        return [self.spec_of(key) for key in self.unique_ids]

    @property
    def specs_by_key(self) -> dict[AssetKey, AssetSpec]:
        """The same, by key."""
        return {spec.key: spec for spec in self.specs}

    def get_asset_spec(self, key: CoercibleToAssetKey | None = None) -> AssetSpec:
        """What is said of one of its assets. Raises DefinitionError where there is none."""
        return one_of(self.specs, key)

    def get_partition_mapping(self, in_asset_key: CoercibleToAssetKey) -> PartitionMapping | None:
        """Which partitions of an asset that any of them reads a partition is made of, as the
        translator says; None for the usual ones.
        """
        key, manifest = AssetKey.from_coercible(in_asset_key), self.read_manifest()
        for unique_id in self.unique_ids:
            props = node_of(manifest, unique_id)
            for above in (node_of(manifest, parent) for parent in upstream(manifest, props)):
                if self.get_asset_key(above) == key:
                    said = checked_mapping(self.translator.get_partition_mapping(props, above))
                    if said is not None:
                        return said
        return super().get_partition_mapping(key)

    @cached_property
    def check_specs(self) -> list[AssetCheckSpec]:
        """Dbt's tests as checks of its assets."""
        manifest, by_key = self.read_manifest(), {}
        for unique_id in manifest["nodes"]:
            if unique_id.startswith("test.") and unique_id in self.selected:
                found = tested(manifest, unique_id)
                if found in self.unique_ids:
                    spec = self.translator.get_asset_check_spec(
                        self.spec_of(str(found)), manifest, unique_id, self.project
                    )
                    if spec is not None:
                        by_key[spec.key] = spec
        return list(by_key.values())

    def check_keys_of(self, nodes: Collection[str]) -> Iterator[AssetCheckKey]:
        """The keys of dbt's tests among some nodes as checks, those of sources, too."""
        manifest = self.read_manifest()
        for unique_id in nodes:
            found = tested(manifest, unique_id) if unique_id.startswith("test.") else None
            if found is None or not self.translator.settings.enable_asset_checks:
                continue
            key = self.get_asset_key(node_of(manifest, found))
            yield AssetCheckKey(key, str(manifest["nodes"][unique_id]["name"]))

    def tests_of(self, checks: Collection[AssetCheckKey]) -> list[str]:
        """Those of dbt's tests that are some of these checks of its assets."""
        manifest, found = self.read_manifest(), []
        for unique_id in sorted(self.selected):
            of = tested(manifest, unique_id) if unique_id.startswith("test.") else None
            if of in self.unique_ids:
                key = self.get_asset_key(node_of(manifest, str(of)))
                if AssetCheckKey(key, str(manifest["nodes"][unique_id]["name"])) in checks:
                    found.append(unique_id)
        return found

    def tests_of_sources_above(self, made: Collection[str]) -> list[str]:
        """Dbt's tests of the sources that some of its nodes read, where the settings make them
        checks: as in Dagster, they run with what reads the source.
        """
        if not self.translator.settings.enable_source_tests_as_checks:
            return []
        manifest = self.read_manifest()
        nodes = manifest["nodes"]
        read = {one for key in made for one in upstream(manifest, nodes[key])}
        sources = {one for one in read if one.startswith("source.")}
        return [key for key in sorted(self.selected)
                if key.startswith("test.") and tested(manifest, key) in sources]  # fmt: skip

    @property
    def check_keys(self) -> frozenset[AssetCheckKey]:
        """The keys of these checks."""
        return frozenset(spec.key for spec in self.check_specs)

    def map_asset_specs(self, fn: Callable[[AssetSpec], AssetSpec]) -> DbtAssetsDefinition:
        """The same with what a function makes of each spec."""
        return replace(self, mappers=(*self.mappers, fn))

    def with_attributes(self, *, group_names_by_key: Mapping[AssetKey, str]) -> DbtAssetsDefinition:
        """The same with other groups."""
        return self.map_asset_specs(
            lambda spec: spec.replace_attributes(
                group_name=group_names_by_key.get(spec.key, spec.group_name)
            )
        )

    # -- the checks of a definition --------------------------------------------------

    def check(self) -> None:
        """Raise DefinitionError where it selects nothing, or two nodes have one key."""
        if not self.takes_everything and not self.selected:
            raise self.function.error(
                f"@dbt_assets {self.name} matches no node of the project: "
                f"{self.selection_in_words()}."
            )
        manifest, seen = self.read_manifest(), {}
        for unique_id in self.unique_ids:
            props = manifest["nodes"][unique_id]
            for each in (unique_id, *sorted(upstream(manifest, props))):
                if each not in seen:
                    seen[each] = self.get_asset_key(node_of(manifest, each))
        self._refuse_duplicates(manifest, seen)

    def refuse_unknown_selector(self) -> None:
        """Raise UnknownName where the manifest is there and has no selector of the name."""
        path = self.manifest_path
        if not self.selector or not (path is None or path.is_file()):
            return
        known = self.read_manifest().get("selectors")
        if known is not None and self.selector not in known:
            names = ", ".join(sorted(known)) or "none"
            raise UnknownName(
                f"There is no selector {self.selector!r}: selectors.yml has {names}.",
                path=self.function.path, line=self.function.line,
            )  # fmt: skip

    def selection_in_words(self) -> str:
        """The options of dbt that select its nodes."""
        options = [("select", self.select), ("exclude", self.exclude), ("selector", self.selector)]
        return ", ".join(
            f"{name} {value!r}" for name, value in options if value and value != EVERYTHING
        )

    def _refuse_duplicates(self, manifest: Manifest, keys: Mapping[str, AssetKey]) -> None:
        first: dict[AssetKey, str] = {}
        for unique_id, key in keys.items():
            other = first.setdefault(key, unique_id)
            both = (other, unique_id)
            if other == unique_id:
                continue
            are_sources = all(one.startswith("source.") for one in both)
            if are_sources and self.translator.settings.enable_duplicate_source_asset_keys:
                continue
            files = " and ".join(
                f"{one} ({node_of(manifest, one).get('original_file_path', '?')})" for one in both
            )
            hint = "give them different keys with a translator or with meta.dagster.asset_key."
            if are_sources:
                hint += " (DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True) "
                hint += "allows it.)"
            raise self.function.error(f"The key {key} is used by both {files}: {hint}")

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Call the function itself, as in a test."""
        return call_by_hand(self, args, named)


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
    retry_policy: RetryPolicy | None = None,
    partitions_def: PartitionsDefinition | None = None,
    backfill_policy: BackfillPolicy | None = None,
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
        op_tags: Left alone, but for `dagster/concurrency_key`, an older name of pool.
        pool: Of whose places a run takes one while the function is called.
        retry_policy: How often to call the function again for what failed.
        partitions_def: The partitions that its assets are made in: the function gets those of the
            run from its context, and passes them to dbt, as `--vars`.
        backfill_policy: How many partitions one run of a backfill makes; by default one, or all
            where the partitions are windows of time.
        refused: Arguments that Dagster has and dbtree has not; refused with the reason.

    Raises:
        DefinitionError: naming the file and line; also where two nodes have one key, or nothing
            is selected.
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
    if translator.settings.enable_code_references and project is None:
        raise DefinitionError("enable_code_references needs the project: @dbt_assets(project=…).")
    for option in ("select", "exclude", "selector"):
        if f"dagster_dbt/{option}" in (op_tags or {}):
            raise DefinitionError(
                f"Give dbt's {option} as {option}=…, not as dagster_dbt/{option} in op_tags."
            )
    checked_partitions(partitions_def)
    if backfill_policy is None and isinstance(partitions_def, TimeWindowPartitionsDefinition):
        backfill_policy = BackfillPolicy.single_run()
    reader = manifest_reader(manifest)

    def decorate(call: Callable[..., Any]) -> DbtAssetsDefinition:
        function = UserFunction.of(call, "dbt_assets")
        definition = DbtAssetsDefinition(
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
            op_tags=dict(op_tags or {}),
            pool=pool_of(pool, op_tags),
            retry_policy=retry_policy,
            partitions_def=partitions_def,
            backfill_policy=backfill_policy,
        )
        definition.refuse_unknown_selector()
        if host().can_check(definition):
            definition.check()
        return definition

    return decorate


def build_dbt_asset_specs(
    *,
    manifest: ManifestParam,
    dagster_dbt_translator: DbtTranslator | None = None,
    select: str = EVERYTHING,
    exclude: str | None = "",
    selector: str | None = "",
    project: DbtProject | None = None,
) -> list[AssetSpec]:
    """What is said of the assets of a dbt project that is built elsewhere: put among the `assets`
    of the Definitions, they are in the graph and are never run.

    Args:
        manifest: As of `@dbt_assets`.
        dagster_dbt_translator: How nodes become assets.
        select: dbt's selectors of what belongs to it.
        exclude: dbt's selectors of what does not.
        selector: The name of a selector of selectors.yml, in place of the two.
        project: The project.

    Raises:
        DefinitionError: naming the file and line.
    """

    def none() -> None: ...

    try:
        return dbt_assets(
            manifest=manifest, dagster_dbt_translator=dagster_dbt_translator, select=select,
            exclude=exclude, selector=selector, project=project, name="build_dbt_asset_specs",
        )(none).specs  # fmt: skip
    except DefinitionError as error:
        if error.path == none.__code__.co_filename:
            error.path, error.line = user_place()
        raise
