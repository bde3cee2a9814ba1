"""Where the relation of an asset lies in another target, and whether it can be reached from here.

Names follow from macros and configuration that may ask for the target, so the project is parsed
with the other one, in a child whose memory is thrown away.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from tui.engine.data_diff.comparison import NotComparable
from tui.engine.inspect.duckdb_files import is_gone, is_local
from tui.engine.inspect.facts import find_node
from tui.engine.parse.loader import no_progress
from tui.engine.parse.problems import problems_of
from tui.engine.parse.runtime_config import load
from tui.engine.parse.warm_manifest import WarmProject, parse_all
from tui.engine.process.forked import ChildDied, in_child
from tui.engine.records.reachable import ONE_DATABASE

ALIAS = "dbtree_other"


@dataclass(frozen=True)
class Place:
    """A relation of another target."""

    database: str
    schema: str
    identifier: str
    adapter: str
    server: str
    """What tells the adapter's servers or accounts apart."""
    file: str = ""
    """The file of a DuckDB database."""


def place_in(warm: WarmProject, unique_id: str, target: str) -> Place:
    """Where the asset lies in that target. Raises NotComparable."""
    if not warm.fork:
        raise NotComparable("Another target can only be read where the engine can fork.")

    def look() -> Place | str:
        try:
            return _look(warm, unique_id, target)
        except NotComparable as error:
            return str(error)
        except Exception as error:  # noqa: BLE001  whatever dbt raises is the answer
            words = " ".join(problems_of(error, warm.loaded.root)[0].message.split())
            return f"Target {target}: {words}"

    try:
        found = in_child(look)
    except ChildDied as error:
        raise NotComparable(f"Target {target} could not be read: {error}.") from None
    if isinstance(found, str):
        raise NotComparable(found)
    return found


def _look(warm: WarmProject, unique_id: str, target: str) -> Place:
    loaded = load(replace(warm.loaded.request, target=target))
    manifest = parse_all(loaded, None, no_progress, fork=False)
    node = find_node(manifest, unique_id)
    if node is None or not getattr(node, "relation_name", None):
        raise NotComparable(f"{unique_id.rsplit('.', 1)[-1]} has no relation in target {target}.")
    credentials = loaded.config.credentials
    is_duckdb = credentials.type == "duckdb"
    return Place(
        database=str(node.database or ""),
        schema=str(node.schema),
        identifier=str(node.identifier),
        adapter=credentials.type,
        server=str(credentials.unique_field),
        file=str(credentials.path) if is_duckdb else "",
    )


def reached(warm: WarmProject, place: Place, target: str) -> Place:
    """The place as a statement on the open connection can name it; attaches a DuckDB file.

    Raises NotComparable where no statement reaches both.
    """
    credentials = warm.loaded.config.credentials
    if place.adapter != credentials.type:
        raise NotComparable(
            f"Target {target} is on {place.adapter}, this one on {credentials.type}: "
            "one statement cannot read both."
        )
    if place.adapter == "duckdb":
        return _attached(warm, place, target)
    if place.server != str(credentials.unique_field):
        raise NotComparable(
            f"Target {target} is on another server: one statement cannot read both."
        )
    if place.adapter in ONE_DATABASE and place.database != str(credentials.database):
        raise NotComparable(
            f"Target {target} is in database {place.database}, this one in "
            f"{credentials.database}: {place.adapter} cannot read both in one statement."
        )
    return place


def _attached(warm: WarmProject, place: Place, target: str) -> Place:
    adapter = warm.loaded.adapter
    if not is_local(place.file):
        if place.file == str(warm.loaded.config.credentials.path):
            return place
        raise NotComparable(f"The database of target {target} is not a file on this machine.")
    path = os.path.realpath(os.path.expanduser(place.file))
    _, cursor = adapter.connections.add_query(
        "select database_name, path from duckdb_databases() where path is not null",
        auto_begin=False,
    )
    for name, known in cursor.fetchall():
        if known and os.path.realpath(str(known)) == path:
            return replace(place, database=str(name))
    if is_gone(path):
        raise NotComparable(
            f"{os.path.basename(path)}, the database of target {target}, is not there: "
            "build it there first."
        )
    quoted = path.replace("'", "''")
    adapter.connections.add_query(f"attach '{quoted}' as {ALIAS} (read_only)", auto_begin=False)
    return replace(place, database=ALIAS)
