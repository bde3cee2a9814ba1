"""What plain dbt would send decides: dbtree says "stale" then and only then, and names the cause.

`DBTREE_SOAK_EDITS` is how many changes a soak makes (300), `DBTREE_SOAK_SEED` where it begins.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from tests.truth.oracle import Compiling, Oracle

pytestmark = pytest.mark.timeout(7200)

STEPS = int(os.environ.get("DBTREE_SOAK_EDITS", "300"))
SEED = int(os.environ.get("DBTREE_SOAK_SEED", "0")) or random.randrange(1, 10**6)


@pytest.fixture(scope="module")
def compiling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compiling]:
    program = Compiling(tmp_path_factory.mktemp("truth"))
    yield program
    program.close()


def test_a_few_random_changes_make_stale_what_dbt_would_send_anew(compiling: Compiling) -> None:
    oracle = Oracle(compiling, 1)
    wrong = [words for _ in range(4) for words in oracle.step()]
    assert not wrong, "\n".join(wrong)
    assert oracle.counts["nodes changed"] > 2
    assert oracle.counts["nodes left as they are"] > 50


@pytest.mark.soak
def test_hundreds_of_random_changes_do(compiling: Compiling) -> None:
    oracle = Oracle(compiling, SEED)
    wrong: list[str] = []
    for _ in range(STEPS):
        wrong += oracle.step()
    counts = "\n".join(f"{count:6} {name}" for name, count in sorted(oracle.counts.items()))
    print(f"seed {SEED}\n{counts}")
    assert not wrong, "\n".join([f"seed {SEED}", *wrong, counts])
