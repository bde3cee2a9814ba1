"""The names of `dagster` and `dagster_dbt` that touch assets and are not here: why, what to use.

`from dbtree import …` of one of them says it. A name that is in neither list is none of Dagster's,
or has nothing to do with assets.
"""

from __future__ import annotations

IO = "a function reads and stores what it needs itself, and names what it reads in deps"
PARTITIONS = (
    "dbtree's partitions are those of assets, given as partitions_def; functions get only "
    "their keys"
)
AUTOMATION = "dbtree evaluates automation conditions itself, as those of AutomationCondition"
FRESHNESS = "use build_last_update_freshness_checks with a schedule, or a FreshnessPolicy"
HOOKS = "use @success_hook and @failure_hook"
CONFIGURATION = "annotate the argument `config` of the function with a Config class"
OPS = "dbtree runs assets: put @graph_asset above the function that calls the ops"
OBSERVE = "dbtree observes nothing between runs: make it an @asset or an AssetSpec"
PIPES = "start the process in the function, and return a MaterializeResult"
COMPONENTS = (
    "of components dbtree has DbtProjectComponent and classes of your own: derive one from "
    "Component, and write its build_defs"
)
EXECUTORS = "dbtree runs assets one after the other, and dbt's as dbt does"
INSTANCE = "`dbtree runs --json` and `dbtree ls --json` tell what was run"
KINDS = "use the functions of MetadataValue: MetadataValue.md(…)"
CLOUD = "dbtree runs your own dbt, not dbt Cloud's jobs"
RESOURCES = "put @dataclass or ConfigurableResource on a class, and its object into the resources"
CHECK_BUILDERS = "write the check as an @asset_check, or as a dbt test"
REPOSITORIES = "use Definitions"
TYPES = "dbtree checks no types of values, since it stores none"
LOGGERS = "use context.log: what it is given is in the log of the run"
ERRORS = "what is wrong with definitions raises DefinitionError, also under Dagster's other names"
RUNNING = "dbtree runs assets itself: there is nothing to launch, queue or coordinate"
PYTHONS = "use what Python has"

