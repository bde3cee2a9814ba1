"""Automation conditions request what Dagster's own evaluation requests, on random histories.

Dagster is looked for as in test_dagster; its side is dagsters_evaluation.
"""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.definitions.test_dagster import dagster  # noqa: F401  a fixture
from tests.schedules.scenarios import evaluated, random_scenario

SCRIPT = Path(__file__).with_name("dagsters_evaluation.py")
SEEDS = 60


def by_dagster(python: Path, scenarios: list[dict[str, Any]]) -> Any:
    """What each tick of each scenario requests."""
    done = subprocess.run(
        [str(python), str(SCRIPT)], input=json.dumps(scenarios), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_random_histories_request_what_dagster_requests(dagster: Path) -> None:  # noqa: F811
    scenarios = [random_scenario(random.Random(seed)) for seed in range(SEEDS)]
    found = by_dagster(dagster, scenarios)
    for seed, (scenario, theirs) in enumerate(zip(scenarios, found, strict=True)):
        assert evaluated(scenario) == theirs, f"seed {seed}: {json.dumps(scenario, indent=1)}"
    asked = sum(len(tick) for ticks in found for tick in ticks)
    assert asked > SEEDS, "these histories make conditions true"
