"""Imports a user's module of definitions, and says what went wrong if that fails."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from tui.definitions.errors import DefinitionError, in_words, place_of
from tui.definitions.repository import Definitions, find_definitions
from tui.definitions.stand_in import install, seal
from tui.definitions.unserved import noted
from tui.definitions.working_directory import set_working_directory


@dataclass(frozen=True)
class Place:
    """Where definitions are."""

    root: Path
    """Absolute: the directory of the pyproject.toml that names the module."""
    module: str
    """`shop.definitions`."""
    is_dagster: bool = False
    """Whether they import `dagster`, for which the definitions here stand in."""

    @property
    def search_path(self) -> list[str]:
        """Directories from which the module is imported."""
        return [str(path) for path in (self.root, self.root / "src") if path.is_dir()]


@dataclass(frozen=True)
class Failure:
    """Why definitions could not be loaded."""

    message: str
    path: str
    """Absolute, or empty."""
    line: int


def load(place: Place) -> Definitions:
    """Import the module and take its Definitions. Raises whatever the module raises."""
    with loading(place) as found:
        return found


@contextmanager
def loading(place: Place) -> Iterator[Definitions]:
    """The same, for whoever brings the definitions together with dbt's graph: what a project of
    Dagster's asks for and dbtree does not have is noted until that is done, as the user's functions
    are called then, too.
    """
    try:
        found = find_definitions(import_module(place))
        found.settle_schedules()
        found.check_resources()
        try:
            yield found
        finally:
            found.unserved = noted()
    finally:
        seal()


def import_module(place: Place) -> ModuleType:
    """Import the module. Raises whatever it raises; DefinitionError when there is none."""
    if place.is_dagster:
        install(place.search_path)
        set_working_directory(place.root)
    for entry in reversed(place.search_path):
        if entry in sys.path:
            sys.path.remove(entry)
        sys.path.insert(0, entry)
    importlib.invalidate_caches()
    try:
        return importlib.import_module(place.module)
    except ModuleNotFoundError as error:
        if error.name and (place.module == error.name or place.module.startswith(f"{error.name}.")):
            table = "dagster" if place.is_dagster else "dbtree"
            raise DefinitionError(
                f"[tool.{table}] names the module {place.module}, which does not exist in "
                f"{place.root}.",
                path=str(place.root / "pyproject.toml"), line=_line_of(place),
            ) from error  # fmt: skip
        raise


def import_file(file: Path) -> ModuleType:
    """Import the module of a file, as a part of its package where it is in one."""
    parts, directory = [file.stem], file.resolve().parent
    while (directory / "__init__.py").is_file():
        parts.insert(0, directory.name)
        directory = directory.parent
    sys.path.insert(0, str(directory))
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return importlib.import_module(name)


def failure_of(error: BaseException, place: Place, called: tuple[str, int] = ("", 0)) -> Failure:
    """How to report an exception: one line of text, and the user's file and line.

    Args:
        error: What was raised.
        place: Where the definitions are.
        called: The file and line of what was called: said where nothing of the user's raised it.
    """
    path, line = place_of(error, place.root)
    if not path:
        path, line = called
    if not path:
        path = str(place.root / "pyproject.toml")
    return Failure(in_words(error), path, line)


def user_files(root: Path) -> list[str]:
    """The files below a directory that were imported, absolute, sorted."""
    found = set()
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if file and Path(file).is_relative_to(root) and "site-packages" not in Path(file).parts:
            found.add(str(file))
    return sorted(found)


def forget(place: Place) -> None:
    """Take the user's modules out of memory, so that they are imported again."""
    files = set(user_files(place.root))
    for name, module in list(sys.modules.items()):
        if getattr(module, "__file__", None) in files:
            del sys.modules[name]


def _line_of(place: Place) -> int:
    """Where pyproject.toml names the module."""
    try:
        text = (place.root / "pyproject.toml").read_text("utf-8", "replace")
    except OSError:
        return 0
    before = text.partition("module_name")[0]
    return before.count("\n") + 1 if before != text else 1
