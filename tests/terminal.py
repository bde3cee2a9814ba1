"""Drives a program in a pseudo-terminal, as a person at a keyboard would.

`Terminal` starts the real program, types keys, and reads its screen with a terminal emulator. It
never sleeps: it waits on facts, with `select` on the terminal, and knows when the bytes that made
a fact true arrived, so that the same driver serves tests and benches.

    with open_dbtree(project) as terminal:
        terminal.wait_for("customers")
        terminal.type("m")
        terminal.wait_for(lambda t: "fresh" in t.row_with("customers"))
"""

from __future__ import annotations

import array
import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from tests.emulator import Screen, Stream
from tests.waits import LOOK_AGAIN, PATIENCE
from tests.warm_python import warm_python
from tests.warm_python.program import PROGRAM, Forked, can_be_forked, start

__all__ = [
    "PROGRAM",
    "Gone",
    "Style",
    "Terminal",
    "cold_environment",
    "open_dbtree",
    "user_environment",
]

CHUNKS = 64
"""So many chunks of output are collected before they are looked at."""
UNREAD = 3000
"""Bytes in the kernel's first buffer when it is full."""

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "space": " ",
    "backspace": "\x7f",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    **{f"ctrl+{letter}": chr(ord(letter) - 96) for letter in "abcdefghijklmnopqrstuvwxyz"},
}

# What pyte would print as text, and the switch back from the alternative screen, after which a
# shell's own screen is seen again.
NOT_FOR_PYTE = re.compile(rb"\x1b\[<\d*u|\x1bP.*?\x1b\\|\x1b\[=[\d;]*u", re.DOTALL)
BACK_TO_SHELL = b"\x1b[?1049l"
ASKS_FOR_SYNCHRONIZED_OUTPUT = b"\x1b[?2026$p"

EDGE = "- " * 20
"""Above and below the picture of a screen in a message."""

Fact = str | Callable[["Terminal"], object]


class Style(NamedTuple):
    """How a piece of text looks: colours as pyte names them (`default`, `red`, `ff8800`)."""

    foreground: str
    background: str
    bold: bool
    reverse: bool


class Gone(AssertionError):
    """The program ended while something was expected of it."""


