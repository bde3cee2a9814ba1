"""A disk of a few megabytes that can be filled: a tmpfs, where the tests may mount one."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.waits import LOOK_AGAIN, PATIENCE


class SmallDisk:
    """One mounted disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filling = path / "filling"

    def fill(self, *, leave: int = 0) -> None:
        """Use up all room but so many bytes."""
        size = 64 * 1024
        with self._filling.open("ab", buffering=0) as file:
            while size:
                try:
                    if not file.write(b"x" * size):
                        size //= 2
                except OSError:
                    size //= 2
            end = file.seek(0, 2)
            if leave:
                file.truncate(max(0, end - leave))

    def remount(self, how: str) -> None:
        """`ro`: nobody may write to it; `rw`: everybody may again.

        Waits for who still writes: an engine saves its parse after its window was closed.
        """
        deadline = time.monotonic() + PATIENCE
        while True:
            mount = ["mount", "-o", f"remount,{how}", str(self.path)]
            done = subprocess.run(mount, capture_output=True, text=True, check=False)
            if not done.returncode:
                return
            assert "busy" in done.stderr, done.stderr
            assert time.monotonic() < deadline, done.stderr
            time.sleep(LOOK_AGAIN)

    def empty(self) -> None:
        """Give the room back."""
        self._filling.unlink(missing_ok=True)


@contextmanager
def small_disk(path: Path, size: str = "3m") -> Iterator[SmallDisk]:
    """Mount it; a test that may not is skipped."""
    path.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)]
    try:
        done = subprocess.run(mount, capture_output=True, check=False)
    except OSError:
        pytest.skip("there is no mount here")
    if done.returncode:
        pytest.skip("no disk may be mounted here")
    try:
        yield SmallDisk(path)
    finally:
        with suppress(OSError):
            subprocess.run(["umount", "-l", str(path)], check=False)
