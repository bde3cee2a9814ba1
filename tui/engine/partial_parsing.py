"""Which nodes a change of files makes dbt parse again, as dbt itself finds them, with what it
forgets mended.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import SingularTestNode
from dbt.parser.partial import PartialParsing, mg_files

from tui.engine.files import FileChanges


class WarmPartialParsing(PartialParsing):
    """Dbt's PartialParsing, told what changed instead of comparing every file."""

    def __init__(
        self,
        changes: FileChanges,
        saved_manifest: Manifest,
        new_files: MutableMapping[str, Any],
    ) -> None:
        self._changes = changes
        self._without_callers: set[str] = set()
        super().__init__(saved_manifest, new_files)

    def build_env_vars_to_files(self) -> tuple[list[str], dict[str, Any]]:
        # The environment of the engine does not change while it lives.
        return [], {}

    def build_file_diff(self) -> None:
        schema: list[str] = []
        plain: list[str] = []
        deleted_schema: list[str] = []
        deleted: list[str] = []
        macros = False
        for found in self._changes.changed:
            (schema if found.kind == "schema" else plain).append(found.file_id)
            macros = macros or found.kind in mg_files
        for file_id in self._changes.deleted:
            kind = self.saved_files[file_id].parse_file_type
            (deleted_schema if kind == "schema" else deleted).append(file_id)
            macros = macros or kind in mg_files
        if macros:
            self.macro_child_map = self.saved_manifest.build_macro_child_map()
        self.file_diff = {
            "deleted": deleted,
            "deleted_schema_files": deleted_schema,
            "added": [found.file_id for found in self._changes.added],
            "changed": plain,
            "changed_schema_files": schema,
            "unchanged": [],
        }

    def get_parsing_files(self) -> dict[str, Any]:
        self._without_callers.clear()
        parser_files: dict[str, Any] = super().get_parsing_files()
        callers: list[str] = []
        for unique_id in sorted(self._without_callers & self.macro_child_map.keys()):
            self.recursively_gather_macro_references(unique_id, callers)
        self.schedule_macro_nodes_for_parsing(callers)
        return parser_files

    def delete_schema_macro_patch(self, schema_file: Any, macro: dict[str, Any]) -> None:
        """Where a macro and what YAML says of it change in one save, dbt comes to the YAML
        first, deletes the macros of the file for it, and forgets who calls them.
        """
        unique_id = schema_file.macro_patches.get(macro["name"], "")
        saved = self.saved_manifest.macros.get(unique_id)
        if saved is not None:
            changed = (*self.file_diff["changed"], *self.file_diff["deleted"])
            if saved.file_id in changed:
                self._without_callers.update(self.saved_files[saved.file_id].macros)
        super().delete_schema_macro_patch(schema_file, macro)

    def remove_node_in_saved(self, source_file: Any, unique_id: str) -> None:
        node = self.saved_manifest.nodes.get(unique_id)
        super().remove_node_in_saved(source_file, unique_id)
        if isinstance(node, SingularTestNode) and node.patch_path:
            self._patch_again(node)

    def _patch_again(self, test: SingularTestNode) -> None:
        """What YAML says of a singular test: dbt forgets it when it parses the test again."""
        schema_file = self.saved_files.get(test.patch_path)
        if schema_file is None or test.patch_path in self.file_diff["deleted_schema_files"]:
            return
        for element in schema_file.dict_from_yaml.get("data_tests", ()):
            if element.get("name") == test.name:
                if test.unique_id in schema_file.node_patches:
                    schema_file.node_patches.remove(test.unique_id)
                self.merge_patch(schema_file, "data_tests", element)
