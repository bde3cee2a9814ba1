"""The user's own directories of dbtree, outside any project, by the XDG variables on every system.

platformdirs would read only this process's environment, and would move the files on macOS.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

CONFIG = ("XDG_CONFIG_HOME", ".config")
STATE = ("XDG_STATE_HOME", ".local/state")


def user_directory(kind: tuple[str, str], environment: Mapping[str, str]) -> Path:
    """Where dbtree keeps what is the user's, whether it exists or not.

    Args:
        kind: CONFIG or STATE.
        environment: says where the home directory is, and what stands in its place.
    """
    variable, beneath_home = kind
    base = environment.get(variable)
    if base:
        return Path(base) / "dbtree"
    home = environment.get("HOME")
    return (Path(home) if home else Path.home()) / beneath_home / "dbtree"
