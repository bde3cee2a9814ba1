"""How a dbt node becomes an asset: its key, description, group, tags, owners.

A subclass that overrides some of the methods is given to `@dbt_assets(dagster_dbt_translator=…)`.
Each method gets the node as manifest.json has it.

Differs from Dagster's: a description is dbt's alone, without the SQL, which dbtree shows anyway.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from tui.definitions.keys import AssetKey

Props = Mapping[str, Any]
"""A node as manifest.json has it."""


class DbtTranslator:
    """dbt's nodes as assets, by the rules of `dagster_dbt.DagsterDbtTranslator`."""

    def get_asset_key(self, dbt_resource_props: Props) -> AssetKey:
        """The key: `meta.dagster.asset_key` where it is set; a source's name and table; the alias
        of a versioned model; else the configured schema, if any, and the name.
        """
        asked = _dagster(dbt_resource_props, in_config=True).get("asset_key")
        if asked:
            return AssetKey(asked)
        if dbt_resource_props["resource_type"] == "source":
            return AssetKey([dbt_resource_props["source_name"], dbt_resource_props["name"]])
        if dbt_resource_props.get("version"):
            return AssetKey(str(dbt_resource_props["alias"]))
        schema = _config(dbt_resource_props).get("schema")
        name = dbt_resource_props["name"]
        return AssetKey([schema, name] if schema else [name])

    def get_description(self, dbt_resource_props: Props) -> str:
        """The description that dbt has."""
        return str(dbt_resource_props.get("description") or "")

    def get_group_name(self, dbt_resource_props: Props) -> str | None:
        """The group: `meta.dagster.group`, else dbt's."""
        asked = _dagster(dbt_resource_props).get("group")
        return asked or _config(dbt_resource_props).get("group") or None

    def get_tags(self, dbt_resource_props: Props) -> Mapping[str, str]:
        """The tags: dbt's, without a value."""
        return {str(tag): "" for tag in dbt_resource_props.get("tags") or ()}

    def get_owners(self, dbt_resource_props: Props) -> Sequence[str] | None:
        """The owners: `meta.dagster.owners`, else none, which leaves those that dbt has."""
        asked = _dagster(dbt_resource_props).get("owners")
        return list(asked) if asked else None

    def get_metadata(self, dbt_resource_props: Props) -> Mapping[str, Any]:
        """Metadata of the asset itself, shown in its details; none."""
        return {}

    def get_code_version(self, dbt_resource_props: Props) -> str | None:
        """A digest of the code. dbtree's staleness goes by its own fingerprints; an override that
        answers something else is compared too.
        """
        code = dbt_resource_props.get("raw_code")
        if code:
            return hashlib.sha1(str(code).encode("utf-8")).hexdigest()
        checksum = dbt_resource_props.get("checksum") or {}
        return checksum.get("checksum") if isinstance(checksum, Mapping) else None


DagsterDbtTranslator = DbtTranslator
"""The name that it has in `dagster_dbt`."""

METHODS = (
    "get_asset_key", "get_description", "get_group_name", "get_tags", "get_owners",
    "get_metadata", "get_code_version",
)  # fmt: skip


def overridden(translator: DbtTranslator) -> frozenset[str]:
    """The methods in which a translator differs from the default one."""
    cls = type(translator)
    return frozenset(
        name for name in METHODS if getattr(cls, name) is not getattr(DbtTranslator, name)
    )


def _config(props: Props) -> Mapping[str, Any]:
    found = props.get("config") or {}
    return found if isinstance(found, Mapping) else {}


def _dagster(props: Props, *, in_config: bool = False) -> Mapping[str, Any]:
    """What is under `meta.dagster`."""
    meta = (_config(props).get("meta") if in_config else None) or props.get("meta") or {}
    found = meta.get("dagster") if isinstance(meta, Mapping) else None
    return found if isinstance(found, Mapping) else {}
