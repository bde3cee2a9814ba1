"""Every public name of the installed Dagster is here, or is refused with the reason.

Dagster is looked for as in test_dagster.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

import tui
from tests.definitions.test_dagster import dagster  # noqa: F401  a fixture
from tui.definitions.absent import absent_names

NAMES = """
import inspect, json, dagster, dagster_dbt
def public(module):
    names = getattr(module, "__all__", None) or [n for n in dir(module) if not n.startswith("_")]
    return [name for name in names if not inspect.ismodule(getattr(module, name, None))]
print(json.dumps(sorted({*public(dagster), *public(dagster_dbt)})))
"""
IMPORTED = frozenset({
    "Callable", "DBT_PYTHON_VERSION", "DagsterLibraryRegistry", "Final", "Mapping", "Sequence",
    "TYPE_CHECKING", "TypingAny", "TypingTuple",
})  # fmt: skip
"""What its modules have imported themselves, and export by accident."""


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_every_public_name_is_here_or_refused_with_a_reason(dagster: Path) -> None:  # noqa: F811
    printed = subprocess.check_output([str(dagster), "-c", NAMES], text=True)
    theirs = set(json.loads(printed.strip().splitlines()[-1])) - IMPORTED
    assert len(theirs) > 400
    known = {*tui.EXPORTED, *absent_names()}
    assert theirs - known == set(), "told nowhere"
    assert absent_names().keys() - theirs <= IMPORTED, "refused, and not Dagster's any more"
