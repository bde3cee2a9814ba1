"""Real dbt projects that tests and benches open, build, edit and break.

- `DEMO` is the project that dbtree ships; `PARCEL` has what the demo leaves out: packages,
  versions, disabled models, hooks, a macro that prints, a model that fails when asked to.
- `EVERYTHING` is small and has every type of resource, and most ways to declare one.
- `KIOSK` is as small as a project with versions, a group, a package, a snapshot and checks can be:
  for very many edits.
- `copy_project` puts one of them where a test may do with it what it likes.
- `generated` makes projects of any size, `broken` breaks one in each way that dbt knows,
  `edits` edits one at random.

Nothing in here imports dbtree or dbt.
"""

import shutil
from pathlib import Path

DEMO = Path(__file__).parents[2] / "tui" / "demo"
PARCEL = Path(__file__).parent / "parcel"
EVERYTHING = Path(__file__).parent / "everything"
KIOSK = Path(__file__).parent / "kiosk"

WRITTEN_BY_DBT = ("target", "logs", ".dbtree", "*.duckdb", "*.duckdb.wal", ".user.yml")


def copy_project(project: Path, directory: Path) -> Path:
    """Copy a project, without what dbt wrote into it, and return the directory of the copy.

    Links become what they point at: the packages of `PARCEL` are links to `local_packages/`,
    as after `dbt deps`, and directories of their own in a copy, as from the hub.

    Raises:
        FileExistsError: if the directory already exists.
    """
    return shutil.copytree(project, directory, ignore=shutil.ignore_patterns(*WRITTEN_BY_DBT))
