"""Jinja's contexts made quickly: what a template does not read is not made.

dbt makes two or three contexts for each node, and in each an object for every macro there is, some
five hundred, of which a node calls a dozen; and some values that take long, such as the functions
that raise exceptions, one by one. Here a context knows the names of all of them, and makes each
when it is read for the first time. From 1.12 dbt makes the macros so itself, in a ChainMap.

Where each macro goes is found out once for a package, and again when any macro is another one.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator
from operator import is_
from typing import Any

from dbt.clients.jinja import MacroGenerator
from dbt.context.base import BaseContext
from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder
from dbt.context.manifest import ManifestContext
from dbt.context.providers import ProviderContext
from dbt.include.global_project import PROJECT_NAME
from dbt_common.clients.jinja import NativeSandboxTemplate

from tui.engine.execution.lazy_mapping import HasMakers, LazyMapping, Makers

FIELDS = {"context", "macro", "node", "stack"}
"""What makes a MacroGenerator, where dbt is as it was checked."""
READ_IN_PLACE = (LazyMapping, ChainMap)
"""What contexts are: with dbt 1.11 and before, and from 1.12 on."""
MADE_LATER = ("exceptions", "flags", "invocation_args_dict", "modules", "var")
"""Members of a context that take long to make, and are the same whenever they are made."""


class LazyNamespace(MacroNamespace, HasMakers):
    """dbt's MacroNamespace, whose macros are made when they are read."""

    def __init__(self, shape: _Shape, context: Any, node: Any, stack: Any) -> None:
        self._made = made = _Generators(shape.macros, context, node, stack)
        super().__init__(
            made.laid_out(shape.globals),
            made.laid_out(shape.locals),
            made.laid_out(shape.internal),
            {package: made.laid_out(space) for package, space in shape.packages.items()},
        )
        self._names = shape.names
        self._dbtree_later = (Makers(self._names, self.__getitem__),)
        """For a context, which is updated with these: see LazyMapping."""

    def __getitem__(self, name: str) -> Any:
        place = self._names[name]
        if place is not None:
            return self._made.make(place)
        return self.packages.get(name, self.global_project_namespace)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class _Generators:
    """The macros of one context, each made once."""

    __slots__ = ("_context", "_macros", "_made", "_node", "_stack")

    def __init__(self, macros: list[Any], context: Any, node: Any, stack: Any) -> None:
        self._macros, self._context, self._node, self._stack = macros, context, node, stack
        self._made: dict[int, MacroGenerator] = {}

    def make(self, place: int) -> MacroGenerator:
        """The macro of a place in the shape."""
        made = self._made.get(place)
        if made is None:
            made = MacroGenerator(self._macros[place], self._context, self._node, self._stack)
            made = self._made.setdefault(place, made)
        return made

    def laid_out(self, places: dict[str, int]) -> LazyMapping:
        """The macros of these places, by their names."""
        return LazyMapping(Makers(places, lambda name: self.make(places[name])))


class _Shape:
    """Where each macro goes in the namespaces of one package's nodes."""

    def __init__(self, made: MacroNamespace, all_macros: list[Any]) -> None:
        self.all_macros = all_macros
        """What it was made of."""
        spaces = (made.global_namespace, made.local_namespace, made.global_project_namespace)
        generators = {
            id(generator): generator
            for space in (*spaces, *made.packages.values())
            for generator in space.values()
        }
        self.macros = [generator.macro for generator in generators.values()]
        places = {key: place for place, key in enumerate(generators)}

        def laid_out(space: Any) -> dict[str, int]:
            return {name: places[id(generator)] for name, generator in space.items()}

        self.globals, self.locals, self.internal = map(laid_out, spaces)
        self.packages = {name: laid_out(space) for name, space in made.packages.items()}
        self.names: dict[str, int | None] = {  # what a template sees: a macro, or None: a package
            **self.internal,
            PROJECT_NAME: None,
            **dict.fromkeys(self.packages),
            **self.globals,
            **self.locals,
        }
        self.can_repeat = all(vars(one).keys() == FIELDS for one in generators.values())

    def is_of(self, all_macros: list[Any]) -> bool:
        """Whether these are the macros that it was made of: a parse replaces those of a file."""
        known = self.all_macros
        return len(known) == len(all_macros) and all(map(is_, known, all_macros))


_shapes: dict[tuple[Any, ...], _Shape] = {}
_build_macros = MacroNamespaceBuilder.build_namespace
_build_namespace = ManifestContext._build_namespace
_generate_builtins = BaseContext.generate_builtins
_copied_context = NativeSandboxTemplate.new_context
_later = {name: ProviderContext._context_members_[name] for name in MADE_LATER}


def apply() -> None:
    """From here on, dbt's contexts in this process are made so."""
    ManifestContext._build_namespace = _built_lazily
    if not issubclass(MacroNamespace, ChainMap):
        MacroNamespaceBuilder.build_namespace = _laid_out
    BaseContext.generate_builtins = _generated_later
    NativeSandboxTemplate.new_context = _read_in_place


def _built_lazily(context: Any) -> MacroNamespace:
    if type(values := getattr(context, "_ctx", None)) is dict and not values:
        context._ctx = LazyMapping()
    return _build_namespace(context)


def _laid_out(builder: Any, macros_by_package: Any, ctx: Any) -> MacroNamespace:
    all_macros = [macro for macros in macros_by_package.values() for macro in macros.values()]
    key = (builder.root_package, builder.search_package, *builder.internal_package_names_order)
    shape = _shapes.get(key)
    if shape is None or not shape.is_of(all_macros):
        made: MacroNamespace = _build_macros(builder, macros_by_package, ctx)
        _shapes[key] = _Shape(made, all_macros)
        return made
    if not shape.can_repeat:
        return _build_macros(builder, macros_by_package, ctx)
    return LazyNamespace(shape, ctx, builder.node, builder.thread_ctx)


def _generated_later(context: Any) -> dict[str, Any]:
    members = context._context_members_
    if type(getattr(context, "_ctx", None)) is not LazyMapping or any(
        members.get(name) is not _later[name] for name in MADE_LATER
    ):
        made_at_once: dict[str, Any] = _generate_builtins(context)
        return made_at_once
    context.config.load_dependencies()  # as `var` does, and `adapter.dispatch` needs
    made: dict[str, Any] = {}

    def make(name: str) -> Any:
        if name not in made:
            made.setdefault(name, _later[name].__get__(context))
        return made[name]

    builtins = LazyMapping(Makers(_later, make))
    for name, value in members.items():
        if name not in _later:
            builtins[name] = value.__get__(context) if hasattr(value, "__get__") else value
    return builtins


def _read_in_place(
    template: Any, vars: Any = None, shared: bool = False, locals: Any = None
) -> Any:
    """Let native templates read such a context in its place, as dbt's others do."""
    if type(vars) not in READ_IN_PLACE or shared or locals:
        return _copied_context(template, vars, shared, locals)
    kind, parent = template.environment.context_class, ChainMap(vars, template.globals)
    return kind(template.environment, parent, template.name, template.blocks)
