"""Answers what can be asked of an open project: its engine about the manifest and the database, its
runs about what they left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.engine_client.session import EngineSession
from tui.errors import DatabaseBusy, DbtreeError, EngineError, SelectionError
from tui.protocol import messages
from tui.protocol.profiles import SAMPLE
from tui.runs.log import RunLog
from tui.runs.service import RunService
from tui.runs.values import CheckResult, Materialization, Run
from tui.workspace.partition_watch import PartitionWatch
from tui.workspace.profiles import Profiles
from tui.workspace.relation_watch import RelationWatch
from tui.workspace.state import WorkspaceState
from tui.workspace.store import WorkspaceStore

if TYPE_CHECKING:
    from tui.runs.comparison import AssetDifference, Comparison
    from tui.workspace.git_watch import GitWatch


class Queries:
    """The questions that an open project answers."""

    def __init__(
        self,
        engine: EngineSession,
        runs: RunService,
        relations: RelationWatch,
        git: Callable[[], GitWatch],
        store: WorkspaceStore,
        partitions: PartitionWatch,
        elsewhere: Callable[[], str] = str,
    ) -> None:
        """`elsewhere` gives the dbt that runs elsewhere, which goes before what is asked here."""
        self._elsewhere = elsewhere
        self._git = git
        self._engine = engine
        self._runs = runs
        self._relations = relations
        self._store = store
        self._partitions = partitions
        self._profiles = Profiles()

    @property
    def state(self) -> WorkspaceState:
        """What is current."""
        return self._store.state

    # ------------------------------------------------------- dbt and the database

    async def describe(self, unique_id: str, *, compile: bool = False) -> messages.Described:
        """Everything about one asset or check.

        Raises EngineError while there is no engine, or when it knows no such node.
        """
        reply: messages.Described = await self._engine.request(
            messages.Describe, unique_id=unique_id, compile=compile
        )
        return reply

    async def select(
        self,
        select: Sequence[str],
        exclude: Sequence[str] = (),
        *,
        command: str = "build",
        selector: str = "",
    ) -> frozenset[str]:
        """The unique_ids that dbt selects, by selectors or by the name of one in selectors.yml.

        Raises SelectionError, or EngineError without engine.
        """
        state = self.state.history.deferral.directory
        if not state and any("state:" in text for text in (*select, *exclude)):
            raise SelectionError(
                "state: compares with another state: choose one with `:defer` or --defer, a "
                "target, a directory with a manifest.json or git:BRANCH."
            )
        reply = await self._engine.ask(
            messages.Select, select=list(select), exclude=list(exclude), command=command,
            selector=selector, state=state,
        )  # fmt: skip
        if isinstance(reply, messages.Refused):
            raise SelectionError(reply.message)
        return frozenset(reply.unique_ids)

    async def preview(
        self, unique_id: str, *, limit: int = 100, where: str = "", order_by: str = ""
    ) -> messages.Previewed:
        """The first rows of an asset's relation, or those that make a check fail.

        `where` and `order_by` are SQL. Waits for the run that is going on where the
        database has a single writer. Raises EngineError, of which DatabaseBusy passes.
        """
        if where or order_by:
            self._refuse_guest()
        await self.until_readable()
        reply: messages.Previewed = await self._engine.request(
            messages.Preview, unique_id=unique_id, limit=limit, where=where, order_by=order_by
        )
        return reply

    async def inspect(self, unique_id: str) -> messages.Inspected:
        """What the database has of an asset; waits and raises as `preview` does.

        A relation that is gone although it was built makes its asset stale.
        """
        await self.until_readable()
        reply: messages.Inspected = await self._engine.request(
            messages.Inspect, unique_id=unique_id
        )
        self._relations.note(unique_id, is_there=reply.is_there)
        return reply

    async def find_relations(self) -> str:
        """Look now which relations of what was built are in the database.

        Returns why not all of that is known, in a sentence; empty where it is.
        """
        return await self._relations.look_now()

    async def count_partitions(self) -> None:
        """Count now the partitions of which anything may be other than it was."""
        await self._partitions.count_now()

    async def look_at_git(self) -> str:
        """Ask git now what the branch changes; says what it cannot tell, empty where it can."""
        git = await self._git().look()
        return git.problem or ("" if git.is_repository else "The project is in no git repository.")

    async def changed_since(self, name: str) -> frozenset[str]:
        """The assets that differ from where this branch left another one (or from HEAD).

        Raises SelectionError where git does not know it.
        """
        return await self._git().changed_since(name)

    async def export(
        self, unique_id: str, path: Path, *, where: str = "", order_by: str = ""
    ) -> messages.Exported:
        """All rows of a preview in a CSV file; waits and raises as `preview` does.

        Cells that a spreadsheet would run are marked, unless `csv_formulas` is set.
        """
        self._refuse_guest()
        await self.until_readable()
        reply: messages.Exported = await self._engine.request(
            messages.Export, unique_id=unique_id, path=str(path), where=where, order_by=order_by,
            formulas=self._keeps_formulas,
        )  # fmt: skip
        return reply

    async def profile(self, unique_id: str, *, sample: int = SAMPLE) -> messages.Profiled:
        """What the columns of an asset hold, in so many of its rows at most (0: in all).

        Kept until the asset is edited or built again. Waits and raises as `preview` does.
        """
        kept = self._profiles.get(self.state, unique_id, sample)
        if kept is not None:
            return kept
        await self.until_readable()
        state = self.state  # what is built or edited meanwhile is not what was counted
        reply: messages.Profiled = await self._engine.request(
            messages.Profile, unique_id=unique_id, sample=sample
        )
        self._profiles.keep(state, sample, reply)
        return reply

    def forget_profile(self, unique_id: str) -> None:
        """Count again the next time."""
        self._profiles.forget(unique_id)

    async def compile_query(self, unique_id: str, sql: str) -> messages.QueryCompiled:
        """What dbt makes of a query with Jinja, typed on the page of an asset. Raises EngineError,
        with the line of the text that is wrong.
        """
        self._refuse_guest()
        reply: messages.QueryCompiled = await self._engine.request(
            messages.CompileQuery, unique_id=unique_id, sql=sql
        )
        return reply

    async def query(
        self, unique_id: str, code: str, *, limit: int, explain: bool = False
    ) -> messages.Previewed:
        """The first rows of compiled SQL; waits and raises as `preview` does, with the line of the
        code that is wrong.
        """
        self._refuse_guest()
        await self.until_readable()
        reply: messages.Previewed = await self._engine.request(
            messages.Query, unique_id=unique_id, code=code, limit=limit, explain=explain
        )
        return reply

    async def export_query(self, unique_id: str, code: str, path: Path) -> messages.Exported:
        """All rows of compiled SQL in a file, Parquet or CSV; waits and raises as `preview`."""
        self._refuse_guest()
        await self.until_readable()
        reply: messages.Exported = await self._engine.request(
            messages.ExportQuery, unique_id=unique_id, code=code, path=str(path),
            formulas=self._keeps_formulas,
        )  # fmt: skip
        return reply

    async def evaluate_sensor(self, name: str, **asked: Any) -> messages.SensorEvaluated:
        """Have the function of a sensor or schedule called; `asked` as EvaluateSensor has it.

        Raises EngineError.
        """
        self._refuse_guest()
        reply: messages.SensorEvaluated = await self._engine.request(
            messages.EvaluateSensor, name=name, **asked
        )
        return reply

    async def stop(self, unique_id: str) -> None:
        """End the profile and the queries of an asset that are being answered."""
        with suppress(DbtreeError):
            await self._engine.request(messages.Stop, unique_id=unique_id)

    def _refuse_guest(self) -> None:
        """Raise EngineError where somebody looks who may not type SQL nor write a file."""
        if refusal := self.state.project.guest_refusal:
            raise EngineError(refusal)

    @property
    def _keeps_formulas(self) -> bool:
        return self.state.project.settings.preferences.get("csv_formulas") is True

    async def until_readable(self) -> None:
        """Wait for the run that goes on where the database has a single writer.

        Raises DatabaseBusy while a dbt that was started elsewhere has it.
        """
        if self.state.single_writer:
            await self._store.until(lambda state: state.active is None and not state.starting)
            if command := self._elsewhere():
                raise DatabaseBusy(f"{command} is running elsewhere.")

    # ----------------------------------------------------- runs and what they left

    async def materializations(self, unique_id: str) -> list[Materialization]:
        """What runs made of an asset on this target, newest first."""
        return await self._runs.records.materializations(unique_id)

    async def check_results(self, unique_id: str) -> list[CheckResult]:
        """The results of a check on this target, newest first."""
        return await self._runs.records.check_results(unique_id)

    async def durations(self, unique_ids: Sequence[str]) -> dict[str, float]:
        """How long assets and checks took on this target lately, in seconds, where known."""
        return await self._runs.records.durations(unique_ids)

    async def compare(self, first: str, second: str = "") -> Comparison:
        """Two runs side by side; without a second one, with the latest good run of the same
        selection. Raises RunError where there is none.
        """
        from tui.runs.compared_runs import compare_recorded

        return await asyncio.to_thread(compare_recorded, self._runs.store, first, second)

    async def difference(self, comparison: Comparison, unique_id: str) -> AssetDifference:
        """What differs in what an asset was built from in the two runs."""
        from tui.runs.compared_runs import difference_recorded

        return await asyncio.to_thread(difference_recorded, self._runs.store, comparison, unique_id)

    def run(self, run_id: str) -> Run | None:
        """One run with all its nodes, read from its log where it is not in memory."""
        return self._runs.run(run_id)

    def log(self, run_id: str) -> RunLog:
        """The log of a run, for reading lines of it."""
        return self._runs.log(run_id)
