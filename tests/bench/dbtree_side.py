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

from tests.bench.projects import Projects, save
from tests.terminal import PROGRAM, Terminal, open_dbtree, user_environment

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
NAME = re.compile(r"\b(l\d_m\d{5}|raw_events)\b")


def leave(terminal: Terminal) -> None:
    """Quit, as a user would, so that the snapshot and the session are saved."""
    terminal.type("q")
    terminal.wait_for_exit()


def is_ready(terminal: Terminal) -> bool:
    """Whether dbt has confirmed what is on the screen, and nothing is being parsed."""
    return "watching" in terminal.screen().partition("\n")[0]


@contextmanager
def opened(project: Path) -> Iterator[Terminal]:
    """A dbtree that is ready in a project, and left at the end."""
    with open_dbtree(project) as terminal:
        terminal.wait_for(is_ready, SLOW)
        yield terminal
        leave(terminal)


def go_to(terminal: Terminal, name: str) -> None:
    """Put the cursor on an asset, by the filter."""
    terminal.type("/", name)
    terminal.wait_for(lambda t: len(NAME.findall(tree_part(t))) >= 1 and name in t.screen())
    terminal.type("enter")
    terminal.type("escape")
    terminal.wait_for(lambda t: name in tree_part(t) and len(NAME.findall(tree_part(t))) > 3)


def tree_part(terminal: Terminal) -> str:
    """The left half of the screen, where the tree is."""
    width = 78
    return "\n".join(line[:width] for line in terminal.screen().splitlines())


def row_of(terminal: Terminal, name: str) -> str:
    """The row of the tree that shows an asset (not a reference to it)."""
    for line in tree_part(terminal).splitlines():
        if re.search(rf"(?<!↗ )\b{re.escape(name)}\b", line):
            return line
    return ""


# ------------------------------------------------------------------ starting


def time_to_hello(directory: Path) -> float:
    """Seconds from the start of Textual's smallest app until its text is painted."""
    file = directory / "hello.py"
    file.write_text(HELLO, "utf-8")
    environment = user_environment(directory)
    with Terminal([sys.executable, file], cwd=directory, environment=environment) as terminal:
        seconds = terminal.wait_for("Hello, world") - terminal.started_at
        terminal.type("ctrl+q")
        terminal.wait_for_exit()
    return seconds


def time_to_tree(project: Path, text: str) -> float:
    """Seconds from the start of dbtree until a row of its tree is painted; then it is killed."""
    with open_dbtree(project) as terminal:
        seconds = terminal.wait_for(text, SLOW) - terminal.started_at
        terminal.kill(signal.SIGKILL)
        terminal.wait_for_exit()
    return seconds


def some_row(project: Path) -> str:
    """The name of a row that is on the first screen of the tree."""
    with opened(project) as terminal:
        return str(NAME.findall(tree_part(terminal))[1])


def build_once(projects: Projects) -> None:
    """Build the model that is worked on, and all above it, with dbtree."""
    subprocess.run(
        [PROGRAM, "materialize", f"+{projects.model}"],
        cwd=projects.dbtree,
        env=user_environment(projects.dbtree),
        stdout=subprocess.DEVNULL,
        check=True,
    )


# ------------------------------------------------------------- file → screen


def times_to_show_saves(terminal: Terminal, file: Path, name: str, times: int) -> list[float]:
    """Seconds from saving a model to the frame in which its row is stale, or fresh again."""
    original = file.read_text("utf-8")
    found = []
    try:
        for number in range(times):
            changed = original.replace("select ", f"select {number + 1} as edit_{number}, ", 1)
            found.append(_time_to_show(terminal, file, changed, name, "stale"))
            found.append(_time_to_show(terminal, file, original, name, "fresh"))
    finally:
        save(file, original)
    return found


def _time_to_show(terminal: Terminal, file: Path, text: str, name: str, word: str) -> float:
    terminal.wait_for(is_ready)
    terminal.catch_up()
    at = time.monotonic()
    save(file, text)
    shown = terminal.wait_for(lambda t: word in row_of(t, name)) - at
    terminal.wait_for(is_ready)
    return shown


# --------------------------------------------------------------- key → node


@dataclass(frozen=True)
class KeyedRun:
    """What a key set going, in seconds since it was pressed."""

    first_node: float
    finished: float
    shown: float
    """When the screen said that the run is over."""


def press_to_run(terminal: Terminal, project: Path, key: str) -> KeyedRun:
    """Press a key that starts a run, and wait until it is over."""
    terminal.wait_for(is_ready)
    runs = project / ".dbtree" / "runs"
    before = {path.name for path in runs.iterdir()} if runs.exists() else set()
    clock = time.time() - time.monotonic()
    at = terminal.type(key)
    terminal.wait_for(lambda t: _finished(_new_run(runs, before)))
    run_dir = _new_run(runs, before)
    shown = terminal.wait_for(lambda t: _says_over(t, run_dir.name)) - at
    events = _events(run_dir)
    first = next(event["at"] for event in events if event["event"] == "node_started")
    last = events[-1]
    if last["status"] != "success":
        raise RuntimeError(f"the run {run_dir.name} of {project}: {last}")
    return KeyedRun(first - clock - at, last["at"] - clock - at, shown)


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


def _says_over(terminal: Terminal, run_id: str) -> bool:
    return any(run_id in line and "success" in line for line in terminal.screen().splitlines())


# ------------------------------------------------------------ key → frame


def times_to_move(terminal: Terminal, keys: int) -> list[float]:
    """Seconds from each key that moves the cursor to the bytes that draw it on the next row."""
    terminal.catch_up()
    names = _rows_that_stay(terminal)
    ground = terminal.style_of(names[0]).background
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


def _rows_that_stay(terminal: Terminal) -> list[str]:
    """The names of the rows from the cursor (on the first row) down, as far as they are on it."""
    lines = [NAME.search(line[:78]) for line in terminal.screen().splitlines()]
    return [found.group() for found in lines if found][:12]


@contextmanager
def flooded(project: Path, nodes: list[str], lines: int) -> Iterator[None]:
    """A run of another window goes on that writes so many log lines in a second."""
    command = [sys.executable, "-m", "tests.bench.flood", str(project / ".dbtree")]
    process = subprocess.Popen(
        [*command, "--lines", str(lines), "--nodes", ",".join(nodes)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
    )
    try:
        yield
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait()
