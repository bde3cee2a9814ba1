"""The user's Python definitions: imported in a forked child, so that the engine never runs them.

What they hold open, change or hang on is gone with the child; each load sees the files as they
are, without anything of the load before.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tui.definitions.api import DefinitionError
from tui.definitions.connections import Connection, connection_of
from tui.definitions.dbt_assets import DbtAssetsDefinition
from tui.definitions.dbt_listing import DbtSelected
from tui.definitions.dbt_nodes import Select, vain_methods
from tui.definitions.host import Connected, Host, Preparable, set_host
from tui.definitions.loader import Place, failure_of, forget, loading, user_files
from tui.definitions.repository import Definitions
from tui.definitions.resolved import Resolved
from tui.definitions.resolver import resolve
from tui.engine.inspect.selection import select
from tui.engine.parse.warm_manifest import WarmProject
from tui.engine.process.forked import ChildDied, in_child
from tui.engine.python.asked_connection import PATIENCE
from tui.engine.python.manifest_file import MANIFEST, bring_up_to_date
from tui.engine.python.manifest_view import ManifestView
from tui.protocol.dynamic_partitions import keys_path
from tui.protocol.messages import Refused
from tui.protocol.messages import Select as SelectRequest
from tui.protocol.records import Problem


@dataclass(frozen=True)
class Defined:
    """Definitions that were loaded."""

    resolved: Resolved
    files: tuple[str, ...] = ()
    """The user's files that were imported; absolute."""
    warnings: tuple[str, ...] = ()
    manifests: tuple[Path, ...] = ()
    """The files that a DbtProject wants to be kept up to date."""
    connection: Connection = Connection()
    """How they want the project to be opened."""
    reads_manifest: bool = False
    """Whether their own code opened one of these files: any change of the graph may matter."""
    unserved: tuple[Problem, ...] = ()
    """What a project of Dagster's asks for and dbtree does not have."""


@dataclass(frozen=True)
class NotDefined:
    """Definitions that could not be loaded."""

    problems: tuple[Problem, ...]


@dataclass
class EngineHost(Host):
    """dbtree's engine, which has the open project's manifest in memory."""

    is_dev = True
    warm: Any
    root: Path
    target_path: Path
    base: Path | None = None
    partition_keys: Path | None = None
    asked: set[Path] = field(default_factory=set)
    """The manifests that were asked for."""
    noted: list[Connected] = field(default_factory=list)
    """The projects and command lines that were made."""
    was_read: bool = False
    """Whether a file that was asked for was opened."""

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit hook of Python's, for a process that ends soon."""
        if event == "open" and self.asked and isinstance(arguments[0], str | os.PathLike):
            self.was_read = self.was_read or Path(os.path.abspath(arguments[0])) in self.asked

    def note(self, one: Connected) -> None:
        self.noted.append(one)

    def prepare(self, project: Preparable) -> None:
        """Write the manifest in memory to the project's file, unless that is what it has."""
        if not self.is_own(project.manifest_path):
            return
        self.asked.add(project.manifest_path)
        bring_up_to_date(self.warm, project.manifest_path)

    def is_own(self, manifest_path: Path) -> bool:
        """Whether a manifest is that of the open project."""
        return _is_same(manifest_path, self.target_path / MANIFEST) or _is_same(
            manifest_path.parent.parent, self.root
        )

    def manifest(self, path: Path) -> Mapping[str, Any]:
        if self.is_own(path):
            return ManifestView(self.warm.manifest)
        return super().manifest(path)

    def can_check(self, definition: DbtSelected) -> bool:
        path = definition.manifest_path
        return path is None or self.is_own(path)

    def select(self, definition: DbtSelected) -> frozenset[str]:
        chosen = "" if definition.selector else definition.select
        return _selecting(self.warm)(chosen, definition.exclude, definition.selector)

    def execute(self, *_: Any) -> Any:
        raise DefinitionError("dbt.cli is for the functions of assets: no dbt runs while the "
                              "definitions are imported.")  # fmt: skip


