"""Assets and checks that Python makes, in a run: calls their functions, reports their results."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import GeneratorType
from typing import Any, Protocol

from tui.definitions import (
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetExecutionContext,
    AssetKey,
    DefinitionError,
    Definitions,
    MaterializeResult,
)
from tui.definitions.functions import code_digests
from tui.definitions.loader import Place, failure_of
from tui.definitions.metadata import metadata_rows
from tui.definitions.resolved import PythonAsset, PythonCheck
from tui.definitions.results import ROW_COUNT
from tui.engine.execution.events import EventLog
from tui.engine.python.overlay import fingerprint_of
from tui.protocol.events import NodeStarted
from tui.protocol.messages import StartRun


@dataclass
class Made:
    """How an asset or a check ended."""

    started_at: float
    status: str = "success"
    message: str = ""
    path: str = ""
    line: int = 0
    fingerprint: tuple[str, ...] = ()
    row_count: int | None = None
    failures: int | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


class InRun(Protocol):
    """The run, as far as it concerns Python's nodes."""

    log: EventLog
    request: StartRun
    python: dict[str, PythonAsset | PythonCheck]

    def finish(self, node: str, made: Made) -> None: ...

    def shown(self, path: str) -> str: ...

    def say_traceback(self, error: BaseException, unique_id: str = "") -> None: ...

    def run_tags(self) -> dict[str, str]: ...


class PythonNodes:
    """The functions of the definitions, by what they make."""

    def __init__(self, run: InRun, definitions: Definitions) -> None:
        self.run = run
        self.resources = definitions.resources
        self.assets = {one.key.to_user_string(): one for one in definitions.assets}
        self.checks = {one.key.to_user_string(): one for one in definitions.asset_checks}
        self.told: dict[str, AssetCheckResult] = {}
        """Results of checks that an asset's function gave: key of the check → result."""

    def make(self, unique_id: str) -> None:
        """Make one asset or check, and report it. An exception is its failure."""
        one = self.run.python[unique_id]
        self.run.log.write(NodeStarted(at=time.time(), unique_id=unique_id, thread="MainThread"))
        made = Made(time.time())
        try:
            if isinstance(one, PythonAsset):
                self._make_asset(one, made)
            else:
                self._make_check(one, made)
        except (Exception, SystemExit) as error:  # noqa: BLE001  the user's function may raise anything
            self.run.say_traceback(error, unique_id)
            failure = failure_of(error, self._place(one))
            made.status, made.message = "error", failure.message
            made.path, made.line = self.run.shown(failure.path), failure.line
        self.run.finish(unique_id, made)

    def _place(self, one: PythonAsset | PythonCheck) -> Place:
        from pathlib import Path

        return Place(Path(one.path).parent, one.module)

    def _context(self, definition: Any, one: Any, **more: Any) -> AssetExecutionContext:
        return AssetExecutionContext(
            run_id=self.run.request.run_id,
            resources=self.resources,
            assets_def=definition,
            run_tags=self.run.run_tags(),
            full_refresh=self.run.request.full_refresh,
            log=logger_of(self.run.log, one.unique_id),
            **more,
        )

    def _make_asset(self, one: PythonAsset, made: Made) -> None:
        definition = self.assets.get(one.key)
        if definition is None:
            raise DefinitionError(f"The definitions no longer have the asset {one.key}.")
        own = definition.key
        context = self._context(
            definition, one, selected=[own],
            selected_checks=[spec.key for spec in definition.check_specs],
        )  # fmt: skip
        source = definition.function.source()
        fresh = PythonAsset(
            **{
                **vars(one),
                "source": source,
                "digests": code_digests(source),
                "code_version": definition.code_version or "",
            }
        )
        made.fingerprint = tuple(fingerprint_of(fresh))
        returned = definition.function.run(context, self.resources)
        metadata: dict[str, Any] = {}
        for result in results_of(returned):
            if isinstance(result, MaterializeResult):
                if result.asset_key not in (None, own):
                    raise DefinitionError(
                        f"{one.name} returned a result for {result.asset_key}, but makes {own}."
                    )
                metadata.update(result.metadata)
                for check in result.check_results:
                    self._take(check, own)
            elif isinstance(result, AssetCheckResult):
                self._take(result, own)
        metadata.update(context.added.get(own, {}))
        count = metadata.get(ROW_COUNT)
        made.metadata = metadata_rows(metadata)
        value = made.metadata.get(ROW_COUNT, {}).get("value")
        made.row_count = value if count is not None and isinstance(value, int) else None

    def _take(self, result: AssetCheckResult, own: AssetKey) -> None:
        key = result.asset_key if isinstance(result.asset_key, AssetKey) else own
        if not result.check_name:
            raise DefinitionError("An AssetCheckResult of an asset's function needs a check_name.")
        self.told[AssetCheckKey(key, result.check_name).to_user_string()] = result

    def _make_check(self, one: PythonCheck, made: Made) -> None:
        if one.is_told_by_asset:
            result = self.told.get(one.key)
            if result is None:
                raise DefinitionError(
                    f"The asset's function returned no result for the check {one.name}. "
                    "(It runs together with its asset.)",
                    path=one.path, line=one.line,
                )  # fmt: skip
        else:
            result = self._call_check(one)
        made.metadata = metadata_rows(result.metadata)
        made.message = result.description or ""
        if result.passed:
            made.status = "pass"
        else:
            made.status = "warn" if result.severity is AssetCheckSeverity.WARN else "fail"

    def _call_check(self, one: PythonCheck) -> AssetCheckResult:
        definition = self.checks.get(one.key)
        if definition is None:
            raise DefinitionError(f"The definitions no longer have the check {one.key}.")
        context = self._context(
            definition, one, selected=[definition.asset_key], selected_checks=[definition.key]
        )
        found = list(results_of(definition.function.run(context, self.resources)))
        if len(found) == 1 and isinstance(found[0], bool):
            return AssetCheckResult(passed=found[0])
        if len(found) != 1 or not isinstance(found[0], AssetCheckResult):
            raise DefinitionError(
                f"The check {one.name} must return an AssetCheckResult, or true or false.",
                path=one.path, line=one.line,
            )  # fmt: skip
        return found[0]


def results_of(returned: Any) -> Iterator[Any]:
    """What a function returned or yields, one after the other; nothing for None."""
    if isinstance(returned, GeneratorType | list | tuple):
        yield from returned
    elif returned is not None and not isinstance(returned, Mapping):
        yield returned


class _IntoLog(logging.Handler):
    """Writes a logger's records into the run's log."""

    def __init__(self, log: EventLog, unique_id: str) -> None:
        super().__init__()
        self._log = log
        self._unique_id = unique_id

    def emit(self, record: logging.LogRecord) -> None:
        level = "error" if record.levelno >= logging.ERROR else "info"
        if logging.WARNING <= record.levelno < logging.ERROR:
            level = "warn"
        elif record.levelno < logging.INFO:
            level = "debug"
        text = record.getMessage()
        if record.exc_info:
            text += "\n" + logging.Formatter().formatException(record.exc_info)
        self._log.say(level, self._log.clean(text), self._unique_id, "Definitions")


def logger_of(log: EventLog, unique_id: str = "") -> logging.Logger:
    """A logger whose lines are in the run's log, as those of a node."""
    logger = logging.Logger(f"dbtree.{unique_id or 'definitions'}", logging.DEBUG)
    logger.addHandler(_IntoLog(log, unique_id))
    return logger
