"""Which target, profile and profiles directory a module of definitions names for its dbt project.

They are asked for before dbt opens the project, when there may be no manifest yet: what the module
made until then counts, and what it raises is for the load that follows to report.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tui.definitions.dbt_listing import DbtSelected
from tui.definitions.host import Connected, Host, set_host
from tui.definitions.loader import Place, import_module
from tui.definitions.repository import find_definitions


@dataclass(frozen=True)
class Connection:
    """How definitions want their dbt project to be opened; empty where they do not say."""

    target: str = ""
    profile: str = ""
    profiles_dir: str = ""
    """Absolute."""

    def options(self) -> dict[str, str]:
        """What they say, by name."""
        return {name: value for name, value in vars(self).items() if value}


class ListeningHost(Host):
    """Notes the projects and resources that are made, and prepares nothing."""

    is_dev = True

    def __init__(self, base: Path) -> None:
        self.base = base
        self.noted: list[Connected] = []

    def note(self, one: Connected) -> None:
        self.noted.append(one)

    def can_check(self, definition: DbtSelected) -> bool:
        return False

    def select(self, definition: DbtSelected) -> frozenset[str]:
        return frozenset()


def connection_at(place: Place, root: Path) -> Connection:
    """Import the definitions in this process and see how they connect to a project.

    Args:
        place: The definitions.
        root: The directory of the dbt project that is to be opened.
    """
    host = ListeningHost(place.root)
    set_host(host)
    with suppress(Exception, SystemExit):  # whoever loads the definitions reports it
        find_definitions(import_module(place))
    return connection_of(host.noted, root)


def connection_of(noted: list[Connected], root: Path) -> Connection:
    """How a project is connected: as its command-line resource says, since that is what a run
    uses, else as its DbtProject does. Of several of a kind, the first that says something counts.
    """
    own = [one for one in noted if _is_same(one.project_dir, root)]
    own.sort(key=lambda one: not one.is_command_line)

    def first(name: str) -> str:
        return next((str(found) for one in own if (found := getattr(one, name))), "")

    profiles_dir = first("stated_profiles_dir")
    return Connection(
        target=first("target"),
        profile=first("profile"),
        profiles_dir=os.path.abspath(profiles_dir) if profiles_dir else "",
    )


def _is_same(one: Path | str, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
