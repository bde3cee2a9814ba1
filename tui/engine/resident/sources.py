"""The files that a process has imported: an engine of which one was changed answers wrongly."""

from __future__ import annotations

import os
import sys


class Sources:
    """The modules of this process, as their files were when this was made."""

    def __init__(self) -> None:
        files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
        self._changed = {path: _changed_at(path) for path in files if path}

    def changed(self) -> str:
        """One that is another file now, or gone; empty where there is none. Some milliseconds."""
        for path, changed in self._changed.items():
            if _changed_at(path) != changed:
                return path
        return ""


def _changed_at(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return -1
