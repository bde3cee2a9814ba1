"""Places of which there is a limited number, for all runs of a project.

A place is a lock on a file of its own, `<state directory>/locks/<name>.<number>`: it is free again
when its process is gone, however it goes, and whatever processes it leaves behind. The file says
which run has it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path

from tui.engine.process.locks import hold_alone, lock_now, release, write_holder
from tui.protocol.private_files import make_private_directory, private

LOOKS = 0.1
"""Seconds between two looks for a place that is free."""


@contextmanager
def take_slot(
    state_dir: Path, name: str, limit: int, run_id: str, on_wait: Callable[[str], None]
) -> Iterator[None]:
    """Have one of some places, once one is free.

    Args:
        state_dir: Of the project.
        name: Of what there are places.
        limit: How many there are.
        run_id: Written into the file, for those who wait.
        on_wait: Called before waiting, and when others have got the places, with who has them in
            words: `run a3f1`.

    Raises:
        OSError: when there is nowhere to write. Waiting ends early with what a signal's handler
            raises.
    """
    directory = state_dir / "locks"
    make_private_directory(directory)
    paths = [directory / f"{_file_name(name)}.{number}" for number in range(limit)]
    told = ""
    while (fd := _free_one(paths)) is None:
        words = _holders(paths)
        if words != told:
            told = words
            on_wait(words)
        time.sleep(LOOKS)
    hold_alone(fd)
    try:
        with suppress(OSError):  # a full disk: only who has it is not known
            write_holder(fd, run_id)
        yield
    finally:
        release(fd)


def _free_one(paths: list[Path]) -> int | None:
    """The descriptor of a place that was free, and is now taken."""
    for path in paths:
        fd = private(str(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
        if lock_now(fd):
            return fd
        os.close(fd)
    return None


def _file_name(name: str) -> str:
    """A name for a file, whatever letters the name has; other names have others."""
    digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name)
    return f"place-{plain[:40]}-{digest}"


def _holders(paths: list[Path]) -> str:
    found = []
    for path in paths:
        with suppress(OSError, ValueError, KeyError, TypeError):
            found.append(str(json.loads(path.read_bytes())["run_id"]))
    if not found:
        return "another run"
    return f"run {' or '.join(dict.fromkeys(found))}"
