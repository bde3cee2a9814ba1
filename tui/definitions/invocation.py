"""`DbtCliInvocation`: what `dbt.cli([...])` returns, and the events that it streams."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from tui.definitions.context import AssetExecutionContext
from tui.definitions.dbt_resources import Props, node_of, tested
from tui.definitions.errors import DbtCliError, DefinitionError
from tui.definitions.executions import Execution, Process
from tui.definitions.keys import AssetKey
from tui.definitions.metadata import MetadataValue, TableColumn, TableSchema, plain
from tui.definitions.results import (
    ROW_COUNT,
    AssetCheckResult,
    AssetCheckSeverity,
    BuiltAsset,
    BuiltOutput,
    MaterializeResult,
)
from tui.definitions.translator import DbtTranslator

DbtEvent = MaterializeResult | AssetCheckResult
BUILT = frozenset({"model", "seed", "snapshot", "function"})
SUCCESSFUL = frozenset({"success", "no-op", "reused", "warn"})
"""The statuses of nodes that are as they should be now, whether dbt built them anew or not."""
EMPTY = ("", "None", None)
TESTS = frozenset({"test", "unit_test"})


@dataclass(frozen=True)
class DbtCliEventMessage:
    """One event of dbt's log."""

    raw_event: Mapping[str, Any]
    """As dbt's JSON log has it: `info` and `data`."""

    @property
    def event_name(self) -> str:
        return str(self.raw_event["info"].get("name", ""))

    @property
    def level(self) -> str:
        return str(self.raw_event["info"].get("level", ""))

    def __str__(self) -> str:
        return str(self.raw_event["info"].get("msg", ""))


class DbtCliInvocation:
    """A dbt command that was begun.

    In a run of dbtree the command is done when `cli` returns: its events went to the run's log and
    to the screen while it worked, and `stream` yields its results after it. (In Dagster the
    command goes on while the results are streamed.)
    """

    def __init__(
        self,
        execution: Execution,
        *,
        manifest: Callable[[], Mapping[str, Any]],
        translator: DbtTranslator,
        context: AssetExecutionContext | None,
        raise_on_error: bool,
    ) -> None:
        self._execution = execution
        self._manifest = manifest
        self._translator = translator
        self._raise_on_error = raise_on_error
        self.context = context
        self.responses: dict[str, Mapping[str, Any]] = {}
        """What the adapter said of each node whose result was streamed."""

    @property
    def target_path(self) -> Path:
        """Where the command writes its artifacts."""
        return self._execution.target_path

    @property
    def manifest(self) -> Mapping[str, Any]:
        """The manifest that the keys of the results come from."""
        return self._manifest()

    @property
    def dagster_dbt_translator(self) -> DbtTranslator:
        """The translator that the keys of the results come from."""
        return self._translator

    @property
    def process(self) -> Process:
        """The process of the command, as far as it can be told: its arguments and exit code."""
        return self._execution.process

    @property
    def adapter(self) -> Any:
        """Dbt's adapter, connected, in a run of dbtree. Raises DefinitionError anywhere else."""
        return self._execution.adapter

    @property
    def dbt_command(self) -> str:
        """The command as a shell has it."""
        return shlex.join(self._execution.command)

    def wait(self) -> DbtCliInvocation:
        """Wait for the end. Raises DbtCliError when dbt failed, unless `raise_on_error=False`."""
        ended_well = self._execution.finish()
        if not ended_well and self._raise_on_error:
            raise self._failure()
        return self

    def is_successful(self) -> bool:
        """Wait for the end; whether dbt succeeded."""
        return self._execution.finish()

    def get_error(self) -> Exception | None:
        """Wait for the end; what went wrong, if anything did."""
        return None if self._execution.finish() else self._failure()

    def _failure(self) -> DbtCliError:
        words = self._execution.error()
        return DbtCliError(f"`{self.dbt_command}` failed: {words}")

    def get_artifact(self, artifact: str) -> dict[str, Any]:
        """A file that dbt wrote (`run_results.json`, `manifest.json`, `catalog.json`, …), once it
        has ended. Raises DefinitionError where there is none.
        """
        self._execution.finish()
        path = self.target_path / artifact
        try:
            loaded = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise DefinitionError(f"{path} cannot be read: {error}.") from error
        return dict(loaded)

    def stream_raw_events(self) -> Iterator[DbtCliEventMessage]:
        """The events of dbt's log. Raises DbtCliError at the end when dbt failed."""
        for raw in self._execution.events():
            yield DbtCliEventMessage(raw)
        self.wait()

    def stream(self) -> DbtEventIterator:
        """A MaterializeResult for each model, seed and snapshot that was built, and an
        AssetCheckResult for each test.

        Raises:
            DbtCliError: at the end, when dbt failed, unless told not to.
        """
        return DbtEventIterator(self._results(), self)

    def _results(self) -> Iterator[DbtEvent]:
        for message in self.stream_raw_events():
            if message.event_name == "NodeFinished":
                yield from self._result(message)

    def _result(self, message: DbtCliEventMessage) -> Iterator[DbtEvent]:
        data = message.raw_event["data"]
        info, outcome = data.get("node_info") or {}, data.get("run_result") or {}
        kind, unique_id = info.get("resource_type"), str(info.get("unique_id", ""))
        told = (outcome.get("status"), info.get("node_status"), data.get("status"))
        status = str(next((one for one in told if one not in EMPTY), "")).lower()
        metadata: dict[str, Any] = {
            "unique_id": unique_id,
            "invocation_id": str(message.raw_event["info"].get("invocation_id") or ""),
            "status": status,
        }
        if kind in BUILT and status in SUCCESSFUL and info.get("materialized") != "ephemeral":
            key = self._translator.get_asset_key(self.props(unique_id))
            metadata |= _timing(info, outcome)
            self.responses[unique_id] = outcome.get("adapter_response") or {}
            if self.context is not None and self.context.has_assets_def:
                name = key.to_python_identifier()
                yield BuiltOutput(asset_key=key, output_name=name, metadata=metadata)
            else:
                yield BuiltAsset(asset_key=key, metadata=metadata)
        elif kind in TESTS and status in ("pass", "warn", "fail", "error"):
            asset = self._tested(unique_id)
            if asset is not None:
                yield AssetCheckResult(
                    passed=status == "pass",
                    asset_key=asset,
                    check_name=str(info.get("node_name") or unique_id),
                    severity=_severity(status),
                    metadata={**metadata, **_duration(info), **_failed_rows(outcome)},
                )

    def props(self, unique_id: str) -> Props:
        """A node as the manifest has it. Raises DefinitionError for an unknown one."""
        return node_of(self._manifest(), unique_id)

    def _tested(self, unique_id: str) -> AssetKey | None:
        """The asset that a test is of; the last that it reads where it could be of several."""
        manifest = self._manifest()
        parents = (self.props(unique_id).get("depends_on") or {}).get("nodes") or [None]
        found = tested(manifest, unique_id) or parents[-1]
        return self._translator.get_asset_key(self.props(found)) if found else None


