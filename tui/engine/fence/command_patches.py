"""The patches of dbt's own commands in the engine that stays."""

from __future__ import annotations

from tui.engine.fence.patch import Patch

REMEMBERED_PARSE = Patch(
    "remembered parse",
    "read dbt's partial parse file before a command asks for it",
    "`dbtree dbt` makes the manifest anew in each command",
    "remembered_parse",
    (
        "dbt.contracts.graph.manifest:Manifest.from_msgpack",
        "dbt.parser.manifest:ManifestLoader.read_manifest_for_partial_parse",
        "dbt.parser.manifest:ManifestLoader.safe_update_project_parser_files_partially",
        "dbt.parser.manifest:ManifestLoader.inject_external_nodes",
        "dbt.parser.manifest:_check_resource_uniqueness",
        "dbt.contracts.graph.manifest:Manifest.build_flat_graph",
        "dbt.contracts.graph.manifest:Manifest.build_parent_and_child_maps",
        "dbt.contracts.graph.manifest:Manifest.external_node_unique_ids",
    ),
    looks_for=("_lock",),
)
WRITTEN_MANIFEST = Patch(
    "written manifest",
    "make manifest.json of the texts of the nodes that are as they were",
    "`dbtree dbt` takes two seconds longer at a thousand models",
    "written_manifest",
    (
        "dbt.contracts.graph.manifest:Manifest.write",
        "dbt.contracts.graph.manifest:Manifest._map_nodes_to_map_resources",
        "dbt.contracts.graph.manifest:Manifest._map_list_nodes_to_map_list_resources",
        "dbt.contracts.graph.semantic_manifest:SemanticManifest.write_json_to_file",
        "dbt.contracts.graph.semantic_manifest:SemanticManifest._get_pydantic_semantic_manifest",
    ),
    versions=("1.11", "1.12"),
)
WORKED_NODES = Patch(
    "worked nodes",
    "compare only the nodes that a command has worked on before the manifest is written again",
    "`dbtree dbt` compares all nodes: a tenth of a second at a thousand models",
    "worked_nodes",
    ("dbt.task.runnable:GraphRunnableTask.execute_with_hooks",),
    versions=("1.11", "1.12"),
)
REMEMBERED_GRAPH = Patch(
    "remembered graph",
    "link the nodes, and make graph.gpickle, before a command asks for it",
    "`dbtree dbt` takes half a second longer at a thousand models",
    "remembered_graph",
    (
        "dbt.compilation:Linker.link_graph",
        "dbt.compilation:Linker.write_graph",
        "dbt.compilation:Linker.get_graph_summary",
        "dbt.compilation:Linker.add_test_edges",
    ),
    versions=("1.11", "1.12"),
)
REMEMBERED_SELECTION = Patch(
    "remembered selection",
    "find the nodes that a command names without a look at all of them",
    "`dbtree dbt run -s model` takes a second longer at ten thousand models",
    "remembered_selection",
    (
        "dbt.graph.graph:Graph.get_subset_graph",
        "dbt.graph.selector:NodeSelector._is_graph_member",
        "dbt.graph.selector_methods:QualifiedNameSelectorMethod.search",
    ),
    versions=("1.11", "1.12"),
)
REMEMBERED_CHECKS = Patch(
    "remembered checks",
    "look once for what dbt counts and checks among all nodes in each command",
    "`dbtree dbt` takes a third of a second longer at ten thousand models",
    "remembered_checks",
    (
        "dbt.compilation:_generate_stats",
        "dbt.contracts.graph.manifest:Manifest.get_resource_fqns",
        "dbt.parser.manifest:ManifestLoader.check_for_microbatch_deprecations",
        "dbt.parser.manifest:ManifestLoader.check_for_spaces_in_resource_names",
        "dbt.parser.manifest:ManifestLoader.check_forcing_batch_concurrency",
        "dbt.parser.manifest:ManifestLoader.check_microbatch_model_has_a_filtered_input",
        "dbt.task.runnable:GraphRunnableTask.populate_adapter_cache",
    ),
    versions=("1.11", "1.12"),
)
CACHED_SCHEMAS = Patch(
    "cached schemas",
    "look for the schemas of a command at one node of each",
    "`dbtree dbt` takes a tenth of a second longer at a thousand models",
    "cached_schemas",
    ("dbt.adapters.base.impl:BaseAdapter._get_cache_schemas",),
    versions=("1.11", "1.12"),
)
WHOLE_JSON = Patch(
    "whole JSON",
    "write dbt's artifacts by the JSON encoder in C",
    "`dbtree dbt` takes a second longer at a thousand models",
    "whole_json",
    ("dbt_common.clients.system:json",),
)
REMEMBERED_FILES = Patch(
    "remembered files",
    "read a file of the project again only where its times, its size or its inode are others",
    "`dbtree dbt` reads all files in each command: a tenth of a second at a thousand models",
    "remembered_files",
    (
        "dbt.parser.search:find_matching",
        "dbt.parser.read_files:load_file_contents",
        "dbt.parser.read_files:ReadFilesFromFileSystem.read_files",
        "dbt.parser.partial:PartialParsing.build_file_diff",
        "dbt.parser.partial:PartialParsing.build_env_vars_to_files",
    ),
)
QUICK_LISTING = Patch(
    "quick listing",
    "make one event for all lines of `dbt ls`",
    "`dbtree dbt ls` takes a tenth of a second longer at a thousand models",
    "quick_listing",
    ("dbt.task.list:ListTask.output_results",),
    versions=("1.11", "1.12"),
)
FOUND_PLUGINS = Patch(
    "found plugins",
    "look for the modules of dbt's plugins once",
    "each command goes through all installed modules: 15 ms",
    "found_plugins",
    ("dbt.plugins.manager:PluginManager.get_prefixed_modules",),
)

RESIDENT_SHORTCUTS = (
    REMEMBERED_PARSE,
    REMEMBERED_GRAPH,
    REMEMBERED_SELECTION,
    REMEMBERED_CHECKS,
    WORKED_NODES,
    WRITTEN_MANIFEST,
    CACHED_SCHEMAS,
    WHOLE_JSON,
    REMEMBERED_FILES,
    QUICK_LISTING,
    FOUND_PLUGINS,
)
