"""The projects that the bench measures on, made once and kept in `.bench/`.

Of each size there are two copies with the same files, one for dbtree and one for dbt's command
line, so that neither finds what the other wrote; both have what a user has on the second day: a
manifest of the last parse on the disk.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.bench.dbt_side import dbt
from tests.bench.dbts import chosen
from tests.projects import DEMO, WRITTEN_BY_DBT, copy_project
from tests.projects.generated import generate_project, model_names

CACHE = Path(__file__).parents[2] / ".bench"
EDITED_LAYER = 5
"""The layer of the model that is edited and run: it has models above and below it."""


@dataclass(frozen=True)
class Projects:
    """Two copies of one project, and the model that is worked on."""

    models: int
    dbtree: Path
    dbt: Path
    model: str
    """The name of a model in the middle of the graph."""

    def model_file(self, project: Path) -> Path:
        """The file of the model in one of the copies."""
        return project / "models" / f"layer_{EDITED_LAYER}" / f"{self.model}.sql"


def prepare(models: int) -> Projects:
    """The two copies of a generated project, parsed once by dbt; quick when they are there."""
    home = _home(models)
    ours, theirs = home / "dbtree", home / "dbt"
    done = home / "prepared"
    if not done.exists():
        shutil.rmtree(home, ignore_errors=True)
        generate_project(theirs, models)
        dbt(theirs, "parse")
        shutil.copytree(theirs, ours)
        done.touch()
    layer = model_names(models)[EDITED_LAYER]
    return Projects(models, ours, theirs, layer[len(layer) // 2])


def _home(models: int) -> Path:
    """Where the copies of this size are: those of each dbt, whose files differ, by themselves."""
    name = chosen().name
    return CACHE / (f"generated-{models}-{name}" if name else f"generated-{models}")


def unparsed(models: int, directory: Path) -> Path:
    """A copy of the generated project that neither dbt nor dbtree has ever seen."""
    source = _home(models) / "dbt"
    ignored = shutil.ignore_patterns(*WRITTEN_BY_DBT)
    return shutil.copytree(source, directory, ignore=ignored, dirs_exist_ok=True)


def demo(directory: Path) -> Path:
    """A copy of the demo project, parsed once by dbt, with an empty database."""
    project = copy_project(DEMO, directory)
    dbt(project, "parse")
    return project


def save(file: Path, text: str) -> None:
    """Save a file as editors do: written beside it, then renamed onto it."""
    beside = file.with_name(f".{file.name}.swp")
    beside.write_text(text, "utf-8")
    os.replace(beside, file)


def times_to_parse_edits(file: Path, original: str, edited: str, times: int) -> list[float]:
    """Seconds that `dbt parse` takes in dbt's copy after an edit of a file in it, with the manifest
    of before on the disk. Giving the file its text back is an edit like the one before.
    """
    project = next(at for at in file.parents if (at / "dbt_project.yml").exists())
    dbt(project, "parse")
    found = []
    try:
        for number in range(times):
            save(file, original if number % 2 else edited)
            found.append(dbt(project, "parse").seconds)
    finally:
        save(file, original)
    return found
