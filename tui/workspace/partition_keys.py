"""The keys of dynamic partitions of an open project: changed by the user, and looked at, since
runs, sensors and other windows change them, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

from tui.definitions.dynamic_partitions import checked_keys
from tui.definitions.errors import DefinitionError
from tui.definitions.partition_rows import dynamic_of, partitions_of
from tui.errors import RunError
from tui.protocol.dynamic_partitions import (
    Stamp,
    add_keys,
    all_keys,
    delete_keys,
    keys_path,
    stamp_of,
)
from tui.workspace.state import WorkspaceState

INTERVAL = 1.0
"""Seconds between two looks at the file."""


class PartitionKeys:
    """The keys of the definitions of dynamic partitions, on the target."""

    def __init__(
        self, state: Callable[[], WorkspaceState], publish: Callable[[Stamp | None], None]
    ) -> None:
        """`publish` is told which version of the file there is now."""
        self._state = state
        self._publish = publish

    @property
    def _path(self) -> Path:
        state = self._state()
        return keys_path(state.project.state_dir, state.target)

    async def follow(self) -> None:
        """Tell each change, until this is cancelled."""
        while True:
            self._look()
            await asyncio.sleep(INTERVAL)

    def _look(self) -> None:
        if (stamp := stamp_of(self._path)) != self._state().partition_keys:
            self._publish(stamp)

    def names(self) -> list[str]:
        """The names of all definitions that assets have."""
        rows = {asset.partitions for asset in self._state().graph.assets.values()} - {""}
        return sorted({one.name for row in rows for one in dynamic_of(partitions_of(row))})

    def keys(self, name: str) -> list[str]:
        """The keys of a definition, in the order in which they were added. Raises RunError for an
        unknown one.
        """
        self._expect_known(name)
        return list(all_keys(self._path).get(name, ()))

    def add(self, name: str, keys: Iterable[str]) -> list[str]:
        """Add keys; those that are new. Raises RunError."""
        return self._change(add_keys, name, keys)

    def delete(self, name: str, keys: Iterable[str]) -> list[str]:
        """Delete keys; those that were there. What runs left for them stays. Raises RunError."""
        return self._change(delete_keys, name, keys)

    def _change(
        self, change: Callable[[Path, str, list[str]], list[str]], name: str, keys: Iterable[str]
    ) -> list[str]:
        project = self._state().project
        if refusal := project.guest_refusal or project.run_refusal:
            raise RunError(refusal)
        self._expect_known(name)
        try:
            found = change(self._path, name, checked_keys([key.strip() for key in keys]))
        except DefinitionError as error:
            raise RunError(error.message) from error
        except OSError as error:
            words = f"The keys of partitions cannot be written: {error.strerror}."
            raise RunError(words) from error
        self._look()
        return found

    def _expect_known(self, name: str) -> None:
        known = self.names()
        if name in known:
            return
        if not known:
            raise RunError("No asset of this project has dynamic partitions.")
        there = ", ".join(known)
        raise RunError(f"There are no dynamic partitions {name!r}.", hint=f"There are: {there}.")
