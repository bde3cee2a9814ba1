"""A run through definitions: the user's functions, Python's assets and dbt's, in the right order.

Everything downstream of a failure is skipped, as in `dbt build`. The user's module is imported in
the run's own process, so that the code that is saved now is the code that runs.
"""

from __future__ import annotations

import json
import re
import time
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tui.definitions.api import (
    AssetCheckKey,
    AssetExecutionContext,
    AssetKey,
    DbtAssetsDefinition,
    DbtCliError,
    DefinitionError,
    Definitions,
)
from tui.definitions.calls import called
from tui.definitions.config_rows import problem_of, resources_of, wanted
from tui.definitions.configurable import configured_resources, refuse_wrong
from tui.definitions.dbt_resources import tested
from tui.definitions.host import set_host
from tui.definitions.loader import failure_of, load
from tui.definitions.metadata import metadata_rows, plain
from tui.definitions.partition_inputs import PartitionInput
from tui.definitions.partition_mappings import mapping_of
from tui.definitions.partition_rows import partitions_of
from tui.definitions.partitions import PartitionsDefinition
from tui.definitions.resolved import PythonAsset, PythonCheck
from tui.definitions.results import AssetMaterialization, MaterializeResult
from tui.engine.execution.events import EventLog, not_run
from tui.engine.execution.run_nodes import incomplete, unreported
from tui.engine.execution.run_places import RunPlaces
from tui.engine.fence.registry import DUCKDB
from tui.engine.python.dbt_invocation import InnerDbt
from tui.engine.python.manifest_view import ManifestView
from tui.engine.python.node_log import logger_of, printing_into
from tui.engine.python.python_nodes import Made, PythonNodes
from tui.engine.python.run_hooks import RunHooks
from tui.engine.python.run_host import RunHost, RunProject
from tui.engine.python.run_steps import NoOrder, Step, behind_blocking, in_the_way, steps_of
from tui.engine.records.run_definitions import RunDefinitions
from tui.protocol.dynamic_partitions import keys_path
from tui.protocol.events import FAILURES, NodeFinished, NodeMetadata, RunFinished, RunPlanned
from tui.protocol.messages import StartRun

AGAIN = frozenset({*FAILURES, "skipped"})
"""What a retry policy has built again."""
OWN_MODULE = re.compile(r"^tui\.definitions\.\w+\.(?=\w+(?::|$))", re.M)
"""Where an exception of ours is defined, in a traceback: users know it as one of `dbtree`."""
PYTHON = "python:"
"""The builders of several assets of Python's begin with it."""


