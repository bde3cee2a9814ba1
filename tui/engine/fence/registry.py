"""Every patch of dbt's internals, and what `dbtree info` says of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tui.engine.fence.command_patches import RESIDENT_SHORTCUTS
from tui.engine.fence.patch import Patch, failures

# ---------------------------------------------------------------- parsing

WARM_MANIFEST = Patch(
    "warm manifest",
    "re-parse changed files into the manifest in memory, not from disk",
    "a save at ten thousand models takes seconds instead of 0.2 s",
    "warm_parse",
    (
        "dbt.parser.manifest:ReadFilesFromDiff",
        "dbt.parser.manifest:PartialParsing",
        "dbt.parser.manifest:ManifestLoader.read_manifest_for_partial_parse",
        "dbt.parser.manifest:ManifestLoader.safe_update_project_parser_files_partially",
        "dbt.parser.manifest:ManifestLoader.skip_partial_parsing_because_of_macros",
        "dbt.parser.partial:PartialParsing.build_file_diff",
    ),
)
ONE_LINKING = Patch(
    "one linking",
    "build the maps of parents and children once per parse, of what changed",
    "dbt builds both maps three times in each parse",
    "parent_maps",
    (
        "dbt.contracts.graph.manifest:Manifest.build_parent_and_child_maps",
        "dbt.parser.manifest:ManifestLoader.check_for_model_deprecations",
    ),
)
QUICK_UNIQUENESS = Patch(
    "quick uniqueness",
    "render relations to compare them only where their names are the same",
    "dbt renders every relation in each parse",
    "quick_uniqueness",
)

KEPT_SCHEMAS = Patch(
    "kept schemas",
    "keep the JSON schemas of dbt's classes in the user's cache directory",
    "each start of the engine builds them for up to a second",
    "json_schemas",
    ("dbt_common.dataclass_schema:dbtClassMixin.json_schema",),
)
QUICK_VALIDATION = Patch(
    "quick validation",
    "see that what dbt reads fits its schema by functions made of the schema",
    "a third of a parse of many files",
    "quick_validation",
    ("dbt_common.dataclass_schema:dbtClassMixin.validate",),
)
SECRET_VARIABLES = Patch(
    "secret variables",
    "find the secrets of the environment without decoding all of it",
    "a twentieth of a parse of many files, more of a run",
    "secret_variables",
    (
        "dbt_common.events.functions:env_secrets",
        "dbt_common.exceptions.base:env_secrets",
    ),
)
QUICK_DESCRIPTIONS = Patch(
    "quick descriptions",
    "look for doc blocks only in descriptions with Jinja",
    "a twentieth of a parse of many files",
    "doc_blocks",
    ("dbt.parser.manifest:_get_doc_blocks",),
)
PARSED_MACROS = Patch(
    "parsed macros",
    "parse the Jinja of a macro once, for its name and for what it calls",
    "a parse from nothing takes half a second longer",
    "parsed_macros",
    ("dbt.parser.macros:jinja", "dbt.clients.jinja_static:get_environment"),
)

PARSE_SHORTCUTS = (
    WARM_MANIFEST,
    ONE_LINKING,
    QUICK_UNIQUENESS,
    KEPT_SCHEMAS,
    QUICK_VALIDATION,
    SECRET_VARIABLES,
    QUICK_DESCRIPTIONS,
    PARSED_MACROS,
)


# ---------------------------------------------------------------- running
# Used only in the process of a run, but for "warm up".

LINEAR_LINKING = Patch(
    "linear linking",
    "find cycles in linear time, write no graph.gpickle and no graph_summary.json",
    "a run at ten thousand models starts after a minute",
    "linker",
    ("dbt.compilation:Linker.find_cycles", "dbt.compilation:_generate_stats"),
)
EXACT_ORDER = Patch(
    "exact order",
    "order just the nodes of a run, instead of adding test edges to the whole graph",
    "a run at ten thousand models starts after a minute",
    "exact_order",
)
SELECTED_CACHE = Patch(
    "selected cache",
    "list only the schemas that a run touches (dbt's --cache-selected-only)",
    "dbt lists every schema of the project before the first node",
)
OWN_NODES = Patch(
    "own nodes",
    "look for schemas at a run's own nodes, and for hooks only at hooks",
    "dbt goes through all nodes of the project several times in a run",
    "own_nodes",
    ("dbt.task.runnable:GraphRunnableTask.populate_adapter_cache",),
)
LAZY_GRAPH = Patch(
    "lazy graph",
    "build Jinja's `graph` when somebody reads it",
    "seconds at ten thousand models, before the first node",
    "lazy_graph",
    ("dbt.contracts.graph.manifest:Manifest.build_flat_graph",),
)
LATE_MANIFEST = Patch(
    "late manifest",
    "write manifest.json after the run's last event",
    "a tenth of a run of the demo, seconds at ten thousand models",
    "late_manifest",
    ("dbt.task.runnable:write_manifest", "dbt.artifacts.schemas.base:write_json"),
)
LATE_CODE = Patch(
    "late code",
    "write the files of compiled code in threads of their own, where they are others",
    "up to a quarter of a run of 500 models on a busy disk",
    "late_code",
    ("dbt.contracts.graph.nodes:ParsedNode.write_node",),
)
WARM_UP = Patch(
    "warm up",
    "compile macros, and the code that reads and checks nodes, in the idle engine",
    "every run compiles the same hundred macros; the first save takes 0.5 s longer",
    "warm_up",
    ("dbt_common.clients.jinja:template_cache",),
)
QUICK_EVENTS = Patch(
    "quick events",
    "make dbt's events by protobuf's constructors, and lines only for logs that take them",
    "a fifth of a run of the demo",
    "events",
    (
        "dbt_common.events.base_types:ParseDict",
        "dbt_common.events.logger:_Logger.write_line",
        "dbt_common.events.logger:_is_print_event",
        "dbt_common.events.logger:timestamp_to_datetime_string",
        "dbt_common.events.helpers:datetime_to_json_string",
    ),
    looks_for=("_python_logger", "_fmt"),
)
QUICK_CONTEXTS = Patch(
    "quick contexts",
    "make the macros of Jinja's contexts, and what takes long in them, when they are read",
    "a quarter of a run of 500 models, a third of a save at a thousand",
    "namespaces",
    (
        "dbt.context.base:BaseContext.generate_builtins",
        "dbt.context.macros:MacroNamespaceBuilder.build_namespace",
        "dbt.context.manifest:ManifestContext._build_namespace",
        "dbt.context.providers:ProviderContext._context_members_",
        "dbt_common.clients.jinja:NativeSandboxTemplate.new_context",
    ),
    looks_for=("_ctx",),
)
QUICK_TEMPLATES = Patch(
    "quick templates",
    "compile a text of Jinja's once",
    "the texts of generic tests are compiled again for each",
    "templates",
    (
        "dbt_common.clients.jinja:MacroFuzzEnvironment.compile",
        "dbt_common.clients.jinja:MACRO_DEBUGGING",
    ),
)
QUICK_RELATIONS = Patch(
    "quick relations",
    "look a relation up in dbt's cache without comparing it with every other one",
    "a tenth of a run of 500 models, more in larger ones",
    "quick_relations",
    (
        "dbt.adapters.cache:RelationsCache.get_relations",
        "dbt.adapters.base.impl:BaseAdapter._make_match",
        "dbt.adapters.base.relation:BaseRelation.matches",
        "dbt_common.utils.formatting:lowercase",
    ),
)
CACHE_EVENTS = Patch(
    "cache events",
    "make no event of each relation that dbt lists, unless a log takes it",
    "a fifth of the time to the first node of a run at a thousand models",
    "cache_events",
    (
        "dbt.adapters.cache:CacheAction",
        "dbt.adapters.cache:fire_event",
        "dbt.events.logging:_logfile_filter",
    ),
)
OPENED_AHEAD = Patch(
    "opened ahead",
    "open a DuckDB file while dbt reads its options and its configuration",
    "a quarter of the time to the first node of a run at a thousand models",
    "opened_ahead",
    looks_for=("_ENV", "_LOCK", "_plugins"),
)
QUICK_TABLES = Patch(
    "quick tables",
    "let the parsers of dates in agate's tables share the words of a language",
    "some 5 ms for each query that a run makes",
    "tables",
    ("agate.data_types.date:parsedatetime", "agate.data_types.date_time:parsedatetime"),
)
QUICK_START = Patch(
    "quick start",
    "look for dbt's plugins once, in the engine",
    "each run goes through all installed distributions",
    "plugins",
    ("dbt.cli.requires:set_up_plugin_manager", "dbt.plugins:get_plugin_manager"),
)
QUICK_FLAGS = Patch(
    "quick flags",
    "name the module of a behavior flag without reading source files",
    "`inspect` reads the source of every frame",
    "behavior_flags",
    ("dbt_common.behavior_flags:BehaviorFlagRendered._default_source",),
)

RUN_SHORTCUTS = (
    LINEAR_LINKING,
    EXACT_ORDER,
    SELECTED_CACHE,
    OWN_NODES,
    LAZY_GRAPH,
    LATE_MANIFEST,
    LATE_CODE,
    WARM_UP,
    QUICK_EVENTS,
    QUICK_CONTEXTS,
    QUICK_TEMPLATES,
    QUICK_RELATIONS,
    CACHE_EVENTS,
    OPENED_AHEAD,
    QUICK_TABLES,
    QUICK_START,
    QUICK_FLAGS,
)
AT_RUN_START = (
    SECRET_VARIABLES,
    QUICK_EVENTS,
    QUICK_CONTEXTS,
    QUICK_TEMPLATES,
    QUICK_RELATIONS,
    CACHE_EVENTS,
    QUICK_TABLES,
    QUICK_START,
    QUICK_FLAGS,
)
"""Those that change the process of a run before it calls dbt."""


def apply_at_run_start() -> list[Patch]:
    """Apply them to this process. Those that failed, and are off from here on."""
    return [patch for patch in AT_RUN_START if patch.on and not patch.apply()]


AT_OPENING = (
    KEPT_SCHEMAS,
    QUICK_VALIDATION,
    SECRET_VARIABLES,
    QUICK_DESCRIPTIONS,
    QUICK_CONTEXTS,
    QUICK_FLAGS,
)
"""Those that change the process of an engine before it reads a project."""


def apply_at_opening() -> None:
    """Apply them to this process."""
    for patch in AT_OPENING:
        patch.apply()


# ---------------------------------------------------------------- commands of dbt

RESIDENT = (
    *RESIDENT_SHORTCUTS,
    KEPT_SCHEMAS,
    QUICK_VALIDATION,
    SECRET_VARIABLES,
    QUICK_DESCRIPTIONS,
    LINEAR_LINKING,
    QUICK_EVENTS,
    QUICK_TEMPLATES,
    QUICK_RELATIONS,
    CACHE_EVENTS,
    QUICK_TABLES,
    QUICK_FLAGS,
)
"""Those that change each command of the engine that stays."""


# ---------------------------------------------------------------- hooks

ENVIRONMENT = Patch(
    "environment",
    "let dbt read the environment as its commands do, with the names of dbt's other engine",
    "a variable is read by its own name only",
    "environment",
    looks_for=("_cross_propagate_engine_env_vars", "_env"),
    versions=(),
)
PARSED_FILES = Patch(
    "parsed files",
    "see which file dbt is parsing: for progress, and for errors that name no file",
    "no progress in a parse, and some errors without their file",
    "parsed_files",
    ("dbt.parser.manifest:FileBlock",),
    versions=(),
)
OWN_PARTIAL_PARSE = Patch(
    "own partial parse",
    "start from the partial parse file of dbtree instead of dbt's",
    "dbt's own file is read, where there is one",
    "partial_parse_file",
    ("dbt.parser.manifest:get_flags",),
    versions=(),
)
MENDED_PARTIAL_PARSE = Patch(
    "mended partial parse",
    "parse again what dbt's partial parsing forgets",
    "after some changes the graph differs from that of a parse from nothing",
    "mended_partial_parse",
    (
        "dbt.parser.manifest:PartialParsing",
        "dbt.parser.partial:PartialParsing.build_file_diff",
        "dbt.parser.partial:PartialParsing.get_parsing_files",
        "dbt.parser.partial:PartialParsing.merge_patch",
        "dbt.parser.partial:PartialParsing.remove_node_in_saved",
        "dbt.parser.partial:PartialParsing.schedule_macro_nodes_for_parsing",
    ),
    versions=(),
)
STATIC_READER = Patch(
    "static reader",
    "call dbt's static reader in a child: its threads do not survive a fork",
    "each run is a fresh process",
    "static_reader",
    versions=(),
)
UNIQUENESS = Patch(
    "uniqueness",
    "refuse two nodes of one relation or name, by dbt's own check",
    "such nodes are built one after the other",
    "uniqueness",
    ("dbt.parser.manifest:_check_resource_uniqueness",),
    versions=(),
)
UNUSED_CONFIGURATION = Patch(
    "unused configuration",
    "warn of configuration in dbt_project.yml that applies to nothing, by dbt's own check",
    "no warning",
    "unused_configuration",
    ("dbt.parser.manifest:_warn_for_unused_resource_config_paths",),
    versions=(),
)
RUN_TASKS = Patch(
    "run tasks",
    "put tasks that run exactly the wanted nodes in the place of dbt's",
    "nothing can be run",
    "run_tasks",
    ("dbt.task.build:BuildTask", "dbt.task.test:TestTask"),
    versions=(),
)
QUEUE_ORDER = Patch(
    "queue order",
    "show what is planned in the order in which dbt will start it",
    "it is shown by name",
    "queue_order",
    looks_for=("_scores",),
    versions=(),
)
QUEUE_WATCH = Patch(
    "queue watch",
    "end a run whose queue is stuck while nothing is running",
    "such a run never ends",
    "queue_watch",
    (
        "dbt.graph.queue:GraphQueue.get",
        "dbt.graph.queue:GraphQueue.join",
        "dbt.graph.queue:GraphQueue.wait_until_something_was_done",
    ),
    versions=(),
)
OFFLINE_COMPILATION = Patch(
    "offline compilation",
    "compile every node in the background, where nothing can reach a database",
    "staleness is judged by what the code reads, not by what it compiles to",
    "offline_compilation",
    (
        "dbt.compilation:Compiler._compile_code",
        "dbt.compilation:Compiler._create_node_context",
        "dbt.compilation:Compiler._write_node",
        "dbt.compilation:Compiler.compile_node",
    ),
    looks_for=("_pre_injected_sql", "_dbtree_can_be_closed"),
)
DUCKDB = Patch(
    "duckdb",
    "interrupt DuckDB's queries on a cancel, and close the database at a run's end",
    "a cancelled query runs to its end",
    "duckdb",
    looks_for=("_ENV",),
    versions=(),
)

COMPILE_SHORTCUTS = (OFFLINE_COMPILATION,)

HOOKS = (
    ENVIRONMENT,
    PARSED_FILES,
    OWN_PARTIAL_PARSE,
    MENDED_PARTIAL_PARSE,
    STATIC_READER,
    UNIQUENESS,
    UNUSED_CONFIGURATION,
    RUN_TASKS,
    QUEUE_ORDER,
    QUEUE_WATCH,
    DUCKDB,
)

SHORTCUTS = PARSE_SHORTCUTS + RUN_SHORTCUTS + COMPILE_SHORTCUTS + RESIDENT_SHORTCUTS
ALL = SHORTCUTS + HOOKS


# ---------------------------------------------------------------- report


def check() -> list[str]:
    """Look at each patch that is on whether it can be used, and turn off those that cannot. Their
    names. Imports what a run imports.
    """
    before = failures()
    for patch in ALL:
        if patch.module:
            patch.use()
    return [name for name in failures() if name not in before]


def report(patches: Iterable[Patch] = ALL) -> list[str]:
    """What `dbtree info` says: a line for each shortcut, `name: on` or `name: off, because …`, and
    one for each hook that failed. One line where all shortcuts are off for the same reason.
    """
    patches = tuple(patches)
    reasons = {patch.off_because for patch in patches if not patch.is_hook}
    if len(reasons) == 1 and (reason := reasons.pop()):
        return [f"all: off, because {reason}", *_lines(p for p in patches if p.is_hook)]
    return list(_lines(patches))


def _lines(patches: Iterable[Patch]) -> Iterator[str]:
    for patch in patches:
        if why := patch.off_because:
            yield f"{patch.name}: off, because {why}"
        elif not patch.is_hook:
            yield f"{patch.name}: on"
