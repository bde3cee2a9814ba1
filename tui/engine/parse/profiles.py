"""Where dbt looks for profiles.yml, and what to say when it is not there."""

from __future__ import annotations

import os
from pathlib import Path

from dbt.cli.resolvers import default_profiles_dir

from tui.protocol.messages import Open

PROFILES_FILE = "profiles.yml"
VARIABLES = ("DBT_PROFILES_DIR", "DBT_ENGINE_PROFILES_DIR")


class NoProfiles(Exception):
    """There is no profiles.yml where dbt looks for it."""


def profiles_path(request: Open) -> Path:
    """The profiles.yml that dbt will read. Raises NoProfiles."""
    named = request.profiles_dir or next(filter(None, map(os.environ.get, VARIABLES)), "")
    path = Path(named or default_profiles_dir()) / PROFILES_FILE
    if not path.is_file():
        also = "" if named else f", nor in {Path.cwd()}"
        raise NoProfiles(f"No {PROFILES_FILE} was found in {path.parent}{also}.")
    return path
