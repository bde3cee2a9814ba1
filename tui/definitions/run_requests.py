"""What a sensor or a schedule's function answers: `RunRequest`, `SkipReason`, `SensorResult`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import GeneratorType
from typing import Any

from tui.definitions.dynamic_partitions import (
    AddDynamicPartitionsRequest,
    DeleteDynamicPartitionsRequest,
    checked_keys,
)
from tui.definitions.errors import DefinitionError
from tui.definitions.functions import refuse_unknown
from tui.definitions.keys import AssetKey
from tui.definitions.run_config import config_tree
from tui.definitions.specs import dependencies
from tui.protocol.sensors import RunRequestRow

REFUSED = {
    "automation_condition_evaluations": "dbtree evaluates automation conditions itself.",
}


class RunRequest:
    """That a run is to be started.

    Args:
        run_key: The same key is run once, however often it is asked for.
        run_config: Settings of functions and resources: a RunConfig, or a dict.
        tags: Of the run.
        job_name: Which job, where the sensor has several.
        asset_selection: Keys, in place of all assets of the target.
        stale_assets_only: Accepted and left alone.
        partition_key: The partition to make.
        asset_check_keys: Accepted and left alone: the checks of its assets run along.

    Raises:
        DefinitionError: for what is no run configuration.
    """

    def __init__(
        self,
        run_key: str | None = None,
        run_config: Any = None,
        tags: Mapping[str, Any] | None = None,
        job_name: str | None = None,
        asset_selection: Sequence[Any] | None = None,
        stale_assets_only: bool = False,
        partition_key: str | None = None,
        asset_check_keys: Sequence[Any] | None = None,
    ) -> None:
        self.run_key = run_key
        self.run_config: Mapping[str, Any] = config_tree(run_config)
        self.tags = {key: words(value) for key, value in (tags or {}).items()}
        self.job_name = job_name
        keys = None if asset_selection is None else dependencies(asset_selection)
        self.asset_selection: tuple[AssetKey, ...] | None = keys
        self.stale_assets_only = stale_assets_only
        self.partition_key = partition_key
        self.asset_check_keys = asset_check_keys

    def row(self) -> RunRequestRow:
        """As it travels."""
        return RunRequestRow(
            self.run_key or "",
            self.job_name or "",
            [key.to_user_string() for key in self.asset_selection or ()],
            self.partition_key or "",
            self.tags,
            json.dumps(self.run_config) if self.run_config else "",
        )

    def __repr__(self) -> str:
        return f"RunRequest(run_key={self.run_key!r})"


def words(value: Any) -> str:
    """The value of a tag as text, as Dagster makes it one."""
    return value if isinstance(value, str) else json.dumps(value)


@dataclass(frozen=True)
class SkipReason:
    """Why no run is asked for."""

    skip_message: str | None = None


@dataclass(frozen=True)
class SensorResult:
    """Runs, the reason for none, and a cursor in one.

    Args:
        run_requests: The runs.
        skip_reason: Why there are none; a text or a SkipReason.
        cursor: In place of `context.update_cursor`.
        dynamic_partitions_requests: Keys of dynamic partitions that are added or deleted before
            the runs start: what `build_add_request` and `build_delete_request` give.
        asset_events: Accepted and left alone.
        automation_condition_evaluations: Not in dbtree; must be empty.
    """

    run_requests: Sequence[RunRequest] | None = None
    skip_reason: str | SkipReason | None = None
    cursor: str | None = None
    dynamic_partitions_requests: (
        Sequence[AddDynamicPartitionsRequest | DeleteDynamicPartitionsRequest] | None
    ) = None
    asset_events: Any = None
    automation_condition_evaluations: Any = None

    def __post_init__(self) -> None:
        given = {name: getattr(self, name) for name in REFUSED if hasattr(self, name)}
        refuse_unknown("SensorResult", given, REFUSED)
        if self.run_requests and self.skip_reason:
            raise DefinitionError("A SensorResult has either run_requests or a skip_reason.")


@dataclass
class Answer:
    """All that a function answered."""

    requests: list[RunRequest] = field(default_factory=list)
    skipped: str = ""
    cursor: str | None = None
    """Where the answer itself has one."""
    partitions: list[tuple[str, str, list[str]]] = field(default_factory=list)
    """Of dynamic partitions: add or delete, the name of the definition, the keys."""


def answer_of(returned: Any, name: str) -> Answer:
    """What a function returned or yielded.

    Args:
        returned: Whatever it returned.
        name: Of the sensor or schedule, for messages.

    Raises:
        DefinitionError: when it is none of what a sensor may answer.
    """
    found = Answer()
    for one in _each(returned):
        if isinstance(one, RunRequest):
            found.requests.append(one)
        elif isinstance(one, SkipReason):
            found.skipped = one.skip_message or ""
        elif isinstance(one, SensorResult):
            found.requests += one.run_requests or ()
            found.partitions += map(_partitions, one.dynamic_partitions_requests or ())
            reason = one.skip_reason
            said = reason.skip_message if isinstance(reason, SkipReason) else reason
            found.skipped = said or found.skipped
            found.cursor = one.cursor if one.cursor is not None else found.cursor
        elif one is not None:
            raise DefinitionError(
                f"{name} answered {one!r}: it may answer RunRequest, SkipReason or SensorResult."
            )
    return found


def _partitions(request: Any) -> tuple[str, str, list[str]]:
    if not isinstance(request, AddDynamicPartitionsRequest | DeleteDynamicPartitionsRequest):
        raise DefinitionError(
            f"dynamic_partitions_requests has {request!r}: use build_add_request and "
            "build_delete_request of the partitions."
        )
    keys = checked_keys(request.partition_keys)
    return request.action, request.partitions_def_name, keys


def _each(returned: Any) -> Iterator[Any]:
    if isinstance(returned, GeneratorType | list | tuple) or hasattr(returned, "__next__"):
        yield from returned
    else:
        yield returned
