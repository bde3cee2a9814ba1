"""The headless commands, run as a script would run them."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.terminal import user_environment
from tests.waits import PATIENCE
from tests.warm_python.program import run


def dbtree(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `dbtree …` without a terminal."""
    return run(arguments, cwd=project, environment=user_environment(project), timeout=2 * PATIENCE)


def dbtree_json(project: Path, *arguments: str) -> Any:
    """What the command prints, which must be JSON and nothing else: of `materialize`, which prints
    an event a line, the last one, which is the run.
    """
    finished = dbtree(project, *arguments)
    assert finished.returncode == 0, finished.stderr
    return ended(finished.stdout) if "materialize" in arguments else json.loads(finished.stdout)


def ended(stream: str) -> Any:
    """The run with which the events of `materialize --json` end."""
    *_, last = map(json.loads, stream.splitlines())
    assert last["event"] == "run_finished"
    return last
