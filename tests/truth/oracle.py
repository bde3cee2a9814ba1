"""Compares what dbtree says after a change with what plain dbt would send before and after it."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

from tests.dbt_python import QUIET, ROOT
from tests.truth.changes import Changed, changed
from tests.truth.project import State
from tests.warm_python import warm_python
from tui.graph import Asset, AssetGraph, Materialization
from tui.graph.staleness import own_reasons
from tui.protocol.records import Compiled


class Compiling:
    """The program `tests.truth.compiling`, for as long as the tests want it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._state_dir = directory / "state"
        self._state_dir.mkdir()
        self._log = directory / "compiling.log"
        self._count = 0
        with self._log.open("ab") as errors:
            self._process = subprocess.Popen(
                [warm_python(), "-m", "tests.truth.compiling"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={**os.environ, **QUIET},
            )

    def look(self, state: State) -> Look:
        """What plain dbt and dbtree make of a project."""
        root = self._directory / "ledger"
        _remove(root)
        root.mkdir()
        state.write(root)
        request = {
            "root": str(root), "state_dir": str(self._state_dir), "vars": state.vars,
            "target": state.target, "env": state.env,
        }  # fmt: skip
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps(request), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        answer = json.loads(line or '{"crashed": "gone"}')
        assert "crashed" not in answer, self._log.read_text("utf-8", "replace")[-4000:]
        return Look(answer)

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(240)


def _remove(directory: Path) -> None:
    import shutil

    shutil.rmtree(directory, ignore_errors=True)


class Look:
    """A project at one moment."""

    def __init__(self, answer: dict[str, Any]) -> None:
        compiled = {key: Compiled(*row) for key, row in answer["compiled"].items()}
        assets = {row[0]: Asset.from_row(row) for row in answer["assets"]}
        self.graph = AssetGraph(assets, {}, answer["macros"], compiled=compiled)
        self.sent: dict[str, Any] = answer["sent"]

    def built(self, key: str, *, with_compiled: bool = True) -> Materialization:
        """The record that a build at this moment leaves."""
        asset = self.graph.assets[key]
        fingerprint = asset.fingerprint
        if with_compiled:
            fingerprint = fingerprint._replace(compiled=self.graph.compiled[key].digest)
        rendered = [asset, *(self.graph.assets[k] for k in self.graph.inlined(key))]
        macros = {m: self.graph.macros[m] for one in rendered for m in one.macros}
        for one in rendered[1:]:
            macros[one.unique_id] = one.fingerprint.code or one.fingerprint.sql
        return Materialization(
            key, "dev", "run", "success", 1.0, 2.0, 1.0, relation=asset.relation,
            fingerprint=fingerprint, macros=macros,
        )  # fmt: skip


class Oracle:
    """A project that is changed at random; `step` says what dbtree tells wrongly."""

    def __init__(self, compiling: Compiling, seed: int) -> None:
        self._compiling = compiling
        self._dice = random.Random(seed)
        self.state = State()
        self.now = compiling.look(self.state)
        self.counts: Counter[str] = Counter()

    def step(self) -> list[str]:
        """Change something; where dbtree and plain dbt do not agree, in words."""
        before, change = self.now, changed(self.state, self._dice)
        while change.state == self.state:
            change = changed(self.state, self._dice)
        return self.check(before, change)

    def check(self, before: Look, change: Changed) -> list[str]:
        """Compare what is told with what is sent, before and after a change."""
        self.state = change.state
        now = self.now = self._compiling.look(change.state)
        self.counts["changes"] += 1
        self.counts.update(f"change: {name}" for name in change.names)
        wrong: list[str] = []
        for key in sorted(before.sent.keys() & now.sent.keys()):
            wrong += self._check_node(before, now, change, key)
        return wrong

    def _check_node(self, before: Look, now: Look, change: Changed, key: str) -> list[str]:
        asset = now.graph.assets[key]
        if asset.materialized == "ephemeral":
            return []
        self.counts["nodes"] += 1
        reasons = [r.detail for r in own_reasons(now.graph, asset, before.built(key))]
        old = [
            r.detail for r in own_reasons(now.graph, asset, before.built(key, with_compiled=False))
        ]
        known = bool(now.graph.compiled[key].digest) and bool(before.graph.compiled[key].digest)
        differs = [part for part, value in now.sent[key].items() if value != before.sent[key][part]]
        told = f"{change.names}: {key}: {differs} differ, told {reasons} ({old} without digests)"
        if not known:
            self.counts["nodes not known offline"] += 1
            assert now.graph.compiled[key].unknown or before.graph.compiled[key].unknown, told
            # All that these two read beside the database and the clock is named in their code.
            must_tell = key in TOLD_BY_NAMES and (
                _without_clock(now.sent[key]["code"]) != _without_clock(before.sent[key]["code"])
            )
            return [f"not told: {told}"] if must_tell and not reasons else []
        if not differs and asset.materialized == "incremental" and reasons:
            # Plain dbt, with nothing built, only compiles the branch for a table that is not there.
            self.counts["incremental branches"] += 1
            differs = ["the other branch"]
        if not differs:
            self.counts["nodes left as they are"] += 1
            return [f"told without cause: {told}"] if reasons else []
        self.counts["nodes changed"] += 1
        if not reasons:
            return [f"not told: {told}"]
        if not any(re.search(change.cause, reason) for reason in reasons):
            return [f"another cause: {told}, not {change.cause}"]
        return []


TOLD_BY_NAMES = {"model.ledger.by_query", "model.ledger.by_clock"}


def _without_clock(code: str) -> str:
    """Compiled code without the moment that `by_clock` selects first."""
    return code.partition("' as at")[2] or code
