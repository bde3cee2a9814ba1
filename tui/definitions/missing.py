"""What is asked of an object or a class of the definitions and is not there: what to use instead.

`AssetSelection.nosuch()` says what AssetSelection has; in a project of Dagster's it is noted, and
passed over.
"""

from __future__ import annotations

import sys
from difflib import get_close_matches
from typing import Any

from tui.definitions.errors import DefinitionError, is_ours
from tui.definitions.unserved import is_noting, note, placeholder


class MissingName(DefinitionError, AttributeError):
    """An object or a class of the definitions has no attribute of that name."""


class TellingType(type):
    """The type of classes that say what they do not have."""

    def __getattr__(cls, name: str) -> Any:
        return _missing(cls, name)


class Telling(metaclass=TellingType):
    """Says what it does not have, and what there is in its place."""

    INSTEAD: dict[str, str] = {}
    """Names that Dagster's has, and what to use."""

    def __getattr__(self, name: str) -> Any:
        return _missing(type(self), name)


def _missing(cls: Any, name: str) -> Any:
    """Raise MissingName, or note it while a project of Dagster's is imported: what the user asks
    for, not what dbtree itself looks for with a default.
    """
    if name.startswith("_"):
        raise AttributeError(name)
    words = f"dbtree's {cls.__name__} has no {name}: {_instead(cls, name)}."
    if is_noting() and not is_ours(sys._getframe(2).f_code.co_filename):
        note(words)
        return placeholder(f"{cls.__name__}.{name}")
    raise MissingName(words)


def _instead(cls: Any, name: str) -> str:
    known = cls.__dict__.get("INSTEAD") or {}
    if name in known:
        return str(known[name])
    names = [one for one in dir(cls) if not one.startswith("_") and one != "INSTEAD"]
    near = get_close_matches(name, names, n=3)
    return f"use {' or '.join(near)}" if near else f"it has {', '.join(sorted(names))}"
