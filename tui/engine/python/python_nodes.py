"""Assets and checks that Python makes, in a run: calls their functions, reports their results."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from tui.definitions.api import (
    AssetCheckKey,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    DefinitionError,
    Definitions,
    MaterializeResult,
)
from tui.definitions.calls import called
from tui.definitions.configurable import configured_resources
from tui.definitions.errors import in_words
from tui.definitions.functions import code_digests
from tui.definitions.loader import Place, failure_of
from tui.definitions.metadata import metadata_rows
from tui.definitions.partition_inputs import PartitionInput
from tui.definitions.resolved import PythonAsset, PythonCheck
from tui.definitions.results import ROW_COUNT, AssetMaterialization, Output
from tui.definitions.retries import Failure, RetryRequested
from tui.definitions.specs import AssetSpec
from tui.engine.execution.events import EventLog
from tui.engine.execution.run_places import RunPlaces
from tui.engine.python.node_log import logger_of, printing_into
from tui.engine.python.overlay import fingerprint_of
from tui.engine.python.run_hooks import RunHooks
from tui.protocol.events import NodeStarted
from tui.protocol.messages import StartRun

T = TypeVar("T")


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

    @property
    def config(self) -> Mapping[str, Any]: ...

    @property
    def hooks(self) -> RunHooks: ...

    @property
    def places(self) -> RunPlaces: ...

    def partition_inputs(self, unique_id: str) -> dict[str, PartitionInput]: ...

    def materialized(self) -> dict[str, float]: ...


class PythonNodes:
    """The functions of the definitions, by what they make."""

    def __init__(self, run: InRun, definitions: Definitions) -> None:
        self.run = run
        self.resources = configured_resources(definitions.resources, run.config)
        self.assets = {key.to_user_string(): one for one in definitions.assets for key in one.keys}
        self.checks = {
            key.to_user_string(): one for one in definitions.asset_checks for key in one.check_keys
        }
        self.told: dict[str, AssetCheckResult] = {}
        """Results of checks that a function gave for several, or an asset's: key → result."""

    def make(self, *unique_ids: str) -> None:
        """Make one check, or the assets that one function makes together, and report each. An
        exception is the failure of all that the function has not yet yielded. A function of a pool
        waits for its place there.
        """
        one = self._definition_of(self.run.python[unique_ids[0]])
        with self.run.places.of_pool(one.pool if one is not None else None):
            self._make(unique_ids)

    def _make(self, unique_ids: Sequence[str]) -> None:
        now = time.time()
        for each in unique_ids:
            self.run.log.write(NodeStarted(at=now, unique_id=each, thread="MainThread"))
        made = {each: Made(now) for each in unique_ids}
        first = self.run.python[unique_ids[0]]
        left = dict(made)
        raised: BaseException | None = None
        try:
            if isinstance(first, PythonAsset):
                self._make_assets(made, left)
            else:
                self._make_check(first, made[first.unique_id])
        except (Exception, SystemExit) as error:  # noqa: BLE001  the user's function may raise anything
            raised = error
            if isinstance(error, DefinitionError) and not error.path:
                # What is wrong is what the function gave: its place is meant.
                error.path, error.line = first.path, first.line
            self.run.say_traceback(error, unique_ids[0])
            failure = failure_of(error, self._place(first), (first.path, first.line))
            for one in left.values():
                one.status, one.message = "error", failure.message
                one.path, one.line = self.run.shown(failure.path), failure.line
                if isinstance(error, Failure):
                    one.metadata = metadata_rows(error.metadata)
        for each, one in made.items():
            self.run.finish(each, one)
        if (definition := self._definition_of(first)) is not None:
            self.run.hooks.ended(definition, unique_ids[0], raised)

    def _definition_of(self, one: PythonAsset | PythonCheck) -> Any:
        """What has the function that is called for it; None where an asset's function tells."""
        if isinstance(one, PythonAsset):
            return self.assets.get(one.key)
        return None if one.is_told_by_asset else self.checks.get(one.key)

    def _place(self, one: PythonAsset | PythonCheck) -> Place:
        return Place(Path(one.path).parent, one.module)

    def _context(self, definition: Any, unique_id: str, **more: Any) -> AssetExecutionContext:
        made = AssetExecutionContext(
            run_id=self.run.request.run_id,
            resources=self.resources,
            assets_def=definition,
            run_tags=self.run.run_tags(),
            full_refresh=self.run.request.full_refresh,
            log=logger_of(self.run.log, unique_id),
            partitions=self.run.request.partitions,
            run_config=self.run.config,
            partition_inputs=self.run.partition_inputs(unique_id),
            **more,
        )
        if getattr(definition, "pool", None) is None:
            made.place_of = self.run.places.of_pool
        return made

    # -- calling -------------------------------------------------------------------

    def _results(
        self, definition: Any, context: AssetExecutionContext, unique_id: str
    ) -> Iterator[Any]:
        """What the function yields or returns, as soon as it does; what it prints is in the log."""
        with context.entered(), printing_into(self.run.log, unique_id):
            yield from called(definition, context, self.resources)

    def _tried(self, definition: Any, context: AssetExecutionContext, work: Callable[[], T]) -> T:
        """Work that is done again as the retry policy of a function says."""
        while True:
            try:
                return work()
            except Exception as error:
                policy = error.policy if isinstance(error, RetryRequested) else None
                policy = policy or self.run.hooks.policy_of(definition)
                may = not isinstance(error, Failure) or error.allow_retries
                if policy is None or not may or context.retry_number >= policy.max_retries:
                    raise
                context.retry_number += 1
                wait = policy.seconds_before(context.retry_number)
                context.log.warning(
                    "%s; try %d of %d follows in %.1f s", in_words(error),
                    context.retry_number + 1, policy.max_retries + 1, wait,
                )  # fmt: skip
                time.sleep(wait)

    # -- assets --------------------------------------------------------------------

    def _make_assets(self, made: Mapping[str, Made], left: dict[str, Made]) -> None:
        """Call the function that makes these assets; what it has made is taken out of `left`."""
        rows = {
            one.key: one for key in made if isinstance(one := self.run.python[key], PythonAsset)
        }
        first = next(iter(rows.values()))
        definition = self.assets.get(first.key)
        if definition is None:
            raise DefinitionError(f"The definitions no longer have the asset {first.key}.")
        specs = {key.to_user_string(): spec for key, spec in definition.specs_by_key.items()}
        for one in rows.values():
            made[one.unique_id].fingerprint = tuple(fingerprint_of(_fresh(one, definition, specs)))
        context = self._context(
            definition, first.unique_id, selected=[specs[key].key for key in rows if key in specs],
            selected_checks=[
                spec.key for spec in definition.check_specs
                if spec.asset_key.to_user_string() in rows
            ],
            is_subset=len(rows) < len(specs),
        )  # fmt: skip
        metadata: dict[str, dict[str, Any]] = {}

        def work() -> bool:
            count = 0
            for result in self._results(definition, context, first.unique_id):
                count += 1
                key = self._taken(result, definition, context, metadata)
                if key in rows and not definition.is_single:
                    left.pop(rows[key].unique_id, None)
            return count > 0

        was_told = self._tried(definition, context, work)
        for key, one in rows.items():
            told = {**metadata.get(key, {}), **context.added.get(specs[key].key, {})}
            _note(made[one.unique_id], told)
        if definition.is_single or not was_told:
            left.clear()
        for unique_id, missing in list(left.items()):
            if specs[self.run.python[unique_id].key].skippable:
                missing.status, missing.message = "skipped", "its function left it out"
                left.pop(unique_id)
        if left:
            names = ", ".join(self.run.python[key].key for key in left)
            raise definition.function.error(f"{definition.name} returned no result for {names}.")

    def _taken(
        self,
        result: Any,
        definition: AssetsDefinition,
        context: AssetExecutionContext,
        metadata: dict[str, dict[str, Any]],
    ) -> str | None:
        """The asset that a result is of, whose metadata is noted; None for anything else."""
        if isinstance(result, AssetCheckResult):
            own = result.asset_key or (definition.key if definition.is_single else None)
            self._take(result, own)
            return None
        if isinstance(result, AssetMaterialization):
            context.log_event(result)
            return None
        if isinstance(result, MaterializeResult):
            key = result.asset_key if result.asset_key is not None else definition.key
            for check in result.check_results:
                self._take(check, check.asset_key or key)
        elif isinstance(result, Output):
            key = definition.key_of_output(result.output_name)
        else:
            return None
        if key not in definition.keys:
            names = ", ".join(sorted(one.to_user_string() for one in definition.keys))
            raise DefinitionError(
                f"{definition.name} returned a result for {key}, but makes {names}."
            )
        metadata.setdefault(str(key), {}).update(result.metadata)
        return str(key)

    def _take(self, result: AssetCheckResult, own: Any) -> None:
        if not result.check_name:
            raise DefinitionError("An AssetCheckResult of an asset's function needs a check_name.")
        if not isinstance(own, AssetKey):
            raise DefinitionError(f"The result of {result.check_name} needs an asset_key.")
        self.told[AssetCheckKey(own, result.check_name).to_user_string()] = result

    # -- checks --------------------------------------------------------------------

    def _make_check(self, one: PythonCheck, made: Made) -> None:
        result = self.told.get(one.key)
        if result is None and one.is_told_by_asset:
            raise DefinitionError(
                f"The asset's function returned no result for the check {one.name}. "
                "(It runs together with its asset.)",
                path=one.path, line=one.line,
            )  # fmt: skip
        if result is None:
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
        spec = next(spec for spec in definition.specs if spec.key.to_user_string() == one.key)
        context = self._context(
            definition, one.unique_id, selected=[spec.asset_key], selected_checks=[spec.key],
            materialized=self.run.materialized(),
        )  # fmt: skip
        found = self._tried(
            definition, context, lambda: list(self._results(definition, context, one.unique_id))
        )
        if len(definition.specs) > 1:
            return self._of_several(found, definition, one)
        if len(found) == 1 and isinstance(found[0], bool):
            return AssetCheckResult(passed=found[0])
        if len(found) != 1 or not isinstance(found[0], AssetCheckResult):
            raise DefinitionError(
                f"The check {one.name} must return an AssetCheckResult, or true or false.",
                path=one.path, line=one.line,
            )  # fmt: skip
        return found[0]

    def _of_several(
        self, found: list[Any], definition: AssetChecksDefinition, one: PythonCheck
    ) -> AssetCheckResult:
        assets = {spec.name: spec.asset_key for spec in definition.specs}
        for result in found:
            if isinstance(result, AssetCheckResult):
                self._take(result, result.asset_key or assets.get(result.check_name or ""))
        if one.key not in self.told:
            raise DefinitionError(
                f"{definition.function.name} returned no result for the check {one.name}.",
                path=one.path, line=one.line,
            )  # fmt: skip
        return self.told[one.key]


def _fresh(
    one: PythonAsset, definition: AssetsDefinition, specs: Mapping[str, AssetSpec]
) -> PythonAsset:
    """An asset as its function is now, which the run has imported."""
    source = definition.function.source()
    version = specs[one.key].code_version or "" if one.key in specs else one.code_version
    return replace(one, source=source, digests=code_digests(source), code_version=version)


def _note(made: Made, metadata: Mapping[str, Any]) -> None:
    count = metadata.get(ROW_COUNT)
    made.metadata = metadata_rows(metadata)
    value = made.metadata.get(ROW_COUNT, {}).get("value")
    made.row_count = value if count is not None and isinstance(value, int) else None
