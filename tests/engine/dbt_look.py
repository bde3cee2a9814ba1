"""Looks for names in the dbt of this interpreter, whichever that is: standard library only."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from importlib import import_module
from typing import Any


def look(names: Iterable[str]) -> dict[str, str]:
    """Those that are there: name → its parameters, empty where it is no plain function.

    Args:
        names: as `module:name`, `module:Class.name`, or `module:` for a module.
    """
    found = {}
    for name in names:
        try:
            found[name] = parameters_of(find(name))
        except (ModuleNotFoundError, AttributeError):
            continue
    return found


def find(name: str) -> Any:
    """What has this name. Raises ModuleNotFoundError, AttributeError."""
    module, _, path = name.partition(":")
    value: Any = import_module(module)
    for part in filter(None, path.split(".")):
        try:
            value = getattr(value, part)
        except AttributeError:
            if not inspect.ismodule(value):
                raise
            try:
                value = import_module(f"{module}.{part}")
            except ModuleNotFoundError:
                raise AttributeError(name) from None
    return value


def parameters_of(value: Any) -> str:
    """As `(manifest, catalogs=, *args, **options)`."""
    if not inspect.isfunction(inspect.unwrap(value) if callable(value) else value):
        return ""
    words: list[str] = []
    for one in inspect.signature(value).parameters.values():
        stars = str(one)[: len(str(one)) - len(str(one).lstrip("*"))]
        if one.kind == one.KEYWORD_ONLY and not any(word[0] == "*" for word in words):
            words.append("*")
        words.append(f"{stars}{one.name}{'=' if one.default is not one.empty else ''}")
    return f"({', '.join(words)})"
