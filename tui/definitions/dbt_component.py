"""`DbtProjectComponent`: a dbt project as assets, from a `defs.yaml` or a class derived from it.

    class Shop(DbtProjectComponent):
        def get_asset_spec(self, manifest, unique_id, project):
            return super().get_asset_spec(manifest, unique_id, project).merge_attributes(...)

        def execute(self, context, dbt):
            yield from super().execute(context, dbt)

Its methods have the names of Dagster's: see
https://docs.dagster.io/integrations/libraries/dbt/dbt-component.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, Literal

from tui.definitions.checks import AssetCheckSpec
from tui.definitions.component_specs import changed_spec
from tui.definitions.component_values import (
    ResolutionContext,
    Resolvable,
    Resolver,
    made_of,
)
from tui.definitions.components import Component, ComponentLoadContext
from tui.definitions.config import Config
from tui.definitions.context import AssetExecutionContext
from tui.definitions.dbt_assets import DbtAssetsDefinition, dbt_assets
from tui.definitions.errors import DefinitionError
from tui.definitions.keys import AssetKey
from tui.definitions.manifests import Manifest
from tui.definitions.partitions import BackfillPolicy, StaticPartitionsDefinition
from tui.definitions.projects import DbtProject
from tui.definitions.regular_partitions import (
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    MonthlyPartitionsDefinition,
    WeeklyPartitionsDefinition,
)
from tui.definitions.repository import Definitions
from tui.definitions.resource import DbtCliResource
from tui.definitions.selection import build_dbt_asset_selection
from tui.definitions.specs import AssetSpec
from tui.definitions.time_partitions import TimeWindowPartitionsDefinition
from tui.definitions.translator import DagsterDbtTranslatorSettings, DbtTranslator

Props = Mapping[str, Any]
Translation = Callable[[AssetSpec, Props], AssetSpec]


@dataclass(frozen=True)
class DagsterDbtComponentTranslatorSettings(DagsterDbtTranslatorSettings):
    """The same with the files of assets in their metadata."""

    enable_code_references: bool = True


@dataclass
class DbtProjectArgs(Resolvable):
    """A dbt project as YAML says it; see `DbtProject`."""

    project_dir: str
    target_path: str = "target"
    profiles_dir: str | None = None
    profile: str | None = None
    target: str | None = None
    packaged_project_dir: str | None = None
    state_path: str | None = None
    prepare_project_cli_args: list[str] | None = None


def _backfill_policy(words: ResolutionContext, said: Any) -> BackfillPolicy | None:
    found = words.resolve_value(said)
    if not isinstance(found, Mapping):
        return found  # type: ignore[no-any-return]
    if found.get("type") == "single_run":
        return BackfillPolicy.single_run()
    return BackfillPolicy.multi_run(int(found.get("max_partitions_per_run", 1)))


@dataclass
class OpSpec(Resolvable):
    """What is said of the function that builds the assets."""

    name: str | None = None
    tags: dict[str, Any] | None = None
    pool: str | None = None
    description: str | None = None
    backfill_policy: Annotated[BackfillPolicy | None, Resolver(_backfill_policy)] = None


def _project(words: ResolutionContext, said: Any) -> DbtProject:
    if isinstance(said, DbtProject):
        return said
    if isinstance(said, str):
        said = {"project_dir": said}
    if isinstance(said, Mapping) and "repo_url" in said:
        raise words.error(f"dbtree clones no repositories: clone {said['repo_url']}, and name its "
                          "directory in attributes.project.")  # fmt: skip
    if not isinstance(said, Mapping) or "project_dir" not in said:
        raise words.error("DbtProjectComponent needs the directory of its project: "
                          "attributes.project.")  # fmt: skip
    arguments = vars(made_of(DbtProjectArgs, said, words))
    directory = words.resolve_source_relative_path(arguments.pop("project_dir"))
    return DbtProject(directory, **arguments)


def _translation(words: ResolutionContext, said: Any) -> Translation | None:
    if said is None or callable(said):
        return said  # type: ignore[no-any-return]

    def translated(spec: AssetSpec, props: Props) -> AssetSpec:
        found = words.with_scope(node=props, spec=spec).resolve_value(said)
        if isinstance(found, AssetSpec):
            return found
        if not isinstance(found, Mapping):
            raise words.error(f"translation takes attributes of an asset, not {found!r}.")
        try:
            return changed_spec(spec, {**found, **_partitions(found)})
        except DefinitionError as error:
            raise words.error(error.message) from error

    return translated


_PARTITIONS: dict[str, Any] = {
    "hourly": HourlyPartitionsDefinition,
    "daily": DailyPartitionsDefinition,
    "weekly": WeeklyPartitionsDefinition,
    "monthly": MonthlyPartitionsDefinition,
    "time_window": TimeWindowPartitionsDefinition,
    "static": StaticPartitionsDefinition,
}


def _partitions(said: Mapping[str, Any]) -> dict[str, Any]:
    """The partitions of an asset, where YAML describes them."""
    found = said.get("partitions_def")
    if not isinstance(found, Mapping):
        return {}
    options = dict(found)
    kind = options.pop("type", None)
    if kind not in _PARTITIONS:
        raise DefinitionError(
            f"partitions_def has no type {kind!r}: it is one of {', '.join(_PARTITIONS)}."
        )
    try:
        return {"partitions_def": _PARTITIONS[kind](**options)}
    except TypeError as error:
        raise DefinitionError(f"partitions_def of type {kind}: {error}.") from error


def _settings(words: ResolutionContext, said: Any) -> DagsterDbtTranslatorSettings | None:
    found = words.resolve_value(said)
    if not isinstance(found, Mapping):
        return found  # type: ignore[no-any-return]
    return made_of(DagsterDbtComponentTranslatorSettings, found, words)  # type: ignore[no-any-return]


@dataclass
class DbtProjectComponent(Component, Resolvable):
    """A dbt project as assets.

    Args:
        project: The project: its directory, what `DbtProject` takes, or a DbtProject.
        cli_args: The dbt command; a mapping is an option with its value.
        include_metadata: What is asked of the database besides: `row_count`, `column_metadata`,
            `insights`.
        op: Of the function that builds the assets: its name, tags, pool and backfill policy.
        select: A dbt selection.
        exclude: A dbt selection of what is left out.
        selector: A selector of selectors.yml in their place.
        translation: Attributes of each asset, as templates over `node` and `spec`.
        translation_settings: See `DagsterDbtTranslatorSettings`.
        prepare_if_dev: Whether the manifest is brought up to date under `dbtree dev`.
    """

    project: Annotated[Any, Resolver(_project)]
    cli_args: Annotated[list[Any], Resolver.passthrough()] = field(
        default_factory=lambda: ["build"]
    )
    include_metadata: list[Literal["column_metadata", "row_count", "insights"]] = field(
        default_factory=list
    )
    op: OpSpec | None = None
    select: str = "fqn:*"
    exclude: str = ""
    selector: str = ""
    translation: Annotated[Any, Resolver(_translation, inject_before_resolve=False)] = None
    translation_settings: Annotated[
        DagsterDbtTranslatorSettings | None,
        Resolver(_settings),
    ] = field(default_factory=DagsterDbtComponentTranslatorSettings)
    prepare_if_dev: bool = True

    @property
    def dbt_project(self) -> DbtProject:
        """The project."""
        return self.project  # type: ignore[no-any-return]

    @property
    def op_config_schema(self) -> type[Config] | None:
        """The settings that a run gives the function; `context.op_config` then has them."""
        return None

    @cached_property
    def translator(self) -> DbtTranslator:
        """What makes assets of dbt's nodes."""
        own = type(self).get_asset_spec is not DbtProjectComponent.get_asset_spec
        if not own and self.translation is None:
            return DbtTranslator(self.translation_settings)
        return ComponentTranslator(self, self.translation_settings)

    def get_resource_props(self, manifest: Manifest, unique_id: str) -> Props:
        """A node as the manifest has it. Raises DefinitionError for an unknown one."""
        return self.translator.get_resource_props(manifest, unique_id)

    def get_asset_spec(
        self, manifest: Manifest, unique_id: str, project: DbtProject | None
    ) -> AssetSpec:
        """What is said of the asset of a node. Override it to say more."""
        spec = DbtTranslator.get_asset_spec(self.translator, manifest, unique_id, project)
        if self.translation is None:
            return spec
        changed: AssetSpec = self.translation(spec, self.get_resource_props(manifest, unique_id))
        return changed

    def get_asset_check_spec(
        self, asset_spec: AssetSpec, manifest: Manifest, unique_id: str, project: DbtProject | None
    ) -> AssetCheckSpec | None:
        """What is said of a dbt test as a check of an asset; None where it is of another."""
        return DbtTranslator.get_asset_check_spec(
            self.translator, asset_spec, manifest, unique_id, project
        )

    def get_cli_args(self, context: AssetExecutionContext) -> list[str]:
        """The dbt command. Override it to say another one."""
        words = self._words.with_scope(**_of_partition(context))
        found: list[str] = []
        for word in words.resolve_value(self.cli_args):
            if isinstance(word, Mapping):
                for option, value in word.items():
                    said = json.dumps(value) if isinstance(value, Mapping) else str(value)
                    found += [str(option), said]
            else:
                found.append(str(word))
        return found

    def execute(self, context: AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
        """Build the assets. Override it to do more before and after.

        Args:
            context: Of the run.
            dbt: dbt's command line.
        """
        events = dbt.cli(self.get_cli_args(context), context=context).stream()
        if "column_metadata" in self.include_metadata:
            events = events.fetch_column_metadata()
        if "row_count" in self.include_metadata:
            events = events.fetch_row_counts()
        if "insights" in self.include_metadata:
            events = events.with_insights()
        yield from events

    def get_asset_selection(self, select: str, exclude: str = "") -> Any:
        """A dbt selection as one of assets."""
        return build_dbt_asset_selection([self._built], dbt_select=select, dbt_exclude=exclude)

    def asset_key_for_model(self, model_name: str) -> AssetKey:
        """The key of a model, seed or snapshot. Raises KeyError for an unknown one."""
        manifest = self._built.read_manifest()
        for unique_id, node in manifest["nodes"].items():
            if node["name"] == model_name and node["resource_type"] in _MADE:
                return self.translator.get_asset_spec(manifest, unique_id, self.project).key
        raise KeyError(f"There is no model, seed or snapshot {model_name!r}.")

    def build_defs(self, context: ComponentLoadContext) -> Definitions:
        """The definitions: `@dbt_assets` whose function is `execute`."""
        self.__dict__["_words"] = context.resolution_context
        if self.prepare_if_dev:
            self.project.prepare_if_dev()
        return Definitions(assets=[self._built], is_whole=False)

    @cached_property
    def _words(self) -> ResolutionContext:
        return ResolutionContext()

    @cached_property
    def _built(self) -> DbtAssetsDefinition:
        dbt, op, settings = DbtCliResource(self.project), self.op or OpSpec(), self.op_config_schema

        def build(context: AssetExecutionContext) -> Any:
            yield from self.execute(context=context, dbt=dbt)

        def build_with(context: AssetExecutionContext, config: Any) -> Any:
            yield from self.execute(context=context, dbt=dbt)

        if settings is not None:
            build_with.__annotations__["config"] = settings
        return dbt_assets(
            manifest=self.project.manifest_path,
            project=self.project,
            name=op.name or self.project.name,
            select=self.select,
            exclude=self.exclude,
            selector=self.selector or None,
            dagster_dbt_translator=self.translator,
            op_tags=op.tags,
            pool=op.pool,
            backfill_policy=op.backfill_policy,
        )(build if settings is None else build_with)


_MADE = ("model", "seed", "snapshot")


def _of_partition(context: AssetExecutionContext) -> dict[str, Any]:
    """The partitions of a run as variables of a template."""
    if not context.has_partition_key and not context.has_partition_key_range:
        return dict.fromkeys(("partition_key", "partition_key_range", "partition_time_window"))
    found: dict[str, Any] = {"partition_key_range": context.partition_key_range}
    found["partition_key"] = context.partition_key if context.has_partition_key else None
    try:
        found["partition_time_window"] = context.partition_time_window
    except DefinitionError:
        found["partition_time_window"] = None
    return found


class ComponentTranslator(DbtTranslator):
    """A translator that asks the component."""

    def __init__(
        self, component: DbtProjectComponent, settings: DagsterDbtTranslatorSettings | None
    ) -> None:
        super().__init__(settings)
        self.component = component

    def get_asset_spec(self, manifest: Manifest, unique_id: str, project: Any) -> AssetSpec:
        """What the component says."""
        return self.component.get_asset_spec(manifest, unique_id, project)
