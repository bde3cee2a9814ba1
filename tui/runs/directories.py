"""Where runs are: `.dbtree/runs/<run id>/`, and the ids that users type.

A run's id is short, `a3f1`, because it is typed (`dbtree logs a3f1`) and is in a narrow column;
when it was is in its log. An id is taken by making its directory, so that two windows never take
the same one. It begins with a letter, so that nothing ever takes it for a number.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from tui.errors import RunError
from tui.protocol.events import RESERVE
from tui.protocol.private_files import (
    DIRECTORY,
    make_private_directory,
    prepare_private_state,
)

TRIES = 20
RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def ensure_state_dir(state_dir: Path) -> None:
    """Make the state directory, with a .gitignore of its own. Raises RunError if it cannot."""
    try:
        prepare_private_state(state_dir)
        make_private_directory(state_dir / "runs")
    except OSError as error:
        raise RunError(
            f"Cannot write to the state directory: {error.strerror or error}",
            path=str(state_dir),
            hint="Choose another one with --state-dir.",
        ) from error


def run_dir(state_dir: Path, run_id: str) -> Path:
    """The directory of a run: events.jsonl, stdout, stderr."""
    return state_dir / "runs" / run_id


def events_path(state_dir: Path, run_id: str) -> Path:
    """The event log of a run."""
    return run_dir(state_dir, run_id) / "events.jsonl"


def new_run_id(state_dir: Path) -> str:
    """Take an id that no run has, by making its directory. Raises RunError if it cannot."""
    import secrets  # loads the system's cryptography: not before a run is wanted

    ensure_state_dir(state_dir)
    length = 4
    while True:
        for _ in range(TRIES):
            run_id = secrets.choice("abcdef") + secrets.token_hex(length)[: length - 1]
            try:
                run_dir(state_dir, run_id).mkdir(mode=DIRECTORY)
            except FileExistsError:
                continue
            except OSError as error:
                raise RunError(
                    f"Cannot make the directory of a run: {error.strerror or error}",
                    path=str(state_dir / "runs"),
                ) from error
            return run_id
        length += 1


def release_run_id(state_dir: Path, run_id: str) -> None:
    """Give an id back whose run never began: its directory goes if there is nothing in it but the
    room that was put aside for its record.
    """
    directory = run_dir(state_dir, run_id)
    with contextlib.suppress(OSError):
        if [entry.name for entry in directory.iterdir()] == [RESERVE]:
            (directory / RESERVE).unlink()
        directory.rmdir()


def run_ids(state_dir: Path) -> list[str]:
    """The ids of all runs that have a directory, sorted."""
    try:
        names = [entry.name for entry in (state_dir / "runs").iterdir()]
    except OSError:
        return []
    return sorted(name for name in names if RUN_ID.fullmatch(name))


def resolve(state_dir: Path, text: str) -> str | None:
    """The run that `text` means: its id or the beginning of it, as with git. None if there is none.

    Raises RunError where several runs begin with it.
    """
    known = run_ids(state_dir)
    if text in known:
        return text
    found = [run_id for run_id in known if text and run_id.startswith(text)]
    if len(found) > 1:
        raise RunError(
            f"Several runs begin with {text}: {', '.join(found[:5])}"
            + (f" and {len(found) - 5} more" if len(found) > 5 else ""),
            hint="Type more of the id.",
        )
    return found[0] if found else None
