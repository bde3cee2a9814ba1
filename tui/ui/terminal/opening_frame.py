"""The frame with which a window was left: painted at once when the same window is opened again.

Python takes most of a start to import what paints a screen. Meanwhile the frame of the last time
stands there, unless anything that it was painted from has changed: the terminal, the settings, the
files of the project's settings, what dbtree has kept (graph, history, view). Keys that are typed
onto it wait for the screen that takes its place.

Imports nothing that the start does not need anyway.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import termios
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from tui.protocol.private_files import private, write_private
from tui.ui.terminal.output import terminal_file

if TYPE_CHECKING:
    from tui.project.project import Project

FILE = "opening-frame"
ALTERNATE_SCREEN = "\x1b[?1049h"
"""What takes the terminal's other screen; Textual sends the same."""
_BEGIN = f"{ALTERNATE_SCREEN}\x1b[?25l"
_END = "\x1b[?1049l\x1b[?25h"
_HARMLESS = re.compile("(?:[^\x00-\x1f\x7f-\x9f]|\x1b\\[[0-9;]*[mH])*")
"""Text, colours and places: nothing else is sent, whatever is in the file."""
_LINKS = re.compile("\x1b\\]8;[^\x1b\x07]*(?:\x1b\\\\|\x07)")
_LARGEST = 2_000_000
"""Bytes of a frame that is read, at most."""
_PAINTED_FROM = (
    "code.db", "history", "invocations", "partitions", "relations", "schedules.db", "session.json",
    "snapshot-", "warnings.json",
)  # fmt: skip
"""How the names begin of what the state directory has and a frame shows."""
_VARIABLES = re.compile(
    "DBTREE_|TEXTUAL_|LC_|LANG$|TERM|COLORTERM$|COLORFGBG$|NO_COLOR$|FORCE_COLOR$"
)
"""How the names begin of the variables that a frame depends on."""

Modes = list[Any]
"""Of a terminal, as `termios.tcgetattr` has them."""


class OpeningFrame:
    """The first frame of one window, until that is closed: whoever takes the terminal says so with
    `hand_over`, else `close` gives it back.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._modes: Modes | None = None
        """Those of the terminal before it was painted on; None where it was not."""
        self._descriptor = -1

    def paint(self) -> bool:
        """Show the frame of the last time, and keep what is typed onto it from the screen.

        Returns whether there is one that is still true. Called before anything else has the
        terminal.
        """
        try:
            file = terminal_file()
            self._descriptor = file.fileno()
            frame = self._read() if (file.encoding or "").lower().startswith("utf") else ""
            if not frame:
                return False
            modes = termios.tcgetattr(self._descriptor)
            termios.tcsetattr(self._descriptor, termios.TCSANOW, _quiet(modes, self._descriptor))
        except (OSError, ValueError, termios.error):
            return False
        self._modes = modes
        with contextlib.suppress(ValueError):  # not in the main thread
            signal.signal(signal.SIGTERM, _leave)
        with contextlib.suppress(OSError):
            _write(self._descriptor, f"{_BEGIN}{frame}")
        return True

    @property
    def is_painted(self) -> bool:
        """Whether it is on the terminal, and nobody else has that yet."""
        return self._modes is not None

    def hand_over(self) -> Modes | None:
        """Leave the terminal to who calls, with what it was set to before; None where the frame
        was not painted.
        """
        modes, self._modes = self._modes, None
        return modes

    def keep(self, frame: str) -> None:
        """Keep a frame for the next time, last of all: what is written afterwards makes it old.

        Args:
            frame: the lines of a whole screen, each behind the sequence of its place.
        """
        frame = _LINKS.sub("", frame)
        with contextlib.suppress(OSError, ValueError):
            if frame and _HARMLESS.fullmatch(frame):
                self._descriptor = terminal_file().fileno()
                write_private(self._project.state_dir / FILE, f"{self._stamp()}\n{frame}")

    def _read(self) -> str:
        """The frame that was kept; empty where it is not that of what there is now."""
        path = str(self._project.state_dir / FILE)
        with open(path, encoding="utf-8", newline="", opener=_at_once) as file:
            stamp, _, frame = file.read(_LARGEST).partition("\n")
        return frame if stamp == self._stamp() and _HARMLESS.fullmatch(frame) else ""

    def _stamp(self) -> str:
        """What a frame depends on, as a checksum: hashlib takes longer to import than the rest of
        this. Raises OSError.
        """
        import tui

        project = self._project
        variables = sorted(one for one in os.environ.items() if _VARIABLES.match(one[0]))
        said = (
            tui.__version__, repr(project), sorted(project.settings.preferences.items(), key=repr),
            variables, tuple(os.get_terminal_size(self._descriptor)), list(_files(project)),
        )  # fmt: skip
        return f"{zlib.crc32(repr(said).encode('utf-8', 'surrogateescape')):08x}"

    def close(self) -> None:
        """Give the terminal back, where nobody has taken it."""
        if (modes := self.hand_over()) is not None:
            with contextlib.suppress(OSError, termios.error):
                _write(self._descriptor, _END)
                termios.tcsetattr(self._descriptor, termios.TCSANOW, modes)


def _at_once(path: str, flags: int) -> int:
    """Opens a file as `private` does; what is no file, but a pipe, is not waited for."""
    return private(path, flags | os.O_NONBLOCK)


def _files(project: Project) -> Iterator[tuple[str, int, int]]:
    """What a frame was painted from: name, time (ns), and bytes."""
    profiles = project.profiles_dir or Path(os.environ.get("DBT_PROFILES_DIR", "~/.dbt"))
    settings = (
        project.root / "dbt_project.yml", project.root / "profiles.yml",
        profiles.expanduser() / "profiles.yml",
    )  # fmt: skip
    for path in settings:
        with contextlib.suppress(OSError):
            found = path.stat()
            yield str(path), found.st_mtime_ns, found.st_size
    with os.scandir(project.state_dir) as entries:
        for entry in sorted(entries, key=lambda one: one.name):
            if entry.name.startswith(_PAINTED_FROM) and not entry.name.endswith("-shm"):
                found = entry.stat(follow_symlinks=False)
                if found.st_size:  # a database that was only opened has an empty journal
                    yield entry.name, found.st_mtime_ns, found.st_size


def _quiet(modes: Modes, descriptor: int) -> Modes:
    """As `modes`, but what is typed is neither shown nor kept back, and cannot stop the process."""
    control = list(modes[6])
    none = os.fpathconf(descriptor, "PC_VDISABLE").to_bytes(1, "little")
    control[termios.VSUSP] = control[termios.VQUIT] = none
    control[termios.VMIN], control[termios.VTIME] = 1, 0
    local = modes[3] & ~(termios.ECHO | termios.ICANON)
    return [*modes[:3], local, *modes[4:6], control]


def _write(descriptor: int, text: str) -> None:
    data = memoryview(text.encode())
    while data:
        data = data[os.write(descriptor, data) :]


def _leave(number: int, _frame: FrameType | None) -> None:
    """End as the window does for the same signal, and give the terminal back on the way."""
    raise SystemExit(128 + number)
