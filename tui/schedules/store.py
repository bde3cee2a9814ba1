"""What is remembered of schedules: which are on, and each tick once. `schedules.db` in the state
directory, shared by all windows of a project.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tui.errors import RunError
from tui.protocol.private_files import touch_private
from tui.protocol.writable_values import paired
from tui.schedules.values import Tick

FILE = "schedules.db"
BUSY = 10.0
"""Seconds to wait for another window."""
KEPT = 500
"""Ticks of one schedule that are kept."""
TABLES = """
    CREATE TABLE IF NOT EXISTS ticks (
        schedule TEXT NOT NULL, target TEXT NOT NULL, at REAL NOT NULL, status TEXT NOT NULL,
        run_id TEXT NOT NULL DEFAULT '', message TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (schedule, target, at)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS switches (
        schedule TEXT NOT NULL, target TEXT NOT NULL, is_on INTEGER, since REAL NOT NULL,
        PRIMARY KEY (schedule, target)
    ) WITHOUT ROWID;
"""


class ScheduleStore:
    """The switches and ticks of one project."""

    def __init__(self, state_dir: Path) -> None:
        """Open the file, making it where there is none. Raises RunError when it is no database."""
        self.path = state_dir / FILE
        try:
            with contextlib.suppress(OSError):  # sqlite says what is wrong
                touch_private(self.path)
            self._db = sqlite3.connect(self.path, timeout=BUSY, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.executescript(TABLES)
        except sqlite3.DatabaseError as error:
            raise RunError(
                f"{self.path} cannot be used: {error}.",
                hint="Move it aside; schedules then stay off until you start them again.",
            ) from error

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def execute(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Run a statement. Raises RunError where the file cannot be read or written."""
        try:
            return self._db.execute(statement, paired(values))
        except sqlite3.DatabaseError as error:
            raise RunError(f"{self.path} cannot be used: {error}.") from error

    # -- on and off -----------------------------------------------------------

    def switch(self, schedule: str, target: str, *, on: bool, now: float) -> None:
        """Turn a schedule on or off. Ticks before `now` are none of its own any more."""
        self.execute(
            "INSERT INTO switches VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE "
            "SET since = CASE WHEN is_on = excluded.is_on THEN since ELSE excluded.since END, "
            "is_on = excluded.is_on",
            (schedule, target, int(on), now),
        )

    def is_on(self, schedule: str, target: str, default: bool) -> bool:
        """Whether a schedule is on; as its declaration says before anybody has said so."""
        row = self.execute(
            "SELECT is_on FROM switches WHERE schedule = ? AND target = ?", (schedule, target)
        ).fetchone()
        return bool(row[0]) if row and row[0] is not None else default

    def since(self, schedule: str, target: str, now: float) -> float:
        """From when on its ticks count: since it was turned on, or first seen."""
        self.execute(
            "INSERT OR IGNORE INTO switches VALUES (?, ?, NULL, ?)", (schedule, target, now)
        )
        row = self.execute(
            "SELECT since FROM switches WHERE schedule = ? AND target = ?", (schedule, target)
        ).fetchone()
        return float(row[0])

    # -- ticks ------------------------------------------------------------------

    def claim(self, schedule: str, target: str, at: float, status: str = "claimed") -> bool:
        """Take a tick, if nobody has. Exactly one of those who ask gets it."""
        taken = self.execute(
            "INSERT OR IGNORE INTO ticks (schedule, target, at, status) VALUES (?, ?, ?, ?)",
            (schedule, target, at, status),
        )
        return taken.rowcount == 1

    def settle(self, tick: Tick) -> None:
        """Write what became of a tick that was claimed."""
        self.execute(
            "UPDATE ticks SET status = ?, run_id = ?, message = ? "
            "WHERE schedule = ? AND target = ? AND at = ?",
            (tick.status, tick.run_id, tick.message, tick.schedule, tick.target, tick.at),
        )

    def miss(self, schedule: str, target: str, times: Iterable[float]) -> None:
        """Note ticks at which nobody was there."""
        with self.together():
            for at in times:
                self.claim(schedule, target, at, "missed")
            self.execute(
                "DELETE FROM ticks WHERE schedule = ? AND target = ? AND at < ("
                "SELECT at FROM ticks WHERE schedule = ? AND target = ? "
                "ORDER BY at DESC LIMIT 1 OFFSET ?)",
                (schedule, target, schedule, target, KEPT),
            )

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """All statements inside, or none."""
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._db.in_transaction:  # a full disk has ended it already
                self._db.execute("ROLLBACK")
            raise
        self.execute("COMMIT")

    def ticks(self, schedule: str, target: str, limit: int = 20) -> list[Tick]:
        """The latest ticks, newest first."""
        rows = self.execute(
            "SELECT schedule, target, at, status, run_id, message FROM ticks "
            "WHERE schedule = ? AND target = ? ORDER BY at DESC LIMIT ?",
            (schedule, target, limit),
        )
        return [Tick(*row) for row in rows]

    def latest(self, schedule: str, target: str) -> float:
        """When the latest tick was that did not come by hand; 0 for none."""
        row = self.execute(
            "SELECT max(at) FROM ticks WHERE schedule = ? AND target = ? AND status != 'asked'",
            (schedule, target),
        ).fetchone()
        return float(row[0] or 0.0)
