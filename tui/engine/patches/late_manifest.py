"""manifest.json, written after a run's last event: it is for dbt's other tools, which come later.

At ten thousand models it takes seconds.
"""

from __future__ import annotations

import gc
import json
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dbt.task.runnable
from dbt.artifacts.schemas import base
from dbt_common.utils.encoding import JSONEncoder

from tui.engine.process.locks import lock_path, take_turn


class LateManifest:
    """The writing of manifest.json (and semantic_manifest.json), put off to the end."""

    def __init__(self) -> None:
        self._write: Callable[[str], Any] | None = None
        self._target_path = ""

    def postpone(self) -> None:
        """From here on, dbt's tasks in this process only note that it is to be written."""
        write = dbt.task.runnable.write_manifest

        def note(manifest: Any, target_path: str, *more: Any, **named: Any) -> None:
            self._target_path = target_path
            self._write = lambda path: write(manifest, path, *more, **named)

        dbt.task.runnable.write_manifest = note

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to write, or nothing any more."""
        return self._write is None

    def write(self, run_id: str, state_dir: Path) -> None:
        """Write the files now, if dbt wanted to, and put them in their place when they are whole.

        One run writes at a time, and only the newest of those that wait for it: at ten thousand
        models it takes seconds, and much memory.

        Args:
            run_id: whose manifest it is.
            state_dir: where the locks are.

        Raises OSError.
        """
        write, self._write = self._write, None
        if write is None:
            return
        # By a digest: the path may be longer than a file's name can be.
        place = f"manifest-{zlib.crc32(str(self._target_path).encode()):08x}"
        turn = take_turn(lock_path(state_dir, place), run_id)
        if turn < 0:
            return
        try:
            self._write_aside(write)
        finally:
            os.close(turn)

    def _write_aside(self, write: Callable[[str], Any]) -> None:
        gc.disable()  # a million values are made, none of them in a cycle
        aside = Path(self._target_path) / f".dbtree-{os.getpid()}"
        aside.mkdir(exist_ok=True)
        try:
            base.write_json = _write_json
            write(str(aside))
            for file in aside.iterdir():
                file.replace(Path(self._target_path) / file.name)
        finally:
            for file in aside.iterdir():
                file.unlink()
            aside.rmdir()


def _write_json(path: str, data: Any) -> None:
    """What dbt's function writes, made at once by the encoder in C instead of piece by piece."""
    Path(path).write_text(json.dumps(data, cls=JSONEncoder), encoding="utf-8")
