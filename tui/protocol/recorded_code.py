"""The code that runs were built from, kept once for each digest, beside the runs' event logs.

A run's log has only digests of the code; what they stand for is here, so that two runs can be
compared long after the file was edited. The run's process writes it after its last event, the
screen and the headless commands read it. Losing it loses only the text of differences.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tui.protocol.private_files import touch_private

if TYPE_CHECKING:
    import sqlite3

Result = TypeVar("Result")

FILE = "code.db"
BUSY = 5.0
"""Seconds to wait for another process that writes."""
TABLE = "CREATE TABLE IF NOT EXISTS code (digest TEXT PRIMARY KEY, text BLOB NOT NULL)"


class RecordedCode:
    """Code by its digest (`Fingerprint.sql`), in one state directory.

    Nothing here raises for a file that is locked, broken, gone or full: the text is then unknown.
    """

    def __init__(self, state_dir: Path) -> None:
        self.path = state_dir / FILE

    def add(self, code: Mapping[str, Callable[[], str]]) -> int:
        """Keep what is not kept yet; returns how many texts are new.

        Args:
            code: what gives the text of each digest, called only where it is needed.
        """

        def insert(db: sqlite3.Connection) -> int:
            known = {digest for (digest,) in db.execute("SELECT digest FROM code")}
            new = [digest for digest in code if digest and digest not in known]
            rows = ((digest, _packed(code[digest]())) for digest in new)
            db.executemany("INSERT OR IGNORE INTO code VALUES (?, ?)", rows)
            return len(new)

        return self._do(insert, 0)

    def texts(self, digests: Iterable[str]) -> dict[str, str]:
        """The texts of these digests, as far as they are kept."""
        wanted = [*dict.fromkeys(digests)]

        def read(db: sqlite3.Connection) -> dict[str, str]:
            asked = "SELECT text FROM code WHERE digest = ?"
            rows = ((digest, db.execute(asked, (digest,)).fetchone()) for digest in wanted)
            return {digest: _unpacked(row[0]) for digest, row in rows if row is not None}

        return self._do(read, {}) if self.path.exists() else {}

    def keep_only(self, digests: Collection[str]) -> int:
        """Drop all other texts; returns how many."""
        wanted = frozenset(digests)

        def drop(db: sqlite3.Connection) -> int:
            known = [digest for (digest,) in db.execute("SELECT digest FROM code")]
            gone = [(digest,) for digest in known if digest not in wanted]
            db.executemany("DELETE FROM code WHERE digest = ?", gone)
            return len(gone)

        return self._do(drop, 0) if self.path.exists() else 0

    def _do(self, work: Callable[[sqlite3.Connection], Result], otherwise: Result) -> Result:
        """What some work on the table gives, or another value where that is impossible."""
        try:
            import sqlite3
        except ImportError:
            return otherwise
        try:
            touch_private(self.path)
            with closing(sqlite3.connect(self.path, timeout=BUSY)) as db:
                db.execute("PRAGMA synchronous = OFF")
                db.execute("PRAGMA auto_vacuum = FULL")  # counts for a new file only
                db.execute(TABLE)
                with db:
                    return work(db)
        except (sqlite3.OperationalError, OSError, zlib.error):
            return otherwise  # locked, full, gone
        except sqlite3.DatabaseError:
            with suppress(OSError):  # broken: the next run begins it anew
                self.path.unlink()
            return otherwise


def _packed(text: str) -> bytes:
    return zlib.compress(text.encode("utf-8", "surrogatepass"), 6)


def _unpacked(data: bytes) -> str:
    return zlib.decompress(data).decode("utf-8", "replace")
