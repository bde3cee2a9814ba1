"""Components: classes whose objects a `defs.yaml` makes, and that build definitions.

    @dataclass
    class Nightly(Component, Resolvable):
        select: str

        def build_defs(self, context: ComponentLoadContext) -> Definitions: ...

and, in the folder `defs`, `type: shop.components.Nightly` with `attributes: {select: "tag:x"}`. See
https://docs.dagster.io/guides/build/components/creating-new-components.
"""

from __future__ import annotations

import importlib
import inspect
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from tui.definitions.component_specs import changed_spec
from tui.definitions.component_values import (
    ResolutionContext,
    Resolvable,
    made_of,
)
from tui.definitions.errors import DefinitionError
from tui.definitions.repository import Definitions
from tui.definitions.specs import AssetSpec

TEMPLATE_VARIABLE = "dbtree_template_variable"
INSTANCE = "dbtree_component_instance"
KEYS = ("type", "attributes", "template_vars_module", "requirements", "post_processing")


@dataclass
class ComponentLoadContext:
    """What a component knows of its place.

    Args:
        path: The directory of its YAML, or its Python file.
        project_root: The directory of the project's pyproject.toml.
        defs_module_path: The folder `defs`.
        defs_module_name: The same as a package.
        resolution_context: With what its templates are rendered.
        build: Makes the definitions of what lies in a directory.
    """

    path: Path
    project_root: Path
    defs_module_path: Path
    defs_module_name: str
    resolution_context: ResolutionContext = field(default_factory=ResolutionContext)
    build: Callable[[Path], Definitions] | None = None

    @property
    def project_name(self) -> str:
        """The name of the project's package."""
        return self.defs_module_name.partition(".")[0]

    def defs_relative_module_name(self, path: Path) -> str:
        """The module of a path in the folder `defs`."""
        inside = path.resolve().relative_to(self.defs_module_path.resolve())
        return ".".join([self.defs_module_name, *inside.with_suffix("").parts])

    def load_defs_relative_python_module(self, path: Path) -> ModuleType:
        """The module of a file in the folder `defs`, imported."""
        return importlib.import_module(self.defs_relative_module_name(path))

    def build_defs(self, path: Path | str) -> Definitions:
        """The definitions of what lies in another directory of the folder `defs`."""
        if self.build is None:
            raise DefinitionError("There is no folder `defs` around this component.")
        return self.build(self.defs_module_path / path)


class Component:
    """What builds definitions: derive a class with `build_defs`. See this module."""

    def build_defs(self, context: ComponentLoadContext) -> Definitions:
        """The definitions. Raises DefinitionError where a class has no such method."""
        raise DefinitionError(f"{type(self).__name__} needs a method build_defs.")

    @classmethod
    def get_additional_scope(cls) -> Mapping[str, Any]:
        """More variables for the templates in its YAML."""
        return {}

    @classmethod
    def load(cls, attributes: Any, context: ComponentLoadContext) -> Any:
        """An object of what the YAML says. Raises DefinitionError for wrong values."""
        said = attributes or {}
        if not issubclass(cls, Resolvable):
            if said:
                raise context.resolution_context.error(
                    f"{cls.__name__} takes no attributes: derive it from Resolvable, too."
                )
            return cls()
        return made_of(cls, said, context.resolution_context)


def template_var(fn: Callable[..., Any] | None = None) -> Any:
    """Make a function's answer a variable in the templates of a component's YAML: one of the module
    that `template_vars_module` names, or a static method of the component's class.
    """

    def marked(function: Any) -> Any:
        setattr(function, TEMPLATE_VARIABLE, True)
        return function

    return marked if fn is None else marked(fn)


def component_instance(fn: Callable[[ComponentLoadContext], Any]) -> Any:
    """Load the component that a function in a module of the folder `defs` answers."""
    setattr(fn, INSTANCE, True)
    return fn


