"""Opens files of the project in the user's editor, or draws images: both take the terminal."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from textual.app import SuspendNotSupported

from tui.text.terminal_text import plain_line
from tui.ui.app_interface import DbtreeHost
from tui.ui.editor import editor_of, open_command, takes_terminal
from tui.ui.image_view import MISSING


class FileEditing:
    """The editor of one app."""

    def __init__(self, app: DbtreeHost) -> None:
        self._app = app
        self.has_terminal = False
        """Whether an editor has the terminal now, and ctrl-c is for it."""

    async def edit(self, path: str, line: int = 0) -> None:
        """Open a file of the project in the user's editor, and come back."""
        if self._app.in_browser:
            place = f"{path}:{line}" if line else path
            self._app.tell(f"no editor can be opened from a browser: {place or 'it has no file'}")
            return
        try:
            editor = editor_of()
        except ValueError as error:
            self._app.tell(str(error))
            return
        file = Path(self._app.workspace.state.project.root, path)
        if not path or not await asyncio.to_thread(file.exists):
            self._app.tell(f"{path or 'its file'} does not exist")
            return
        if not editor:
            self._app.tell("no editor is set: set $EDITOR")
            return
        command = open_command(editor, file, line)
        try:
            if takes_terminal(editor):
                # No frame is painted while the editor has the terminal; all else goes on.
                with self._app.batch_update(), self._lent(), self._app.suspend():
                    process = await asyncio.create_subprocess_exec(*command)
                    await process.wait()
                self._app.refresh(layout=True)
            else:
                await asyncio.create_subprocess_exec(
                    *command,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=asyncio.subprocess.DEVNULL,
                )
        except SuspendNotSupported:
            self._app.tell(f"to edit: {shlex.join(command)}")
        except OSError as error:
            self._app.tell(f"{command[0]} cannot be started: {error.strerror or error}")

    async def draw(self, path: str) -> None:
        """Draw an image of the project in the terminal, and come back with a key."""
        shown = plain_line(path)
        file = Path(self._app.workspace.state.project.root, path)
        if self._app.in_browser:
            self._app.tell(f"no image can be drawn in a browser: {shown}")
            return
        if not await asyncio.to_thread(file.is_file):
            self._app.tell(f"{shown} is no longer there")
            return
        command = [sys.executable, "-P", "-m", "tui.ui.image_view", str(file)]
        try:
            with self._app.batch_update(), self._lent(), self._app.suspend():
                process = await asyncio.create_subprocess_exec(
                    *command, stderr=asyncio.subprocess.PIPE
                )
                _, told = await process.communicate()
            self._app.refresh(layout=True)
        except SuspendNotSupported:
            self._app.tell("this terminal cannot be lent: o opens the image")
            return
        if process.returncode == MISSING:
            self._app.tell("to draw images: pip install 'dbtree[images]'; o opens it")
        elif process.returncode:
            words = plain_line(told.decode(errors="replace").strip().rpartition("\n")[2])
            self._app.tell(f"{shown} cannot be drawn: {words or 'the drawing ended early'}")

    @contextlib.contextmanager
    def _lent(self) -> Iterator[None]:
        """Another program has the terminal, and ctrl-c is for it."""
        self.has_terminal = True
        try:
            yield
        finally:
            self.has_terminal = False
