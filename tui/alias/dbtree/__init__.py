"""The public name of the definitions API: `from dbtree import asset, dbt_assets`.

A thin alias of the package `tui`, whose names it has, each imported when it is first asked for.
Standard library only; it is imported under the interpreter of the user's dbt too.
"""

from importlib import import_module
from typing import TYPE_CHECKING

import tui

if TYPE_CHECKING:
    from tui.definitions.api import *  # noqa: F403  for type checkers and editors

__all__ = ["__version__", *tui.EXPORTED]  # noqa: F405, PLE0604


def __getattr__(name: str) -> object:
    if name in tui.EXPORTED:
        # Not of `tui`, where `definitions` is the package.
        return getattr(import_module("tui.definitions.api"), name)
    if name == "__version__":
        return tui.__version__
    if not name.startswith("_") and name not in vars(tui):
        tui.__getattr__(name)  # says why Dagster's name is not here
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
