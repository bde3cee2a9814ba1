"""The dbt that the bench runs with: that of its own environment, or another one beside it.

dbtree is told where it is, and its own command line is what dbtree is measured against.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests import dbt_v2
from tests.matrix import Combination
from tests.terminal import cold_environment

V2 = "v2"
OTHERS = ("1.10", "1.12", V2)
"""What `--dbt` takes."""


@dataclass(frozen=True)
class Dbt:
    """A dbt, and how dbtree finds it."""

    name: str
    """A minor version of dbt-core, `v2`, or empty for that of this environment."""
    program: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def is_command(self) -> bool:
        """Whether dbtree drives it by its command line, so that no target of ours is for it."""
        return "DBTREE_DBT_COMMAND" in self.environment

    @property
    def words(self) -> str:
        """What a row of the table adds to what it measures."""
        return f", dbt {self.name}" if self.name else ""


_chosen = Dbt("", Path(sys.executable).with_name("dbt"))


def chosen() -> Dbt:
    """The dbt that is measured now."""
    return _chosen


@contextmanager
def using(name: str) -> Iterator[Dbt]:
    """Measure with another dbt, whose environment is made unless it is there.

    Raises tests.matrix.Unavailable where it cannot be had on this machine.
    """
    global _chosen  # noqa: PLW0603 - what is measured is one thing at a time, everywhere
    before = _chosen
    _chosen = _prepared(name)
    try:
        yield _chosen
    finally:
        _chosen = before


def _prepared(name: str) -> Dbt:
    if name == V2:
        libraries = dbt_v2.prepare()["LD_LIBRARY_PATH"]
        program = dbt_v2.PROGRAM
        found = {"DBTREE_DBT_COMMAND": str(program), "LD_LIBRARY_PATH": libraries}
        return Dbt(name, program, found)
    combination = Combination("3.11", name)
    combination.prepare()
    python = combination.interpreter
    return Dbt(name, python.with_name("dbt"), {"DBTREE_DBT_PYTHON": str(python)})


def environment(project: Path) -> dict[str, str]:
    """The environment in which dbtree and dbt are started in a project."""
    return cold_environment(project, **_chosen.environment)
