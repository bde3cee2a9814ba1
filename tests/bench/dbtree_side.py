"""Measures the real dbtree from the outside, through its terminal and its run logs."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.dbts import environment
from tests.bench.projects import Projects, save
from tests.end_to_end.user import User
from tests.terminal import PROGRAM, Terminal

SLOW = 600.0
"""Seconds: the first parse of the largest project, on a busy machine."""
HELLO = """\
from textual.app import App, ComposeResult
from textual.widgets import Static


class Hello(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("Hello, world")


Hello().run()
"""
ANSWERED = {
    "j": "k", "P": "escape", "ctrl+p": "escape", ":": "escape", "s": "escape", "/": "escape",
    "f": "escape", "y": "escape", "T": "escape", "?": "escape", "enter": "escape", "2": "1",
    "F": "escape", "D": "escape", "C": "escape",
}  # fmt: skip
"""Keys that move, open or arrange something, and what takes that back."""
RESTING = 0.4
ANYTHING = re.compile(rb".", re.DOTALL)
NAME = re.compile(r"(?<!↗ )\b(l\d_m\d{5}|raw_events)\b")


def _started(project: Path) -> Terminal:
    return Terminal([PROGRAM], cwd=project, environment=environment(project))


@contextmanager
def opened(project: Path) -> Iterator[User]:
    """A dbtree that is ready in a project, and left at the end, so that it saves its snapshot."""
    with _started(project) as terminal:
        user = User(terminal)
        user.sees_ready(SLOW)
        yield user
        user.leaves()


def names_shown(user: User) -> list[str]:
    """The names of the rows that are on the screen, from the top; references are left out."""
    found = (NAME.search(line) for line in user.pane("Assets"))
    return [match.group() for match in found if match]


# ------------------------------------------------------------------ starting


def time_to_hello(directory: Path) -> float:
    """Seconds from the start of Textual's smallest app until its text is painted."""
    file = directory / "hello.py"
    file.write_text(HELLO, "utf-8")
    command: list[str | Path] = [sys.executable, file]
    with Terminal(command, cwd=directory, environment=environment(directory)) as terminal:
        seconds = terminal.wait_for("Hello, world") - terminal.started_at
        terminal.type("ctrl+q")
        terminal.wait_for_exit()
    return seconds


def time_to_tree(project: Path, text: str) -> float:
    """Seconds from the start of dbtree until a row of its tree is painted; then it is killed."""
    with _started(project) as terminal:
        seconds = terminal.wait_for(text, SLOW) - terminal.started_at
        terminal.kill(signal.SIGKILL)
        terminal.wait_for_exit()
    return seconds


def time_to_answer(project: Path, text: str) -> float:
    """Seconds from the start of dbtree until a key is answered that is pressed as soon as a row of
    its tree is painted; then it is killed.
    """
    with _started(project) as terminal:
        terminal.wait_for(text, SLOW)
        terminal.type("/")
        seconds = terminal.wait_for("filter by name", SLOW) - terminal.started_at
        terminal.kill(signal.SIGKILL)
        terminal.wait_for_exit()
    return seconds


def some_row(project: Path) -> str:
    """The name of a row that is on the first screen of the tree."""
    with opened(project) as user:
        return names_shown(user)[1]


def build_once(projects: Projects) -> None:
    """Build the model that is worked on, and all above it, with dbtree."""
    run_dbtree(projects.dbtree, "materialize", f"+{projects.model}")


def run_dbtree(project: Path, *arguments: str, **more: str) -> str:
    """Run `dbtree …` without a screen, with `more` in its environment; returns its output. Raises
    RuntimeError when it fails.
    """
    finished = subprocess.run(
        [PROGRAM, *arguments],
        cwd=project,
        env={**environment(project), **more},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        words = f"dbtree {' '.join(arguments)} failed in {project}"
        raise RuntimeError(f"{words}:\n{finished.stdout}{finished.stderr}")
    return finished.stdout


# ------------------------------------------------------------- file → screen


def times_to_show_saves(user: User, file: Path, name: str, times: int) -> list[float]:
    """Seconds from saving a model to the frame in which its row is stale, or fresh again."""
    original = file.read_text("utf-8")
    found = []
    try:
        for number in range(times):
            changed = original.replace("select ", f"select {number + 1} as edit_{number}, ", 1)
            found.append(_time_to_show(user, file, changed, name, "stale"))
            found.append(_time_to_show(user, file, original, name, "fresh"))
    finally:
        save(file, original)
    return found


def _time_to_show(user: User, file: Path, text: str, name: str, word: str) -> float:
    user.sees_ready()
    user.terminal.catch_up()
    at = time.monotonic()
    save(file, text)
    shown = user.sees_asset(name, word) - at
    user.sees_ready()
    return shown


# --------------------------------------------------------------- key → node


@dataclass(frozen=True)
class KeyedRun:
    """What a key set going, in seconds since it was pressed."""

    first_node: float
    finished: float
    shown: float
    """When the screen said that the run is over."""


def press_to_run(user: User, project: Path, key: str) -> KeyedRun:
    """Press a key that starts a run, and wait until it is over."""
    user.sees_ready()
    runs = project / ".dbtree" / "runs"
    before = names_of(runs)
    clock = time.time() - time.monotonic()
    at = user.presses(key)
    run_dir, first, last = until_run_ends(user, runs, before)
    shown = user.sees_run(run_dir.name, "success") - at
    return KeyedRun(first - clock - at, last - clock - at, shown)


def names_of(runs: Path) -> set[str]:
    """The runs that there are."""
    return {path.name for path in runs.iterdir()} if runs.exists() else set()


def until_run_ends(user: User, runs: Path, before: set[str]) -> tuple[Path, float, float]:
    """Wait for the end of the run that was not there before. Returns its directory, when its first
    node started and when it ended, in seconds since the epoch. Raises RuntimeError where it fails.
    """
    user.sees(lambda: _finished(_new_run(runs, before)), SLOW)
    run_dir = _new_run(runs, before)
    events = _events(run_dir)
    first = next(event["at"] for event in events if event["event"] == "node_started")
    last = events[-1]
    if last["status"] != "success":
        raise RuntimeError(f"the run {run_dir}: {last}")
    return run_dir, first, last["at"]


def _new_run(runs: Path, before: set[str]) -> Path:
    """The directory of the run that was not there before; one that is not there, until then."""
    found = (path for path in runs.iterdir() if path.name not in before)
    return next(found, runs / "none") if runs.exists() else runs / "none"


def _events(run_dir: Path) -> list[dict]:
    lines = (run_dir / "events.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _finished(run_dir: Path) -> bool:
    try:
        return b'"event":"run_finished"' in (run_dir / "events.jsonl").read_bytes()[-4096:]
    except OSError:
        return False


# ------------------------------------------------------------ key → frame


def times_to_move(user: User, keys: int) -> list[float]:
    """Seconds from each key that moves the cursor to the bytes that draw it on the next row.

    The cursor stands on the first row. Rows whose next row is a reference are not moved over.
    """
    terminal = user.terminal
    names = _first_rows(user)
    # In the tree, where the next column follows: the details have the name in their title.
    ground = terminal.style_of(f"{names[0]}   ").background
    red, green, blue = (int(ground[place : place + 2], 16) for place in (0, 2, 4))
    found = []
    place, step = 0, 1
    for _ in range(keys):
        if not 0 <= place + step < len(names):
            step = -step
        place += step
        cursor = rb"48;2;%d;%d;%dm[^\x1b]*%s" % (red, green, blue, names[place].encode())
        at = terminal.type("j" if step > 0 else "k")
        found.append(terminal.wait_for_bytes(re.compile(cursor)) - at)
    return found


def times_to_answer(user: User, times: int) -> dict[str, list[float]]:
    """Seconds from each key of `ANSWERED` until the first bytes of what it changes arrive."""
    found: dict[str, list[float]] = {}
    for _ in range(times):
        for key, undo in ANSWERED.items():
            user.terminal.catch_up()
            at = user.presses(key)
            found.setdefault(key, []).append(user.terminal.wait_for_bytes(ANYTHING) - at)
            _rest(user)
            user.presses(undo)
            _rest(user)
    return found


def _rest(user: User) -> None:
    """Look on until all that a key brings about is on the screen."""
    until = time.monotonic() + RESTING
    user.sees(lambda: time.monotonic() > until)


def _first_rows(user: User) -> list[str]:
    """The labels of the first rows of the tree, as long as each is told from the one before."""
    label = re.compile(r"[\w.]{4,}")
    rows = [label.search(line) for line in user.pane("Assets")[1:12]]
    labels = [match.group() for match in rows if match]
    return labels[: next((i for i in range(1, len(labels)) if labels[i] in labels[:i]), 11)]


@contextmanager
def flooded(project: Path, nodes: list[str], lines: int) -> Iterator[None]:
    """A run of another window goes on that writes so many log lines in a second."""
    run_id = f"f{time.time_ns() % 16**6:06x}"
    command = [sys.executable, "-m", "tests.bench.flood", str(project / ".dbtree")]
    process = subprocess.Popen(
        [*command, "--run-id", run_id, "--lines", str(lines), "--nodes", ",".join(nodes)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
    )
    try:
        yield
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait()