class Terminal:
    """One program in a terminal of its own."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        cwd: Path,
        columns: int = 130,
        rows: int = 36,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start the program; `environment` is all that it gets. With the warm engines, dbtree is a
        fork of a process that has imported it: see `tests.warm_python.program`.
        """
        self.cwd = cwd
        self._pty, theirs = os.openpty()
        _set_size(theirs, columns, rows)
        self._screen = Screen(columns, rows)
        self._stream = Stream(self._screen)
        self._unread: list[tuple[float, bytes]] = []
        self._held_back = b""
        self.output = bytearray()
        """All that the program wrote so far."""
        self.started_at = self._fed_at = time.monotonic()
        self.process: subprocess.Popen[bytes] | Forked
        words = [str(word) for word in command]
        given = dict(environment if environment is not None else os.environ)
        try:
            if words[0] == str(PROGRAM) and can_be_forked(given):
                streams = (theirs, theirs, theirs)
                self.process = start(
                    words[1:], streams, cwd=cwd, environment=given, has_terminal=True
                )
            else:
                self.process = subprocess.Popen(
                    words,
                    cwd=cwd,
                    env=given,
                    stdin=theirs,
                    stdout=theirs,
                    stderr=theirs,
                    start_new_session=True,
                    preexec_fn=_take_terminal,  # noqa: PLW1509 - one system call, no lock
                )
        finally:
            os.close(theirs)
        os.set_blocking(self._pty, False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, Exception) and EDGE not in str(error):
            error.add_note(self._picture())
        self.close()

    # ---------------------------------------------------------------- typing

    def type(self, *keys: str) -> float:
        """Press keys: names as in `KEYS` (`enter`, `ctrl+d`), else text. Returns when.

        The time is `time.monotonic()`, as everywhere in here.
        """
        at = time.monotonic()
        self.send("".join(KEYS.get(key, key) for key in keys).encode())
        return at

    def send(self, text: bytes) -> None:
        """Write bytes as the terminal would."""
        view = memoryview(text)
        while view:
            select.select([], [self._pty], [])
            view = view[os.write(self._pty, view) :]

    def leave_unread(self, keys: bytes, times: int = 60) -> None:
        """Press keys of which nobody sees what they do: the terminal takes no more, after a while.

        From here on the program has nobody to write to, as under a terminal that hangs.
        """
        for _ in range(times):
            self.send(keys)
            time.sleep(LOOK_AGAIN)
        unread = array.array("i", [0])
        deadline = time.monotonic() + PATIENCE
        while unread[0] < UNREAD and time.monotonic() < deadline:
            fcntl.ioctl(self._pty, termios.FIONREAD, unread)

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size; the program is told by a signal."""
        self._take_in()
        self._screen.resize(rows, columns)
        _set_size(self._pty, columns, rows)

    # --------------------------------------------------------------- looking

    def screen(self) -> str:
        """What is on the screen now, as text; lines without the blanks at their ends."""
        self._take_in()
        return "\n".join(line.rstrip() for line in self._screen.display)

    @property
    def title(self) -> str:
        """The title of the terminal's window, as the program set it last."""
        return str(self._screen.title)

    def row_with(self, text: str) -> str:
        """The first line of the screen that has this text; empty where none has."""
        return next((line for line in self.screen().splitlines() if text in line), "")

    def style_of(self, text: str) -> Style:
        """How the first letter of this text is drawn. Raises LookupError if it is not there."""
        self._take_in()
        for y, line in enumerate(self._screen.display):
            x = line.find(text)
            if x >= 0:
                cell = self._screen.buffer[y][x]
                return Style(cell.fg, cell.bg, cell.bold, cell.reverse)
        raise LookupError(f"{text!r} is not on the screen\n{self._picture()}")

    # --------------------------------------------------------------- waiting

    def wait_for(self, fact: Fact, timeout: float = PATIENCE, *, said: str = "") -> float:
        """Wait until a text is on the screen, or a predicate of the terminal is true.

        `said` is what is waited for, in words, for the message when it does not happen.

        Returns when the bytes that made it so had arrived. Raises AssertionError, with the
        screen, when that takes longer than `timeout` seconds, and Gone when the program ends.
        """
        is_so = _on_screen(fact) if isinstance(fact, str) else fact
        deadline = time.monotonic() + timeout
        while True:
            if not self._unread:
                if is_so(self):
                    return self._fed_at
                self._await_output(min(deadline, time.monotonic() + LOOK_AGAIN))
            while self._unread:
                self._feed(*self._unread.pop(0))
                if self._unread and is_so(self):
                    return self._fed_at
            if time.monotonic() > deadline:
                words = said or f"{fact!r}"
                raise AssertionError(f"not within {timeout:g} s: {words}\n{self._picture()}")

    def wait_for_bytes(self, wanted: re.Pattern[bytes], timeout: float = PATIENCE) -> float:
        """Wait until the program writes what matches, from now on; returns when it had arrived.

        Nothing is emulated on the way, so that the time is the program's alone.
        """
        deadline = time.monotonic() + timeout
        seen, at_chunk = b"", len(self._unread)
        while True:
            for at, data in self._unread[at_chunk:]:
                seen += data
                if wanted.search(seen):
                    return at
            at_chunk = len(self._unread)
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {timeout:g} s: {wanted!r}\n{self._picture()}")
            self._await_output(deadline)

    def look_on(self, seconds: float) -> None:
        """Take in what the program writes, for so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._await_output(until)
            self._unread.clear()

    def modes(self) -> list:
        """How the terminal treats what is typed and written (echo, lines, signals)."""
        return termios.tcgetattr(self._pty)

    def catch_up(self) -> None:
        """Take in all that the program has written until now."""
        self._take_in()

    def wait_for_exit(self, timeout: float = PATIENCE) -> int:
        """Wait until the program has ended by itself; returns its exit code."""
        deadline = time.monotonic() + timeout
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                raise AssertionError(f"did not end within {timeout:g} s\n{self._picture()}")
            try:
                self._await_output(time.monotonic() + LOOK_AGAIN)
            except Gone:
                self.process.wait(max(0.0, deadline - time.monotonic()))
        self._take_in()
        return self.process.wait()

    # ------------------------------------------------------------ the end

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send the program a signal (by default the one that it cannot catch)."""
        self.process.send_signal(number)

    def hang_up(self) -> None:
        """Close the terminal under the program, as closing its tab does."""
        os.close(self._pty)
        self._pty = -1

    def close(self) -> None:
        """End the program, if it has not ended, and close its terminal, as closing a window."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self._pty >= 0:
            self.hang_up()

    # ---------------------------------------------------------- inner things

    def _await_output(self, deadline: float) -> None:
        """Collect what arrives until the deadline, with the times; return after the first of it."""
        wait = max(0.0, deadline - time.monotonic())
        if not select.select([self._pty], [], [], wait)[0]:
            return
        for _ in range(CHUNKS):
            try:
                data = os.read(self._pty, 65536)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:  # the last holder of the other side has closed it
                if self._unread:
                    return
                code = self.process.wait(PATIENCE)
                raise Gone(f"the program ended (exit code {code})\n{self._picture()}")
            self._unread.append((time.monotonic(), data))
            self.output += data
            if ASKS_FOR_SYNCHRONIZED_OUTPUT in data:  # as terminals of today answer
                self.send(b"\x1b[?2026;2$y")

    def _take_in(self) -> None:
        if self._pty >= 0:
            with contextlib.suppress(Gone):  # what it last showed is still to be seen
                self._await_output(time.monotonic())
        while self._unread:
            self._feed(*self._unread.pop(0))

    def _feed(self, at: float, data: bytes) -> None:
        self._fed_at = at
        data = self._held_back + data
        # A sequence that is cut by the end of a chunk waits for its rest.
        start = data.rfind(b"\x1b", -16)
        cut = start if start >= 0 and not re.search(rb"[A-Za-z~]", data[start + 2 :]) else len(data)
        data, self._held_back = data[:cut], data[cut:]
        before, back, after = data.rpartition(BACK_TO_SHELL)
        if back:
            self._screen.reset()
            data = after
        else:
            data = before + after
        self._stream.feed(NOT_FOR_PYTE.sub(b"", data))

    def _picture(self) -> str:
        while self._unread:
            self._feed(*self._unread.pop(0))
        return "\n".join([EDGE, *(line.rstrip() for line in self._screen.display), EDGE])


def open_dbtree(
    project: Path,
    *arguments: str,
    columns: int = 130,
    rows: int = 36,
    cold: bool = False,
    **environment: str,
) -> Terminal:
    """Start the real `dbtree` in a project's directory, with no settings of this user's."""
    return Terminal(
        [PROGRAM, *arguments],
        cwd=project,
        columns=columns,
        rows=rows,
        environment=(cold_environment if cold else user_environment)(project, **environment),
    )


def user_environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a user who has set nothing up, but that dbt starts fast: its Python is
    one that has imported dbt already.
    """
    return cold_environment(home, **{"DBTREE_DBT_PYTHON": warm_python(), **more})


def cold_environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a user who has set nothing up: only what a terminal sets.

    For tests of which Python is found, of an engine's start, and of processes as they are seen from
    outside.
    """
    names = ("PATH", "TMPDIR", "XDG_CACHE_HOME")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    return {
        **kept,
        "HOME": str(home),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
        "PYTHONWARNINGS": "ignore",
        "DO_NOT_TRACK": "1",
        "DBTREE_ENGINE_KEEP": "0",
        **more,
    }


def _on_screen(text: str) -> Callable[[Terminal], bool]:
    # Not by `screen()`, which would take in more than what has been fed, and spoil the time.
    return lambda terminal: any(text in line for line in terminal._screen.display)


def _set_size(descriptor: int, columns: int, rows: int) -> None:
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def _take_terminal() -> None:
    """Runs in the new process: its standard input becomes the terminal that it belongs to, and
    ctrl-c ends it, as from a shell, though the tests may run in the background.
    """
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
