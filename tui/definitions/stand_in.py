"""`import dagster` and `import dagster_dbt` in the definitions of a Dagster project give dbtree's.

An import hook (a finder of `sys.meta_path`, see Python's importlib) in the process that imports the
definitions, and in no other: whether Dagster is installed or not makes no difference.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from tui.definitions.unserved import begin, end, note, placeholder

PACKAGE = "dagster"
OTHERS = frozenset({"dagstermill"})
"""Packages of Dagster's that are not called after it."""
OWN = "tui.definitions.api"
HELPERS = "tui.definitions.dagster_helpers"
INTEGRATIONS = {
    "dagster": HELPERS,
    "dagster_dbt": HELPERS,
    "dagster_shared": HELPERS,
    "dagster_cloud": HELPERS,
    "dagster_duckdb": "tui.definitions.duckdb_resource",
}
"""Packages that integrate something, and what there is of them."""
SERVED = frozenset({PACKAGE, "dagster_dbt", "dagster_shared", *INTEGRATIONS})
"""Packages that have what dbtree has; of the others there is nothing."""


class StandInFinder(MetaPathFinder, Loader):
    """Finds `dagster`, its integrations (`dagster_dbt`, `dagster_duckdb`, …) and all below.

    Args:
        own: Directories with the project's own modules, which may be called so too.
    """

    def __init__(self, own: Sequence[str]) -> None:
        self._own = list(own)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's spec, for the names that are Dagster's."""
        package = name.partition(".")[0]
        if not _is_dagsters(package) or PathFinder.find_spec(package, self._own):
            return None
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """A module that has what dbtree has, and placeholders for all other names."""
        _note_unserved(spec.name)
        return _StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to execute."""


class _StandIn(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name == "__all__":  # `from dagster import *`
            return self._names()
        if name.startswith("__"):
            raise AttributeError(name)
        package = _note_unserved(self.__name__)
        for home in (OWN, INTEGRATIONS.get(package, OWN)):
            module = importlib.import_module(home)
            if name in module.__all__:
                return getattr(module, name)
        return placeholder(name)

    def _names(self) -> list[str]:
        """All that there is of its package."""
        homes = (OWN, INTEGRATIONS.get(self.__name__.partition(".")[0], OWN))
        return sorted({name for home in homes for name in importlib.import_module(home).__all__})


def _note_unserved(module: str) -> str:
    """The package of a module, whose import is noted where there is nothing of it."""
    package = module.partition(".")[0]
    if package not in SERVED:
        note(f"dbtree has no {package}: what is made with it is left out.")
    return package


def install(own: Sequence[str]) -> None:
    """Let dbtree's definitions stand in for Dagster's from now on, and note what is not served
    until `seal`.

    Args:
        own: Directories with the project's own modules.
    """
    if not any(isinstance(finder, StandInFinder) for finder in sys.meta_path):
        for name in [*sys.modules]:
            if _is_dagsters(name.partition(".")[0]):
                del sys.modules[name]
        sys.meta_path.insert(0, StandInFinder(own))
    begin()


def _is_dagsters(package: str) -> bool:
    return package == PACKAGE or package.startswith(f"{PACKAGE}_") or package in OTHERS


def seal() -> None:
    """The import is over: whoever uses what is not served is told so by an error."""
    end()
