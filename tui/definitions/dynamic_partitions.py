"""`DynamicPartitionsDefinition`: partitions whose keys come and go while the project is open.

    customers = DynamicPartitionsDefinition(name="customers")

    @sensor(job=define_asset_job("report", "report"))
    def new_customers(context: SensorEvaluationContext):
        names = [path.stem for path in Path("inbox").glob("*.csv")]
        return SensorResult(
            dynamic_partitions_requests=[customers.build_add_request(names)],
            run_requests=[RunRequest(partition_key=name) for name in names],
        )

dbtree keeps the keys for each target. Outside of dbtree they are kept in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tui.definitions.errors import DefinitionError
from tui.definitions.partitions import RESERVED, PartitionsDefinition
from tui.protocol.dynamic_partitions import add_keys, all_keys, delete_keys

ADD, DELETE = "add", "delete"
TYPE = "dynamic"
_kept_in = [""]
"""The file with the keys in this process; empty where they are in memory."""


def keep_in(path: Path | None) -> None:
    """Keep the keys in a file from now on; None for in memory."""
    _kept_in[:] = [str(path or "")]


@dataclass(frozen=True)
class AddDynamicPartitionsRequest:
    """That keys are to be added, in a SensorResult.

    Args:
        partitions_def_name: Of the DynamicPartitionsDefinition.
        partition_keys: The keys.
    """

    partitions_def_name: str
    partition_keys: Sequence[str]

    action = ADD


@dataclass(frozen=True)
class DeleteDynamicPartitionsRequest:
    """That keys are to be deleted, in a SensorResult.

    Args:
        partitions_def_name: Of the DynamicPartitionsDefinition.
        partition_keys: The keys.
    """

    partitions_def_name: str
    partition_keys: Sequence[str]

    action = DELETE


class DynamicPartitionsDefinition(PartitionsDefinition):
    """Partitions whose keys are added and deleted while the project is open.

    Args:
        partition_fn: Not in dbtree; must be None.
        name: Under which the keys are kept.

    Raises:
        DefinitionError: without a name.
    """

    def __init__(
        self,
        partition_fn: Callable[..., Any] | None = None,
        name: str | None = None,
        *,
        store: str | None = None,
    ) -> None:
        """`store` is where the keys are kept, of partitions that reach another process."""
        if partition_fn is not None:
            raise DefinitionError(
                "DynamicPartitionsDefinition(partition_fn=…): give it a name, and add the keys."
            )
        if not name or not isinstance(name, str):
            raise DefinitionError(
                'DynamicPartitionsDefinition needs a name: DynamicPartitionsDefinition(name="…").'
            )
        self.name = name
        self._store = _kept_in[-1] if store is None else store

    def get_partition_keys(
        self, current_time: datetime | None = None, dynamic_partitions_store: Any = None
    ) -> Sequence[str]:
        """All keys, in the order in which they were added.

        Args:
            current_time: Accepted and left alone.
            dynamic_partitions_store: A DagsterInstance; by default the one of this process.
        """
        if isinstance(dynamic_partitions_store, DagsterInstance):
            return dynamic_partitions_store.get_dynamic_partitions(self.name)
        return DagsterInstance(self._store).get_dynamic_partitions(self.name)

    def has_partition_key(
        self,
        partition_key: str,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> bool:
        """Whether there is such a partition now; the arguments are those of get_partition_keys."""
        return partition_key in self.get_partition_keys(current_time, dynamic_partitions_store)

    def build_add_request(self, partition_keys: Sequence[str]) -> AddDynamicPartitionsRequest:
        """What a SensorResult is given to add keys. Raises DefinitionError for what is no key."""
        return AddDynamicPartitionsRequest(self.name, checked_keys(partition_keys))

    def build_delete_request(self, partition_keys: Sequence[str]) -> DeleteDynamicPartitionsRequest:
        """What a SensorResult is given to delete keys."""
        return DeleteDynamicPartitionsRequest(self.name, list(partition_keys))

    def facts(self) -> dict[str, Any]:
        """What it is made of, for JSON."""
        return {"type": TYPE, "name": self.name, "store": self._store}


def checked_keys(keys: Iterable[Any]) -> list[str]:
    """Keys as they were given. Raises DefinitionError for what cannot be one."""
    if isinstance(keys, str):
        raise DefinitionError(f"partition_keys is a list: [{keys!r}].")
    found = list(keys)
    for key in found:
        if not isinstance(key, str) or not key.strip() or "..." in key or RESERVED & set(key):
            raise DefinitionError(
                f"{key!r} cannot be the key of a partition: it must be a text without `...`, `|`, "
                "`,`, `[` and `]`."
            )
        if not key.isprintable():
            raise DefinitionError(f"The key {key!r} has characters that cannot be shown.")
    return found


_in_memory: dict[str, list[str]] = {}
"""The keys where nobody keeps them: outside of dbtree."""


class DagsterInstance:
    """What dbtree has of Dagster's instance: the keys of dynamic partitions.

    `context.instance` is the one that belongs to the project and its target.
    """

    def __init__(self, store: str = "", keys: dict[str, list[str]] | None = None) -> None:
        self._store = store
        self._keys = _in_memory if keys is None else keys

    @staticmethod
    def get() -> DagsterInstance:
        """The one of this process."""
        return DagsterInstance(_kept_in[-1])

    @staticmethod
    def ephemeral() -> DagsterInstance:
        """One of its own, for a test."""
        return DagsterInstance("", {})

    def __enter__(self) -> DagsterInstance:
        return self

    def __exit__(self, *_: object) -> None:
        """There is nothing to close."""

    def get_dynamic_partitions(self, partitions_def_name: str) -> Sequence[str]:
        """The keys of a definition, in the order in which they were added."""
        kept = all_keys(self._store) if self._store else self._keys
        return list(kept.get(partitions_def_name, ()))

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        """Whether a definition has a key."""
        return partition_key in self.get_dynamic_partitions(partitions_def_name)

    def add_dynamic_partitions(
        self, partitions_def_name: str, partition_keys: Sequence[str]
    ) -> None:
        """Add keys to a definition; those that are there stay. Raises DefinitionError for what
        cannot be a key, or be written.
        """
        keys = checked_keys(partition_keys)
        if not self._store:
            there = self._keys.setdefault(partitions_def_name, [])
            there += [key for key in dict.fromkeys(keys) if key not in there]
            return
        try:
            add_keys(self._store, partitions_def_name, keys)
        except OSError as error:
            raise DefinitionError(f"The keys cannot be written: {error.strerror}.") from error

    def delete_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> None:
        """Delete a key of a definition. Raises DefinitionError where it cannot be written."""
        if not self._store:
            there = self._keys.get(partitions_def_name, [])
            self._keys[partitions_def_name] = [key for key in there if key != partition_key]
            return
        try:
            delete_keys(self._store, partitions_def_name, [partition_key])
        except OSError as error:
            raise DefinitionError(f"The keys cannot be written: {error.strerror}.") from error

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise DefinitionError(
            f"dbtree has no instance with {name}: it has the keys of dynamic partitions alone; "
            "`dbtree runs --json` and `dbtree ls --json` tell its history."
        )
