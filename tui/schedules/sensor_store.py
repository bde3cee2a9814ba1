"""What is remembered of sensors, in the same file as schedules: their cursors, ticks and run keys,
and who evaluates each now.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tui.protocol.plain import plain
from tui.schedules.sensor_values import SensorTick
from tui.schedules.store import ScheduleStore

LEASE = 120.0
"""Seconds after which a sensor may be evaluated again although nobody has said what came of it."""
KEPT = 500
"""Ticks of one sensor that are kept."""
TABLES = """
    CREATE TABLE IF NOT EXISTS sensors (
        sensor TEXT NOT NULL, target TEXT NOT NULL, cursor TEXT, run_key TEXT,
        claimed_at REAL NOT NULL, claimed_until REAL NOT NULL, ended_at REAL NOT NULL,
        PRIMARY KEY (sensor, target)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS sensor_ticks (
        sensor TEXT NOT NULL, target TEXT NOT NULL, at REAL NOT NULL, status TEXT NOT NULL,
        message TEXT NOT NULL, run_ids TEXT NOT NULL, until REAL NOT NULL, count INTEGER NOT NULL,
        log TEXT NOT NULL, path TEXT NOT NULL, line INTEGER NOT NULL,
        PRIMARY KEY (sensor, target, at)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS run_keys (
        sensor TEXT NOT NULL, target TEXT NOT NULL, run_key TEXT NOT NULL, at REAL NOT NULL,
        PRIMARY KEY (sensor, target, run_key)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS unsettled_keys (
        sensor TEXT NOT NULL, target TEXT NOT NULL, run_key TEXT NOT NULL, run_id TEXT NOT NULL,
        at REAL NOT NULL,
        PRIMARY KEY (sensor, target, run_key)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS asked_runs (
        sensor TEXT NOT NULL, target TEXT NOT NULL, run_id TEXT NOT NULL, at REAL NOT NULL,
        request TEXT NOT NULL,
        PRIMARY KEY (sensor, target, run_id)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS conditions (
        sensor TEXT NOT NULL, target TEXT NOT NULL, asset TEXT NOT NULL, at REAL NOT NULL,
        result TEXT NOT NULL,
        PRIMARY KEY (sensor, target, asset)
    ) WITHOUT ROWID;
"""


@plain(frozen=True)
class Remembered:
    """What is known of a sensor on a target."""

    cursor: str | None = None
    run_key: str | None = None
    """Of the run that it asked for last."""
    claimed_at: float = 0.0
    """When it was evaluated last, or is evaluated since."""
    claimed_until: float = 0.0
    """While it is evaluated: until when nobody else may."""
    ended_at: float = 0.0
    """When an evaluation ended last; seconds since the epoch, as the others."""


class SensorStore:
    """The sensors' part of a ScheduleStore."""

    def __init__(self, store: ScheduleStore) -> None:
        """Add its tables where they are not there. Raises RunError."""
        self._store = store
        self._execute = store.execute
        for statement in filter(str.strip, TABLES.split(";")):
            self._execute(statement)

    def remembered(self, sensor: str, target: str) -> Remembered:
        """What is known of a sensor."""
        row = self._execute(
            "SELECT cursor, run_key, claimed_at, claimed_until, ended_at FROM sensors "
            "WHERE sensor = ? AND target = ?",
            (sensor, target),
        ).fetchone()
        return Remembered(*row) if row else Remembered()

    def claim(self, sensor: str, target: str, now: float, interval: float) -> bool:
        """Take the next evaluation, if nobody has it and the interval is over. Exactly one of those
        who ask gets it.
        """
        self._execute(
            "INSERT OR IGNORE INTO sensors VALUES (?, ?, NULL, NULL, 0, 0, 0)", (sensor, target)
        )
        taken = self._execute(
            "UPDATE sensors SET claimed_at = ?, claimed_until = ? WHERE sensor = ? AND target = ? "
            "AND claimed_until <= ? AND claimed_at <= ?",
            (now, now + LEASE, sensor, target, now, now - interval),
        )
        return taken.rowcount == 1

    def settle(
        self, tick: SensorTick, cursor: str | None, run_key: str | None, claimed_at: float
    ) -> None:
        """Write what came of an evaluation. Who was given up meanwhile changes no cursor.

        Args:
            tick: What came of it; added to the one before where nothing differs but the time.
            cursor: To be remembered.
            run_key: Of its last run.
            claimed_at: The time with which it was claimed.
        """
        with self._store.together():
            self._execute(
                "UPDATE sensors SET claimed_until = 0, ended_at = ?, cursor = ?, "
                "run_key = coalesce(?, run_key) "
                "WHERE sensor = ? AND target = ? AND claimed_at = ?",
                (tick.latest, cursor, run_key, tick.sensor, tick.target, claimed_at),
            )
            self._add(tick)

    def _add(self, tick: SensorTick) -> None:
        before = self.ticks(tick.sensor, tick.target, 1)
        if before and tick.is_like(before[0]):
            self._execute(
                "UPDATE sensor_ticks SET until = ?, count = count + 1 "
                "WHERE sensor = ? AND target = ? AND at = ?",
                (tick.latest, tick.sensor, tick.target, before[0].at),
            )
            return
        self._execute(
            "INSERT OR REPLACE INTO sensor_ticks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (tick.sensor, tick.target, tick.at, tick.status, tick.message,
             json.dumps(tick.run_ids), tick.latest, tick.count, json.dumps(tick.log), tick.path,
             tick.line),
        )  # fmt: skip
        self._execute(
            "DELETE FROM sensor_ticks WHERE sensor = ? AND target = ? AND at < ("
            "SELECT at FROM sensor_ticks WHERE sensor = ? AND target = ? "
            "ORDER BY at DESC LIMIT 1 OFFSET ?)",
            (tick.sensor, tick.target, tick.sensor, tick.target, KEPT),
        )

    def ticks(self, sensor: str, target: str, limit: int = 20) -> list[SensorTick]:
        """The latest ticks, newest first."""
        rows = self._execute(
            "SELECT sensor, target, at, status, message, run_ids, until, count, log, path, line "
            "FROM sensor_ticks WHERE sensor = ? AND target = ? ORDER BY at DESC LIMIT ?",
            (sensor, target, limit),
        )
        return [_tick(row) for row in rows]

    # -- run keys ---------------------------------------------------------------

    def reserve(self, sensor: str, target: str, run_key: str, now: float) -> bool:
        """Take a run key; False where it is taken. It is unsettled until its run has started."""
        with self._store.together():
            taken = self._execute(
                "INSERT OR IGNORE INTO run_keys VALUES (?, ?, ?, ?)", (sensor, target, run_key, now)
            )
            if taken.rowcount == 1:
                self._execute(
                    "INSERT OR REPLACE INTO unsettled_keys VALUES (?, ?, ?, '', ?)",
                    (sensor, target, run_key, now),
                )
        return taken.rowcount == 1

    def note_run(self, sensor: str, target: str, run_key: str, run_id: str) -> None:
        """Remember which run a key that was reserved is for."""
        self._execute(
            "UPDATE unsettled_keys SET run_id = ? WHERE sensor = ? AND target = ? AND run_key = ?",
            (run_id, sensor, target, run_key),
        )

    def unsettled(self, sensor: str, target: str) -> list[tuple[str, str, float]]:
        """The keys whose run was not yet seen to start: each with its run, empty where none is
        known, and when it was reserved.
        """
        return self._execute(
            "SELECT run_key, run_id, at FROM unsettled_keys WHERE sensor = ? AND target = ?",
            (sensor, target),
        ).fetchall()

    def settle_key(self, sensor: str, target: str, run_key: str) -> None:
        """A run was started for a key, which counts from now on."""
        self._execute(
            "DELETE FROM unsettled_keys WHERE sensor = ? AND target = ? AND run_key = ?",
            (sensor, target, run_key),
        )

    def release(self, sensor: str, target: str, run_key: str) -> None:
        """Give a run key back: its run was not started."""
        with self._store.together():
            for table in ("run_keys", "unsettled_keys"):
                self._execute(
                    f"DELETE FROM {table} WHERE sensor = ? AND target = ? AND run_key = ?",
                    (sensor, target, run_key),
                )

    # -- runs that were asked for -------------------------------------------------

    def keep_request(self, sensor: str, target: str, run_id: str, request: Any, now: float) -> None:
        """Remember what a run was asked for with, as JSON has it, until it is seen to start."""
        self._execute(
            "INSERT OR REPLACE INTO asked_runs VALUES (?, ?, ?, ?, ?)",
            (sensor, target, run_id, now, json.dumps(request)),
        )

    def kept_requests(self, sensor: str, target: str) -> list[tuple[str, float, Any]]:
        """The runs that were not yet seen to start, the oldest first: id, when it was asked for,
        with what.
        """
        rows = self._execute(
            "SELECT run_id, at, request FROM asked_runs WHERE sensor = ? AND target = ? "
            "ORDER BY at",
            (sensor, target),
        )
        return [(run_id, at, json.loads(text)) for run_id, at, text in rows]

    def forget_request(self, sensor: str, target: str, run_id: str) -> None:
        """A run has started, or is not to be."""
        self._execute(
            "DELETE FROM asked_runs WHERE sensor = ? AND target = ? AND run_id = ?",
            (sensor, target, run_id),
        )

    # -- conditions ---------------------------------------------------------------

    def keep_conditions(
        self,
        sensor: str,
        target: str,
        at: float,
        results: Mapping[str, str],
        gone: Iterable[str] = (),
    ) -> None:
        """Keep the evaluation of each asset's condition, as JSON, in place of the one before, and
        none of what is `gone`.
        """
        with self._store.together():
            for asset in gone:
                self._execute(
                    "DELETE FROM conditions WHERE sensor = ? AND target = ? AND asset = ?",
                    (sensor, target, asset),
                )
            for asset, result in results.items():
                self._execute(
                    "INSERT OR REPLACE INTO conditions VALUES (?, ?, ?, ?, ?)",
                    (sensor, target, asset, at, result),
                )

    def conditions(
        self, sensor: str, target: str, assets: Iterable[str] = ()
    ) -> dict[str, tuple[float, str]]:
        """The latest evaluation of assets' conditions: when it was, and its JSON; of all assets
        where none is named.
        """
        rows = self._execute(
            "SELECT asset, at, result FROM conditions WHERE sensor = ? AND target = ?",
            (sensor, target),
        )
        wanted = frozenset(assets)
        return {asset: (at, text) for asset, at, text in rows if not wanted or asset in wanted}


def _tick(row: Sequence[Any]) -> SensorTick:
    sensor, target, at, status, message, run_ids, until, count, log, path, line = row
    return SensorTick(
        sensor, target, at, status, message, tuple(json.loads(run_ids)), until, count,
        tuple(json.loads(log)), path, line,
    )  # fmt: skip
