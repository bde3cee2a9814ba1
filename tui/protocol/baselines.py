"""Baselines: copies of relations from before they were built, which a data diff compares with.

The copies lie in the database. Two kinds of files in the state directory say which assets are to
have one (written by whoever the user tells), and which copies there are (written by the run that
took them); each target has its own.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path

from tui.protocol.plain import plain
from tui.protocol.private_files import make_private_directory, private
from tui.protocol.whole_files import replacement

FOLDER = "baselines"
_WANTED = "wanted.json"


@plain(frozen=True)
class Baseline:
    """A copy, or why there is none of the latest build."""

    unique_id: str
    at: float
    """When it was taken (seconds since the epoch)."""
    run_id: str
    """The run that built the asset after it."""
    database: str = ""
    schema: str = ""
    identifier: str = ""
    """Where the copy lies."""
    rows: int = 0
    seconds: float = 0.0
    problem: str = ""
    """Why there is no copy, in a sentence; empty where there is one."""


def wanted(state_dir: Path, target: str) -> frozenset[str]:
    """The unique_ids of the assets that are copied before each build."""
    try:
        found = json.loads((_folder(state_dir, target) / _WANTED).read_text("utf-8"))
    except (OSError, ValueError):
        return frozenset()
    return frozenset(map(str, found)) if isinstance(found, list) else frozenset()


def want(state_dir: Path, target: str, unique_ids: Iterable[str], *, on: bool) -> frozenset[str]:
    """Have assets copied before each build from now on, or no longer; returns all that are.

    Raises OSError.
    """
    before = wanted(state_dir, target)
    after = before | frozenset(unique_ids) if on else before - frozenset(unique_ids)
    if after != before:
        _write(_folder(state_dir, target) / _WANTED, sorted(after))
    return after


def baseline_of(state_dir: Path, target: str, unique_id: str) -> Baseline | None:
    """What the latest build of an asset left of the relation before it; None for nothing."""
    return _read(_file(state_dir, target, unique_id))


def all_baselines(state_dir: Path, target: str) -> list[Baseline]:
    """What the latest builds of assets left, of assets that are gone, too."""
    files = sorted(_folder(state_dir, target).glob("*.json"))
    found = (_read(file) for file in files if file.name != _WANTED)
    return [baseline for baseline in found if baseline is not None]


def _read(file: Path) -> Baseline | None:
    try:
        found = json.loads(file.read_text("utf-8"))
        known = {one.name for one in fields(Baseline)}
        return Baseline(**{name: value for name, value in found.items() if name in known})
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def note_baseline(state_dir: Path, target: str, baseline: Baseline) -> None:
    """Remember a copy in place of the one before. Raises OSError."""
    _write(_file(state_dir, target, baseline.unique_id), asdict(baseline))


def forget_baseline(state_dir: Path, target: str, unique_id: str) -> None:
    """The copy is gone. Raises OSError."""
    with suppress(FileNotFoundError):
        _file(state_dir, target, unique_id).unlink()


def digest_of(unique_id: str) -> str:
    """A short name for an asset that every file system and database takes."""
    from hashlib import sha256  # OpenSSL, which the first frame does without

    return sha256(unique_id.encode()).hexdigest()[:12]


def _folder(state_dir: Path, target: str) -> Path:
    return state_dir / FOLDER / (re.sub(r"[^A-Za-z0-9_-]", "_", target) or "target")


def _file(state_dir: Path, target: str, unique_id: str) -> Path:
    return _folder(state_dir, target) / f"{digest_of(unique_id)}.json"


def _write(path: Path, value: object) -> None:
    make_private_directory(path.parent)
    with replacement(path) as partial:
        fd = private(str(partial), os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            json.dump(value, file)
