"""Small names of Dagster's that only a project of Dagster's needs: see `stand_in`."""

from __future__ import annotations

import os

from tui.definitions.asset_inputs import AssetIn
from tui.definitions.dbt_component import DagsterDbtComponentTranslatorSettings, OpSpec

__all__ = [
    "AssetIn",
    "DagsterDbtComponentTranslatorSettings",
    "OpSpec",
    "file_relative_path",
]


def file_relative_path(dunderfile: str, relative_path: str) -> str:
    """A path relative to the directory of a file: `file_relative_path(__file__, "data.csv")`."""
    return os.path.join(os.path.dirname(dunderfile), relative_path)
