"""How a dbt node becomes an asset: its key, description, group, tags, owners.

A subclass that overrides some of the methods is given to `@dbt_assets(dagster_dbt_translator=…)`.
Each method gets the node as manifest.json has it.

Differs from Dagster's: a description is dbt's alone, without the SQL, which dbtree shows anyway.
"""

from __future__ import annotations

import hashlib
from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tui.definitions.checks import AssetCheckSpec
from tui.definitions.conditions import AutomationCondition
from tui.definitions.dbt_metadata import (
    PROJECT_ID,
    UNIQUE_ID,
    code_references,
    default_group_from_dbt_resource_props,
    default_metadata_from_dbt_resource_props,
)
from tui.definitions.dbt_resources import (
    Props,
    config_of,
    dagster_meta,
    node_of,
    reads_itself,
    tested,
    upstream,
)
from tui.definitions.errors import DefinitionError
from tui.definitions.keys import AssetKey
from tui.definitions.manifests import Manifest
from tui.definitions.partition_mappings import PartitionMapping
from tui.definitions.partitions import PartitionsDefinition
from tui.definitions.specs import STORAGE_KIND, AssetDep, AssetSpec, is_tag_key


@dataclass(frozen=True)
class DagsterDbtTranslatorSettings:
    """What a translator makes of a dbt project.

    Args:
        enable_asset_checks: dbtree shows dbt's tests as checks in any case.
        enable_duplicate_source_asset_keys: Whether several dbt sources may have one key.
        enable_code_references: Whether an asset's metadata names its file; needs `project=` of
            `@dbt_assets`. dbtree knows the file in any case.
        enable_dbt_selection_by_name: Whether dbt gets names of nodes instead of their places, of a
            part of the assets outside dbtree; a run of dbtree builds exact nodes.
        enable_source_tests_as_checks: Whether tests of sources are checks in `materialize`; in
            dbtree they are checks of the source in any case.
        enable_source_metadata: No effect: sources have metadata of their own.
        enable_dbt_views_as_virtual_assets: Whether models that are views have the kind `view`.
    """

    enable_asset_checks: bool = True
    enable_duplicate_source_asset_keys: bool = False
    enable_code_references: bool = False
    enable_dbt_selection_by_name: bool = False
    enable_source_tests_as_checks: bool = False
    enable_source_metadata: bool = True
    enable_dbt_views_as_virtual_assets: bool = False


