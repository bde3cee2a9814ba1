"""P1 as a person sees it, P1c and P1d: from the start of the window to what it can do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.bench import dbtree_side as ours
from tests.bench.dbt_side import dbt
from tests.bench.dbts import environment
from tests.bench.projects import Projects, unparsed
from tests.bench.table import Row, Target, median_row
from tests.bench.warm_dbt import KEEPING, engine_that_stays, wait_until_warm
from tests.end_to_end.user import User
from tests.terminal import PROGRAM, Terminal

Say = Callable[[str], None]

REPEATS = 5
LOOKS_A_SECOND = 20
PATIENCE = 600.0
SEEN = {1000: Target("≤ 1.4 ×", 1.4, "ratio"), 10_000: Target("≤ 1.8 ×", 1.8, "ratio")}
ALIVE = {1000: Target("≤ 0.8 s", 0.8, "value")}
COLD = {1000: Target("≤ 0.8 ×", 0.8, "ratio")}
CONFIRMED = {1000: Target("≤ 0.6 ×", 0.6, "ratio"), 10_000: Target("≤ 0.6 ×", 0.6, "ratio")}


# ------------------------------------------------------------------ as a person sees it


def start_as_seen(projects: Projects, say: Say) -> Row:
    """P1: as `start` measures it, but looked at in tmux, twenty times a second."""
    say(f"{projects.models:,} models: starts in tmux")
    row = ours.some_row(projects.dbtree)
    trees, hellos = [], []
    with tempfile.TemporaryDirectory() as directory, _tmux(Path(directory)) as tmux:
        hello = Path(directory) / "hello.py"
        hello.write_text(ours.HELLO, "utf-8")
        _time_to_see(tmux, (str(PROGRAM),), projects.dbtree, "watching", leave=True)
        for _ in range(REPEATS):
            command = (sys.executable, str(hello))
            hellos.append(_time_to_see(tmux, command, Path(directory), "Hello, world"))
            trees.append(_time_to_see(tmux, (str(PROGRAM),), projects.dbtree, row))
    return median_row(
        "P1", "start to tree, as seen in tmux", projects.models, trees,
        other_samples=hellos, other_is="Textual hello", target=SEEN.get(projects.models),
    )  # fmt: skip


Tmux = Callable[..., str]


@contextmanager
def _tmux(directory: Path) -> Iterator[Tmux]:
    """A server of its own; what is given is done by `tmux`, whose output is returned."""
    socket = directory / "tmux"

    def tmux(*words: str) -> str:
        command = ["tmux", "-S", str(socket), "-f", os.devnull, *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    tmux("new-session", "-d", "-s", "rest", "cat")
    try:
        yield tmux
    finally:
        tmux("kill-server")


def _time_to_see(
    tmux: Tmux, command: Sequence[str], place: Path, text: str, *, leave: bool = False
) -> float:
    """Seconds from the start of a program until its pane has a text; then it is killed, or left
    with `q`.
    """
    named = [word for item in environment(place).items() for word in ("-e", "=".join(item))]
    size = ("-x", "130", "-y", "36")
    started = time.monotonic()
    tmux("new-session", "-d", "-s", "seen", *size, "-c", str(place), *named, *command)
    try:
        while time.monotonic() - started < PATIENCE:
            if text in tmux("capture-pane", "-p", "-t", "seen"):
                return time.monotonic() - started
            time.sleep(1 / LOOKS_A_SECOND)
    finally:
        pid = int(tmux("display-message", "-p", "-t", "seen", "#{pane_pid}"))
        if leave:
            tmux("send-keys", "-t", "seen", "q")
        else:
            tmux("kill-session", "-t", "seen")
        _wait_for_end(pid)
    raise RuntimeError(f"{' '.join(command)} did not show {text!r}")


def _wait_for_end(pid: int) -> None:
    """Wait until a process that is no child has ended, so that it takes nothing from the next."""
    until = time.monotonic() + PATIENCE
    while os.path.exists(f"/proc/{pid}") and time.monotonic() < until:
        time.sleep(0.01)


# ------------------------------------------------------------------ to the first node


def first_nodes(projects: Projects, say: Say, repeats: int) -> Iterator[Row]:
    """P1c: from the start to the first node of a run, the key pressed with the first frame; with an
    engine that stays, and without one. `repeats`: how often dbt is measured.
    """
    root = projects.dbtree
    ours.build_once(projects)
    row = projects.model
    with ours.opened(projects.dbtree) as user:
        user.goes_to(row)  # where the next start finds the cursor
    say(f"{projects.models:,} models: first nodes, an engine alive")
    with engine_that_stays(root):
        ours.run_dbtree(root, "ls", **KEEPING)
        wait_until_warm(root, "kept")
        alive = [_time_to_first_node(root, row, **KEEPING) for _ in range(REPEATS)]
    say(f"{projects.models:,} models: first nodes without an engine, and dbt")
    cold, runs = [], []
    (projects.dbt / "generated.duckdb").write_bytes((root / "generated.duckdb").read_bytes())
    for _ in range(repeats):
        runs.append(dbt(projects.dbt, "run", "-s", projects.model).seconds)
        cold.append(_time_to_first_node(root, row))
    for what, samples, targets in (
        ("start to first node, engine alive", alive, ALIVE),
        ("start to first node, no engine", cold, COLD),
    ):
        yield median_row(
            "P1c", what, projects.models, samples, other_samples=runs,
            other_is="dbt run -s model", target=targets.get(projects.models),
        )  # fmt: skip


def _time_to_first_node(root: Path, row: str, **more: str) -> float:
    """Seconds from the start of dbtree, whose `m` is pressed when a row of the tree is painted,
    until the first node starts.
    """
    runs = root / ".dbtree" / "runs"
    before = ours.names_of(runs)
    started_at = {**environment(root), **more}
    clock = time.time() - time.monotonic()
    with Terminal([PROGRAM], cwd=root, environment=started_at) as terminal:
        user = User(terminal)
        user.sees(row, PATIENCE)
        user.presses("m")
        _, first, _ = ours.until_run_ends(user, runs, before)
        user.sees_ready(PATIENCE)
        user.leaves()
        return first - clock - terminal.started_at


# ------------------------------------------------------------------ a project never seen


def first_open(projects: Projects, say: Say, repeats: int) -> Row:
    """P1d: from the start on a project that was never parsed until dbt has confirmed the tree."""
    opens, parses = [], []
    for _ in range(repeats):
        say(f"{projects.models:,} models: first open, and dbt's first parse")
        with tempfile.TemporaryDirectory(dir=projects.dbtree.parent) as directory:
            project = unparsed(projects.models, Path(directory) / "project")
            opens.append(_time_to_confirmed(project))
            shutil.rmtree(project)
        parses.append(dbt(projects.dbt, "parse", "--no-partial-parse").seconds)
    return median_row(
        "P1d", "first open to confirmed tree", projects.models, opens, other_samples=parses,
        other_is="dbt parse --no-partial-parse", target=CONFIRMED.get(projects.models),
    )  # fmt: skip


def _time_to_confirmed(project: Path) -> float:
    with Terminal([PROGRAM], cwd=project, environment=environment(project)) as terminal:
        user = User(terminal)
        seconds = user.sees_ready(PATIENCE) - terminal.started_at
        user.leaves()
        return seconds
