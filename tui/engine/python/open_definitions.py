"""The Python definitions of an open project, across loads: the last good ones are used."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tui.definitions.loader import Place
from tui.definitions.resolved import Resolved
from tui.engine.parse.warm_manifest import WarmProject
from tui.engine.process.forked import ChildDied
from tui.engine.python.definitions_process import (
    Defined,
    NotDefined,
    load_definitions,
    not_imported,
)
from tui.engine.python.manifest_file import bring_up_to_date
from tui.engine.python.module_place import directory_of
from tui.engine.python.overlay import Overlay, with_macros
from tui.engine.records.parse_outcome import Parsed
from tui.engine.records.rows import RecordChanges
from tui.engine.records.run_definitions import RunDefinitions
from tui.protocol.messages import DefinitionsLoaded
from tui.protocol.records import NOT_SERVED, OF_DEFINITIONS, Asset, DbtWarning, Problem


class Definitions:
    """What is known of a project's definitions."""

    def __init__(self, warm: WarmProject, place: Place) -> None:
        self.warm = warm
        self.place = place
        self.overlay = Overlay(warm.loaded.root)
        self.problems: list[Problem] = []
        self.warnings: list[DbtWarning] = []
        self.loaded: Defined | None = None
        """The last good ones."""
        self._changes = 0
        self._watched = os.path.relpath(directory_of(place), warm.loaded.root)

    def owns(self, path: str) -> bool:
        """Whether a file, relative to the project's root, belongs to the definitions."""
        inside = os.path.relpath(os.path.normpath(path), self._watched)
        return not inside.startswith("..")

    @property
    def version(self) -> tuple[Any, ...]:
        """Another one when their files or the graph are others: read from the disk, as a file may
        be saved before the engine hears of it.
        """
        files = self.loaded.files if self.loaded is not None else ()
        return (self._changes, *map(_stamp, files))

    def load(self, hung: ChildDied | None = None) -> bool:
        """Import them again. Returns whether that went well; if not, `problems` says why.

        Where their import has just taken too long, `hung` says so: it is not tried again.
        """
        self._changes += 1
        if hung is not None:
            found: Defined | NotDefined = not_imported(hung, self.place, self.warm.loaded.root)
        else:
            found = load_definitions(self.warm, self.place)
        if not isinstance(found, Defined):
            self.problems = list(found.problems)
            return False
        self.problems = []
        self.warnings = [DbtWarning(OF_DEFINITIONS, text) for text in found.warnings]
        self.warnings += [
            DbtWarning(NOT_SERVED, one.message, one.path, one.line) for one in found.unserved
        ]
        self.loaded = found
        self.overlay.define(found.resolved)
        return True

    def report(self) -> DefinitionsLoaded:
        """What is reported to the UI about the last good ones."""
        if self.loaded is None:
            return DefinitionsLoaded(self.place.module, [])
        resolved = self.loaded.resolved
        return DefinitionsLoaded(
            self.place.module,
            [list(row) for row in resolved.schedules],
            len(resolved.assets),
            list(self.loaded.files),
            [list(row) for row in resolved.sensors],
            _by_condition(resolved),
            {key: dict(one.facts) for key, one in resolved.policies.items()},
            [one.unique_id for one in resolved.checks if one.blocking],
            [list(row) for row in resolved.configs],
        )

    def update(self) -> RecordChanges:
        """Bring the rows up to date with the engine's own; returns the differences."""
        self._changes += 1
        records = self.warm.records
        changes = self.overlay.update(records.assets, records.checks)
        self.warm.definitions = RunDefinitions(
            self.place,
            self.overlay.resolved,
            {
                key: self.overlay.assets[key].fingerprint
                for key, translation in self.overlay.resolved.translations.items()
                if translation.code_version and key in self.overlay.assets
            },
        )
        return changes

    def after(self, outcome: Parsed) -> Parsed:
        """The outcome of a parse as it is reported: with the rows under definitions."""
        self._changes += 1
        records, changes = self.warm.records, outcome.changes
        assets, checks = dict(records.assets), dict(records.checks)
        # The engine's own rows may follow only after the answer.
        assets.update((row.unique_id, row) for row in changes.assets)
        checks.update((row.unique_id, row) for row in changes.checks)
        for key in changes.removed:
            assets.pop(key, None)
            checks.pop(key, None)
        told = with_macros(self.overlay.update(assets, checks), changes.macros)
        return replace(outcome, changes=told, warnings=[*outcome.warnings, *self.warnings])

    def must_follow(self, changes: RecordChanges, before: Mapping[str, Asset]) -> bool:
        """Whether a parse changed what the definitions were brought together with.

        Args:
            changes: of dbt's own rows.
            before: dbt's rows before the parse.
        """
        loaded = self.loaded
        if self.problems or loaded is None or not loaded.resolved.is_plain or loaded.reads_manifest:
            return bool(changes.assets or changes.removed)
        known = loaded.resolved.translations
        return any(key in known for key in changes.removed) or any(
            row.unique_id not in before or before[row.unique_id].relation != row.relation
            for row in changes.assets
        )

    def write_manifests(self) -> None:
        """Keep the files up to date that a DbtProject asked for. Raises OSError."""
        for path in self.loaded.manifests if self.loaded is not None else ():
            bring_up_to_date(self.warm, path)

    def describe(self, unique_id: str) -> dict[str, Any] | None:
        """The facts of what Python makes; None for what is dbt's."""
        return self.overlay.describe(unique_id)


def _stamp(path: str) -> tuple[int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)


def _by_condition(resolved: Resolved) -> list[list[Any]]:
    """Each condition once, with the assets that have it."""
    found: dict[str, list[Any]] = {}
    for unique_id, condition in resolved.conditions.items():
        row = condition.row()
        found.setdefault(json.dumps(row), [row, []])[1].append(unique_id)
    return list(found.values())
