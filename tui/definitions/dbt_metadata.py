"""What a dbt node says of itself, as metadata of its asset: columns, relation, group, file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tui.definitions.dbt_resources import Props, config_of, dagster_meta
from tui.definitions.errors import DefinitionError
from tui.definitions.metadata import (
    LocalFileCodeReference,
    MetadataValue,
    TableColumn,
    TableSchema,
)

UNIQUE_ID = "dagster_dbt/unique_id"
PROJECT_ID = "dagster_dbt/project_id"
MATERIALIZATION_TYPE = "dagster-dbt/materialization_type"
COLUMN_SCHEMA = "dagster/column_schema"
TABLE_NAME = "dagster/table_name"
CODE_REFERENCES = "dagster/code_references"
LONGEST_FQN_WITHOUT_DIRECTORY = 2


def default_metadata_from_dbt_resource_props(dbt_resource_props: Props) -> Mapping[str, Any]:
    """The declared columns, the relation and the materialization of a node."""
    found: dict[str, Any] = {}
    materialized = config_of(dbt_resource_props).get("materialized")
    if materialized:
        found[MATERIALIZATION_TYPE] = materialized
    columns = dbt_resource_props.get("columns") or {}
    if columns:
        rows = [
            TableColumn(
                name, said.get("data_type") or "?", said.get("description"),
                tags=dict.fromkeys(said.get("tags") or (), ""),
            )
            for name, said in columns.items()
        ]  # fmt: skip
        found[COLUMN_SCHEMA] = MetadataValue.table_schema(TableSchema(rows))
    parts = [dbt_resource_props.get(part) for part in ("database", "schema", "alias")]
    if dbt_resource_props.get("resource_type") == "source":
        parts.append(dbt_resource_props.get("name"))
    relation = ".".join(str(part) for part in parts if part)
    if relation:
        found[TABLE_NAME] = relation
    return found


def default_group_from_dbt_resource_props(dbt_resource_props: Props) -> str | None:
    """The group of a node: `meta.dagster.group`, else dbt's; None without one."""
    asked = dagster_meta(dbt_resource_props).get("group")
    return asked or config_of(dbt_resource_props).get("group") or None


def group_from_dbt_resource_props_fallback_to_directory(dbt_resource_props: Props) -> str | None:
    """The group of a node, else the directory of its file below that of the models."""
    group = default_group_from_dbt_resource_props(dbt_resource_props)
    fqn = list(dbt_resource_props.get("fqn") or ())
    if group is not None or len(fqn) <= LONGEST_FQN_WITHOUT_DIRECTORY:
        return group
    return str(fqn[1])


def code_references(metadata: Mapping[str, Any], props: Props, project: Any) -> dict[str, Any]:
    """Metadata with the file that a node is in. Raises DefinitionError without a project."""
    if project is None:
        raise DefinitionError(
            "enable_code_references needs the project: @dbt_assets(project=PROJECT, …)."
        )
    place = LocalFileCodeReference(str(Path(project.project_dir) / props["original_file_path"]))
    return {**metadata, CODE_REFERENCES: MetadataValue.code_references([place])}
