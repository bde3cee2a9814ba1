"""Opens files of the project in the user's editor, which may take the terminal meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
from collections.abc import Iterator
from pathlib import Path

from textual.app import SuspendNotSupported

from tui.ui.app_interface import DbtreeHost
from tui.ui.editor import editor_of, open_command, takes_terminal


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

    @contextlib.contextmanager
    def _lent(self) -> Iterator[None]:
        """Another program has the terminal, and ctrl-c is for it."""
        self.has_terminal = True
        try:
            yield
        finally:
            self.has_terminal = False