class DbtEventIterator(Iterator[DbtEvent]):
    """The results of a dbt command, to `yield from`; more can be fetched with each of them."""

    def __init__(self, events: Iterator[DbtEvent], invocation: DbtCliInvocation) -> None:
        self._events = events
        self._invocation = invocation

    def __next__(self) -> DbtEvent:
        return next(self._events)

    def __iter__(self) -> DbtEventIterator:
        return self

    def fetch_row_counts(self) -> DbtEventIterator:
        """With the number of rows of each table, as the metadata `dagster/row_count`; views are
        left out. One query for each.
        """
        return DbtEventIterator(self._with(self._row_count), self._invocation)

    def with_insights(
        self, skip_config_check: bool = False, record_observation_usage: bool = True
    ) -> DbtEventIterator:
        """With what the warehouse said of each query: bytes, slots, its id.

        Args:
            skip_config_check: Accepted and left alone: dbtree needs no query comments.
            record_observation_usage: Accepted and left alone.
        """
        return DbtEventIterator(self._with(self._insights), self._invocation)

    def fetch_column_metadata(self, with_column_lineage: bool = False) -> DbtEventIterator:
        """With the columns of each relation as the database has them.

        They are the metadata `dagster/column_schema`. Column lineage is on the asset's page.
        """
        return DbtEventIterator(self._with(self._columns), self._invocation)

    def _with(self, fetch: Callable[[Props], Mapping[str, Any]]) -> Iterator[DbtEvent]:
        for event in self._events:
            if isinstance(event, MaterializeResult):
                props = self._invocation.props(str(plain(event.metadata["unique_id"])))
                yield replace(event, metadata={**event.metadata, **fetch(props)})
            else:
                yield event

    def _insights(self, props: Props) -> Mapping[str, Any]:
        response = self._invocation.responses.get(props["unique_id"]) or {}
        return {
            str(name): value
            for name, value in response.items()
            if name not in ("_message", "code", "rows_affected") and value not in EMPTY
        }

    def _row_count(self, props: Props) -> Mapping[str, Any]:
        if (props.get("config") or {}).get("materialized") == "view":
            return {}
        statement = f"select count(*) from {props['relation_name']}"
        rows = self._invocation._execution.query(statement)
        return {ROW_COUNT: int(rows[0][0])}

    def _columns(self, props: Props) -> Mapping[str, Any]:
        found = self._invocation._execution.columns(props["unique_id"])
        said = {name.lower(): column for name, column in (props.get("columns") or {}).items()}
        columns = [
            TableColumn(name, kind, (said.get(name.lower()) or {}).get("description") or None)
            for name, kind in found
        ]
        return {"dagster/column_schema": MetadataValue.table_schema(TableSchema(columns))}


def _severity(status: str) -> AssetCheckSeverity:
    return AssetCheckSeverity.WARN if status == "warn" else AssetCheckSeverity.ERROR


def _duration(info: Mapping[str, Any]) -> dict[str, Any]:
    """The seconds that a node took, where dbt says them."""
    try:
        begun = datetime.fromisoformat(info["node_started_at"].replace("Z", "+00:00"))
        ended = datetime.fromisoformat(info["node_finished_at"].replace("Z", "+00:00"))
    except (KeyError, ValueError, AttributeError, TypeError):
        return {}
    return {"Execution Duration": round((ended - begun).total_seconds(), 6)}


def _timing(info: Mapping[str, Any], outcome: Mapping[str, Any]) -> dict[str, Any]:
    """The seconds that a node took, and its rows where the adapter says them."""
    found = _duration(info)
    rows = (outcome.get("adapter_response") or {}).get("rows_affected")
    if isinstance(rows, int | float | str) and str(rows).isdecimal():
        found["rows_affected"] = int(rows)
    return found


def _failed_rows(outcome: Mapping[str, Any]) -> dict[str, Any]:
    failures = outcome.get("num_failures")
    if isinstance(failures, int | float) or str(failures).isdecimal():
        return {"dagster_dbt/failed_row_count": int(failures or 0)}
    return {}
