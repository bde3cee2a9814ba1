"""A parse that fails leaves the manifest as it was, whatever was edited.

`DBTREE_SOAK_EDITS` and `DBTREE_SOAK_SEED` as in test_parsing.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.dbt_python import QUIET, ROOT
from tests.differential.editing import prepare
from tests.differential.test_parsing import PROJECTS, SOAK_EDITS, SOAK_SEED
from tests.projects import KIOSK
from tests.warm_python import warm_python

pytestmark = pytest.mark.timeout(1200)


def edited(project: Path, directory: Path, kind: str, seed: int, edits: int) -> int:
    """Edit a copy of a project so many times; how many parses failed and left nothing."""
    root = prepare(project, directory / project.name)
    words = (str(root), kind, str(seed), str(edits))
    told = subprocess.run(
        [warm_python(), "-m", "tests.differential.failing_parses", *words],
        cwd=ROOT,
        env={**os.environ, **QUIET},
        check=False,
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr[-5000:]
    found = json.loads(told.stdout.splitlines()[-1])
    assert not found["left"], "\n".join([f"{project.name}, {kind}, seed {seed}", *found["left"]])
    return int(found["failed"])


def test_a_parse_that_fails_leaves_the_manifest_as_it_was(tmp_path: Path) -> None:
    assert edited(KIOSK, tmp_path, "WiderEdits", seed=2, edits=40) > 20


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("kind", ["WiderEdits", "TeamEdits"])
@pytest.mark.parametrize("project", PROJECTS)
def test_hundreds_of_parses_that_fail_do_too(
    project: Path, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = edited(project, tmp_path, kind, SOAK_SEED, SOAK_EDITS)
    with capsys.disabled():
        print(f"\n{project.name}, {kind}, seed {SOAK_SEED}: {failed} parses failed")
    assert failed
