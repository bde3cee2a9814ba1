"""Which of the user's macros a node uses, directly or through others.

dbt's own and the adapter's macros are walked through but not named: a project that overrides one
of them (a materialization, `duckdb__create_table_as`) changes what is built by everything that
goes through it.
"""

from __future__ import annotations

from typing import Any


class MacroUse:
    """The macros of one manifest and what they call, for the time of one look at it."""

    def __init__(self, manifest: Any, config: Any, internal: frozenset[str]) -> None:
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
