"""`dbtree dbt` with a dbt in which private names are gone, or where no patch works."""

import pytest

from tests.engine import test_fence as fence
from tests.resident.commands import Place
from tests.waits import wait_until

pytestmark = [pytest.mark.dbt, pytest.mark.slow]
RESIDENT = " ".join(fence.MODULES)


@pytest.mark.parametrize(
    ("renamed", "failing"),
    [(" ".join((*fence.PRIVATE, *fence.REPLACED)), ""), ("", RESIDENT)],
    ids=["renamed", "failing"],
)
def test_the_engine_that_stays_does_without(tmp_path, renamed, failing):
    root = tmp_path / "project"
    for name, text in fence.FILES_OF_A_PROJECT.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    place = Place(root, tmp_path / "r")
    place.environment.update(
        DBTREE_TEST_RENAMED=renamed,
        DBTREE_TEST_FAILING=failing,
        PYTHONPATH=f"{fence.RENAMED}:{place.environment['PYTHONPATH']}",
    )
    try:
        for _ in range(2):  # the second after a rehearsal
            done = place.dbtree("dbt", "build")
            assert done.code == 0, done.stdout + done.stderr
            assert "PASS=6" in done.stdout
            wait_until(lambda: any(engine["is_warm"] for engine in place.engines()))
        assert len(place.dbtree("dbt", "ls", "-q").stdout.split()) == len(fence.NODES) + 2
    finally:
        place.dbtree("engine", "stop", "--all")
