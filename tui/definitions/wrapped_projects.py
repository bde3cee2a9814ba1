"""Which dbt projects a module of definitions wraps.

Run as `python -m tui.definitions.wrapped_projects ROOT MODULE`.

Prints one line of JSON: the directories, or what is wrong with the definitions, and where.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tui.definitions.host import Host, Preparable, set_host
from tui.definitions.loader import Place, failure_of, import_module
from tui.definitions.projects import DbtProject


class LocatingHost(Host):
    """Wants the project that is in the sources, and no manifest."""

    is_dev = True

    def __init__(self) -> None:
        self.projects: list[Path] = []

    def prepare(self, project: Preparable) -> None:
        self.projects.append(project.project_dir.resolve())


def main(root: str, module: str) -> dict[str, object]:
    """What is to be printed."""
    place, host = Place(Path(root), module), LocatingHost()
    set_host(host)
    try:
        import_module(place)
    except (Exception, SystemExit) as error:  # noqa: BLE001  the user's module may raise anything
        if not host.projects:
            failure = failure_of(error, place)
            return {"problem": failure.message, "path": failure.path, "line": failure.line}
    found = {*host.projects, *_projects_in_memory()}
    return {"projects": sorted(str(path) for path in found)}


def _projects_in_memory() -> set[Path]:
    """The projects that are values of imported modules."""
    return {
        value.project_dir.resolve()
        for module in list(sys.modules.values())
        for value in list(getattr(module, "__dict__", {}).values())
        if isinstance(value, DbtProject)
    }


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:3])))  # noqa: T201  its answer
