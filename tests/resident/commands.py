"""Runs `dbtree dbt …` and plain `dbt …` in copies of one project, and what both leave."""

from __future__ import annotations

import copy
import json
import os
import pickle
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.dbt_python import DBT_PYTHON
from tests.warm_python import program, warm_python

DBT = Path(DBT_PYTHON).with_name("dbt")
VOLATILE = frozenset(
    {
        "_invocation_id", "completed_at", "created_at", "elapsed", "elapsed_time", "execution_time",
        "generated_at", "invocation_id", "invocation_started_at", "log_path", "max_loaded_at_time",
        "modification_time", "profiles_dir", "project_dir", "run_started_at", "snapshotted_at",
        "started_at", "thread_id", "max_loaded_at_time_ago_in_s", "timing",
    }
)  # fmt: skip
"""Keys of artifacts whose values are times, ids and places."""
PATTERNS = (
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<id>"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?(\+00:00)?", "<time>"),
    (r"\d\d:\d\d:\d\d(\.\d+)?", "<time>"),
    (r"\d+ hours? (and )?\d+ minutes? and [\d.]+ seconds? \([\d.]+s\)", "<duration>"),
    (r"\d+\.\d+ ?s(econds)?\b", "<duration>"),
    (r"(after|in) +\d+\.\d+", "<duration>"),
    (r"dbt_tmp\d+", "<temporary>"),
    (r'"pid": \d+', "<pid>"),
    (r'"(\w+_elapsed|elapsed|execution_time)": [\d.e-]+', "<duration>"),
    (r"/tmp/dbt-downloads-\w+", "<temporary>"),
    (r"\(formerly \S+ now \S+\)|\(formerly [^)]*\)", "<connection>"),
)
UNORDERED = re.compile(
    r"ThreadPool\]|running dbt with arguments|onnection '|properly closed|connection from the pool|"
    r"Opening a new connection"
)
"""Lines of dbt's log that are others in each run: which thread has which connection."""


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    stdout: str
    stderr: str


class Place:
    """A copy of a project, and the environment of its commands."""

    def __init__(self, root: Path, runtime: Path) -> None:
        self.root = root
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DBTREE_", "PYTEST_", "COV_"))
        }
        runtime.mkdir(exist_ok=True)
        self.environment.update(
            XDG_RUNTIME_DIR=str(runtime),
            PYTHONPATH=str(Path(__file__).parents[2]),
            DBTREE_DBT_PYTHON=DBT_PYTHON,
            DO_NOT_TRACK="1",
            PYTHONHASHSEED="0",  # dbt takes sets in the order of their hashes
        )
        self.environment.pop("VIRTUAL_ENV", None)

    def with_warm_python(self) -> Place:
        """The same place, whose engines are forked with dbt imported: what is compared with."""
        other = copy.copy(self)
        # What changes how a Python starts has it start anew.
        kept = {k: value for k, value in self.environment.items() if not k.startswith("PYTHON")}
        other.environment = {**kept, "DBTREE_DBT_PYTHON": warm_python()}
        return other

    def dbtree(self, *arguments: str, **more: str) -> Ended:
        """Run `dbtree …`."""
        environment = {**self.environment, **more}
        done = program.run(arguments, cwd=self.root, environment=environment, timeout=400)
        return Ended(done.returncode, done.stdout, done.stderr)

    def dbt(self, *arguments: str, **more: str) -> Ended:
        """Run plain dbt."""
        done = subprocess.run(
            [str(DBT), *arguments],
            cwd=self.root,
            env={**self.environment, **more},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=400,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Start `dbtree …`, to be waited for by the test."""
        return subprocess.Popen(
            [str(program.PROGRAM), *arguments],
            cwd=self.root,
            env=self.environment,
            text=True,
            **options,
        )

    def engines(self) -> list[dict[str, Any]]:
        """What `dbtree engine` says."""
        found: list[dict[str, Any]] = json.loads(self.dbtree("engine", "--json").stdout)
        return found

    def settled(self, text: str) -> str:
        """A text without times, ids and this place."""
        text = text.replace(str(self.root), "<root>")
        for pattern, word in PATTERNS:
            text = re.sub(pattern, word, text)
        return re.sub(r"(\. ?)+ ?\[", " [", text)

    def artifacts(self) -> dict[str, str]:
        """The files below target/, without times, ids and this place."""
        found = {}
        target = self.root / "target"
        for path in sorted(target.rglob("*")) if target.is_dir() else ():
            name = str(path.relative_to(target))
            if path.is_dir() or name == "partial_parse.msgpack" or name.startswith(".dbtree"):
                continue
            if path.name == "graph_summary.json":
                continue  # it is the graph in numbers, which depend on the order of the files
            if path.suffix == ".json":
                found[name] = self.settled(_text(json.loads(path.read_text())))
            elif path.suffix == ".gpickle":
                graph = pickle.loads(path.read_bytes())
                found[name] = self.settled(_text([list(graph.edges()), dict(graph.nodes.items())]))
            else:
                found[name] = self.settled(path.read_text(errors="replace"))
        return found

    def log(self) -> list[str]:
        """dbt's log, sorted, without times, ids, numbers and this place; the log is gone then."""
        path = self.root / "logs" / "dbt.log"
        if not path.exists():
            return []
        lines = self.settled(path.read_text()).splitlines()
        shutil.rmtree(path.parent)
        kept = [line for line in lines if line.strip("=- ") and not UNORDERED.search(line)]
        return sorted(re.sub(r"[\d.]+", "0", line) for line in kept)


def _text(value: Any) -> str:
    """A value of an artifact, whatever order dbt found the files in."""
    return json.dumps(_still(value), indent=0, sort_keys=True, default=str)


def _still(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _still(one) for key, one in value.items() if key not in VOLATILE}
    if isinstance(value, list | tuple):
        return sorted(map(_still, value), key=lambda one: json.dumps(one, default=str))
    return value
