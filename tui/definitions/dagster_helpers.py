"""Small names of Dagster's, and of its cloud's, that only a project of Dagster's needs: see
`stand_in`. What only its cloud does is left alone, as on any other machine.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from tui.definitions.asset_graph import AssetGraph
from tui.definitions.asset_inputs import AssetIn
from tui.definitions.dbt_component import DagsterDbtComponentTranslatorSettings, OpSpec

__all__ = [
    "AssetGraph",
    "AssetIn",
    "DagsterDbtComponentTranslatorSettings",
    "OpSpec",
    "dbt_with_snowflake_insights",
    "file_relative_path",
    "link_code_references_to_git_if_cloud",
]


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
