"""A person in front of dbtree: what they press, what they see, where they find it on the screen."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb

from tests.terminal import Gone, Terminal, open_dbtree
from tests.waits import LOOK_AGAIN, PATIENCE

PANE = re.compile(r"╭(─*[^╮╭]*)╮")


class User:
    """Someone who works with dbtree in a terminal."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal

    # ---------------------------------------------------------------- doing

    def presses(self, *keys: str) -> float:
        """Press keys (`m`, `enter`, `ctrl+d`) or type text; returns when."""
        return self.terminal.type(*keys)

    def goes_to(self, name: str) -> None:
        """Put the cursor on an asset, by the filter."""
        self.presses("/")
        self.sees("filter by name")
        self.presses(name)
        self.sees(lambda: f"/{name}" in self.pane_title("Assets") and self.row(name))
        self.presses("enter")
        self.presses("escape")
        self.sees(lambda: "/" not in self.pane_title("Assets") and self.row(name))

    def leaves(self) -> int:
        """Quit, when what runs has ended; returns the exit code."""
        self.presses("q")
        with suppress(Gone):
            self.sees("Quit dbtree")
            self.presses("w")
        return self.terminal.wait_for_exit()

    # --------------------------------------------------------------- seeing

    def sees(
        self, fact: str | Callable[[], Any], timeout: float = PATIENCE, *, said: str = ""
    ) -> float:
        """Wait until a text is on the screen, or something holds; returns when it was seen."""
        if isinstance(fact, str):
            return self.terminal.wait_for(fact, timeout)
        return self.terminal.wait_for(lambda _: fact(), timeout, said=said)

    def sees_asset(self, name: str, *words: str, timeout: float = PATIENCE) -> float:
        """Wait until the row of an asset says all of these words."""
        return self.terminal.wait_for(
            lambda _: all(word in self.row(name) for word in (name, *words)),
            timeout,
            said=f"the row of {name} with {', '.join(words) or 'its name'}",
        )

    def sees_run(self, label: str, word: str, timeout: float = PATIENCE) -> float:
        """Wait until the run pane says this word of the run with this label."""
        said = f"the run {label!r} with the word {word}"
        return self.sees(lambda: word in self.pane_title(label), timeout, said=said)

    def sees_ready(self, timeout: float = PATIENCE) -> float:
        """Wait until dbt has confirmed the tree and nothing is being parsed."""
        return self.sees(lambda: "watching" in self.top_line(), timeout, said="watching")

    def top_line(self) -> str:
        """The header."""
        return self.terminal.screen().partition("\n")[0]

    def pane(self, title: str) -> list[str]:
        """The lines inside the box that has this in its title; none where there is no such box."""
        lines = self.terminal.screen().splitlines()
        for y, line in enumerate(lines):
            for box in PANE.finditer(line):
                if title in box.group(1):
                    return list(_inside(lines[y + 1 :], box.start(), box.end()))
        return []

    def pane_title(self, title: str) -> str:
        """The whole title of the box that has this in its title."""
        for line in self.terminal.screen().splitlines():
            for box in PANE.finditer(line):
                if title in box.group(1):
                    return box.group(1)
        return ""

    def row(self, name: str) -> str:
        """The row of the tree at which an asset stands; empty where it is not on the screen."""
        at_home = re.compile(rf"(?<![\w↗])(?<!↗ ){re.escape(name)}(?!\w)")
        return next((line for line in self.pane("Assets") if at_home.search(line)), "")


def _inside(lines: list[str], left: int, right: int) -> Iterator[str]:
    for line in lines:
        if line[left : left + 1] == "╰":
            return
        yield line[left + 1 : right - 1]


@contextmanager
def opens(project: Path, *arguments: str, **more: Any) -> Iterator[User]:
    """Someone starts dbtree in a project; it is killed at the end where it still goes on."""
    with open_dbtree(project, *arguments, **more) as terminal:
        yield User(terminal)


def rows_of(project: Path, query: str) -> list[tuple[Any, ...]]:
    """What a query of the project's development database gives, as soon as nobody writes to it."""
    (database,) = project.glob("*.duckdb")
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with duckdb.connect(str(database), read_only=True) as connection:
                return connection.execute(query).fetchall()
        except duckdb.IOException:  # dbtree looks into it
            if time.monotonic() > deadline:
                raise
            time.sleep(LOOK_AGAIN)