class DbtTranslator:
    """dbt's nodes as assets, by the rules of `dagster_dbt.DagsterDbtTranslator`.

    Args:
        settings: What is made of a project; see `DagsterDbtTranslatorSettings`.
    """

    def __init__(self, settings: DagsterDbtTranslatorSettings | None = None) -> None:
        if not isinstance(settings, DagsterDbtTranslatorSettings | None):
            raise DefinitionError(
                f"settings is a DagsterDbtTranslatorSettings, made by calling it, not {settings!r}."
            )
        self._settings = settings or DagsterDbtTranslatorSettings()

    @property
    def settings(self) -> DagsterDbtTranslatorSettings:
        """What is made of a project; the defaults where a subclass does not call `__init__`."""
        found: DagsterDbtTranslatorSettings = self.__dict__.get("_settings", DEFAULTS)
        return found

    # -- the whole of an asset ----------------------------------------------------

    def get_resource_props(self, manifest: Manifest, unique_id: str) -> Props:
        """A node as the manifest has it. Raises DefinitionError for an unknown one."""
        return node_of(manifest, unique_id)

    def get_asset_spec(self, manifest: Manifest, unique_id: str, project: Any) -> AssetSpec:
        """All that is said of an asset, from the methods below.

        Args:
            manifest: The contents of manifest.json.
            unique_id: Of the node.
            project: The DbtProject, where `@dbt_assets` was given one.
        """
        props = self.get_resource_props(manifest, unique_id)
        adapter = (manifest.get("metadata") or {}).get("adapter_type")
        kinds = {"dbt", adapter or "dbt"}
        is_view = config_of(props).get("materialized") == "view"
        is_virtual = self.settings.enable_dbt_views_as_virtual_assets and is_view
        metadata = {**self.get_metadata(props), UNIQUE_ID: unique_id}
        if adapter:
            metadata[STORAGE_KIND] = adapter
        if project_id := (manifest.get("metadata") or {}).get("project_id"):
            metadata[PROJECT_ID] = str(project_id)
        if self.settings.enable_code_references:
            metadata = code_references(metadata, props, project)
        keys = (self._key_of(manifest, one) for one in sorted(upstream(manifest, props)))
        deps = [AssetDep(key) for key in dict.fromkeys(keys)]
        mapping = self.get_partition_mapping(props, props) if reads_itself(props) else None
        if mapping is not None:
            deps.append(AssetDep(self.get_asset_key(props), partition_mapping=mapping))
        return AssetSpec(
            self.get_asset_key(props),
            deps=deps,
            description=self.get_description(props),
            metadata=metadata,
            skippable=True,
            group_name=self.get_group_name(props),
            code_version=self.get_code_version(props),
            owners=self.get_owners(with_group(manifest, props)),
            tags=self.get_tags(props),
            kinds=kinds | {"view"} if is_virtual else kinds,
            is_virtual=is_virtual,
            automation_condition=self.get_automation_condition(props),
        )

    def _key_of(self, manifest: Manifest, unique_id: str) -> AssetKey:
        return self.get_asset_key(self.get_resource_props(manifest, unique_id))

    def get_asset_check_spec(
        self, asset_spec: AssetSpec, manifest: Manifest, unique_id: str, project: Any
    ) -> AssetCheckSpec | None:
        """What is said of a dbt test as a check of an asset; None where it is of another.

        Args:
            asset_spec: Of the asset.
            manifest: The contents of manifest.json.
            unique_id: Of the test.
            project: The DbtProject, where there is one.
        """
        found = tested(manifest, unique_id)
        if not self.settings.enable_asset_checks or found is None:
            return None
        if self._key_of(manifest, found) != asset_spec.key:
            return None
        props = self.get_resource_props(manifest, unique_id)
        parents = (props.get("depends_on") or {}).get("nodes") or ()
        others = {self._key_of(manifest, one) for one in parents} - {asset_spec.key}
        severity = str(config_of(props).get("severity") or "error").lower()
        return AssetCheckSpec(
            name=props["name"],
            asset=asset_spec.key,
            description=(props.get("meta") or {}).get("description"),
            blocking=severity == "error",
            additional_deps=tuple(sorted(others)),
            metadata={UNIQUE_ID: unique_id},
        )

    # -- its parts ----------------------------------------------------------------

    def get_asset_key(self, dbt_resource_props: Props) -> AssetKey:
        """The key: `meta.dagster.asset_key` where it is set; a source's name and table; the alias
        of a versioned model; else the configured schema, if any, and the name.
        """
        asked = dagster_meta(dbt_resource_props, in_config=True).get("asset_key")
        if asked:
            return AssetKey(asked)
        if dbt_resource_props["resource_type"] == "source":
            return AssetKey([dbt_resource_props["source_name"], dbt_resource_props["name"]])
        if dbt_resource_props.get("version"):
            return AssetKey(str(dbt_resource_props["alias"]))
        schema = config_of(dbt_resource_props).get("schema")
        name = dbt_resource_props["name"]
        return AssetKey([schema, name] if schema else [name])

    def get_description(self, dbt_resource_props: Props) -> str:
        """The description that dbt has."""
        return str(dbt_resource_props.get("description") or "")

    def get_group_name(self, dbt_resource_props: Props) -> str | None:
        """The group: `meta.dagster.group`, else dbt's."""
        return default_group_from_dbt_resource_props(dbt_resource_props)

    def get_tags(self, dbt_resource_props: Props) -> Mapping[str, str]:
        """The tags: dbt's, without a value, but for those that Dagster does not take."""
        tags = (str(tag) for tag in dbt_resource_props.get("tags") or ())
        return {tag: "" for tag in tags if is_tag_key(tag)}

    def get_owners(self, dbt_resource_props: Props) -> Sequence[str] | None:
        """The owners: `meta.dagster.owners`, else the address of the owner of dbt's group. The
        `group` of the node stands here with its owner: `{"name": …, "owner": {"email": …}}`.
        """
        asked = dagster_meta(dbt_resource_props).get("owners")
        if asked:
            return list(asked)
        group = dbt_resource_props.get("group")
        email = (group.get("owner") or {}).get("email") if isinstance(group, Mapping) else None
        if not email:
            return None
        return [email] if isinstance(email, str) else list(email)

    def get_metadata(self, dbt_resource_props: Props) -> Mapping[str, Any]:
        """Metadata of the asset itself: its declared columns, relation and materialization."""
        return default_metadata_from_dbt_resource_props(dbt_resource_props)

    def get_code_version(self, dbt_resource_props: Props) -> str | None:
        """A digest of the code. dbtree's staleness goes by its own fingerprints; an override that
        answers something else is compared too.
        """
        code = dbt_resource_props.get("raw_code")
        if code:
            return hashlib.sha1(str(code).encode("utf-8")).hexdigest()
        checksum = dbt_resource_props.get("checksum") or {}
        return checksum.get("checksum") if isinstance(checksum, Mapping) else None

    def get_partitions_def(self, dbt_resource_props: Props) -> PartitionsDefinition | None:
        """The partitions that a node is made in, in place of those of its `@dbt_assets`."""
        return None

    def get_automation_condition(self, dbt_resource_props: Props) -> AutomationCondition | None:
        """When a node is to be materialized by itself: eagerly, where
        `meta.dagster.auto_materialize_policy.type` is `eager`.
        """
        policy = dagster_meta(dbt_resource_props).get("auto_materialize_policy")
        is_eager = isinstance(policy, Mapping) and policy.get("type") == "eager"
        return AutomationCondition.eager() if is_eager else None

    def get_partition_mapping(
        self, dbt_resource_props: Props, dbt_parent_resource_props: Props
    ) -> PartitionMapping | None:
        """Which partitions of a parent a partition of a node is made of; None for the default."""
        return None

    # -- what dbtree has no use for -----------------------------------------------

    def get_auto_materialize_policy(self, dbt_resource_props: Props) -> Any:
        """Not used: get_automation_condition is."""
        return None


