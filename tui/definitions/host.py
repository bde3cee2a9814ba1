"""Who runs the definitions: dbtree's engine, one of its runs, or any other Python.

What `prepare_if_dev`, a manifest's path and `DbtCliResource.cli` do depends on it. The engine puts
a host of its own in place of the one here before it imports the user's module.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tui.definitions.dynamic_partitions import keep_in
from tui.definitions.errors import ManifestMissing

if TYPE_CHECKING:
    from tui.definitions.context import AssetExecutionContext
    from tui.definitions.dbt_listing import DbtSelected
    from tui.definitions.executions import CommandLine, Execution


class Preparable(Protocol):
    """A dbt project whose manifest can be brought up to date: a DbtProject."""

    @property
    def project_dir(self) -> Path:
        """The directory of dbt_project.yml."""

    @property
    def manifest_path(self) -> Path:
        """Where its manifest lies."""


class Connected(Protocol):
    """What says how dbt is to open a project: a DbtProject or a DbtCliResource."""

    is_command_line: bool
    """Whether it is dbt's command line, whose word counts before a DbtProject's."""
    profile: str | None
    target: str | None
    stated_profiles_dir: Path | None
    """Where profiles.yml is, as it was given; None where nobody said it."""

    @property
    def project_dir(self) -> Path | str:
        """The directory of dbt_project.yml."""


class Host:
    """Any Python that imports the definitions: nothing is prepared, manifests are files."""

    is_dev = False
    """Whether this is `dbtree` or `dbtree dev`, where manifests are made anew."""
    base: Path | None = None
    """From where relative directories are looked for first: the place of the definitions."""
    partition_keys: Path | None = None
    """The file with the keys of dynamic partitions; None where they are kept in memory."""

    def note(self, one: Connected) -> None:
        """A project or a command line was made."""

    def prepare(self, project: Preparable) -> None:
        """Bring a project's manifest up to date."""

    def manifest(self, path: Path) -> Mapping[str, Any]:
        """The manifest that is at a path. Raises ManifestMissing."""
        try:
            loaded = json.loads(path.read_bytes())
        except OSError as error:
            raise ManifestMissing(
                f"There is no manifest at {path}. Make it with "
                "`dbtree project prepare-and-package --file FILE`, FILE having the DbtProject."
            ) from error
        except ValueError as error:
            raise ManifestMissing(f"{path} is not valid JSON: {error}.") from error
        if not isinstance(loaded, dict):
            raise ManifestMissing(f"{path} is not a manifest.")
        return loaded

    def can_check(self, definition: DbtSelected) -> bool:
        """Whether the nodes of a `@dbt_assets` function are known at once, so that what is wrong
        with them can be told where it is defined.
        """
        path = definition.manifest_path
        return definition.takes_everything and (path is None or path.is_file())

    def select(self, definition: DbtSelected) -> frozenset[str]:
        """The nodes that dbt's selectors select: here dbt is asked, as a process of its own.

        Raises:
            DefinitionError: when there is no project, or dbt fails.
        """
        from tui.definitions.dbt_listing import listed

        return listed(definition)

    def execute(
        self,
        resource: CommandLine,
        args: Sequence[str],
        context: AssetExecutionContext | None,
        target_path: Path | None,
    ) -> Execution:
        """Begin a dbt command: here as a process of its own."""
        from tui.definitions.dbt_selection_words import selection_words
        from tui.definitions.executions import ProcessExecution

        words = selection_words(args, context)
        return ProcessExecution(resource, args, target_path, words.options, words.environment)


_current: list[Host] = [Host()]


def host() -> Host:
    """The host of this process."""
    return _current[-1]


def set_host(new: Host) -> None:
    """Put a host in place; for dbtree's engine and for tests."""
    _current[:] = [new]
    keep_in(new.partition_keys)