def load_definitions(warm: WarmProject, place: Place) -> Defined | NotDefined:
    """Import the definitions and bring them together with the manifest."""
    root = warm.loaded.root

    def work() -> Defined | NotDefined:
        if hasattr(signal, "alarm") and warm.fork:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(PATIENCE)
        try:
            return load_here(warm, place)
        except (Exception, SystemExit) as error:  # noqa: BLE001  the user's module may raise anything
            failure = failure_of(error, place)
            path = shown(failure.path, root)
            return NotDefined((Problem("definitions", failure.message, path, failure.line),))

    if not warm.fork:
        forget(place)
        return work()
    try:
        return in_child(work)
    except ChildDied as died:
        return not_imported(died, place, root)


def not_imported(died: ChildDied, place: Place, root: Path) -> NotDefined:
    """That the process which imported the definitions is gone, and why."""
    words = died.why(f"The import of {place.module}", PATIENCE)
    file = str(place.root / "pyproject.toml")
    return NotDefined((Problem("definitions", words, shown(file, root)),))


def load_here(warm: Any, place: Place) -> Defined:
    """Import the definitions in this process. Raises whatever they raise."""
    host = host_of(warm, place)
    set_host(host)
    if warm.fork:
        sys.addaudithook(host.hear)
    with loading(place) as definitions:
        _refuse_other_projects(definitions, host)
        resolved = resolve(definitions, ManifestView(warm.manifest), _selecting(warm))
    return Defined(
        resolved,
        tuple(user_files(place.root)),
        (*_differences(definitions, warm), *vain_methods(definitions)),
        tuple(sorted(host.asked)),
        connection_of(host.noted, host.root),
        host.was_read,
        tuple(
            Problem("definitions", one.message, shown(one.path, host.root), one.line)
            for one in definitions.unserved
        ),
    )


def host_of(warm: Any, place: Place) -> EngineHost:
    """The host of definitions in a process of the engine."""
    config = warm.loaded.config
    root = Path(warm.loaded.root)
    keys = keys_path(warm.loaded.state_dir, config.target_name)
    return EngineHost(warm, root, Path(config.project_target_path), place.root, keys)


def _refuse_other_projects(definitions: Definitions, host: EngineHost) -> None:
    """Refuse definitions that wrap another project than the open one."""
    for one in definitions.dbt_assets:
        path = one.manifest_path
        if path is not None and not host.is_own(path):
            raise DefinitionError(
                f"@dbt_assets {one.name} uses the project {path.parent.parent}, but {host.root} "
                "is open.",
                path=one.function.path, line=one.function.line,
            )  # fmt: skip
        if path is None:
            _refuse_other_contents(one, host)


def _refuse_other_contents(one: DbtAssetsDefinition, host: EngineHost) -> None:
    metadata = one.read_manifest().get("metadata") or {}
    name, own = metadata.get("project_name"), host.warm.loaded.config.project_name
    if name and name != own:
        raise DefinitionError(
            f"@dbt_assets {one.name} has the manifest of {name}, but {own} is open.",
            path=one.function.path, line=one.function.line,
        )  # fmt: skip


def _differences(definitions: Definitions, warm: Any) -> list[str]:
    """Where the definitions name another target or profile than the one that is open."""
    config, found = warm.loaded.config, []
    for one in definitions.dbt_resources():
        if one.target and one.target != config.target_name:
            found.append(
                f"The definitions name the target {one.target}, but {config.target_name} is open "
                f"and runs use it (change it with --target {one.target})."
            )
        if one.profile and one.profile != config.profile_name:
            found.append(
                f"The definitions name the profile {one.profile}, but {config.profile_name} is "
                "open."
            )
    return found


def _selecting(warm: Any) -> Select:
    def selected(chosen: str, exclude: str, selector: str) -> frozenset[str]:
        request = SelectRequest(0, chosen.split(), exclude.split(), "build", selector)
        reply = select(warm, request)
        if isinstance(reply, Refused):
            raise DefinitionError(reply.message)
        return frozenset(reply.unique_ids)

    return selected


def _is_same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def shown(path: str, root: Path) -> str:
    """A path as dbtree shows it: relative to the project where it is in it."""
    inside = os.path.relpath(path, root)
    return path if inside.startswith("..") else inside.replace(os.sep, "/")
