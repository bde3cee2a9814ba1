"""dbtree: a dbt project as a living asset tree in the terminal.

The names of the definitions API are exported from here (`from tui import asset, dbt_assets`),
each imported when it is first asked for.

Importing this package imports nothing heavy: the engine imports it under the interpreter in
which the user's dbt lives, where dbtree's own dependencies are not installed.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.definitions.api import *  # noqa: F403  for type checkers and editors

EXPORTED = (
    "AddDynamicPartitionsRequest", "AllPartitionMapping", "AnchorBasedFilePathMapping",
    "AssetCheckExecutionContext", "AssetCheckKey", "AssetCheckResult", "AssetCheckSeverity",
    "AssetCheckSpec", "AssetChecksDefinition", "AssetDep", "AssetExecutionContext", "AssetKey",
    "AssetMaterialization", "AssetObservation", "AssetOut", "AssetSelection",
    "AssetSensorDefinition", "AssetSpec", "AssetsDefinition", "AutomationCondition",
    "AutomationConditionSensorDefinition", "BackfillPolicy", "Backoff", "BetaWarning",
    "BoolMetadataValue", "CodeReferencesMetadataValue", "Component", "ComponentLoadContext",
    "Config", "ConfigArgumentWarning", "ConfigurableResource", "DagsterAssetMetadataValue",
    "DagsterDbtCliRuntimeError", "DagsterDbtError", "DagsterDbtTranslator",
    "DagsterDbtTranslatorSettings", "DagsterError", "DagsterEvent", "DagsterInstance",
    "DagsterInvalidDefinitionError", "DagsterInvalidInvocationError",
    "DagsterInvariantViolationError", "DagsterRun", "DagsterRunStatus",
    "DailyPartitionsDefinition", "DataVersion", "DbtAssetsDefinition", "DbtCliError",
    "DbtCliEventMessage", "DbtCliInvocation", "DbtCliResource", "DbtProject",
    "DbtProjectComponent", "DbtTranslator", "DefaultScheduleStatus", "DefaultSensorStatus",
    "DefinitionError", "Definitions", "DeleteDynamicPartitionsRequest",
    "DimensionPartitionMapping", "DynamicPartitionsDefinition", "EnvVar", "EventLogEntry",
    "EventLogRecord", "ExecuteInProcessResult", "Failure", "FilePathMapping",
    "FloatMetadataValue", "FreshnessPolicy", "HookContext", "HookDefinition",
    "HourlyPartitionsDefinition", "IdentityPartitionMapping", "Injected", "IntMetadataValue",
    "Jitter", "JobDefinition", "JsonMetadataValue", "LastPartitionMapping",
    "LocalFileCodeReference", "MarkdownMetadataValue", "MaterializeResult", "MetadataValue",
    "Model", "MonthlyPartitionsDefinition", "MultiAssetSensorDefinition",
    "MultiAssetSensorEvaluationContext", "MultiPartitionKey", "MultiPartitionMapping",
    "MultiPartitionsDefinition", "MultiToSingleDimensionPartitionMapping",
    "NotebookMetadataValue", "NullMetadataValue", "OpDefinition", "OpExecutionContext",
    "Output", "PartitionDimensionDefinition", "PartitionKeyRange", "PartitionMapping",
    "PartitionedConfig", "PartitionsDefinition", "PathMetadataValue", "PermissiveConfig",
    "PreviewWarning", "ResolutionContext", "Resolvable", "ResolvedAssetCheckSpec",
    "ResolvedAssetKey", "ResolvedAssetSpec", "Resolver", "RetryPolicy", "RetryRequested",
    "RunConfig", "RunFailureSensorContext", "RunRequest", "RunStatusSensorContext",
    "RunStatusSensorDefinition", "ScheduleDefinition", "ScheduleEvaluationContext",
    "SensorDefinition", "SensorEvaluationContext", "SensorResult", "SkipReason",
    "SpecificPartitionsPartitionMapping", "StaticPartitionMapping",
    "StaticPartitionsDefinition", "SupersessionWarning", "TableColumn",
    "TableColumnConstraints", "TableColumnDep", "TableColumnLineage",
    "TableColumnLineageMetadataValue", "TableConstraints", "TableMetadataValue", "TableRecord",
    "TableSchema", "TableSchemaMetadataValue", "TextMetadataValue", "TimeWindow",
    "TimeWindowPartitionMapping", "TimeWindowPartitionsDefinition", "TimestampMetadataValue",
    "UrlCodeReference", "UrlMetadataValue", "WeeklyPartitionsDefinition",
    "apply_freshness_policy", "asset", "asset_check", "asset_sensor", "build_asset_context",
    "build_dbt_asset_selection", "build_dbt_asset_specs",
    "build_freshness_checks_from_dbt_assets", "build_hook_context",
    "build_last_update_freshness_checks", "build_run_status_sensor_context",
    "build_schedule_context", "build_schedule_from_dbt_selection",
    "build_schedule_from_partitioned_job", "build_sensor_context",
    "build_sensor_for_freshness_checks", "component_instance",
    "config_from_files", "config_from_yaml_strings", "daily_partitioned_config", "dbt_assets",
    "default_group_from_dbt_resource_props", "default_metadata_from_dbt_resource_props",
    "define_asset_job", "definitions", "failure_hook", "get_asset_key_for_model",
    "get_asset_key_for_source", "get_asset_keys_by_output_name_for_source", "graph_asset",
    "group_from_dbt_resource_props_fallback_to_directory", "hourly_partitioned_config",
    "link_code_references_to_git", "load_asset_checks_from_current_module",
    "load_asset_checks_from_modules", "load_asset_checks_from_package_module",
    "load_asset_checks_from_package_name", "load_assets_from_current_module",
    "load_assets_from_modules", "load_assets_from_package_module",
    "load_assets_from_package_name", "load_definitions_from_current_module",
    "load_definitions_from_module", "load_definitions_from_modules",
    "load_definitions_from_package_module", "load_definitions_from_package_name", "load_defs",
    "load_from_defs_folder", "map_asset_specs", "materialize", "monthly_partitioned_config",
    "multi_asset", "multi_asset_check", "multi_asset_sensor", "op", "partitioned_config",
    "run_failure_sensor", "run_status_sensor", "schedule", "sensor",
    "static_partitioned_config", "success_hook", "template_var", "weekly_partitioned_config",
    "with_source_code_references",
)  # fmt: skip
"""The names of the definitions API: `tui.definitions.api.__all__`, which is not imported here."""

__all__ = ["__version__", *EXPORTED]  # noqa: F405, PLE0604


def _version() -> str:
    """That of the installed distribution, by the name of its directory: `importlib.metadata`
    takes longer to import than all else that a short command needs.
    """
    import os
    import sys

    for place in sys.path:
        try:
            names = os.listdir(place or ".")
        except OSError:
            continue
        for name in names:
            if name.startswith("dbtree-") and name.endswith(".dist-info"):
                return name.removeprefix("dbtree-").removesuffix(".dist-info")
    return "unknown"  # this package alone is on another interpreter's path


def __getattr__(name: str) -> object:
    if name in EXPORTED:
        from tui.definitions import api

        return getattr(api, name)
    if name == "__version__":
        return _version()
    if not name.startswith("_"):
        from tui.definitions.absent import why_absent

        if why := why_absent(name):
            raise ImportError(why)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
