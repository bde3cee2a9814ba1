"""What is wrong with a user's definitions, and where.

DefinitionError
├── UnknownName        there is nothing of that name; a KeyError and a ValueError too
├── ManifestMissing    there is no manifest.json where one is needed
└── DbtCliError        a dbt command failed
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from pathlib import Path
from types import FrameType, TracebackType

PACKAGE = str(Path(__file__).resolve().parent)
OURS = str(Path(PACKAGE).parent) + os.sep
"""Of all of dbtree: a definition's function may be called from any of its packages,"""
NOT_OURS = str(Path(OURS, "demo")) + os.sep
"""but here lie definitions as users write them."""
ALIASES = (str(Path(PACKAGE).with_name("__init__.py")), str(Path("dbtree", "__init__.py")))
"""Where the names of this package are exported from."""


class DefinitionError(Exception):
    """A message for the author of the definitions, with the file and line that it is about.

    Where neither is given, it is the place in the user's code that called into this package.
    """

    def __init__(self, message: str, *, path: str = "", line: int = 0) -> None:
        super().__init__(message)
        if not path:
            path, line = user_place()
        self.message = message
        self.path = path
        """Absolute; empty where unknown."""
        self.line = line
        """Counted from 1; 0 where unknown."""


class ManifestMissing(DefinitionError):
    """There is no manifest.json where the definitions read one."""


class UnknownName(DefinitionError, KeyError, ValueError):
    """There is nothing of a name that the definitions give. Dagster raises a KeyError where it is
    dbt's model or source, a ValueError where it is a selector.
    """

    __str__ = Exception.__str__


class DbtCliError(DefinitionError):
    """A dbt command that the definitions asked for failed."""

    @property
    def description(self) -> str:
        """What dbt said."""
        return self.message


# The names that these have in Dagster, for code that catches them.
DagsterError = DefinitionError
DagsterInvalidDefinitionError = DefinitionError
DagsterInvalidInvocationError = DefinitionError
DagsterInvariantViolationError = DefinitionError
DagsterDbtError = DefinitionError
DagsterDbtCliRuntimeError = DbtCliError


class BetaWarning(Warning):
    """Dagster's, for code that turns it off; dbtree never warns of anything so."""


class ConfigArgumentWarning(SyntaxWarning):
    """Dagster's, for code that turns it off."""


class PreviewWarning(Warning):
    """Dagster's, for code that turns it off."""


class SupersessionWarning(FutureWarning):
    """Dagster's, for code that turns it off."""


_PASSES_ON = frozenset({contextlib.__file__, functools.__file__})


def is_ours(file: str) -> bool:
    """Whether a code's file belongs to dbtree, was made by the standard library, or only calls what
    it is handed.
    """
    if file.startswith((OURS, "<")):
        return not file.startswith(NOT_OURS)
    return file.endswith(ALIASES) or file in _PASSES_ON


def user_place() -> tuple[str, int]:
    """The file and line of the innermost caller outside dbtree; empty and 0 for none."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and is_ours(frame.f_code.co_filename):
        frame = frame.f_back
    return (frame.f_code.co_filename, frame.f_lineno) if frame is not None else ("", 0)


def place_of(error: BaseException, root: Path) -> tuple[str, int]:
    """Where in the user's code an exception came from: the innermost line below `root`.

    Where no line of the traceback lies there, the innermost that is not dbtree's.
    """
    if isinstance(error, DefinitionError) and error.path:
        return error.path, error.line
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno or 0
    inside, outside = ("", 0), ("", 0)
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        file, line = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        if not is_ours(file):
            outside = (file, line)
            if _is_user_file(file, root):
                inside = (file, line)
        trace = trace.tb_next
    return inside if inside[0] else outside


def _is_user_file(file: str, root: Path) -> bool:
    return Path(file).is_relative_to(root) and "site-packages" not in Path(file).parts


def in_words(error: BaseException) -> str:
    """What an exception says, in a line: with its type, but for those that are made to be read."""
    if isinstance(error, DefinitionError):
        return error.message
    if type(error) is ImportError and str(error).startswith("dbtree has no "):
        return str(error)
    if isinstance(error, SyntaxError):
        return f"SyntaxError: {error.msg}"
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
