"""`load_from_defs_folder`: what lies in the folder `defs` of a package, as Dagster's `dg` has it.

Python modules are loaded as `load_definitions_from_modules` does. A `defs.yaml` makes components:
dbt's, and those of the project's own classes. See
https://docs.dagster.io/guides/build/projects-and-components/components.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from tui.definitions.component_values import ResolutionContext
from tui.definitions.components import (
    ComponentLoadContext,
    built_of,
    checked_definitions,
    instances_in,
    post_processed,
)
from tui.definitions.dbt_component import DbtProjectComponent
from tui.definitions.errors import DefinitionError, in_words, place_of, user_place
from tui.definitions.loading import definitions_in, load_definitions_from_modules
from tui.definitions.repository import Definitions
from tui.definitions.unserved import is_placeholder, note

FILES = ("defs.yaml", "defs.yml", "component.yaml", "component.yml")
WHOLE = "definitions.py"
OWN = {
    f"{package}.DbtProjectComponent": DbtProjectComponent
    for package in ("dagster_dbt", "dagster_dbt.components", "dbtree")
}
"""Components of Dagster's that are here, by the names that YAML has for them."""
FOLDERS = ("dagster.DefsFolderComponent", "dagster.components.DefsFolderComponent")


def load_from_defs_folder(
    *, path_within_project: Path | str | None = None, project_root: Path | str | None = None
) -> Definitions:
    """The Definitions of all modules and components below the folder `defs` of a package.

    Args:
        path_within_project: A path in the project; that of the calling module where it is None.
        project_root: The directory of the project's pyproject.toml; looked for where it is None.

    Raises:
        DefinitionError: where there is no such folder, or something in it is wrong.
    """
    within = Path(path_within_project or user_place()[0]).resolve()
    folder = next((at / "defs" for at in (within, *within.parents) if (at / "defs").is_dir()), None)
    if within.name == "defs" and within.is_dir():
        folder = within
    if folder is None:
        raise DefinitionError(f"There is no folder `defs` in {within} or above it.")
    return _Loader.of(folder, project_root).whole()


def load_defs(
    defs_root: ModuleType, *, project_root: Path | str | None = None, **_: Any
) -> Definitions:
    """The same by the package of the folder, as older projects have it.

    Args:
        defs_root: The package.
        project_root: The directory of the project's pyproject.toml; looked for where it is None.

    Raises:
        DefinitionError: where something in it is wrong.
    """
    folder = Path(next(iter(defs_root.__path__)))
    return _Loader.of(folder, project_root).whole()


