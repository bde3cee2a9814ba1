"""What is told of the critical path of a run. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.text.formats import human_duration, plural
from tui.ui.rows import name_of
from tui.ui.theme.glyphs import Glyphs
from tui.workspace.state import WorkspaceState

if TYPE_CHECKING:
    from tui.runs.critical_path import CriticalPath

NOTABLE = 0.05
"""A run that would be less than that part shorter would not be shorter."""
ENDS = 3
"""So many nodes are named at the beginning and at the end of a long path."""


def saving(whole: float, path: CriticalPath) -> float:
    """Seconds that more threads would save of so many; 0 where that is not worth telling."""
    saved = whole - path.seconds
    return saved if saved > whole * NOTABLE else 0.0


def saving_words(whole: float, path: CriticalPath, *, was: bool) -> str:
    """What more threads would do for a run, or `was`: would have done."""
    saved = saving(whole, path)
    if was:
        return f"more threads: up to {rough(saved)} less" if saved else "more threads: no faster"
    if saved:
        return f"more threads would save up to {rough(saved)}"
    return "more threads would not help"


def rough(seconds: float) -> str:
    """A duration in two digits: it is compared, not measured."""
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    return f"{seconds:.0f}s" if seconds < 60 else human_duration(seconds)


def path_names(state: WorkspaceState, nodes: Sequence[str], glyphs: Glyphs) -> str:
    """The chain in names; of a long one its two ends."""
    names = [name_of(state, key) for key in nodes]
    if len(names) > 2 * ENDS + 1:
        between = plural(len(names) - 2 * ENDS, "more", "more")
        names = [*names[:ENDS], between, *names[-ENDS:]]
    return f" {glyphs.arrow} ".join(names)
