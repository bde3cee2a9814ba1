"""`load_from_defs_folder`: what lies in the folder `defs` of a package, as Dagster's `dg` has it.

Python modules are loaded as `load_definitions_from_modules` does. A `defs.yaml` of a
`dagster_dbt.DbtProjectComponent` becomes `@dbt_assets`; other components are not served. See
https://docs.dagster.io/guides/build/projects-and-components/components.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from tui.definitions.context import AssetExecutionContext
from tui.definitions.dbt_assets import dbt_assets
from tui.definitions.errors import DefinitionError, in_words, place_of, user_place
from tui.definitions.loading import definitions_in, load_definitions_from_modules
from tui.definitions.projects import DbtProject
from tui.definitions.repository import Definitions
from tui.definitions.resource import DbtCliResource
from tui.definitions.translator import DbtTranslator
from tui.definitions.unserved import note

FILES = ("defs.yaml", "defs.yml", "component.yaml", "component.yml")
WHOLE = "definitions.py"
DBT = ("dagster_dbt.DbtProjectComponent", "dagster_dbt.components.DbtProjectComponent")
TRANSLATED = ("key", "group_name", "description", "code_version", "owners", "tags", "metadata")
BUILD = ("build",)


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
    return _in_folder(folder, Path(project_root).resolve() if project_root else _root_of(folder))


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
    return _in_folder(folder, Path(project_root).resolve() if project_root else _root_of(folder))


def _in_folder(folder: Path, root: Path) -> Definitions:
    name = _module_of(folder)
    found = [*_below(folder, name)]
    names = [each for each in found if isinstance(each, str)]
    modules = [module for each in names if (module := _imported(each, root)) is not None]
    components = [_component(each, root) for each in found if isinstance(each, Path)]
    whole = [one for module in modules for one in definitions_in(module)]
    others = [module for module in modules if not definitions_in(module)]
    gathered = load_definitions_from_modules(others)
    return Definitions.merge(gathered, *whole, *filter(None, components))


def _below(folder: Path, name: str) -> Iterator[str | Path]:
    """The modules and the YAML files of components in a folder, as `dg` chooses them: a component
    or a `definitions.py` stands for its whole folder.
    """
    stated = next((folder / file for file in FILES if (folder / file).is_file()), None)
    if stated is not None:
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


def _imported(name: str, root: Path) -> ModuleType | None:
    """A module; None for one of a project of Dagster's that cannot be imported, which is noted."""
    try:
        return importlib.import_module(name)
    except Exception as error:
        path, line = place_of(error, root)
        if not note(f"{name} is left out: {in_words(error)}", path=path, line=line):
            raise
        return None


def _root_of(folder: Path) -> Path:
    for at in folder.parents:
        if (at / "pyproject.toml").is_file() or (at / "dg.toml").is_file():
            return at
    return folder.parent


def _component(path: Path, root: Path) -> Definitions | None:
    """What a YAML file of a component means; None for one that is not served."""
    import yaml  # dbt brings it along

    try:
        documents = [one for one in yaml.safe_load_all(path.read_text("utf-8")) if one]
    except (OSError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        message = f"{path.name} cannot be read: {error}."
        raise DefinitionError(message, path=str(path), line=line) from error
    made = []
    for said in documents:
        kind = said.get("type") if isinstance(said, dict) else None
        if kind in DBT:
            made.append(_dbt_component(said.get("attributes") or {}, path, root))
            continue
        words = f"dbtree has no component {kind}: write the definitions in Python."
        if not note(words, path=str(path), line=1):
            raise DefinitionError(words, path=str(path), line=1)
    return Definitions.merge(*made) if made else None


def _dbt_component(said: Mapping[str, Any], path: Path, root: Path) -> Definitions:
    where = said.get("project")
    options: Mapping[str, Any] = where if isinstance(where, dict) else {"project_dir": where}
    directory = options.get("project_dir")
    if not isinstance(directory, str):
        raise DefinitionError(
            "DbtProjectComponent needs the directory of its project: attributes.project.",
            path=str(path), line=1,
        )  # fmt: skip
    places = {"project_root": str(root), "context": {"project_root": str(root)}}
    project = DbtProject(
        (path.parent / _rendered(directory, places)).resolve(),
        **{
            name: _rendered(options[name], places)
            for name in ("target", "profile", "profiles_dir")
            if options.get(name)
        },
    )
    project.prepare_if_dev()
    words = [str(word) for word in said.get("cli_args") or BUILD]
    operation = said.get("op") or {}

    @dbt_assets(
        manifest=project.manifest_path,
        project=project,
        name=operation.get("name") or path.parent.name.replace("-", "_"),
        select=said.get("select") or "fqn:*",
        exclude=said.get("exclude") or "",
        dagster_dbt_translator=YamlTranslator(said.get("translation") or {}, str(path)),
    )
    def build(context: AssetExecutionContext, dbt: DbtCliResource) -> Any:
        yield from dbt.cli(words, context=context).stream()

    return Definitions(assets=[build], resources={"dbt": DbtCliResource(project)})


class YamlTranslator(DbtTranslator):
    """A translator from the `translation` of a component: texts of Jinja over `node`."""

    def __init__(self, said: Mapping[str, Any], path: str) -> None:
        super().__init__()
        self._said = said
        for name in said:
            if name not in TRANSLATED:
                note(
                    f"dbtree does not use translation.{name} of a DbtProjectComponent.",
                    path=path, line=1,
                )  # fmt: skip

    def get_asset_spec(self, manifest: Any, unique_id: str, project: Any) -> Any:
        """What DbtTranslator says, and in its place what the component says."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = self.get_resource_props(manifest, unique_id)
        said = {
            name: _rendered(self._said[name], {"node": node})
            for name in TRANSLATED
            if name in self._said
        }
        for name in ("tags", "metadata"):
            if name in said:
                said[name] = {**getattr(spec, name), **said[name]}
        return spec.replace_attributes(**said)


def _rendered(value: Any, variables: Mapping[str, Any]) -> Any:
    """A value of YAML, with the Jinja in its texts rendered."""
    if isinstance(value, dict):
        return {key: _rendered(item, variables) for key, item in value.items()}
    if isinstance(value, list):
        return [_rendered(item, variables) for item in value]
    if not isinstance(value, str) or "{" not in value:
        return value
    from jinja2 import StrictUndefined, TemplateError
    from jinja2.sandbox import SandboxedEnvironment

    try:
        return SandboxedEnvironment(undefined=StrictUndefined).from_string(value).render(variables)
    except TemplateError as error:
        raise DefinitionError(f"{value!r} cannot be rendered: {error}.") from error
