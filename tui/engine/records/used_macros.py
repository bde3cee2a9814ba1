"""Which of the user's macros a node uses, directly or through others.

dbt's own and the adapter's macros are walked through but not named: a project that overrides one
of them (a materialization, `duckdb__create_table_as`) changes what is built by everything that
goes through it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from dbt.adapters.factory import get_adapter_package_names
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.partial import mg_files

from tui.engine.parse.files import FileChanges

MACRO = re.compile(r"\{%-?\s*(macro|test|data_test|materialization)\s+(\w+)")
"""The opening tag of a macro, in its kinds."""


NOT_PARSED = ("seed.", "operation.")
"""How the unique_id of a node begins that calls no macro while it is parsed from its file."""


class MacroUse:
    """The macros of one manifest and what they call, for the time of one look at it."""

    def __init__(self, manifest: Manifest, config: Any, internal: frozenset[str]) -> None:
        self._manifest = manifest
        self._macros = manifest.macros
        self._project: str = config.project_name
        self._adapter: str = config.credentials.type
        self._internal = internal
        self._closures: dict[str, frozenset[str]] = {}
        self._materializations: dict[str, str] = {}

    def of(self, node: Any) -> tuple[str, ...]:
        """The unique_ids of the user's macros that a node uses, transitively, sorted."""
        found = set(self.of_materialization(node))
        for unique_id in getattr(node, "depends_on_macros", ()) or ():
            found |= self.closure(unique_id)
        return tuple(sorted(found))

    def of_materialization(self, node: Any) -> tuple[str, ...]:
        """The unique_ids of those that the materialization of a node uses, sorted."""
        if str(node.resource_type) not in ("model", "snapshot", "seed"):
            return ()
        materialization = self._materialization(str(node.config.materialized))
        return tuple(sorted(self.closure(materialization))) if materialization else ()

    def _materialization(self, name: str) -> str:
        if name not in self._materializations:
            macro = None
            if name != "ephemeral":
                macro = self._manifest.find_materialization_macro_by_name(
                    self._project, name, self._adapter
                )
            self._materializations[name] = macro.unique_id if macro else ""
        return self._materializations[name]

    def closure(self, start: str) -> frozenset[str]:
        """The unique_ids of the user's macros that a macro calls, itself included."""
        known = self._closures.get(start)
        if known is not None:
            return known
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            unique_id = waiting.pop()
            macro = self._macros.get(unique_id)
            if macro is None or unique_id in seen:
                continue
            seen.add(unique_id)
            waiting += macro.depends_on.macros
        result = frozenset(
            unique_id
            for unique_id in seen
            if self._macros[unique_id].package_name not in self._internal
        )
        self._closures[start] = result
        return result


def changes_what_others_call(manifest: Manifest, changes: FileChanges, config: Any) -> bool:
    """Whether macros come or go that others find by dispatch or by overriding dbt's own.

    dbt looks for those only while it parses the calling macro, which is not among the changes:
    after such a change a partial parse differs from a whole one.
    """
    internal = frozenset(get_adapter_package_names(config.credentials.type))
    builtin = {macro.name for macro in manifest.macros.values() if macro.package_name in internal}
    builtin |= {name.split("__", 1)[-1] for name in builtin}
    before, after = _macros_before(manifest, changes), _macros_after(changes)
    return any(
        "__" in name or name in builtin or name.startswith("materialization_")
        for name in before ^ after
    )


def callers_of_new_macros(manifest: Manifest, changes: FileChanges) -> set[str]:
    """The ids of unchanged files that name a macro which is new: what they call was nowhere when
    they were parsed.
    """
    return callers_of(manifest, _macros_after(changes)) - changes.file_ids()


def callers_of(manifest: Manifest, names: set[str]) -> set[str]:
    """The ids of the files whose macros and nodes name those of these macros that the manifest
    does not have. A node can call what is not there as `package.macro`.
    """
    new = names - {macro.name for macro in manifest.macros.values()}
    if not new:
        return set()
    mention = re.compile(r"\b(?:" + "|".join(map(re.escape, sorted(new))) + r")\b")
    texts = [(macro.file_id, macro.macro_sql) for macro in manifest.macros.values()]
    texts += [
        (node.file_id, node.raw_code)
        for node in manifest.nodes.values()
        if node.raw_code and not node.unique_id.startswith(NOT_PARSED)
    ]
    files = manifest.files
    return {key for key, text in texts if key in files and mention.search(text)} - {
        key for key, file in files.items() if file.parse_file_type == "schema"
    }


def _macros_before(manifest: Manifest, changes: FileChanges) -> set[str]:
    found = set()
    for file_id in changes.file_ids():
        for unique_id in getattr(manifest.files.get(file_id), "macros", ()):
            macro = manifest.macros.get(unique_id)
            if macro is not None:
                # A materialization's name ends in its adapter, which its opening tag may not say.
                found.add(re.sub(r"^(materialization_.+)_\w+$", r"\1", macro.name))
    return found


def _macros_after(changes: FileChanges) -> set[str]:
    """The names of the macros that the changed files define, as dbt names them."""
    files = (*changes.changed, *changes.added)
    return {name for file in files if file.kind in mg_files for name in macros_in(file.text)}


def macros_in(text: str) -> Iterator[str]:
    """The names of the macros of a file, as dbt names them."""
    for kind, name in MACRO.findall(text):
        if kind == "macro":
            yield name
        elif kind == "materialization":
            yield f"materialization_{name}"
        else:
            yield f"test_{name}"