class DefinedRun:
    """One run, from its plan to its end."""

    def __init__(self, warm: Any, request: StartRun, log: EventLog, told: RunDefinitions) -> None:
        self.warm = warm
        self.request = request
        self.log = log
        self.told = told
        self.python: dict[str, PythonAsset | PythonCheck] = {
            one.unique_id: one for one in told.resolved.assets
        }
        self.python.update((one.unique_id, one) for one in told.resolved.checks)
        self.status: dict[str, str] = {}
        """How each node ended."""
        self.built_at = dict(request.materialized)
        """When nodes were materialized last, before this run or in it: seconds since the epoch."""
        self.culprits: dict[str, str] = {}
        """What is downstream of these is skipped: node → the one to blame."""
        self.not_run: list[str] = []
        """What was to be built and has no result."""
        self.problem: RunFinished | None = None
        self.config: dict[str, Any] = json.loads(request.config or "{}")
        """The settings that the run was given, as Dagster's run config has them."""
        self.inner = InnerDbt(
            warm, RunProject(warm, told.fingerprints), request, log, told.resolved.builders
        )
        self.places = RunPlaces(warm.loaded.state_dir, request, log)
        log.observer = self._hear

    # -- the whole -------------------------------------------------------------

    def run(self) -> RunFinished:
        """Do all steps; the result has the time of its end left open."""
        config = self.warm.loaded.config
        host = RunHost(
            self.warm, Path(self.warm.loaded.root), Path(config.project_target_path),
            self.told.place.root, keys_path(self.warm.loaded.state_dir, config.target_name),
        )  # fmt: skip
        host.inner = self.inner
        set_host(host)
        try:
            definitions = load(self.told.place)
            self._refuse_config(definitions)
        except (Exception, SystemExit) as error:  # noqa: BLE001  the user's module may raise anything
            return self._failed(error)
        self.hooks = RunHooks(definitions, self.request, self.log, self.say_traceback, self.config)
        nodes = self._nodes()
        try:
            waits_for = behind_blocking(self._parents, self._blocking(), frozenset(nodes))
            steps = steps_of(nodes, waits_for, self._is_alone, self._builder_of)
        except NoOrder as error:
            words = f"These depend on each other in a circle: {error}."
            return RunFinished(at=0.0, status="error", elapsed=0.0, message=words)
        order = [node for step in steps for node in step.nodes]
        self.log.write(RunPlanned(at=time.time(), nodes=order))
        makers = PythonNodes(self, definitions)
        for place, step in enumerate(steps):
            self.inner.then = tuple(node for later in steps[place + 1 :] for node in later.nodes)
            possible = self._without_skipped(step)
            if not possible:
                continue
            if step.is_python or step.builder.startswith(PYTHON):
                makers.make(*possible)
            elif self.problem is None:
                self._build(definitions, replace(step, nodes=tuple(possible)))
            else:
                self._skip(possible, "")
        return self._end()

    def _refuse_config(self, definitions: Definitions) -> None:
        """Raise DefinitionError for settings that are missing, wrong, or of nothing in the run."""
        rows = wanted(self.told.resolved.configs, self.request.nodes)
        refuse_wrong(definitions, self.config, rows)
        others = resources_of(self.told.resolved.configs)
        if words := problem_of(self.config, rows, others):
            raise DefinitionError(words)

    def _nodes(self) -> list[str]:
        """What is to be run: Python's checks first, so that each runs at its asset's turn."""
        nodes = self.request.nodes
        first = [key for key in nodes if isinstance(self.python.get(key), PythonCheck)]
        assets = [one for key in nodes if isinstance(one := self.python.get(key), PythonAsset)]
        together = [key for one in assets for key in one.made_with]
        return list(dict.fromkeys((*first, *nodes, *together)))

    def _is_alone(self, node: str) -> bool:
        """Whether a function of Python's makes this node and nothing else."""
        one = self.python.get(node)
        return one is not None and not (isinstance(one, PythonAsset) and one.builder)

    def _blocking(self) -> Iterable[tuple[str, str]]:
        """Python's blocking checks, each with its asset."""
        return ((one.unique_id, one.asset) for one in self.told.resolved.checks if one.blocking)

    def _end(self) -> RunFinished:
        if self.problem is not None:
            return self.problem
        bad = self.inner.ended_badly or any(one in FAILURES for one in self.status.values())
        status = "failed" if bad or self.inner.failed_hook else "success"
        message = self.inner.failed_hook
        if self.not_run and status == "success":
            status, message = "error", incomplete(self.not_run)
        return RunFinished(at=0.0, status=status, elapsed=0.0, message=message)

    def _failed(self, error: BaseException) -> RunFinished:
        """The end of a run whose user code raised, with its traceback."""
        self.say_traceback(error)
        failure = failure_of(error, self.told.place)
        return RunFinished(
            at=0.0, status="error", elapsed=0.0, message=self.log.clean(failure.message),
            path=self.shown(failure.path), line=failure.line,
        )  # fmt: skip

    def say_traceback(self, error: BaseException, unique_id: str = "") -> None:
        """Put a traceback into the log, from the user's first line on."""
        ours = str(Path(__file__).parents[2])
        frames = traceback.TracebackException.from_exception(error)
        kept = [f for f in frames.stack if not f.filename.startswith((ours, "<frozen"))]
        frames.stack = traceback.StackSummary.from_list(kept)
        text = OWN_MODULE.sub("dbtree.", "".join(frames.format()).rstrip())
        self.log.say("error", self.log.clean(text), unique_id)

    def shown(self, path: str) -> str:
        """A path as dbtree shows it: relative to the dbt project where it is in it."""
        root = Path(self.warm.loaded.root)
        return str(Path(path).relative_to(root)) if Path(path).is_relative_to(root) else path

    # -- order and failures ------------------------------------------------------

    def _parents(self, node: str) -> Iterable[str]:
        one = self.python.get(node)
        if one is not None:
            return one.depends_on
        translation = self.told.resolved.translations.get(node)
        more = translation.depends_on if translation is not None else ()
        return (*self.warm.manifest.parent_map.get(node, ()), *more)

    def _builder_of(self, node: str) -> str:
        one = self.python.get(node)
        if isinstance(one, PythonAsset):
            return one.builder
        return self.told.resolved.builder_of(node)

    def _hear(self, event: Any) -> None:
        """Every event of the log passes here: what fails holds up what is downstream of it."""
        if not isinstance(event, NodeFinished):
            return
        self.status[event.unique_id] = event.status
        if event.status == "success":
            self.built_at[event.unique_id] = event.at
        key = event.unique_id
        if event.status == "skipped":
            self.culprits[key] = event.skipped_because or key
        elif event.status in FAILURES:
            if key.startswith(("test.", "asset_check.")):
                self._hold_up(key)
            else:
                self.culprits[key] = key
        else:
            self.culprits.pop(key, None)

    def _hold_up(self, check: str) -> None:
        """A check failed: what is downstream of its assets waits for nothing good."""
        one = self.python.get(check)
        if isinstance(one, PythonCheck) and not one.blocking:
            return
        for asset in (one.asset,) if isinstance(one, PythonCheck) else self._parents(check):
            self.culprits.setdefault(asset, check)

    def _without_skipped(self, step: Step) -> list[str]:
        """The nodes of a step that nothing is in the way of; the others are reported as skipped."""
        possible = []
        for node in step.nodes:
            culprit = in_the_way(node, self._parents, self.culprits, self.status)
            if culprit:
                self._skip([node], culprit)
            else:
                possible.append(node)
        return possible

    def _skip(self, nodes: Iterable[str], culprit: str) -> None:
        now = time.time()
        for node in nodes:
            self.log.write(
                NodeFinished(
                    at=now, unique_id=node, status="skipped", started_at=now, duration=0.0,
                    skipped_because=culprit,
                )
            )  # fmt: skip

    # -- dbt's assets --------------------------------------------------------------

    def _build(self, definitions: Definitions, step: Step) -> None:
        """Call the function that builds these nodes; plain dbt where there is none."""
        function = next((one for one in definitions.dbt_assets if one.name == step.builder), None)
        self._build_once(function, definitions, step)
        policy = self.hooks.policy_of(function) if function is not None else None
        for retry in range(1, policy.max_retries + 1 if policy is not None else 1):
            assert policy is not None
            again = [key for key in step.nodes if self.status.get(key) in AGAIN]
            if not again and self.problem is None:
                break
            wait = policy.seconds_before(retry)
            names = f"{len(again)} of {len(step.nodes)} nodes are built again"
            self.log.say("warn", f"{names}: retry {retry} of {policy.max_retries} in {wait:.1f} s")
            time.sleep(wait)
            self.problem, self.inner.ended_badly = None, False
            nodes = tuple(again) or step.nodes
            for key in nodes:
                self.culprits.pop(key, None)
            self._build_once(function, definitions, replace(step, nodes=nodes))
        missing = unreported(self.warm.manifest, step.nodes, self.status)
        self.not_run += missing
        for node in missing:
            self.log.write(not_run(node, self.inner.refusal))
        if function is not None:
            self.hooks.ended(function, "", self._failure_of(step))

    def _failure_of(self, step: Step) -> BaseException | None:
        """What a function of dbt's assets failed with; None where it succeeded."""
        bad = [key for key in step.nodes if self.status.get(key) in FAILURES]
        if self.raised is not None:
            return self.raised
        if bad or self.inner.ended_badly:
            names = ", ".join(key.split(".")[2] for key in bad) or step.builder
            return DbtCliError(f"dbt failed: {names}", path="-")
        return None

    def _build_once(
        self, function: DbtAssetsDefinition | None, definitions: Definitions, step: Step
    ) -> None:
        self.inner.nodes = frozenset(step.nodes)
        self.raised: BaseException | None = None
        try:
            if function is None:
                self.inner.run([self.request.command], exact=True)
            else:
                with self.places.of_pool(function.pool):
                    self._call(function, definitions, step)
        except DbtCliError as error:
            self.inner.ended_badly = True  # its nodes have said why
            self.raised = error
        except (Exception, SystemExit) as error:  # noqa: BLE001  the user's function may raise anything
            self.problem, self.raised = self._failed(error), error
        finally:
            release_connections()

    def _call(self, function: DbtAssetsDefinition, definitions: Definitions, step: Step) -> None:
        context = self._context(function, definitions, step)
        with context.entered(), printing_into(self.log, ""):
            resources = configured_resources(definitions.resources, self.config)
            for result in called(function, context, resources):
                if isinstance(result, MaterializeResult):
                    self._remember(result)
                elif isinstance(result, AssetMaterialization):
                    self._remember(MaterializeResult(result.asset_key, result.metadata))
        for key, metadata in context.added.items():
            self._remember(MaterializeResult(key, metadata))

    def _context(
        self, function: DbtAssetsDefinition, definitions: Definitions, step: Step
    ) -> AssetExecutionContext:
        translations = self.told.resolved.translations
        keys = {node: translations[node].key for node in step.nodes if node in translations}
        manifest = ManifestView(self.warm.manifest)
        checks = {key: tested(manifest, key) for key in step.nodes if key.startswith("test.")}
        return AssetExecutionContext(
            run_id=self.request.run_id,
            selected=[AssetKey(key.split("/")) for key in keys.values()],
            selected_checks=[
                AssetCheckKey(self._key_of(asset), manifest["nodes"][key]["name"])
                for key, asset in checks.items()
                if asset is not None
            ],
            resources=definitions.resources,
            assets_def=function,
            is_subset=not self._own_assets(function) <= keys.keys(),
            run_tags=self.run_tags(),
            full_refresh=self.request.full_refresh,
            log=logger_of(self.log),
            partitions=self.request.partitions,
            partitions_def=self._partitions_of(keys),
            run_config=self.config,
            partition_inputs={
                key: one for node in keys for key, one in self.partition_inputs(node).items()
            },
        )

    def _partitions_of(self, nodes: Iterable[str]) -> PartitionsDefinition | None:
        """The partitions that dbt's nodes are made in; None where they have none."""
        translations = self.told.resolved.translations
        rows = (translations[node].partitions for node in nodes)
        return next((partitions_of(row) for row in rows if row), None)

    def partition_inputs(self, unique_id: str) -> dict[str, PartitionInput]:
        """What a node reads that has partitions, by its key."""
        resolved = self.told.resolved
        one = resolved.translations.get(unique_id) or self.python.get(unique_id)
        mappings: Mapping[str, Any] = getattr(one, "mappings", {})
        found = {}
        for parent in (*self._parents(unique_id), *mappings):
            above = resolved.translations.get(parent) or self.python.get(parent)
            row = getattr(above, "partitions", "")
            if above is not None and row:
                said = mapping_of(mappings[parent]) if parent in mappings else None
                found[above.key] = PartitionInput(partitions_of(row), said)
        return found

    def _own_assets(self, function: DbtAssetsDefinition) -> set[str]:
        """The dbt nodes that are the assets of a function."""
        nodes = self.warm.manifest.nodes
        return {
            key
            for key in self.told.resolved.translations
            if key in nodes
            and nodes[key].config.materialized != "ephemeral"
            and self.told.resolved.builder_of(key) == function.name
        }

    def _key_of(self, unique_id: str) -> AssetKey:
        translation = self.told.resolved.translations.get(unique_id)
        return AssetKey(translation.key.split("/") if translation else unique_id)

    def run_tags(self) -> dict[str, str]:
        """What a function may ask of its run."""
        return {
            "dbtree/target": str(self.warm.loaded.config.target_name),
            "dbtree/command": self.request.command,
            "dbtree/full_refresh": str(self.request.full_refresh).lower(),
            **self.request.tags,
        }

    def materialized(self) -> dict[str, float]:
        """When assets were materialized last, by their keys."""
        found = {}
        for unique_id, at in self.built_at.items():
            one = self.python.get(unique_id)
            named = one or self.told.resolved.translations.get(unique_id)
            if named is not None:
                found[named.key] = at
        return found

    def _remember(self, result: MaterializeResult) -> None:
        """Metadata that a function added to one of dbt's assets."""
        told = ("unique_id", "invocation_id", "status", "Execution Duration", "rows_affected")
        more = {key: value for key, value in result.metadata.items() if key not in told}
        if not more:
            return
        unique_id = str(plain(result.metadata.get("unique_id")) or "")
        if not unique_id and isinstance(result.asset_key, AssetKey):
            key = result.asset_key.to_user_string()
            translations = self.told.resolved.translations
            unique_id = next((one for one, t in translations.items() if t.key == key), "")
        if unique_id:
            rows = metadata_rows(more)
            self.log.write(NodeMetadata(at=time.time(), unique_id=unique_id, metadata=rows))

    # -- Python's ----------------------------------------------------------------------

    def finish(self, node: str, made: Made) -> None:
        """Write the end of an asset or check of Python's."""
        now = time.time()
        self.log.write(
            NodeFinished(
                at=now, unique_id=node, status=made.status, started_at=made.started_at,
                duration=now - made.started_at, message=self.log.clean(made.message),
                fingerprint=list(made.fingerprint), path=made.path, line=made.line,
                row_count=made.row_count, metadata=made.metadata, failures=made.failures,
            )
        )  # fmt: skip


def release_connections() -> None:
    """Let go of the database between steps: Python's assets may open it themselves."""
    if (duckdb := DUCKDB.use()) is not None:
        duckdb.release()
