"""A warm engine through a series of random edits, beside parses from nothing of the same files."""

import random
import re
from pathlib import Path

from tests.dbt_python import dbt_version
from tests.differential.kept_statuses import KeptStatuses
from tests.differential.plain_dbt import Graph, PlainDbt
from tests.engine.engine_process import Engine
from tests.projects import copy_project
from tests.projects.edits import Edit, RandomEdits
from tui.protocol.messages import GraphChanged, ParseFailed
from tui.protocol.records import Problem

MISSING = re.compile(r"depends on an? \w+ named '([^']+)'")
NEWER = {(1, 11): ("functions/doubled.sql", "functions/_functions.yml", "models/**/function_*.sql")}
"""Files of the projects that need this version of dbt-core."""

BUILDING_SHARE = 0.2
"""Of all edits, how many are followed by a build."""


def prepare(project: Path, directory: Path) -> Path:
    """A copy of a project without what this dbt does not know."""
    root = copy_project(project, directory)
    for version, patterns in NEWER.items():
        for pattern in patterns if dbt_version() < version else ():
            for path in root.glob(pattern):
                path.unlink()
    return root


class Editing:
    """A project that is edited at random, open in an engine; `check` compares with plain dbt.

    The same project, seed and numbers of edits give the same edits: what fails can be replayed.
    """

    def __init__(
        self,
        project: Path,
        directory: Path,
        seed: int,
        plain: PlainDbt,
        kind: type[RandomEdits],
        **options,
    ) -> None:
        self.root = prepare(project, directory / project.name)
        self.plain = plain
        self._options = options
        self._edits = kind(self.root, random.Random(seed))
        self._choose = random.Random(seed)
        self._told = [f"{project.name}, seed {seed}, {kind.__name__}"]
        self.count = 0
        self.checks = 0
        self.engine = Engine(self.root, **options)
        self._answer: object = None
        self._statuses = KeptStatuses.of(self.engine)

    @property
    def counts(self) -> str:
        """How much was done, in words."""
        return f"{self.count} edits, compared {self.checks} times"

    def edit(self, at_once: int = 1) -> None:
        """Edit so many times, and say so to the engine once."""
        edits = [self._edits.edit() for _ in range(at_once)]
        self._say(edits)

    def mend(self) -> None:
        """Take back what is broken, if anything is."""
        self._say([self._edits.mend()])

    def edit_a_few(self) -> None:
        """One edit, now and then several in one save."""
        self.edit(self._choose.choices([1, 2, 5], [8, 2, 1])[0])

    def _say(self, edits: list[Edit]) -> None:
        self.count += len(edits)
        self._told += [f"{self.count}: {edit.description}" for edit in edits]
        self._answer = self.engine.reparse(path for edit in edits for path in edit.paths)
        if isinstance(self._answer, GraphChanged):
            self._statuses.take(self._answer)
            if self._choose.random() < BUILDING_SHARE:
                self._statuses.build(self._choose)

    def check(self, *, saved: Path | None = None) -> None:
        """Fail where the engine does not show what a parse from nothing finds."""
        self.checks += 1
        found = self.plain.parse(self.root, saved)
        if isinstance(found, Graph):
            differences = self._differences(found)
        else:
            differences = self._other_errors(found)
        assert not differences, "\n".join([*self._told, "", *differences])

    def _differences(self, found: Graph) -> list[str]:
        if isinstance(self._answer, ParseFailed):
            return [f"only the engine fails: {self._answer.problems}"]
        engine = self.engine
        pairs = (
            (engine.assets, found.assets),
            (engine.checks, found.checks),
            (engine.macros, found.macros),
        )
        told = list(found.different)
        for ours, dbts in pairs:
            for key in sorted(ours.keys() | dbts.keys()):
                if ours.get(key) != dbts.get(key):
                    told.append(_words(key, ours.get(key), dbts.get(key)))
        return told or self._statuses.differences(found)

    def _other_errors(self, problems: list[Problem]) -> list[str]:
        if not isinstance(self._answer, ParseFailed):
            return [f"only plain dbt fails: {problems}", f"the engine: {self._answer!r:.300}"]
        ours = [Problem._make(row) for row in self._answer.problems]
        # Where dbt names no file, the engine still knows which one was saved.
        named = [problem.path for problem in problems if problem.path]
        alike = [problem.path for problem in ours] == named or not named
        # Of several that miss something, dbt names the one that it comes to first.
        missing = [MISSING.search(told[0].message) for told in (ours, problems)]
        alike = alike or (None not in missing and self._is_missing(ours[0]))
        # Two that have the same name are told in the order in which they were parsed.
        lines = [sorted(told[0].message.splitlines()) for told in (ours, problems)]
        alike = alike or lines[0] == lines[1]
        return [] if alike else [f"the engine: {ours}", f"plain dbt: {problems}"]

    def _is_missing(self, problem: Problem) -> bool:
        """Whether the file that a problem names reads by that name what is nowhere."""
        found = MISSING.search(problem.message)
        reader = self.root / problem.path
        if found is None or not reader.is_file():
            return False
        called = re.compile(rf"""ref\(['"]{re.escape(found[1])}['"]""")
        return bool(called.search(reader.read_text("utf-8"))) and not any(
            path.stem == found[1] and path.suffix in (".sql", ".py", ".csv")
            for path in self.root.rglob(f"{found[1]}.*")
            if path.relative_to(self.root).parts[0] not in ("target", "logs", ".dbtree")
        )

    def reopen(self) -> None:
        """End the engine and begin a new one, from what the first one saved; both are checked.

        The project must not be broken.
        """
        self.engine.close()
        self.check(saved=self.root / ".dbtree" / "cache" / "partial_parse.msgpack")
        self.engine = Engine(self.root, **self._options)
        self._told.append("reopened")
        self.check()

    def close(self) -> None:
        self.engine.close()


def _words(key: str, ours: object, dbts: object) -> str:
    if isinstance(ours, tuple) and isinstance(dbts, tuple):
        fields = zip(ours._fields, ours, dbts, strict=True)  # type: ignore[attr-defined]
        parts = [f"{name}: {a!r} in the engine, {b!r} in dbt" for name, a, b in fields if a != b]
        return f"{key}: " + "; ".join(parts)
    return f"{key}: {ours!r:.200} in the engine, {dbts!r:.200} in dbt"
