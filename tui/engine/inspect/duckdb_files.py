"""The files of a DuckDB target, opened so that looking into them leaves them as they are.

dbt-duckdb opens its database to write, which creates a file that is not there, and which writes an
old log into it. Whoever only looks asks for less, in a process of its own.
"""

from __future__ import annotations

import os
from typing import Any

MEMORY = ":memory:"
READ_ONLY = "read_only"


def is_local(path: str) -> bool:
    """Whether a path of a profile names a file of this machine, and no service or memory."""
    return bool(path) and not path.startswith(MEMORY) and ":" not in path.partition("/")[0]


def is_gone(path: str) -> bool:
    """Whether there is no database in that file: it was deleted, or is empty."""
    try:
        return os.stat(os.path.expanduser(path)).st_size == 0
    except FileNotFoundError:
        return True
    except OSError:
        return False


def only_look(credentials: Any) -> frozenset[str]:
    """Make these credentials open nothing to write, and create nothing.

    They are changed in place: for a process whose only work is to look.

    Returns:
        The names of the databases (in lower case) whose files are gone: they hold nothing.
    """
    if credentials.remote:
        return frozenset()
    gone = set()
    credentials.retries = None  # whoever looks comes back later
    if is_local(credentials.path):
        if is_gone(credentials.path):
            gone.add(str(credentials.database).lower())
            credentials.path = MEMORY
        else:
            options = dict(credentials.config_options or {})
            credentials.config_options = options | {"access_mode": READ_ONLY}
    attached = []
    for each in credentials.attach or ():
        if is_local(each.path) and (each.type or "duckdb").lower() == "duckdb":
            if is_gone(each.path):
                name = each.alias or os.path.basename(each.path).partition(".")[0]
                gone.add(name.lower())
                continue
            if READ_ONLY not in (each.options or {}):
                each.read_only = True
        attached.append(each)
    credentials.attach = attached
    return frozenset(gone)
