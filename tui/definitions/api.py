"""The names of the definitions API, whose public name is `dbtree`: `from dbtree import asset`.

They have the names and signatures of `dagster` and `dagster_dbt` for everything that dbtree
supports. The API imports only the standard library and runs on Python 3.10 and later, because it
is imported by the interpreter of the user's dbt. It must not know engines or screens; `host` says
who runs it.
"""

from tui.definitions.assets import AssetsDefinition, asset, multi_asset
from tui.definitions.checks import (
    AssetChecksDefinition,
    AssetCheckSpec,
    asset_check,
    multi_asset_check,
)
from tui.definitions.code_references import (
    AnchorBasedFilePathMapping,
    FilePathMapping,
    link_code_references_to_git,
    with_source_code_references,
)
from tui.definitions.component_specs import (
    ResolvedAssetCheckSpec,
    ResolvedAssetKey,
    ResolvedAssetSpec,
)
from tui.definitions.component_values import (
    Injected,
    Model,
    ResolutionContext,
    Resolvable,
    Resolver,
)
from tui.definitions.components import (
    Component,
    ComponentLoadContext,
    component_instance,
    template_var,
)
from tui.definitions.conditions import AutomationCondition
from tui.definitions.config import Config, ConfigurableResource, EnvVar, PermissiveConfig
from tui.definitions.context import (
    AssetCheckExecutionContext,
    AssetExecutionContext,
    OpExecutionContext,
    build_asset_context,
)
from tui.definitions.dbt_assets import DbtAssetsDefinition, build_dbt_asset_specs, dbt_assets
from tui.definitions.dbt_component import DbtProjectComponent
from tui.definitions.dbt_keys import (
    get_asset_key_for_model,
    get_asset_key_for_source,
    get_asset_keys_by_output_name_for_source,
)
from tui.definitions.dbt_metadata import (
    default_group_from_dbt_resource_props,
    default_metadata_from_dbt_resource_props,
    group_from_dbt_resource_props_fallback_to_directory,
)
from tui.definitions.defs_folder import load_defs, load_from_defs_folder
from tui.definitions.dynamic_partitions import (
    AddDynamicPartitionsRequest,
    DagsterInstance,
    DeleteDynamicPartitionsRequest,
    DynamicPartitionsDefinition,
)
from tui.definitions.errors import (
    BetaWarning,
    ConfigArgumentWarning,
    DagsterDbtCliRuntimeError,
    DagsterDbtError,
    DagsterError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    DbtCliError,
    DefinitionError,
    PreviewWarning,
    SupersessionWarning,
)
from tui.definitions.event_sensors import (
    AssetSensorDefinition,
    MultiAssetSensorDefinition,
    RunStatusSensorDefinition,
    asset_sensor,
    multi_asset_sensor,
    run_failure_sensor,
    run_status_sensor,
)
from tui.definitions.freshness import FreshnessPolicy, apply_freshness_policy
from tui.definitions.freshness_checks import (
    build_freshness_checks_from_dbt_assets,
    build_last_update_freshness_checks,
)
from tui.definitions.freshness_sensor import build_sensor_for_freshness_checks
from tui.definitions.hooks import (
    HookContext,
    HookDefinition,
    build_hook_context,
    failure_hook,
    success_hook,
)
from tui.definitions.in_process import ExecuteInProcessResult, materialize
from tui.definitions.invocation import DbtCliEventMessage, DbtCliInvocation
from tui.definitions.keys import AssetCheckKey, AssetKey
from tui.definitions.loading import (
    definitions,
    load_asset_checks_from_current_module,
    load_asset_checks_from_modules,
    load_asset_checks_from_package_module,
    load_asset_checks_from_package_name,
    load_assets_from_current_module,
    load_assets_from_modules,
    load_assets_from_package_module,
    load_assets_from_package_name,
    load_definitions_from_current_module,
    load_definitions_from_module,
    load_definitions_from_modules,
    load_definitions_from_package_module,
    load_definitions_from_package_name,
)
from tui.definitions.metadata import (
    BoolMetadataValue,
    CodeReferencesMetadataValue,
    DagsterAssetMetadataValue,
    FloatMetadataValue,
    IntMetadataValue,
    JsonMetadataValue,
    LocalFileCodeReference,
    MarkdownMetadataValue,
    MetadataValue,
    NotebookMetadataValue,
    NullMetadataValue,
    PathMetadataValue,
    TableColumn,
    TableColumnConstraints,
    TableColumnDep,
    TableColumnLineage,
    TableColumnLineageMetadataValue,
    TableConstraints,
    TableMetadataValue,
    TableRecord,
    TableSchema,
    TableSchemaMetadataValue,
    TextMetadataValue,
    TimestampMetadataValue,
    UrlCodeReference,
    UrlMetadataValue,
)
from tui.definitions.ops import OpDefinition, graph_asset, op
from tui.definitions.partition_mappings import (
    AllPartitionMapping,
    DimensionPartitionMapping,
    IdentityPartitionMapping,
    LastPartitionMapping,
    MultiPartitionMapping,
    MultiToSingleDimensionPartitionMapping,
    PartitionMapping,
    SpecificPartitionsPartitionMapping,
    StaticPartitionMapping,
    TimeWindowPartitionMapping,
)
from tui.definitions.partitioned_config import (
    PartitionedConfig,
    daily_partitioned_config,
    hourly_partitioned_config,
    monthly_partitioned_config,
    partitioned_config,
    static_partitioned_config,
    weekly_partitioned_config,
)
from tui.definitions.partitions import (
    BackfillPolicy,
    MultiPartitionKey,
    MultiPartitionsDefinition,
    PartitionDimensionDefinition,
    PartitionKeyRange,
    PartitionsDefinition,
    StaticPartitionsDefinition,
)
from tui.definitions.projects import DbtProject
from tui.definitions.regular_partitions import (
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    MonthlyPartitionsDefinition,
    WeeklyPartitionsDefinition,
)
from tui.definitions.repository import Definitions
from tui.definitions.resource import DbtCliResource
from tui.definitions.results import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetMaterialization,
    AssetObservation,
    DataVersion,
    MaterializeResult,
    Output,
)
from tui.definitions.retries import Backoff, Failure, Jitter, RetryPolicy, RetryRequested
from tui.definitions.run_config import (
    RunConfig,
    config_from_files,
    config_from_yaml_strings,
)
from tui.definitions.run_requests import RunRequest, SensorResult, SkipReason
from tui.definitions.schedules import (
    DefaultScheduleStatus,
    JobDefinition,
    ScheduleDefinition,
    build_schedule_from_dbt_selection,
    build_schedule_from_partitioned_job,
    define_asset_job,
    schedule,
)
from tui.definitions.selection import AssetSelection, build_dbt_asset_selection
from tui.definitions.sensor_contexts import (
    ScheduleEvaluationContext,
    SensorEvaluationContext,
    build_schedule_context,
    build_sensor_context,
)
from tui.definitions.sensor_events import (
    DagsterEvent,
    DagsterRun,
    DagsterRunStatus,
    EventLogEntry,
    EventLogRecord,
    MultiAssetSensorEvaluationContext,
    RunFailureSensorContext,
    RunStatusSensorContext,
    build_run_status_sensor_context,
)
from tui.definitions.sensors import (
    AutomationConditionSensorDefinition,
    DefaultSensorStatus,
    SensorDefinition,
    sensor,
)
from tui.definitions.specs import AssetDep, AssetOut, AssetSpec, map_asset_specs
from tui.definitions.time_partitions import TimeWindow, TimeWindowPartitionsDefinition
from tui.definitions.translator import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtTranslator,
)

__all__ = [
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
]  # fmt: skip
