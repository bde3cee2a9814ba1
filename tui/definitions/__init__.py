"""The Python definitions of a project: assets beside dbt's, a translator, schedules.

The API has the names and signatures of `dagster` and `dagster_dbt` for everything that dbtree
supports. Its public name is `dbtree`: `from dbtree import dbt_assets`. It imports only the standard
library and runs on Python 3.10 and later, because it is imported by the interpreter of the user's
dbt. It must not know engines or screens; `host` says who runs it.
"""

from tui.definitions.assets import AssetsDefinition, asset, multi_asset
from tui.definitions.checks import (
    AssetChecksDefinition,
    AssetCheckSpec,
    asset_check,
    multi_asset_check,
)
from tui.definitions.context import (
    AssetCheckExecutionContext,
    AssetExecutionContext,
    OpExecutionContext,
    build_asset_context,
)
from tui.definitions.dbt_assets import (
    DbtAssetsDefinition,
    dbt_assets,
    get_asset_key_for_model,
    get_asset_key_for_source,
    get_asset_keys_by_output_name_for_source,
)
from tui.definitions.errors import DbtCliError, DefinitionError
from tui.definitions.invocation import DbtCliEventMessage, DbtCliInvocation
from tui.definitions.keys import AssetCheckKey, AssetKey
from tui.definitions.metadata import MetadataValue, TableColumn, TableRecord, TableSchema
from tui.definitions.projects import DbtProject
from tui.definitions.repository import (
    Definitions,
    load_asset_checks_from_modules,
    load_assets_from_modules,
)
from tui.definitions.resource import DbtCliResource
from tui.definitions.results import AssetCheckResult, AssetCheckSeverity, MaterializeResult
from tui.definitions.schedules import (
    DefaultScheduleStatus,
    JobDefinition,
    ScheduleDefinition,
    build_schedule_from_dbt_selection,
    define_asset_job,
)
from tui.definitions.selection import AssetSelection, build_dbt_asset_selection
from tui.definitions.translator import DagsterDbtTranslator, DbtTranslator

__all__ = [
    "AssetCheckExecutionContext",
    "AssetCheckKey",
    "AssetCheckResult",
    "AssetCheckSeverity",
    "AssetCheckSpec",
    "AssetChecksDefinition",
    "AssetExecutionContext",
    "AssetKey",
    "AssetSelection",
    "AssetsDefinition",
    "DagsterDbtTranslator",
    "DbtAssetsDefinition",
    "DbtCliError",
    "DbtCliEventMessage",
    "DbtCliInvocation",
    "DbtCliResource",
    "DbtProject",
    "DbtTranslator",
    "DefaultScheduleStatus",
    "DefinitionError",
    "Definitions",
    "JobDefinition",
    "MaterializeResult",
    "MetadataValue",
    "ScheduleDefinition",
    "TableColumn",
    "TableRecord",
    "TableSchema",
    "asset",
    "asset_check",
    "build_dbt_asset_selection",
    "build_schedule_from_dbt_selection",
    "dbt_assets",
    "define_asset_job",
    "get_asset_key_for_model",
    "get_asset_key_for_source",
    "get_asset_keys_by_output_name_for_source",
    "load_asset_checks_from_modules",
    "load_assets_from_modules",
]
