"""Small names of Dagster's, and of its cloud's, that only a project of Dagster's needs: see
`stand_in`. What only its cloud does is left alone, as on any other machine.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tui.definitions.asset_graph import AssetGraph
from tui.definitions.asset_inputs import AssetIn
from tui.definitions.dbt_component import DagsterDbtComponentTranslatorSettings, OpSpec
from tui.definitions.dbt_resources import reads_itself
from tui.definitions.errors import DefinitionError
from tui.definitions.schedules import JobDefinition
from tui.definitions.specs import KIND

__all__ = [
    "DAGSTER_DBT_UNIQUE_ID_METADATA_KEY",
    "DBT_DEFAULT_EXCLUDE",
    "DBT_DEFAULT_SELECT",
    "DBT_DEFAULT_SELECTOR",
    "AssetGraph",
    "AssetIn",
    "CheckError",
    "DagsterDbtComponentTranslatorSettings",
    "OpSpec",
    "ParameterCheckError",
    "UnresolvedAssetJobDefinition",
    "build_kind_tag",
    "dbt_with_snowflake_insights",
    "file_relative_path",
    "has_kind",
    "has_self_dependency",
    "link_code_references_to_git_if_cloud",
]


DBT_DEFAULT_SELECT = "fqn:*"
DBT_DEFAULT_EXCLUDE = ""
DBT_DEFAULT_SELECTOR = ""
DAGSTER_DBT_UNIQUE_ID_METADATA_KEY = "dagster_dbt/unique_id"
UnresolvedAssetJobDefinition = JobDefinition
CheckError = ParameterCheckError = DefinitionError


def build_kind_tag(kind: str) -> dict[str, str]:
    """The tag that says what an asset is made with."""
    return {f"{KIND}{kind}": ""}


def has_kind(tags: Mapping[str, Any], kind: str) -> bool:
    """Whether tags say that an asset is made with something."""
    return f"{KIND}{kind}" in tags


def has_self_dependency(dbt_resource_props: Mapping[str, Any]) -> bool:
    """Whether `meta.dagster.has_self_dependency` of a node says that it reads itself."""
    return reads_itself(dbt_resource_props)


def file_relative_path(dunderfile: str, relative_path: str) -> str:
    """A path relative to the directory of a file: `file_relative_path(__file__, "data.csv")`."""
    return os.path.join(os.path.dirname(dunderfile), relative_path)


def link_code_references_to_git_if_cloud(assets_defs: Sequence[Any], **_: Any) -> Sequence[Any]:
    """The same assets: this is not Dagster's cloud."""
    return assets_defs


def dbt_with_snowflake_insights(
    context: Any, dbt_cli_invocation: Any, dagster_events: Any = None, **_: Any
) -> Iterator[Any]:
    """The events of a dbt command, without what only Dagster's cloud adds."""
    yield from dbt_cli_invocation.stream() if dagster_events is None else dagster_events
