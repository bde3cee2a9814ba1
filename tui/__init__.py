"""dbtree: a dbt project as a living asset tree in the terminal.

The names of the definitions API are exported from here (`from tui import asset, dbt_assets`),
each imported when it is first asked for.

Importing this package imports nothing heavy: the engine imports it under the interpreter in
which the user's dbt lives, where dbtree's own dependencies are not installed.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.definitions import *  # noqa: F403  for type checkers and editors

EXPORTED = (
    "AssetCheckExecutionContext", "AssetCheckKey", "AssetCheckResult", "AssetCheckSeverity",
    "AssetCheckSpec", "AssetChecksDefinition", "AssetExecutionContext", "AssetKey",
    "AssetSelection", "AssetsDefinition", "DagsterDbtTranslator", "DbtAssetsDefinition",
    "DbtCliError", "DbtCliEventMessage", "DbtCliInvocation", "DbtCliResource", "DbtProject",
    "DbtTranslator", "DefaultScheduleStatus", "DefinitionError", "Definitions", "JobDefinition",
    "MaterializeResult", "MetadataValue", "ScheduleDefinition", "TableColumn", "TableRecord",
    "TableSchema", "asset", "asset_check", "build_dbt_asset_selection",
    "build_schedule_from_dbt_selection", "dbt_assets", "define_asset_job",
    "get_asset_key_for_model", "get_asset_key_for_source",
    "get_asset_keys_by_output_name_for_source", "load_asset_checks_from_modules",
    "load_assets_from_modules",
)  # fmt: skip
"""The definitions API; the same names as `tui.definitions.__all__`, which is not imported here."""

__all__ = ["__version__", *EXPORTED]  # noqa: F405, PLE0604


def __getattr__(name: str) -> object:
    if name in EXPORTED:
        import tui.definitions

        return getattr(tui.definitions, name)
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("dbtree")
        except PackageNotFoundError:  # this package alone is on another interpreter's path
            return "unknown"
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
