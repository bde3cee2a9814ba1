"""The user's editor: which command opens a file at a line. Pure."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path

PLUS_LINE = frozenset(
    {"vi", "vim", "nvim", "view", "nano", "pico", "emacs", "emacsclient", "kak", "micro", "joe",
     "mg", "ne", "jed", "gedit", "kate"}
)  # fmt: skip
GOTO = frozenset({"code", "codium", "vscodium", "cursor", "windsurf", "code-insiders"})
COLON = frozenset({"subl", "sublime_text", "hx", "helix", "zed", "atom", "mate"})
OWN_WINDOW = GOTO | frozenset({"subl", "sublime_text", "zed", "atom", "mate", "gedit", "kate"})
"""Editors that do not take the terminal."""


def editor_of(environment: Mapping[str, str] | None = None) -> list[str]:
    """The user's editor with its arguments: $VISUAL, $EDITOR, else the first that is installed.

    Empty where there is none. Raises ValueError, with the reason in words, where what is set there
    is no command.
    """
    environment = os.environ if environment is None else environment
    for name in ("VISUAL", "EDITOR"):
        text = environment.get(name, "")
        try:
            words = shlex.split(text)
        except ValueError as error:
            raise ValueError(
                f"${name} is not a valid command ({str(error).lower()}): {text}"
            ) from error
        if words:
            return words
    return next(([name] for name in ("nvim", "vim", "vi", "nano") if shutil.which(name)), [])


def takes_terminal(editor: list[str]) -> bool:
    """Whether the screen must make room for it."""
    return bool(editor) and Path(editor[0]).stem not in OWN_WINDOW


def open_command(editor: list[str], path: Path, line: int = 0) -> list[str]:
    """The command that opens a file, at a line (from 1) where the editor can."""
    name = Path(editor[0]).stem
    if line > 0 and name in PLUS_LINE:
        return [*editor, f"+{line}", str(path)]
    if name in GOTO:
        return [*editor, "--goto", f"{path}:{max(line, 1)}"]
    if line > 0 and name in COLON:
        return [*editor, f"{path}:{line}"]
    return [*editor, str(path)]
