"""The tables of `history.db`, and how such a file is opened whatever state it is in.

The file is an index made from the event logs, so nothing in it is precious: one that cannot be
read is moved aside and made again. One that a newer dbtree wrote is left alone, and a file beside
it is used instead.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from tui.protocol.private_files import touch_private

BUSY = 15.0
"""Seconds to wait for another window's transaction."""


def _first_tables(db: sqlite3.Connection) -> None:
    db.execute(
        """
        CREATE TABLE runs (
            run_id TEXT PRIMARY KEY,
            position INTEGER NOT NULL,      -- bytes of the log that are in the index
            is_final INTEGER NOT NULL,      -- the log has its last event
            counts TEXT NOT NULL,           -- JSON: status -> number of nodes
            status TEXT NOT NULL, command TEXT NOT NULL, kind TEXT NOT NULL, label TEXT NOT NULL,
            project TEXT NOT NULL, target TEXT NOT NULL, adapter TEXT NOT NULL,
            pid INTEGER NOT NULL, process_started TEXT NOT NULL, dbt_version TEXT NOT NULL,
            git_commit TEXT NOT NULL, full_refresh INTEGER NOT NULL, started_at REAL NOT NULL,
            finished_at REAL NOT NULL, message TEXT NOT NULL, path TEXT NOT NULL,
            line INTEGER NOT NULL, waiting_for TEXT NOT NULL
        )
        """
    )
    db.execute(
        """
        CREATE TABLE node_runs (
            run_id TEXT NOT NULL, unique_id TEXT NOT NULL,
            place INTEGER NOT NULL,         -- among the nodes of its run
            target TEXT NOT NULL,
            records INTEGER NOT NULL,       -- what it counts as: ATTEMPT, BUILT, CHECKED
            status TEXT NOT NULL, started_at REAL NOT NULL, finished_at REAL NOT NULL,
            duration REAL NOT NULL, message TEXT NOT NULL, failures INTEGER, row_count INTEGER,
            skipped_because TEXT NOT NULL, relation TEXT NOT NULL, compiled_path TEXT NOT NULL,
            path TEXT NOT NULL, line INTEGER NOT NULL, thread TEXT NOT NULL,
            fingerprint TEXT NOT NULL,      -- JSON
            macros TEXT NOT NULL,           -- JSON
            PRIMARY KEY (run_id, unique_id)
        ) WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX node_runs_of ON node_runs (unique_id, target, finished_at)")
    db.execute(
        """
        CREATE TABLE latest (
            target TEXT NOT NULL, unique_id TEXT NOT NULL,
            record INTEGER NOT NULL,        -- ATTEMPT, BUILT or CHECKED
            run_id TEXT NOT NULL, finished_at REAL NOT NULL,
            PRIMARY KEY (target, unique_id, record)
        ) WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX latest_of ON latest (run_id)")
    db.execute("CREATE INDEX runs_by_time ON runs (started_at)")


def _measured(db: sqlite3.Connection) -> None:
    db.execute("ALTER TABLE node_runs ADD COLUMN measured_rows INTEGER")
    db.execute("ALTER TABLE node_runs ADD COLUMN columns TEXT NOT NULL DEFAULT ''  /* JSON */")


def _metadata(db: sqlite3.Connection) -> None:
    db.execute("ALTER TABLE node_runs ADD COLUMN metadata TEXT NOT NULL DEFAULT ''  /* JSON */")


def _error_places(db: sqlite3.Connection) -> None:
    for name in ("last_line", "compiled_line", "excerpt_from"):
        db.execute(f"ALTER TABLE node_runs ADD COLUMN {name} INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE node_runs ADD COLUMN excerpt TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE runs ADD COLUMN waiting_until REAL NOT NULL DEFAULT 0")


def _external(db: sqlite3.Connection) -> None:
    db.execute("ALTER TABLE runs ADD COLUMN external INTEGER NOT NULL DEFAULT 0")


def _waited(db: sqlite3.Connection) -> None:
    for name in ("waited", "waiting_since"):
        db.execute(f"ALTER TABLE runs ADD COLUMN {name} REAL NOT NULL DEFAULT 0")


def _batches(db: sqlite3.Connection) -> None:
    db.execute("ALTER TABLE node_runs ADD COLUMN batches TEXT NOT NULL DEFAULT ''  /* JSON */")


def _partitions(db: sqlite3.Connection) -> None:
    db.execute("ALTER TABLE runs ADD COLUMN partitions TEXT NOT NULL DEFAULT ''  /* JSON */")
    db.execute("CREATE INDEX runs_of_partitions ON runs (target) WHERE partitions <> ''")


def _tags(db: sqlite3.Connection) -> None:
    for name in ("tags", "config"):
        db.execute(f"ALTER TABLE runs ADD COLUMN {name} TEXT NOT NULL DEFAULT ''  /* JSON */")


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    _first_tables,
    _measured,
    _metadata,
    _error_places,
    _external,
    _waited,
    _batches,
    _partitions,
    _tags,
)
"""How to get from each version of the tables to the next; only ever added to."""

