"""P9 and P10: dbt_project.yml is edited, a checkout changes hundreds of files."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.bench import dbtree_side as ours
from tests.bench.dbt_side import dbt
from tests.bench.projects import EDITED_LAYER, Projects, save, times_to_parse_edits
from tests.bench.table import Row, Target, median_row
from tests.end_to_end.user import User
from tests.projects.generated import model_names

Say = Callable[[str], None]

CHANGED = 500
REPEATS = 4
PATIENCE = 600.0
CONFIGURED = {1000: Target("≥ 3 ×", 3, "speed-up")}
CHECKED_OUT = {10_000: Target("≥ 10 ×", 10, "speed-up")}
LAYER = f"    layer_{EDITED_LAYER}:\n      +materialized: table\n"
"""What is added to dbt_project.yml: the model that is looked at is a table then."""


def configured(projects: Projects, say: Say, repeats: int) -> Row:
    """P9: an edit of dbt_project.yml, until the tree shows what it does to a model; `repeats`: how
    often dbt is measured.
    """
    say(f"{projects.models:,} models: edits of dbt_project.yml")
    file = projects.dbtree / "dbt_project.yml"
    original = file.read_text("utf-8")
    edited = original + LAYER
    ours.build_once(projects)
    shown = []
    with ours.opened(projects.dbtree) as user:
        user.goes_to(projects.model)
        try:
            for number in range(REPEATS):
                text, word = (original, "fresh") if number % 2 else (edited, "stale")
                change = partial(save, file, text)
                shown.append(_time_to_show(user, projects.model, word, change))
        finally:
            save(file, original)
            user.sees_ready(PATIENCE)
    say(f"{projects.models:,} models: the same edits in dbt")
    parses = times_to_parse_edits(projects.dbt / file.name, original, edited, repeats)
    return median_row(
        "P9", "dbt_project.yml saved to tree", projects.models, shown, other_samples=parses,
        other_is="dbt parse", target=CONFIGURED.get(projects.models),
    )  # fmt: skip


def _time_to_show(user: User, name: str, word: str, change: Callable[[], object]) -> float:
    """Seconds from the end of a change of files until the tree shows it, confirmed by dbt."""
    user.sees_ready(PATIENCE)
    user.terminal.catch_up()
    change()
    at = time.monotonic()
    shown = user.sees_asset(name, word, timeout=PATIENCE)
    return max(shown, user.sees_ready(PATIENCE)) - at


def checked_out(projects: Projects, say: Say, repeats: int) -> Row:
    """P10: git checks out a branch on which hundreds of models are others."""
    changed = min(CHANGED, projects.models // 2)
    say(f"{projects.models:,} models: checkouts of {changed} files")
    ours.build_once(projects)
    shown: list[float] = []
    with (
        _branches(projects, projects.dbtree, changed) as switch,
        ours.opened(projects.dbtree) as user,
    ):
        user.goes_to(projects.model)
        for branch, word in (("other", "stale"), ("main", "fresh")) * (REPEATS // 2):
            change = partial(switch, branch)
            shown.append(_time_to_show(user, projects.model, word, change))
    say(f"{projects.models:,} models: the same checkouts, and dbt")
    parses: list[float] = []
    with _branches(projects, projects.dbt, changed) as switch:
        dbt(projects.dbt, "parse")
        for number in range(repeats):
            switch("main" if number % 2 else "other")
            parses.append(dbt(projects.dbt, "parse").seconds)
    return median_row(
        "P10", f"checkout of {changed} files to tree", projects.models, shown,
        other_samples=parses, other_is="dbt parse", target=CHECKED_OUT.get(projects.models),
        note=f"slowest {max(shown):.1f} s, fastest {min(shown):.1f} s",
    )  # fmt: skip


@contextmanager
def _branches(projects: Projects, root: Path, changed: int) -> Iterator[Callable[[str], None]]:
    """The project under git with a second branch, `other`; what is given checks one out."""

    def git(*words: str) -> None:
        who = ("-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "gc.auto=0")
        subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True)

    names = [name for layer in model_names(projects.models) for name in layer]
    step = len(names) / changed
    chosen = {projects.model, *(names[int(number * step)] for number in range(changed - 1))}
    files = [path for path in (root / "models").rglob("*.sql") if path.stem in chosen]
    git("init", "-q", "-b", "main")
    try:
        git("add", "dbt_project.yml", "profiles.yml", "models", "seeds")
        git("commit", "-q", "-m", "main")
        git("checkout", "-q", "-b", "other")
        for file in files:
            text = file.read_text("utf-8")
            save(file, text.replace("select ", "select 1 as edit, ", 1))
        git("commit", "-q", "-a", "-m", "other")
        git("checkout", "-q", "main")
        yield lambda branch: git("checkout", "-q", branch)
        git("checkout", "-q", "main")
    finally:
        shutil.rmtree(root / ".git")
