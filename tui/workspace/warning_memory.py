"""Remembers what dbt warned of, file by file, over the parses that read only what was edited.

dbt warns of the files that a parse reads. Without this, a warning would be gone after the next
save of any other file, and after the next start.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import threading
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from tui.protocol.private_files import write_private
from tui.protocol.records import DbtWarning
from tui.runs.warnings import line_of_key, merged, placed

FILE = "warnings.json"
LONGEST = 100_000
"""Characters of a file that are searched for the line of a warning."""
EXACT = 100
"""So many warnings of one parse get their line: the screen waits for it."""
MOST = 1000
"""So many warnings are remembered."""


class WarningMemory:
    """What dbt warned of when it last read each file of a project."""

    def __init__(self, root: Path, state_dir: Path) -> None:
        self._root = root
        self._path = state_dir / FILE
        self._known: dict[DbtWarning, int] = {}
        self._saved: dict[DbtWarning, int] = {}
        self._saving = threading.Lock()

    def load(self) -> tuple[DbtWarning, ...]:
        """The warnings of the last time that still hold: their files are as they were."""
        try:
            rows = json.loads(self._path.read_text(encoding="utf-8"))
            found = {_warning(*row[:5]): int(row[5]) for row in rows}
        except (OSError, ValueError, TypeError, LookupError, RecursionError):
            found = {}
        self._saved = found
        return self._take(found, [])

    def after(self, new: Iterable[DbtWarning]) -> tuple[DbtWarning, ...]:
        """All that holds after a parse that warned of these; it is remembered."""
        placed_ones = [placed(warning) for warning in new]
        texts: dict[str, str] = {}
        exact = [self._exactly(warning, texts) for warning in placed_ones[:EXACT]]
        return self._take(self._known, [*exact, *placed_ones[EXACT:]])

    def _exactly(self, warning: DbtWarning, texts: dict[str, str]) -> DbtWarning:
        """The warning with the line of its file, where that can be told; `texts` are the files
        that were read already.
        """
        if warning.line or not warning.path:
            return warning
        if warning.path not in texts:
            texts[warning.path] = self._text(warning.path)
        return warning._replace(line=line_of_key(warning.message, texts[warning.path]))

    def _text(self, path: str) -> str:
        try:
            with (self._root / path).open(encoding="utf-8", errors="replace") as file:
                return file.read(LONGEST)
        except (OSError, ValueError):
            return ""

    def _take(self, known: dict[DbtWarning, int], new: list[DbtWarning]) -> tuple[DbtWarning, ...]:
        paths = {warning.path for warning in (*known, *new) if warning.path}
        self._known = merged(known, new, {path: self._changed_at(path) for path in paths})
        return tuple(self._known)

    def _changed_at(self, path: str) -> int:
        try:
            return os.stat(self._root / path).st_mtime_ns
        except (OSError, ValueError):
            return 0

    def save_soon(self) -> None:
        """As `save`, in a thread."""
        if self._known is not self._saved and self._known != self._saved:
            asyncio.get_running_loop().run_in_executor(None, self.save)

    def save(self) -> None:
        """Write them for the next start, where they are others. A disk that is full has none."""
        with self._saving:
            known = self._known  # replaced, never changed: the newest is written
            if known == self._saved:
                return
            rows = [[*warning, at] for warning, at in islice(known.items(), MOST)]
            with contextlib.suppress(OSError):
                write_private(self._path, json.dumps(rows))
                self._saved = known


def _warning(kind: str, message: str, path: str, line: int, unique_id: str) -> DbtWarning:
    """A warning of a file that somebody may have edited."""
    return DbtWarning(str(kind), str(message), str(path), int(line), str(unique_id))
