"""The profiles counted in this session: each is good until its asset is edited or built."""

from __future__ import annotations

from typing import NamedTuple

from tui.protocol.messages import Profiled
from tui.protocol.records import Fingerprint
from tui.workspace.state import WorkspaceState


class _Made(NamedTuple):
    """What a profile was counted of."""

    target: str
    fingerprint: Fingerprint
    run_id: str
    built_at: float
    sample: int


class Profiles:
    """Profiles by asset. They hold values of the database, and are not written to disk."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[_Made, Profiled]] = {}

    def get(self, state: WorkspaceState, unique_id: str, sample: int) -> Profiled | None:
        """The profile of an asset as it is now; None where it has to be counted."""
        made, profile = self._kept.get(unique_id, (None, None))
        return profile if made is not None and made == _made(state, unique_id, sample) else None

    def keep(self, state: WorkspaceState, sample: int, profile: Profiled) -> None:
        """Keep what was counted; `state` is that of when it was begun."""
        made = _made(state, profile.unique_id, sample)
        if made is not None:
            self._kept[profile.unique_id] = made, profile

    def forget(self, unique_id: str) -> None:
        """Have an asset counted again."""
        self._kept.pop(unique_id, None)


def _made(state: WorkspaceState, unique_id: str, sample: int) -> _Made | None:
    asset = state.graph.assets.get(unique_id)
    if asset is None:
        return None
    built = state.history.built.get(unique_id)
    run_id, built_at = (built.run_id, built.finished_at) if built is not None else ("", 0.0)
    return _Made(state.target, asset.fingerprint, run_id, built_at, sample)
