"""How much may go on at once: limits for runs, for runs with a tag, and for pools.

[tool.dbtree.concurrency]        # or [concurrency] in dbtree.toml
max_concurrent_runs = 4
tag_concurrency_limits = [{key = "team", value = "finance", limit = 1}]
pools = {warehouse = 2}
default_pool_limit = 1

The names are Dagster's. The limits hold for all runs of a project, whoever started them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, NamedTuple

from tui.errors import ProjectError
from tui.protocol.plain import plain

KNOWN = ("max_concurrent_runs", "tag_concurrency_limits", "pools", "default_pool_limit")
OF_TAG = ("key", "value", "limit")
EACH_VALUE = "applyLimitPerUniqueValue"
"""Dagster's word for a limit that each value of a tag has for itself."""
WHERE = "`concurrency` in [tool.dbtree]"


class TagLimit(NamedTuple):
    """How many runs with a tag go on at once."""

    key: str
    value: str
    """Empty for any value."""
    limit: int
    is_each: bool = False
    """Whether each value has the limit for itself."""


class Claim(NamedTuple):
    """A limit that concerns a run, and under which name places are taken of it."""

    name: str
    limit: int
    words: str
    """What it is a limit of, after `run a3f1`: `with the tag team=finance`."""


@plain(frozen=True)
class Concurrency:
    """All limits; 0 for none."""

    max_runs: int = 0
    default_pool: int = 0
    pools: Mapping[str, int] = field(default_factory=dict)
    tags: tuple[TagLimit, ...] = ()

    def claims(self, tags: Mapping[str, str]) -> list[Claim]:
        """The limits that concern a run with some tags, in an order that all runs keep."""
        return sorted(self._claims(tags))

    def _claims(self, tags: Mapping[str, str]) -> Iterator[Claim]:
        if self.max_runs:
            yield Claim("runs", self.max_runs, "of this project")
        for one in self.tags:
            value = tags.get(one.key)
            if value is None or (one.value and one.value != value):
                continue
            said = f"{one.key}={value}" if one.value or one.is_each else one.key
            yield Claim(f"tag {said}", one.limit, f"with the tag {said}")


NO_LIMITS = Concurrency()


def concurrency_of(preferences: Mapping[str, Any]) -> Concurrency:
    """The limits that the configuration files set. Raises ProjectError for what makes no sense."""
    table = preferences.get("concurrency")
    if table is None:
        return NO_LIMITS
    if not isinstance(table, Mapping):
        raise ProjectError(f"{WHERE} must be a table.")
    own = {str(key).replace("-", "_"): item for key, item in table.items()}
    if unknown := next((key for key in own if key not in KNOWN), ""):
        raise ProjectError(f"{WHERE} has an unknown key {unknown!r}: it takes {', '.join(KNOWN)}.")
    pools = own.get("pools", {})
    if not isinstance(pools, Mapping):
        raise ProjectError(f"pools of {WHERE} must be a table: pools = {{warehouse = 2}}.")
    return Concurrency(
        _count(own.get("max_concurrent_runs", 0), "max_concurrent_runs"),
        _count(own.get("default_pool_limit", 0), "default_pool_limit"),
        {str(name): _count(limit, f"The pool {name}", 1) for name, limit in pools.items()},
        tuple(_tag_limits(own.get("tag_concurrency_limits", ()))),
    )


def _tag_limits(tables: Any) -> Iterator[TagLimit]:
    if not isinstance(tables, Sequence) or isinstance(tables, str):
        raise ProjectError(f"tag_concurrency_limits of {WHERE} must be a list of tables.")
    for table in tables:
        if not isinstance(table, Mapping) or not table.get("key") or set(table) - {*OF_TAG}:
            raise ProjectError(
                f"Each of tag_concurrency_limits of {WHERE} has a key, a limit, and a value if it "
                f"is meant: not {table!r}."
            )
        key, value = str(table["key"]), table.get("value", "")
        limit = _count(table.get("limit"), f"The limit of the tag {key}", 1)
        if isinstance(value, Mapping):
            yield TagLimit(key, "", limit, bool(value.get(EACH_VALUE)))
        else:
            yield TagLimit(key, str(value), limit)


def _count(value: Any, name: str, least: int = 0) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ProjectError(f"{name} of {WHERE} must be a whole number from {least} on, "
                           f"not {value!r}.")  # fmt: skip
    return int(value)