DagsterDbtTranslator = DbtTranslator
"""The name that it has in `dagster_dbt`."""
DEFAULTS = DagsterDbtTranslatorSettings()

METHODS = (
    "get_asset_key", "get_description", "get_group_name", "get_tags", "get_owners",
    "get_metadata", "get_code_version", "get_asset_spec", "get_partitions_def",
    "get_automation_condition", "get_partition_mapping",
)  # fmt: skip
UNUSED = {
    "get_auto_materialize_policy": "get_automation_condition says it",
}
"""Methods of Dagster's translator that have no effect here, and why."""


def with_group(manifest: Manifest, props: Props) -> Props:
    """A node with the group that it is in, in place of the group's name."""
    name = props.get("group")
    groups = (manifest.get("groups") or {}).values() if isinstance(name, str) and name else ()
    found = next((group for group in groups if group["name"] == name), None)
    return props if found is None else ChainMap({"group": found}, props)  # type: ignore[arg-type]


def overridden(translator: DbtTranslator) -> frozenset[str]:
    """The methods in which a translator differs from the default one."""
    cls = type(translator)
    return frozenset(
        name for name in METHODS if getattr(cls, name) is not getattr(DbtTranslator, name)
    )


def without_effect(translator: DbtTranslator) -> dict[str, str]:
    """The methods that a translator overrides in vain, and why."""
    cls = type(translator)
    return {
        name: why
        for name, why in UNUSED.items()
        if getattr(cls, name, None) is not getattr(DbtTranslator, name, None)
    }
