"""Which nodes a change of files makes dbt parse again, where the changes are known."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

from dbt.contracts.graph.manifest import Manifest
from dbt.parser.partial import mg_files

from tui.engine.parse.files import FileChanges
from tui.engine.parse.partial_mends import MendedPartialParsing
from tui.engine.parse.rollback import own_what_is_described


class WarmPartialParsing(MendedPartialParsing):
    """Partial parsing that is told what changed instead of comparing every file."""

    def __init__(
        self,
        changes: FileChanges,
        saved_manifest: Manifest,
        new_files: MutableMapping[str, Any],
    ) -> None:
        self._changes = changes
        super().__init__(saved_manifest, new_files)

    def get_parsing_files(self) -> dict[str, Any]:
        parser_files = super().get_parsing_files()
        names = {
            str(entry["name"])
            for of_project in parser_files.values()
            for file_id in of_project.get("SchemaParser", ())
            for entry in described_in(self.saved_files[file_id])
        }
        if names:
            own_what_is_described(self.saved_manifest, names)
        return parser_files

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


def described_in(schema_file: Any) -> Iterator[dict[str, Any]]:
    """The entries of a YAML file that are about to be parsed."""
    for entries in (schema_file.pp_dict or schema_file.dict_from_yaml).values():
        if isinstance(entries, list):
            yield from (one for one in entries if isinstance(one, dict) and "name" in one)
