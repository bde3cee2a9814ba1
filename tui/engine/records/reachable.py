"""Which databases of another state a run on this target can read from."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

ONE_DATABASE = frozenset({"postgres", "redshift", "greenplum", "materialize", "risingwave"})
"""Adapters whose statements reach one database."""
NAMED = 3


def unreachable(credentials: Any, relations: Iterable[str]) -> str:
    """What a run could not read from there, in a sentence; empty where it can read all.

    Args:
        credentials: those of the target that runs, as the adapter has them.
        relations: `database.schema.name` of what is built there.
    """
    databases = {relation.partition(".")[0] for relation in relations if relation.count(".") > 1}
    gone = sorted(one for one in databases if one.lower() not in _opened(credentials, databases))
    if not gone:
        return ""
    names = ", ".join(gone[:NAMED])
    if credentials.type == "duckdb":
        return (
            f"{names} is a file that this target does not open, so runs find nothing there: name "
            f"it under `attach:` in profiles.yml (`- {{path: {gone[0]}.duckdb, read_only: true}}`)."
        )
    return (
        f"{names} is another database than {credentials.database}, and {credentials.type} reads "
        "only one in a statement: runs find nothing there."
    )


def _opened(credentials: Any, databases: Iterable[str]) -> set[str]:
    """The databases that a statement on this target can name, in lower case."""
    own = {str(credentials.database).lower()}
    if credentials.type in ONE_DATABASE:
        return own
    if credentials.type != "duckdb" or credentials.remote:
        return {name.lower() for name in databases}
    for each in credentials.attach or ():
        stem = os.path.basename(str(each.path)).partition(".")[0]
        own.add(str(each.alias or stem).lower())
    return own