def instances_in(module: ModuleType) -> list[Callable[[ComponentLoadContext], Any]]:
    """The functions of a module that answer a component."""
    return [
        one
        for one in vars(module).values()
        if inspect.isfunction(one) and hasattr(one, INSTANCE) and one.__module__ == module.__name__
    ]


def built_of(said: Mapping[str, Any], cls: type, context: ComponentLoadContext) -> Definitions:
    """The definitions of one document of a component's YAML.

    Args:
        said: The document.
        cls: The class that its `type` names.
        context: Its place.

    Raises:
        DefinitionError: for wrong values.
    """
    words = context.resolution_context
    for name in said:
        if name not in KEYS:
            raise words.error(f"A component has no {name}: it takes {', '.join(KEYS)}.")
    _check_requirements(said.get("requirements") or {}, words)
    scope = dict(_variables(said, cls, context))
    context.resolution_context = words.with_scope(**scope)
    load = getattr(cls, "load", None)
    made = load(said.get("attributes"), context) if load else cls()
    return post_processed(
        checked_definitions(made.build_defs(context), cls, words),
        said.get("post_processing"),
        context.resolution_context,
    )


def checked_definitions(found: Any, cls: type, words: ResolutionContext) -> Definitions:
    """What a component built. Raises DefinitionError where it is anything but Definitions."""
    if not isinstance(found, Definitions):
        raise words.error(f"{cls.__name__}.build_defs answered {found!r}, not Definitions.")
    return found


def _check_requirements(said: Any, words: ResolutionContext) -> None:
    wanted = said.get("env") or () if isinstance(said, Mapping) else ()
    missing = [str(name) for name in wanted if str(name) not in os.environ]
    if missing:
        raise words.error(f"The environment variable {', '.join(missing)} is not set.")


def _variables(
    said: Mapping[str, Any], cls: type, context: ComponentLoadContext
) -> Iterator[tuple[str, Any]]:
    """The variables of a component's templates."""
    yield from dict(getattr(cls, "get_additional_scope", dict)()).items()
    for name in dir(cls):
        one = inspect.getattr_static(cls, name)
        if isinstance(one, staticmethod) and hasattr(one.__func__, TEMPLATE_VARIABLE):
            yield name, _answered(one.__func__, context)
    named = said.get("template_vars_module")
    if named:
        module = _module(str(named), context)
        for name, one in vars(module).items():
            if inspect.isfunction(one) and hasattr(one, TEMPLATE_VARIABLE):
                yield name, _answered(one, context)


def _answered(function: Callable[..., Any], context: ComponentLoadContext) -> Any:
    return function(context) if inspect.signature(function).parameters else function()


def _module(name: str, context: ComponentLoadContext) -> ModuleType:
    if not name.startswith("."):
        return importlib.import_module(name)
    inside = context.path.resolve().relative_to(context.defs_module_path.resolve()).parts
    return importlib.import_module(name, ".".join([context.defs_module_name, *inside]))


def post_processed(defs: Definitions, said: Any, words: ResolutionContext) -> Definitions:
    """Definitions with what a YAML file's `post_processing` says of their assets.

    Raises:
        DefinitionError: for a selection or an attribute that is not understood.
    """
    steps = said.get("assets") if isinstance(said, Mapping) else said
    if said is not None and not isinstance(steps, Sequence):
        raise words.error("post_processing takes assets: a list of target and attributes.")
    for step in steps or ():
        try:
            defs = defs.map_resolved_asset_specs(
                func=partial(_changed, step, words),
                selection=words.resolve_value(step.get("target", "*")),
            )
        except DefinitionError as error:
            raise words.error(error.message) from error
    return defs


def _changed(step: Mapping[str, Any], words: ResolutionContext, spec: AssetSpec) -> AssetSpec:
    """What a step makes of a spec: it adds to tags and metadata, or replaces them."""
    said = words.with_scope(asset=spec, spec=spec).resolve_value(step.get("attributes") or {})
    if step.get("operation") == "replace":
        none: dict[str, Any] = {name: {} for name in ("tags", "metadata") if name in said}
        spec = spec.replace_attributes(**none)
    return changed_spec(spec, said)