VERSION = len(MIGRATIONS)
TABLES = frozenset({"runs", "node_runs", "latest"})


class _Newer(Exception):
    """The file was written by a newer dbtree."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


def open_index(path: Path) -> tuple[sqlite3.Connection, str]:
    """A connection to the index at `path`, and what the user should be told (or "").

    Raises sqlite3.OperationalError where another process keeps the file locked.
    """
    try:
        return _connect(path), ""
    except _Newer as newer:
        beside = path.with_name(f"{path.stem}-{VERSION}{path.suffix}")
        connection, told = open_index(beside)
        return connection, (
            f"{path.name} was written by a newer dbtree (its schema is {newer.version}, this one "
            f"knows {VERSION}). It was left unchanged; {beside.name} is used instead. {told}"
        ).strip()
    except sqlite3.OperationalError as error:
        if is_locked(error):
            raise
        message = f"{path.name} cannot be opened ({error}); an index in memory is used instead."
        return _connect(None), message
    except sqlite3.DatabaseError as error:
        aside = move_aside(path)
        if aside is None:
            message = f"{path.name} cannot be read ({error}); an index in memory is used instead."
            return _connect(None), message
        return _connect(path), (
            f"{path.name} could not be read ({error}). It was moved to {aside.name}, and a new "
            "one was built from the logs of the runs."
        )


def is_locked(error: sqlite3.Error) -> bool:
    """Whether another process holds the file, which passes."""
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def is_broken(error: sqlite3.Error) -> bool:
    """Whether the content of the file is damaged, which does not pass."""
    return _code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def is_unwritable(error: sqlite3.Error) -> bool:
    """Whether the file cannot be written: the disk is full or broken, or nobody may write to it."""
    return _code(error) in (
        sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
    )  # fmt: skip


def _code(error: sqlite3.Error) -> int:
    """SQLite's own code; 0 for an error that is Python's or ours."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def open_in_memory() -> sqlite3.Connection:
    """An empty index that is written nowhere."""
    return _connect(None)


def move_aside(path: Path) -> Path | None:
    """Rename a broken index, so that somebody may look at it; None where that is impossible."""
    number = 1
    while (aside := path.with_name(f"{path.name}.broken-{number}")).exists():
        number += 1
    try:
        path.rename(aside)
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    except OSError:
        return None
    return aside


def _connect(path: Path | None) -> sqlite3.Connection:
    if path is not None:
        with suppress(OSError):  # sqlite says what is wrong
            touch_private(path)
    db = sqlite3.connect(
        path or ":memory:", timeout=BUSY, isolation_level=None, check_same_thread=False
    )
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        _migrate(db)
    except BaseException:
        db.close()
        raise
    return db


def _migrate(db: sqlite3.Connection) -> None:
    """Bring the tables to this version. Two windows may do so at once."""
    if _version(db) == VERSION:
        _expect_tables(db)
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        version = _version(db)
        if version > VERSION:
            raise _Newer(version)
        for migration in MIGRATIONS[version:]:
            migration(db)
        db.execute(f"PRAGMA user_version = {VERSION}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # a full disk has ended it already
            db.execute("ROLLBACK")
        raise


def _version(db: sqlite3.Connection) -> int:
    with closing(db.execute("PRAGMA user_version")) as rows:
        return int(rows.fetchone()[0])


def _expect_tables(db: sqlite3.Connection) -> None:
    with closing(db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")) as rows:
        missing = TABLES - {name for (name,) in rows}
    if missing:
        raise sqlite3.DatabaseError(f"it has no table {', '.join(sorted(missing))}")
