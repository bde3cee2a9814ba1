"""Jinja's contexts made quickly: what a template does not read is not made.

dbt makes two or three contexts for each node, and in each an object for every macro there is, some
five hundred, of which a node calls a dozen; and some values that take long, such as the functions
that raise exceptions, one by one. Here a context knows the names of all of them, and makes each
when it is read for the first time. From 1.12 dbt makes the macros so itself, in a ChainMap.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterator
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

    def __init__(self, made: MacroNamespace, macros_by_package: Any) -> None:
        self.macros_by_package = macros_by_package
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


def apply() -> None:
    """From here on, dbt's contexts in this process are made so. Its macros must not change any
    more: it is for the process of a run.
    """
    _make_macros_later()
    _make_members_later()
    _read_in_place()


def _make_macros_later() -> None:
    _let_contexts_be_lazy()
    if issubclass(MacroNamespace, ChainMap):
        return
    build_slowly: Callable[..., MacroNamespace] = MacroNamespaceBuilder.build_namespace
    shapes: dict[tuple[Any, ...], _Shape] = {}

    def build_namespace(builder: Any, macros_by_package: Any, ctx: Any) -> MacroNamespace:
        order = tuple(builder.internal_package_names_order)
        key = (builder.root_package, builder.search_package, order)
        shape = shapes.get(key)
        if shape is None or shape.macros_by_package is not macros_by_package:
            made = build_slowly(builder, macros_by_package, ctx)
            shapes[key] = _Shape(made, macros_by_package)
            return made
        if not shape.can_repeat:
            return build_slowly(builder, macros_by_package, ctx)
        return LazyNamespace(shape, ctx, builder.node, builder.thread_ctx)

    MacroNamespaceBuilder.build_namespace = build_namespace


def _let_contexts_be_lazy() -> None:
    build = ManifestContext._build_namespace

    def _build_namespace(context: Any) -> MacroNamespace:
        if type(context._ctx) is dict and not context._ctx:
            context._ctx = LazyMapping()
        return build(context)

    ManifestContext._build_namespace = _build_namespace


def _make_members_later() -> None:
    members = ProviderContext._context_members_
    later = {name: members[name] for name in MADE_LATER}
    generate_at_once = BaseContext.generate_builtins

    def generate_builtins(context: Any) -> dict[str, Any]:
        members = context._context_members_
        if type(context._ctx) is not LazyMapping or any(
            members.get(name) is not later[name] for name in MADE_LATER
        ):
            return generate_at_once(context)
        context.config.load_dependencies()  # as `var` does, and `adapter.dispatch` needs
        made: dict[str, Any] = {}

        def make(name: str) -> Any:
            if name not in made:
                made.setdefault(name, later[name].__get__(context))
            return made[name]

        builtins = LazyMapping(Makers(later, make))
        for name, value in members.items():
            if name not in later:
                builtins[name] = value.__get__(context) if hasattr(value, "__get__") else value
        return builtins

    BaseContext.generate_builtins = generate_builtins


def _read_in_place() -> None:
    """Let native templates read such a context in its place, as dbt's others do."""
    copied = NativeSandboxTemplate.new_context

    def new_context(
        template: Any, vars: Any = None, shared: bool = False, locals: Any = None
    ) -> Any:
        if type(vars) not in READ_IN_PLACE or shared or locals:
            return copied(template, vars, shared, locals)
        kind, parent = template.environment.context_class, ChainMap(vars, template.globals)
        return kind(template.environment, parent, template.name, template.blocks)

    NativeSandboxTemplate.new_context = new_context
