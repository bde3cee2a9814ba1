"""The targets that a profile has, read from profiles.yml without dbt: names and nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from tui.project.project import Project

FILE = "profiles.yml"


def target_names(
    project: Project, profile: str = "", environment: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """The names of the targets of the project's profile, sorted; none where it cannot be read.

    Args:
        project: the open project.
        profile: the name of the profile, where the engine knows it.
        environment: in place of `os.environ`.
    """
    import yaml

    environment = os.environ if environment is None else environment
    for directory in _places(project, environment):
        try:
            found = yaml.safe_load((directory / FILE).read_text(encoding="utf-8"))
        except (OSError, UnicodeError, yaml.YAMLError):
            continue
        named = found.get(profile or project.profile) if isinstance(found, dict) else None
        outputs = named.get("outputs") if isinstance(named, dict) else None
        return tuple(sorted(map(str, outputs))) if isinstance(outputs, dict) else ()
    return ()


def _places(project: Project, environment: Mapping[str, str]) -> tuple[Path, ...]:
    """Where dbt looks for the file, first come first served."""
    if project.profiles_dir is not None:
        return (project.profiles_dir,)
    named = environment.get("DBT_PROFILES_DIR")
    if named:
        return (Path(named).expanduser(),)
    home = Path(environment.get("HOME") or Path.home())
    return (project.root, home / ".dbt")
