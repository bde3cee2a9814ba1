"""The same builds by an engine and by plain dbt, each in its own copy of a project."""

import json
import random
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.differential.editing import prepare
from tests.differential.plain_dbt import PlainDbt
from tests.engine.engine_process import Engine, Outcome
from tui.protocol.events import NodeFinished, NodeStarted

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""An invocation's id, which a hook may write into a table."""
NOTHING_TO_DO = ("exposure.", "saved_query.", "semantic_model.", "metric.")
"""dbt lists these among the results of a build, and does nothing with them."""
OF_EACH_RUN = ("timing", "thread_id", "execution_time")


@dataclass(frozen=True)
class Build:
    """One dbt command line."""

    command: str = "build"
    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    full_refresh: bool = False
    flags: tuple[str, ...] = ()

    @property
    def words(self) -> list[str]:
        select = ["--select", *self.select] if self.select else []
        exclude = ["--exclude", *self.exclude] if self.exclude else []
        refresh = ["--full-refresh"] if self.full_refresh else []
        return [self.command, *select, *exclude, *refresh, *self.flags]


@dataclass
class BothSides:
    """A project built by an engine, and a copy of it built by plain dbt in the same steps."""

    ours: Path
    theirs: Path
    plain: PlainDbt
    engine: Engine
    told: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, project: Path, directory: Path, plain: PlainDbt, **options: Any) -> "BothSides":
        ours = prepare(project, directory / "ours" / project.name)
        theirs = prepare(project, directory / "theirs" / project.name)
        return cls(ours, theirs, plain, Engine(ours, **options))

    def build(self, build: Build, *, exact: bool, threads: int = 1) -> Outcome | None:
        """Do it on both sides and fail where the results differ.

        Args:
            build: The command line.
            exact: Give the engine the nodes that dbt selects, as the screen does, and not the
                selectors, as the headless commands do.
            threads: Of the engine's run; plain dbt always has one.
        """
        self.told.append(shlex.join(["dbt", *build.words]) + (" (exact nodes)" if exact else ""))
        nodes = self.engine.select(build.command, build.select, build.exclude)
        if not nodes:
            return None  # a run of nothing leaves no results
        code = self.plain.invoke(
            self.theirs, *build.words, "--threads", "1", "--no-use-colors", "--quiet"
        )
        common = {"full_refresh": build.full_refresh, "flags": [*build.flags], "threads": threads}
        if exact:
            outcome = self.engine.run(nodes, build.command, **common)
        else:
            chosen = {"select": [*build.select], "exclude": [*build.exclude]}
            outcome = self.engine.run([], build.command, **chosen, **common)
        self._compare(outcome, code)
        assert_in_order(self.engine, outcome)
        return outcome

    def _compare(self, outcome: Outcome, code: int) -> None:
        ours, theirs = results(self.ours), results(self.theirs)
        told = [
            f"{key}: {ours.get(key)} in the run, {theirs.get(key)} by dbt"
            for key in sorted(ours.keys() | theirs.keys())
            if ours.get(key) != theirs.get(key)
        ]
        if outcome.code != code:
            told.append(f"exit code {outcome.code}, dbt's {code}: {outcome.end}")
        finished = {event.unique_id: event.status for event in outcome.of(NodeFinished)}
        for key, result in ours.items():
            if not key.startswith(("operation.", *NOTHING_TO_DO)) and key in finished:
                assert finished[key] == result["status"], key
        assert not told, "\n".join([*self.told[-6:], "", *told])

    def close(self) -> None:
        self.engine.close()


def results(root: Path) -> dict[str, dict[str, Any]]:
    """What run_results.json says, by node, without what differs between any two runs."""
    text = (root / "target" / "run_results.json").read_text("utf-8")
    told = {}
    text = UUID.sub("INVOCATION", text.replace(str(root), "ROOT"))
    for result in json.loads(text)["results"]:
        told[result.pop("unique_id")] = {
            key: value for key, value in result.items() if key not in OF_EACH_RUN
        }
    return told


def assert_in_order(engine: Engine, outcome: Outcome) -> None:
    """Before a node begins, all that is upstream of it has ended, and the checks of that too."""
    run = {event.unique_id for event in outcome.of(NodeFinished)}
    checks = {key: check for key, check in engine.checks.items() if key in run}
    ended: set[str] = set()
    for event in outcome.events:
        if isinstance(event, NodeFinished):
            ended.add(event.unique_id)
        elif isinstance(event, NodeStarted) and event.unique_id in engine.assets:
            above = {*upstream(engine, event.unique_id)}
            held_up = {
                key
                for key, check in checks.items()
                if (check.asset == event.unique_id and check.kind == "unit")
                or (check.kind != "unit" and check.depends_on and {*check.depends_on} <= above)
            }
            if event.unique_id.startswith(NOTHING_TO_DO):
                held_up = set()  # dbt builds nothing for it, and holds it up for no check
            assert (above & run) | held_up <= ended, (event.unique_id, outcome.run_dir)
        elif isinstance(event, NodeStarted) and event.unique_id in checks:
            check = checks[event.unique_id]
            if check.kind != "unit":
                assert {*check.depends_on} & run <= ended, (event.unique_id, outcome.run_dir)


def upstream(engine: Engine, unique_id: str) -> Iterator[str]:
    """Every asset that an asset is made from, directly or not."""
    seen, waiting = {unique_id}, [unique_id]
    while waiting:
        for parent in engine.assets[waiting.pop()].depends_on:
            if parent not in seen and parent in engine.assets:
                seen.add(parent)
                waiting.append(parent)
                yield parent


def random_build(engine: Engine, choose: random.Random) -> Build:
    """A command line that a person could type."""
    assets = [a for a in engine.assets.values() if a.resource_type in ("model", "seed", "snapshot")]
    words = sorted({a.fqn for a in assets})
    tags = sorted({f"tag:{tag}" for a in assets for tag in a.tags})
    kinds = [
        "resource_type:seed",
        "resource_type:model",
        "config.materialized:table",
        "test_type:unit",
    ]

    def selector() -> str:
        word = choose.choice([*choose.sample(words, 4), *tags[:3], choose.choice(kinds)])
        before = choose.choice(["", "", "+", "1+", "@"])
        return f"{before}{word}{'' if before == '@' else choose.choice(['', '', '+', '+1'])}"

    return Build(
        choose.choice(["build", "build", "build", "test"]),
        tuple(selector() for _ in range(choose.randrange(3))),
        tuple(selector() for _ in range(choose.choice([0, 0, 1]))),
    )