@dataclass(frozen=True)
class _Loader:
    """Loads what lies in the folder `defs` of a package."""

    folder: Path
    module: str
    """The folder as a package."""
    root: Path
    """The directory of the project's pyproject.toml."""

    @staticmethod
    def of(folder: Path, project_root: Path | str | None) -> _Loader:
        root = Path(project_root).resolve() if project_root else _root_of(folder)
        return _Loader(folder, _module_of(folder), root)

    def whole(self) -> Definitions:
        """The definitions of all of it."""
        return self.at(self.folder)

    def at(self, directory: Path, *, looks_for_yaml: bool = True) -> Definitions:
        """The definitions of what lies in a directory."""
        inside = directory.resolve().relative_to(self.folder.resolve()).parts
        name = ".".join([self.module, *inside])
        found = [*_below(directory, name, looks_for_yaml=looks_for_yaml)]
        names = [each for each in found if isinstance(each, str)]
        modules = [module for each in names if (module := self._imported(each)) is not None]
        whole = [one for module in modules for one in definitions_in(module)]
        others = [module for module in modules if not definitions_in(module)]
        components = [one for each in found if isinstance(each, Path) for one in self._stated(each)]
        components += [one for module in modules for one in self._instances(module)]
        gathered = load_definitions_from_modules(others)
        return Definitions.merge(gathered, *whole, *components)

    def _imported(self, name: str) -> ModuleType | None:
        """A module; None for one of a project of Dagster's that cannot be imported, which is
        noted.
        """
        try:
            return importlib.import_module(name)
        except Exception as error:
            if not self._left_out(name, error):
                raise
            return None

    def _left_out(self, what: str, error: Exception) -> bool:
        """Note that something of a project of Dagster's is left out; False in any other project."""
        path, line = place_of(error, self.root)
        return note(f"{what} is left out: {in_words(error)}", path=path, line=line)

    def _context(self, path: Path, line: int = 1) -> ComponentLoadContext:
        context = ComponentLoadContext(
            path if path.suffix == ".py" else path.parent, self.root, self.folder, self.module,
            build=self.at,
        )  # fmt: skip
        scope = {"project_root": str(self.root), "context": context}
        context.resolution_context = ResolutionContext(file=path, line=line).with_scope(**scope)
        return context

    def _stated(self, path: Path) -> Iterator[Definitions]:
        """The definitions of each document of a component's YAML."""
        for said, line in _documents(path):
            kind = said.get("type") if isinstance(said, dict) else None
            if not isinstance(kind, str):
                raise DefinitionError(
                    f"{path.name} names no component: type.", path=str(path), line=line
                )
            context = self._context(path, line)
            try:
                if kind in FOLDERS:
                    words = context.resolution_context
                    inner = self.at(path.parent, looks_for_yaml=False)
                    yield post_processed(inner, said.get("post_processing"), words)
                elif (cls := self._class(kind, path, line)) is not None:
                    yield built_of(said, cls, context)
            except Exception as error:
                if not self._left_out(f"The component {kind}", error):
                    raise

    def _class(self, kind: str, path: Path, line: int) -> Any:
        """The class of a component; None for one that is not served, which is noted."""
        if kind in OWN:
            return OWN[kind]
        module, _, name = kind.rpartition(".")
        if not module:
            raise DefinitionError(
                f"{kind} is not the name of a class with its module: shop.components.{kind}.",
                path=str(path), line=line,
            )  # fmt: skip
        found = None
        try:
            found = getattr(importlib.import_module(module), name, None)
        except ModuleNotFoundError as error:
            if error.name and not module.startswith(error.name):
                raise
        if isinstance(found, type) and callable(getattr(found, "build_defs", None)):
            return found
        words = f"dbtree has no component {kind}: write the definitions in Python."
        if found is not None and not is_placeholder(found) and not isinstance(found, type):
            words = f"{kind} is not a component: it has no method build_defs."
        if not note(words, path=str(path), line=line):
            raise DefinitionError(words, path=str(path), line=line)
        return None

    def _instances(self, module: ModuleType) -> Iterator[Definitions]:
        """The definitions of the components that a module's functions answer."""
        for function in instances_in(module):
            context = self._context(Path(str(module.__file__)))
            try:
                made = function(context)
                found = made.build_defs(context)
                yield checked_definitions(found, type(made), context.resolution_context)
            except Exception as error:
                if not self._left_out(f"The component of {function.__name__}", error):
                    raise


def _below(folder: Path, name: str, *, looks_for_yaml: bool = True) -> Iterator[str | Path]:
    """The modules and the YAML files of components in a folder, as `dg` chooses them: a component
    or a `definitions.py` stands for its whole folder.
    """
    stated = next((folder / file for file in FILES if (folder / file).is_file()), None)
    if stated is not None and looks_for_yaml:
        yield stated
        return
    if (folder / WHOLE).is_file():
        yield f"{name}.{Path(WHOLE).stem}"
        return
    for path in sorted(folder.iterdir()):
        if not path.stem.isidentifier():
            continue
        if path.is_dir() and path.name != "__pycache__":
            yield from _below(path, f"{name}.{path.name}")
        elif path.suffix == ".py":
            yield name if path.stem == "__init__" else f"{name}.{path.stem}"


def _module_of(folder: Path) -> str:
    """The name of a folder as a package, with that of the package around it."""
    top, parts = folder.parent, [folder.name]
    while (top / "__init__.py").is_file():
        parts.insert(0, top.name)
        top = top.parent
    if len(parts) == 1:  # a package without __init__.py
        parts.insert(0, folder.parent.name)
    return ".".join(parts)


def _root_of(folder: Path) -> Path:
    for at in folder.parents:
        if (at / "pyproject.toml").is_file() or (at / "dg.toml").is_file():
            return at
    return folder.parent


def _documents(path: Path) -> Iterator[tuple[Any, int]]:
    """The documents of a YAML file, each with the line where it begins."""
    import yaml  # dbt brings it along

    try:
        text = path.read_text("utf-8")
        nodes = [*yaml.compose_all(text, yaml.SafeLoader)]
        found = [*yaml.safe_load_all(text)]
    except (OSError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        message = f"{path.name} cannot be read: {error}."
        raise DefinitionError(message, path=str(path), line=line) from error
    for said, node in zip(found, nodes, strict=True):
        if said:
            yield said, node.start_mark.line + 1
