"""Private names of a library that our patches need, written as `module:name` or
`module:Class.name`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_MISSING = object()


def has_name(place: str) -> bool:
    """Whether the installed library has it. Raises what importing the module raises, except that
    a module which is not there is a name which is not there.
    """
    module, _, path = place.partition(":")
    try:
        found: Any = import_module(module)
    except ModuleNotFoundError:
        return False
    for part in path.split("."):
        found = getattr(found, part, _MISSING)
        if found is _MISSING:
            return False
    return True


def minor_version(version: str) -> str:
    """Its first two numbers: `1.11` of `1.11.16`."""
    return ".".join(version.split(".")[:2])
