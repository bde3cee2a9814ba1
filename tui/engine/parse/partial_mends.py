"""dbt's partial parsing, with the cases fixed that it misses.

dbt compares the files of the last parse with those of today and parses again what a change touches.
In some cases the result differs from that of a full parse; each is fixed here, whether the last
parse is kept in memory or on disk.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any

from dbt.contracts.files import ParseFileType, SchemaSourceFile
from dbt.contracts.graph.nodes import GenericTestNode, SingularTestNode
from dbt.parser.partial import PartialParsing, mg_files

from tui.engine.parse.macro_changes import callers_of, macros_in

KEYS: dict[ParseFileType, str] = {
    ParseFileType.Model: "models",
    ParseFileType.Seed: "seeds",
    ParseFileType.Snapshot: "snapshots",
    ParseFileType.Analysis: "analyses",
    ParseFileType.SingularTest: "data_tests",
    ParseFileType.Macro: "macros",
    ParseFileType.GenericTest: "macros",
}
"""Under which key YAML describes what a file of a kind defines."""
if "Function" in ParseFileType.__members__:  # from dbt-core 1.11
    KEYS[ParseFileType["Function"]] = "functions"
NODE_KEYS = ("models", "seeds", "snapshots", "analyses")
READ_KEYS = ("models", "seeds", "snapshots", "sources")
"""What a test can read."""

SEVERAL = (*mg_files, ParseFileType.Snapshot)
"""The kinds of files that define any number of things."""

GENERIC_TEST = "test_"
"""How dbt begins the name of the macro that a generic test is."""
_SNAPSHOT = re.compile(r"\{%-?\s*snapshot\s+(\w+)")


class MendedPartialParsing(PartialParsing):
    """Which files and which of their entries a change makes dbt parse again."""

    macro_child_map: dict[str, list[str]]

    def __init__(self, saved_manifest: Any, new_files: Any) -> None:
        self._without_callers: set[str] = set()
        super().__init__(saved_manifest, new_files)

    def build_file_diff(self) -> None:
        """Files that call a macro which was nowhere are as if they had changed, too."""
        super().build_file_diff()
        diff = self.file_diff
        saved = [file_id for names in diff.values() for file_id in names]
        files = [self.new_files[key] for key in (*diff["added"], *diff["changed"])]
        macros = [file for file in files if file.parse_file_type in mg_files]
        names = {name for file in macros for name in macros_in(file.contents or "")}
        callers = callers_of(self.saved_manifest, names) - {*saved}.difference(diff["unchanged"])
        diff["changed"].extend(sorted(callers & self.new_files.keys()))
        if callers and not self.macro_child_map:
            self.macro_child_map = self.saved_manifest.build_macro_child_map()

    def get_parsing_files(self) -> dict[str, Any]:
        self._without_callers.clear()
        described = {file_id: self._described(file_id) for file_id in self.file_diff["changed"]}
        tests = self._new_generic_tests()
        parser_files: dict[str, Any] = super().get_parsing_files()
        callers: list[str] = []
        for unique_id in sorted(self._without_callers & self.macro_child_map.keys()):
            self.recursively_gather_macro_references(unique_id, callers)
        self.schedule_macro_nodes_for_parsing(callers)
        if not self.skip_parsing():
            self._describe_what_is_new(described)
            self._enable_tests_of_what_is_there_again()
            if tests:
                self._parse_tests_again(tests)
        return parser_files

    # -- an entry of YAML moves to another file --------------------------------------

    def change_schema_file(self, file_id: str) -> None:
        """What another change asked to parse again of this file, before dbt came to it, are
        entries as they were: one may be in another file now, and would be there twice.
        """
        super().change_schema_file(file_id)
        schema_file = self.saved_files[file_id]
        for key, entries in (schema_file.pp_dict or {}).items():
            stated = {entry["name"]: entry for entry in schema_file.dict_from_yaml.get(key) or ()}
            entries[:] = [
                entry if entry == stated[entry["name"]] else stated[entry["name"]]
                for entry in entries
                if entry["name"] in stated
            ]

    # -- what YAML describes comes back -----------------------------------------------

    def _describe_what_is_new(self, described: dict[str, set[tuple[str, str]]]) -> None:
        """A file is added, and YAML that did not change describes what it defines, or makes it
        a version of a model: dbt looks at that YAML only when it changes.

        Args:
            described: What dbt itself parses again of YAML, by the id of the file that changed.
        """
        new = {(key, name) for file in self._added() for key, name in defined_in(file)}
        for file_id, known in described.items():
            file = self.new_files.get(file_id)
            if file is not None and file.parse_file_type in SEVERAL:
                new.update(what for what in defined_in(file) if what not in known)
        if not new:
            return
        for schema_file, key, entry in self._entries():
            if any((key, name) in new for name in names_of(key, entry)):
                self._parse_entry_again(schema_file, key, entry)

    def _described(self, file_id: str) -> set[tuple[str, str]]:
        file, macros = self.saved_files[file_id], self.saved_manifest.macros
        found = {
            ("macros", macros[key].name) for key in getattr(file, "macros", ()) if key in macros
        }
        return found | {("snapshots", key.split(".")[2]) for key in getattr(file, "nodes", ())}

    def _added(self) -> list[Any]:
        return [self.new_files[file_id] for file_id in self.file_diff["added"]]

    def _entries(
        self, file_ids: Iterable[str] | None = None
    ) -> Iterator[tuple[Any, str, dict[str, Any]]]:
        """All that YAML describes, as the files are now; with ids, in these files."""
        gone = self.file_diff["deleted_schema_files"]
        files = self.saved_files
        # All of them are only looked at: none is asked for, which would copy its record.
        some = files.items() if file_ids is None else ((key, files.get(key)) for key in file_ids)
        for file_id, file in list(some):
            if isinstance(file, SchemaSourceFile) and file_id not in gone:
                for key, entries in file.dict_from_yaml.items():
                    if isinstance(entries, list):
                        for entry in entries:
                            if isinstance(entry, dict) and "name" in entry:
                                yield file, key, entry

    def _parse_entry_again(self, file: Any, key: str, entry: dict[str, Any]) -> None:
        file = self.saved_files[file.file_id]
        if any(waiting["name"] == entry["name"] for waiting in (file.pp_dict or {}).get(key, ())):
            return
        if key in NODE_KEYS:
            if key == "snapshots" and "relation" in entry:
                self.delete_yaml_snapshot(file, entry)
            if key == "models" and "versions" in entry:
                self.versioned_model_delete_schema_mssa_links(file, key, entry)
            self.delete_schema_mssa_links(file, key, entry)
        elif key == "macros":
            self.delete_schema_macro_patch(file, entry)
        elif key == "data_tests":
            self.delete_schema_data_test_patch(file, entry)
        elif key == "functions":
            self.delete_schema_function(file, entry)
        elif key == "sources":
            if "overrides" in entry:
                self.remove_source_override_target(entry)
            self.delete_schema_source(file, entry)
        else:
            return
        self.merge_patch(file, key, entry)

    # -- what a test reads comes back -------------------------------------------------

    def _enable_tests_of_what_is_there_again(self) -> None:
        """While something that a test reads is missing or disabled, dbt turns it off, and does not
        look at it again.
        """
        names = self._names_of_what_changed()
        if not names:
            return
        disabled = [node for nodes in self.saved_manifest.disabled.values() for node in nodes]
        off = [node for node in self.saved_manifest.nodes.values() if not node.config.enabled]
        for test in [*disabled, *off]:
            if isinstance(test, GenericTestNode | SingularTestNode) and names & reads(test):
                self._parse_test_again(test)

    def _new_generic_tests(self) -> set[str]:
        """The generic tests that were nowhere. What called them was parsed without them: dbt takes
        a call of nothing at that time.
        """
        files = (*self.file_diff["added"], *self.file_diff["changed"])
        found = {
            name
            for file in map(self.new_files.get, files)
            if file is not None and file.parse_file_type in mg_files
            for name in macros_in(file.contents or "")
            if name.startswith(GENERIC_TEST)
        }
        if found:
            found -= {macro.name for macro in self.saved_manifest.macros.values()}
        return {name.removeprefix(GENERIC_TEST) for name in found}

    def _parse_tests_again(self, names: set[str]) -> None:
        disabled = [node for nodes in self.saved_manifest.disabled.values() for node in nodes]
        for test in [*self.saved_manifest.nodes.values(), *disabled]:
            if isinstance(test, GenericTestNode) and test.test_metadata.name in names:
                self._parse_test_again(test)

    def _names_of_what_changed(self) -> set[str]:
        found = {name for file in self._added() for _, name in defined_in(file)}
        for file_id in self.file_diff["changed"]:
            if file_id in self.new_files:
                found.update(name for _, name in defined_in(self.new_files[file_id]))
        changed = {*self.file_diff["changed_schema_files"], *self.file_diff["added"]}
        for _, key, entry in self._entries(changed):
            if key in READ_KEYS:
                found.update((entry["name"], *names_of(key, entry)))
        return found

    def _parse_test_again(self, test: Any) -> None:
        file = self.saved_files.get(test.file_id)
        if file is None or test.file_id in self.file_diff["deleted"]:
            return
        if isinstance(test, SingularTestNode):
            if not self.already_scheduled_for_parsing(file) and test.file_id in self.new_files:
                self.update_mssat_in_saved(self.new_files[test.file_id], file)
            return
        key, name = file.get_key_and_name_for_test(test.unique_id)
        for entry in file.dict_from_yaml.get(key) or () if key else ():
            if entry["name"] == name:
                self._parse_entry_again(file, key, entry)

    # -- what YAML says of macros and of singular tests --------------------------------

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
        tests = self._saved_tests(unique_id)
        super().remove_node_in_saved(source_file, unique_id)
        for test in tests:
            if test.patch_path:
                self._patch_again(test)

    def delete_schema_data_test_patch(self, schema_file: Any, data_test: dict[str, Any]) -> None:
        """Of a test that is off, dbt forgets all but its file, and does not look at it again."""
        names = {key: key.split(".")[2] for key in schema_file.node_patches}
        off = [
            test
            for key, name in names.items()
            if name == data_test["name"] and key not in self.saved_manifest.nodes
            for test in self._saved_tests(key)
        ]
        super().delete_schema_data_test_patch(schema_file, data_test)
        for test in off:
            self.saved_manifest.disabled.pop(test.unique_id, None)
            if test.file_id in self.new_files:
                saved = self.saved_files[test.file_id]
                if not self.already_scheduled_for_parsing(saved):
                    self.saved_files[test.file_id] = deepcopy(self.new_files[test.file_id])
                    self.add_to_pp_files(self.saved_files[test.file_id])

    def _saved_tests(self, unique_id: str) -> list[SingularTestNode]:
        """A singular test as it was parsed: among the nodes, or, where it is off, elsewhere."""
        node = self.saved_manifest.nodes.get(unique_id)
        found = [node] if node is not None else self.saved_manifest.disabled.get(unique_id, ())
        return [test for test in found if isinstance(test, SingularTestNode)]

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


def defined_in(file: Any) -> Iterator[tuple[str, str]]:
    """What one of dbt's files defines: under which key YAML would describe it, and its name."""
    key = KEYS.get(file.parse_file_type)
    if key is None:
        return
    if file.parse_file_type == ParseFileType.Snapshot:
        yield from ((key, name) for name in _SNAPSHOT.findall(file.contents or ""))
    elif key == "macros":
        yield from ((key, name) for name in macros_in(file.contents or ""))
    else:
        yield key, file.path.relative_path.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]


def names_of(key: str, entry: dict[str, Any]) -> Iterable[str]:
    """The names of all that an entry of YAML describes: a model's may be those of its versions."""
    names = [str(entry["name"])]
    versions = entry.get("versions")
    if key == "models" and isinstance(versions, list):
        for version in versions:
            if isinstance(version, dict):
                names.append(str(version.get("defined_in") or f"{names[0]}_v{version.get('v')}"))
    return names


def reads(test: Any) -> set[str]:
    """The names that a test reads by `ref` and `source`."""
    return {ref.name for ref in test.refs} | {source[0] for source in test.sources}
