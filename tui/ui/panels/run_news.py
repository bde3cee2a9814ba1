"""What is told of runs outside of the screen: in the terminal's title, in a notification. Pure."""

from __future__ import annotations

from tui.runs.values import BAD, GOOD, WARNED, Run
from tui.text.formats import human_duration
from tui.ui.rows.run_progress import counts_of, done_of, elapsed_of, time_left_words
from tui.ui.theme.glyphs import Glyphs
from tui.workspace.state import WorkspaceState


def title_of(state: WorkspaceState, ended: Run | None, glyphs: Glyphs, now: float) -> str:
    """The terminal's title: how far the active run is, else what came of the last one.

    `ended` is the last run that ended while somebody was there to see it.
    """
    run = state.active
    if run is not None:
        done, total = done_of(run)
        words = [f"{done:,}/{total:,}" if total else run.status]
        if left := time_left_words(state.estimates.get(run.run_id), now):
            words.append(left)
        return f"{f' {glyphs.dot} '.join(words)} {glyphs.dash} {state.project.name}"
    if ended is not None:
        sign = glyphs.node.get(ended.status, glyphs.dot)
        return f"{sign} {_what(ended)} {ended.status} {glyphs.dash} {state.project.name}"
    return f"{state.project.name} {glyphs.dash} dbtree"


def percent_of(run: Run) -> int | None:
    """How many of a hundred parts of a run are done; None where it is not known of what."""
    done, total = done_of(run)
    return done * 100 // total if total else None


def end_words(run: Run, now: float) -> str:
    """What a notification says of the end of a run: `build all: failed in 2m10s (2 failed)`."""
    words = f"{_what(run)}: {run.status} in {human_duration(elapsed_of(run, now))}"
    counts = counts_of(run)
    told = [
        f"{count:,} {word}"
        for statuses, word in ((BAD, "failed"), ({"skipped"}, "skipped"), (WARNED, "warned"),
                               (GOOD, "passed"))
        if (count := sum(counts.get(status, 0) for status in statuses))
    ]  # fmt: skip
    return f"{words} ({', '.join(told)})" if told else words


def _what(run: Run) -> str:
    return f"{run.kind} {run.label}".strip()