_GROUPS = {
    IO: """AssetIn AssetValueLoader In Out Nothing DynamicOut DynamicOutput GraphIn GraphOut
        IOManager IOManagerDefinition ConfigurableIOManager ConfigurableIOManagerFactory
        ConfigurableLegacyIOManagerAdapter FilesystemIOManager InMemoryIOManager UPathIOManager
        InputContext InputManager InputManagerDefinition OutputContext build_input_context
        build_output_context custom_path_fs_io_manager fs_io_manager mem_io_manager io_manager
        input_manager materialize_to_memory FileHandle LocalFileHandle local_file_manager
        MigrateIOStorageResult migrate_io_storage""",
    PARTITIONS: """AssetPartitionStatus DagsterUnknownPartitionError DataVersionsByPartition
        Partition partition_loading_context""",
    AUTOMATION: """AutoMaterializePolicy AutoMaterializeRule
        AutomationContext AutomationResult
        AutoMaterializeAssetPartitionsFilter EvaluateAutomationConditionsResult
        evaluate_automation_conditions""",
    FRESHNESS: """LegacyFreshnessPolicy build_time_partition_freshness_checks""",
    HOOKS: "HookExecutionResult",
    CONFIGURATION: """Array Bool Enum EnumValue Float Int Map ScalarUnion String
        IAttachDifferentObjectToOpContext ConfigMapping ConfigSchema Field Permissive Selector Shape
        config_from_pkg_resources config_mapping
        configured validate_run_config BoolSource IntSource StringSource Noneable""",
    OPS: """DependencyDefinition GraphDefinition MultiDependencyDefinition NodeInvocation
        PendingNodeInvocation InputMapping OutputMapping build_op_context execute_job graph job
        graph_multi_asset ExpectationResult""",
    OBSERVE: """ObserveResult SourceAsset DataProvenance multi_observable_source_asset
        observable_source_asset""",
    PIPES: """PipesBlobStoreMessageReader PipesClient PipesClientCompletedInvocation
        PipesCompositeMessageReader PipesContextInjector PipesEnvContextInjector
        PipesExecutionResult PipesFileContextInjector PipesFileMessageReader PipesLaunchedData
        PipesLogReader PipesMessageHandler PipesMessageReader PipesSession PipesSubprocessClient
        PipesTempFileContextInjector PipesTempFileMessageReader open_pipes_session""",
    COMPONENTS: """AssetAttributesModel ComponentFormConfig ComponentTree ComponentTypeSpec
        DbtCloudComponent DefinitionsComponent DefsFolderComponent FunctionComponent
        PythonScriptComponent ScaffoldRequest Scaffolder SqlComponent StateBackedComponent
        TemplatedSqlComponent UPathDefsStateStorage UvRunComponent build_component_defs
        build_defs_for_component component_defs get_all_components_defs_within_project
        get_component_defs_within_project scaffold_component scaffold_with""",
    EXECUTORS: """Executor ExecutorDefinition ExecutorRequirement executor in_process_executor
        multi_or_in_process_executor multiple_process_executor_requirements multiprocess_executor
        StepLauncher StepExecutionContext""",
    INSTANCE: """EventRecordsResult PaginatedResults RunShardedEventsCursor
        RunStatusChangeRecordsFilter DagsterEventType AssetRecordsFilter
        EventRecordsFilter RunRecord RunsFilter
        instance_for_test""",
    KINDS: """DagsterJobMetadataValue DagsterRunMetadataValue MetadataEntry PoolMetadataValue
        PythonArtifactMetadataValue""",
    CLOUD: """DagsterDbtCloudJobInvariantViolationError DbtCloudClientResource DbtCloudCredentials
        DbtCloudOutput DbtCloudResource DbtCloudWorkspace build_dbt_cloud_polling_sensor
        dbt_cloud_assets dbt_cloud_resource dbt_cloud_run_op load_assets_from_dbt_cloud_job
        load_dbt_cloud_asset_specs load_dbt_cloud_check_specs""",
    RESOURCES: """InitResourceContext ResourceDefinition ResourceDependency ResourceParam
        BindResourcesToJobs build_init_resource_context build_resources make_values_resource
        resource resources with_resources""",
    CHECK_BUILDERS: """build_column_schema_change_checks build_metadata_bounds_checks
        AssetCheckEvaluation build_asset_check_context""",
    REPOSITORIES: """CodeLocationSelector JobSelector RepositorySelector RepositoryData
        RepositoryDefinition create_repository_using_definitions_args
        repository reconstructable build_reconstructable_job""",
    TYPES: """DagsterType DagsterTypeCheckDidNotPass DagsterTypeLoader PythonObjectDagsterType
        TypeCheck TypeCheckContext check_dagster_type dagster_type_loader
        make_python_type_usable_as_dagster_type usable_as_dagster_type Any Dict List Optional Set
        Tuple DagsterTypeLoaderContext""",
    LOGGERS: """DagsterLogManager InitLoggerContext JsonLogFormatter LoggerDefinition
        build_init_logger_context colored_console_logger default_loggers default_system_loggers
        json_console_logger logger""",
    ERRORS: """DagsterConfigMappingFunctionError DagsterEventLogInvalidForRun
        DagsterExecutionInterruptedError DagsterExecutionStepExecutionError
        DagsterExecutionStepNotFoundError DagsterInvalidConfigDefinitionError
        DagsterInvalidConfigError DagsterInvalidSubsetError DagsterResourceFunctionError
        DagsterRunNotFoundError DagsterStepOutputNotFoundError DagsterSubprocessError
        DagsterTypeCheckError DagsterUnknownResourceError DagsterUnmetExecutorRequirementsError
        DagsterUserCodeExecutionError raise_execution_interrupts""",
    RUNNING: """DefaultRunLauncher InitExecutorContext JobExecutionResult QueuedRunCoordinator
        ReexecutionOptions StepRunRef SubmitRunContext MAX_RUNTIME_SECONDS_TAG
        external_instance_from_step_run_ref run_step_from_ref step_context_to_step_run_ref
        step_run_ref_to_step_context""",
    PYTHONS: "deprecated deprecation_warning deserialize_value serialize_value",
}
INSTEAD = {
    "AssetIn": "name what the function reads in deps, and read it there",
    "DbtManifestAssetSelection": "use build_dbt_asset_selection",
    "DagsterDbtProjectPreparer": "DbtProject(prepare_project_cli_args=…) says how it is prepared",
    "DbtProjectPreparer": "DbtProject(prepare_project_cli_args=…) says how it is prepared",
    "SensorReturnTypesUnion": "annotate with RunRequest, SkipReason or SensorResult",
    "build_multi_asset_sensor_context": "test the function's own parts, or `dbtree schedules preview`",  # noqa: E501
    "make_email_on_run_failure_sensor": "put @run_failure_sensor above a function that sends it",
    "dynamic_partitioned_config": "use partitioned_config with a DynamicPartitionsDefinition",
    "AssetJobKey": "an asset's key is an AssetKey",
    "AssetOrCheckKey": "annotate with AssetKey or AssetCheckKey",
    "get_dagster_logger": "use context.log, or Python's logging",
    "file_relative_path": "use Path(__file__).parent",
}
"""Names with a counterpart of their own."""


ABSENT_CONDITIONS = {
    "data_version_changed": "dbtree compares no data versions",
    "executed_with_tags": "dbtree's history has no tags of runs",
    "all_new_updates_have_run_tags": "dbtree's history has no tags of runs",
    "any_new_update_has_run_tags": "dbtree's history has no tags of runs",
    "any_downstream_conditions": "give the asset its own condition",
    "any_job_root_assets_match": "a job has no condition: give one to its assets",
    "all_job_root_assets_match": "a job has no condition: give one to its assets",
}
"""Conditions of Dagster's AutomationCondition that are not here, and why."""


def why_absent(name: str) -> str:
    """Why a name of Dagster's is not here, and what to use; empty for any other name."""
    if name in INSTEAD:
        return f"dbtree has no {name}: {INSTEAD[name]}."
    why = next((why for why, names in _GROUPS.items() if name in names.split()), "")
    return f"dbtree has no {name}: {why}." if why else ""


def absent_names() -> dict[str, str]:
    """All these names, each with the reason."""
    found = {name: why for why, names in _GROUPS.items() for name in names.split()}
    return {**found, **INSTEAD}
