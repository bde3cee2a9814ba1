"""Jinja's contexts made quickly: the five hundred macros in each, sorted into namespaces once.

dbt makes two or three contexts for each node, and in each an object for every macro there is,
sorted into namespaces one by one. Which macro goes where is the same every time for nodes of one
package: it is found out once, and repeated. From 1.12 dbt makes them only where they are read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dbt.clients.jinja import MacroGenerator
from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder
from dbt.include.global_project import PROJECT_NAME

FIELDS = {"context", "macro", "node", "stack"}
"""What makes a MacroGenerator, where dbt is as it was checked."""


class QuickNamespace(dict, MacroNamespace):  # type: ignore[type-arg]
    """dbt's MacroNamespace with what its search would find laid out flat, as this dict."""

    def __init__(
        self,
        global_namespace: dict[str, Any],
        local_namespace: dict[str, Any],
        global_project_namespace: dict[str, Any],
        packages: dict[str, dict[str, Any]],
    ) -> None:
        MacroNamespace.__init__(
            self, global_namespace, local_namespace, global_project_namespace, packages
        )
        dict.__init__(self, global_project_namespace)
        self[PROJECT_NAME] = global_project_namespace
        self.update(packages)
        self.update(global_namespace)
        self.update(local_namespace)


class _Shape:
    """Where each macro goes in the namespaces of one package's nodes."""

    def __init__(self, made: MacroNamespace, macros: Any) -> None:
        self.macros = macros
        """The macros by package that it was made of."""
        spaces = (made.global_namespace, made.local_namespace, made.global_project_namespace)
        generators = {
            id(generator): generator
            for space in (*spaces, *made.packages.values())
            for generator in space.values()
        }
        self._macros = [generator.macro for generator in generators.values()]
        places = {key: place for place, key in enumerate(generators)}

        def laid_out(space: Any) -> list[tuple[str, int]]:
            return [(name, places[id(generator)]) for name, generator in space.items()]

        self._globals, self._locals, self._internal = map(laid_out, spaces)
        self._packages = {name: laid_out(space) for name, space in made.packages.items()}
        self.can_repeat = all(vars(one).keys() == FIELDS for one in generators.values())

    def repeat(self, context: Any, node: Any, stack: Any) -> QuickNamespace:
        """The same namespaces for another context."""
        new, made = MacroGenerator.__new__, []
        for macro in self._macros:
            generator = new(MacroGenerator)
            generator.context = context
            generator.macro = macro
            generator.node = node
            generator.stack = stack
            made.append(generator)
        return QuickNamespace(
            {name: made[place] for name, place in self._globals},
            {name: made[place] for name, place in self._locals},
            {name: made[place] for name, place in self._internal},
            {
                package: {name: made[place] for name, place in space}
                for package, space in self._packages.items()
            },
        )


def apply() -> None:
    """From here on, dbt's contexts in this process are made so. Its macros must not change any
    more: it is for the process of a run.
    """
    slowly: Callable[..., MacroNamespace] = MacroNamespaceBuilder.build_namespace
    shapes: dict[tuple[Any, ...], _Shape] = {}

    def build_namespace(builder: Any, macros_by_package: Any, ctx: Any) -> MacroNamespace:
        order = tuple(builder.internal_package_names_order)
        key = (builder.root_package, builder.search_package, order)
        shape = shapes.get(key)
        if shape is None or shape.macros is not macros_by_package:
            made = slowly(builder, macros_by_package, ctx)
            shapes[key] = _Shape(made, macros_by_package)
            return made
        if not shape.can_repeat:
            return slowly(builder, macros_by_package, ctx)
        return shape.repeat(ctx, builder.node, builder.thread_ctx)

    MacroNamespaceBuilder.build_namespace = build_namespace
