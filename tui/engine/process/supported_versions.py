"""Which versions of dbt-core the engine supports."""

from __future__ import annotations

from dbt.version import __version__ as DBT_VERSION

OLDEST = (1, 8)
"""dbt-core before it has no package of adapters of its own, and other arguments everywhere."""


def refusal(version: str = str(DBT_VERSION)) -> str:
    """Why this version of dbt-core cannot be used, in a sentence; empty where it can."""
    major, minor = (int(part) for part in version.split(".")[:2])
    if (major, minor) >= OLDEST:
        return ""
    oldest = ".".join(map(str, OLDEST))
    return f"dbt-core {version} is too old: dbtree works with dbt-core {oldest} and later."
