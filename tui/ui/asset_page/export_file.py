"""The file that rows are exported to: how it is named, and what is told of it."""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable
from pathlib import Path
from typing import TYPE_CHECKING

from textual.widgets import Input

from tui.errors import DbtreeError
from tui.protocol.messages import Exported
from tui.text.formats import plural
from tui.ui.asset_page.tab import waiting_words

if TYPE_CHECKING:
    from tui.workspace.api import WorkspaceApi

NO_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f/\\]")
"""What an asset's name may hold and a file's should not."""


def named_place(root: Path, typed: str) -> Path:
    """The file that was named, by a path in the project or of the whole system.

    A link in place of the file is not followed: the file is written there instead of it. Raises
    OSError where a name within the project leads out of it: nobody has named that place.
    """
    path = Path(os.path.normpath(root / Path(typed).expanduser()))
    parent = Path(os.path.realpath(path.parent))
    if path.is_relative_to(root) and not parent.is_relative_to(os.path.realpath(root)):
        raise OSError(
            f"{path.parent.name} points outside the project, to {parent}; name that directory"
        )
    return path


class ExportFile:
    """The file that is typed in a line; one that is there is named twice to be overwritten."""

    def __init__(self, workspace: WorkspaceApi) -> None:
        self._workspace = workspace
        self._may_overwrite: Path | None = None

    def ask(self, line: Input, asset_name: str) -> None:
        """Begin to ask, with the asset's name in an empty line."""
        line.value = line.value or f"{NO_NAME.sub('_', asset_name).lstrip('~')}.csv"
        self._may_overwrite = None

    def named(self, typed: str) -> Path | None:
        """The file that is to be written; None where it cannot be, or not yet, and why is told."""
        try:
            path = named_place(self._workspace.state.project.root, typed)
        except (OSError, RuntimeError) as error:  # no such home, a circle of links
            self._workspace.notify(f"{typed}: {error}")
            return None
        if path != self._may_overwrite and os.path.isfile(path):
            self._may_overwrite = path
            words = f"{path.name} already exists; press enter again to overwrite it"
            self._workspace.notify(words)
            return None
        return path

    async def write(self, path: Path, written: Awaitable[Exported]) -> None:
        """Have it written, and tell what comes of it."""
        notify = self._workspace.notify
        notify(waiting_words(self._workspace.state) or f"writing {path.name}")
        try:
            done = await written
        except DbtreeError as error:
            notify(error.message.partition("\n")[0])
            return
        words = f"{plural(done.rows, 'row')} written to {done.path}"
        if done.marked:
            words += (
                f" · {plural(done.marked, 'cell')} that a spreadsheet would run as a formula "
                "got a leading ' (csv_formulas = true leaves them alone)"
            )
        notify(words)
