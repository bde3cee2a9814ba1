"""How a module of ours is started under the interpreter of the user's dbt."""

from __future__ import annotations

from pathlib import Path

BOOTSTRAP = Path(__file__).resolve().parents[1] / "engine" / "process" / "bootstrap.py"
"""A path and no import: the engine's modules belong to the other interpreter."""
OF_THE_PROCESS = {
    # A fork of a process that has imported system frameworks is refused by macOS otherwise.
    "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",
    "PYTHONUNBUFFERED": "1",
    "PYTHONIOENCODING": "utf-8",
}
"""What the environment of an engine has beside that of its client."""


def engine_command(python: Path, module: str, *arguments: str) -> list[str]:
    """The command that runs `module` with nothing of dbtree's environment on its path.

    Args:
        python: the interpreter of the user's dbt.
        module: `tui.engine`, or a module of `tui.definitions`.
        arguments: the module's own.
    """
    return [str(python), str(BOOTSTRAP), module, *arguments]
