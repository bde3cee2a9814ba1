"""Data diffs of an open project, and the baselines that are taken before builds for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from tui.errors import EngineError
from tui.protocol import baselines, messages
from tui.workspace.state import WorkspaceState
from tui.workspace.store import WorkspaceStore

if TYPE_CHECKING:
    from tui.engine_client.session import EngineSession


class DataDiffs:
    """Has the engine compare relations, and says which assets are to have a baseline."""

    def __init__(
        self,
        engine: EngineSession,
        store: WorkspaceStore,
        until_readable: Callable[[], Awaitable[None]],
    ) -> None:
        """`until_readable` waits for the run that goes on in a database with one writer."""
        self._engine = engine
        self._store = store
        self._until_readable = until_readable
        self._target: str | None = None

    def follow(self, state: WorkspaceState) -> None:
        """Publish which assets of this target have baselines taken."""
        if state.target and state.target != self._target:
            self._target = state.target
            self._store.set(baselines=baselines.wanted(state.project.state_dir, state.target))

    async def diff(
        self, unique_id: str, *, against: str = "", key: Sequence[str] = (), tolerance: float = 0.0
    ) -> messages.DataDiffed:
        """What differs in the data of an asset: since its baseline, or from another target.

        Waits for the run that goes on where the database has a single writer. A new diff takes the
        place of the one before. Raises EngineError, of which DatabaseBusy passes.
        """
        await self._until_readable()
        self._store.set(diff_progress=None)
        try:
            reply: messages.DataDiffed = await self._engine.request(
                messages.DiffData, unique_id=unique_id, against=against, key=list(key),
                tolerance=tolerance,
            )  # fmt: skip
        finally:
            self._store.set(diff_progress=None)
        return reply

    async def stop_diff(self) -> None:
        """End the diff that goes on, if one does. Raises EngineError."""
        await self._engine.request(messages.StopDiff)

    async def keep_baselines(self, unique_ids: Iterable[str], *, on: bool) -> None:
        """Have a baseline of assets taken before each of their builds, or drop it and take none.
        Those of assets that are gone from the project are dropped with it.

        Raises EngineError where it cannot be noted, or the copies cannot be dropped.
        """
        state, ids = self._store.state, list(unique_ids)
        if refusal := state.project.guest_refusal:
            raise EngineError(refusal)
        directory, target = state.project.state_dir, state.target

        def is_gone(unique_id: str) -> bool:
            return state.is_confirmed and unique_id not in state.graph.assets

        try:
            found = baselines.want(directory, target, ids, on=on)
            found = baselines.want(directory, target, filter(is_gone, found), on=False)
        except OSError as error:
            raise EngineError(f"The baselines cannot be noted: {error}") from None
        self._store.set(baselines=found)
        taken = (one.unique_id for one in baselines.all_baselines(directory, target))
        dropped = [key for key in taken if (key in ids and not on) or is_gone(key)]
        if dropped:
            await self._engine.request(messages.DropBaselines, unique_ids=dropped)
