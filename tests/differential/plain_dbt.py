"""Plain dbt, as tests ask it: a process that has imported dbt and does each request in a child."""

import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.dbt_python import QUIET, ROOT
from tests.projects import WRITTEN_BY_DBT
from tests.warm_python import warm_python
from tui.protocol.records import Asset, Check, Problem

NOT_HASHED = 1_000_000
"""Bytes of a file from which on dbt does not read what is in it, and its time stands for that."""


class PlainDbt:
    """The program `tests.differential.cold_dbt`, for as long as the tests want it."""

    def __init__(self, log: Path) -> None:
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [warm_python(), "-m", "tests.differential.cold_dbt"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={**os.environ, **QUIET},
            )
        assert self._process.stdin
        assert self._process.stdout
        self._requests, self._answers = self._process.stdin, self._process.stdout
        self._log = log
        self._parses: dict[tuple[Path, str], Graph | list[Problem]] = {}
        """What was found in a project, by all that is in its files."""

    def _ask(self, **request: Any) -> dict[str, Any]:
        print(json.dumps(request), file=self._requests, flush=True)
        line = self._answers.readline()
        answer: dict[str, Any] = json.loads(line or "{}")
        assert "crashed" not in (answer or ["crashed"]), self._log.read_text("utf-8", "replace")[
            -5000:
        ]
        return answer

    def parse(self, project: Path, saved: Path | None = None) -> "Graph | list[Problem]":
        """The graph of a parse from nothing, or why there is none; not to be changed.

        Of files that are again as they were in an earlier parse, that one tells.
        """
        if saved is not None:
            return self._parse(project, saved)
        key = (project, _digest(project))
        if key not in self._parses:
            self._parses[key] = self._parse(project)
        return self._parses[key]

    def _parse(self, project: Path, saved: Path | None = None) -> "Graph | list[Problem]":
        answer = self._ask(parse=str(project), saved=str(saved or ""))
        if "problems" in answer:
            return [Problem._make(row) for row in answer["problems"]]
        return Graph(answer)

    def invoke(self, project: Path, *words: str) -> int:
        """Run a dbt command in a project; its exit code."""
        where = ("--project-dir", str(project), "--profiles-dir", str(project))
        return int(self._ask(invoke=[*words, *where], **{"in": str(project)})["code"])

    def close(self) -> None:
        self._requests.close()
        self._answers.close()
        self._process.wait(240)


class Graph:
    """What a parse found, and what is different in the manifest that was saved."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.assets = {row[0]: Asset.from_row(row) for row in answer["assets"]}
        self.checks = {row[0]: Check.from_row(row) for row in answer["checks"]}
        self.macros: dict[str, str] = answer["macros"]
        self.different: list[str] = answer.get("different", [])


def _digest(project: Path) -> str:
    """What tells the files of a project from any others, but for those that dbt writes."""
    digest = hashlib.sha256()
    for directory, folders, files in os.walk(project, followlinks=True):
        folders[:] = sorted(set(folders).difference(WRITTEN_BY_DBT))
        digest.update(f"\0{directory}\0{folders}".encode(errors="surrogateescape"))
        for path in (Path(directory, name) for name in sorted(files)):
            if any(map(path.match, WRITTEN_BY_DBT)):
                continue
            is_there = path.exists()
            content = path.read_bytes() if is_there and os.access(path, os.R_OK) else b""
            since = path.stat().st_mtime_ns if len(content) > NOT_HASHED else 0
            told = (str(path), path.is_symlink(), is_there, len(content), since)
            digest.update(repr(told).encode(errors="surrogateescape") + content)
    return digest.hexdigest()


def fresh_parse(plain_dbt: PlainDbt, project: Path) -> tuple[dict[str, Any], ...]:
    """The assets, checks and macros that plain dbt finds in a parse from nothing."""
    found = plain_dbt.parse(project)
    assert isinstance(found, Graph), found
    return found.assets, found.checks, found.macros
