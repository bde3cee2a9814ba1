"""Plain dbt, as tests ask it: a process that has imported dbt and does each request in a child."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.dbt_python import QUIET, ROOT
from tests.warm_python import warm_python
from tui.protocol.records import Asset, Check, Problem


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

    def _ask(self, **request: Any) -> dict[str, Any]:
        print(json.dumps(request), file=self._requests, flush=True)
        line = self._answers.readline()
        answer: dict[str, Any] = json.loads(line or "{}")
        assert "crashed" not in (answer or ["crashed"]), self._log.read_text("utf-8", "replace")[
            -5000:
        ]
        return answer

    def parse(self, project: Path, saved: Path | None = None) -> "Graph | list[Problem]":
        """The graph of a parse from nothing, or why there is none."""
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


def fresh_parse(plain_dbt: PlainDbt, project: Path) -> tuple[dict[str, Any], ...]:
    """The assets, checks and macros that plain dbt finds in a parse from nothing."""
    found = plain_dbt.parse(project)
    assert isinstance(found, Graph), found
    return found.assets, found.checks, found.macros
