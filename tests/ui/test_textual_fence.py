"""Private names of Textual are touched in `tui.ui.textual_patches`, and nowhere else."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import textual
from textual.widget import Widget

import tui.ui

SCREEN = Path(tui.ui.__file__).parent
PATCHES = "textual_patches"


def modules() -> list[Path]:
    """The files of the screen outside the fence."""
    return sorted(path for path in SCREEN.rglob("*.py") if PATCHES not in path.parts)


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


@cache
def private_names_of(source: str) -> dict[str, frozenset[str]]:
    """By class: the private names that it defines, or sets on its objects."""
    found: dict[str, frozenset[str]] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            found[node.name] = frozenset(filter(is_private, _defined(node)))
    return found


def _defined(node: ast.ClassDef) -> Iterator[str]:
    for each in node.body:
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
            yield each.name
        targets = getattr(each, "targets", [getattr(each, "target", None)])
        yield from (target.id for target in targets if isinstance(target, ast.Name))
    for inner in ast.walk(node):
        if (
            isinstance(inner, ast.Attribute)
            and isinstance(inner.ctx, ast.Store)
            and isinstance(inner.value, ast.Name)
            and inner.value.id in ("self", "cls")
        ):
            yield inner.attr


@cache
def textual_names() -> frozenset[str]:
    """All private names that any class of Textual has."""
    assert textual.__file__
    sources = (path.read_text("utf-8") for path in Path(textual.__file__).parent.rglob("*.py"))
    return frozenset(
        name for source in sources for names in private_names_of(source).values() for name in names
    )


def inherited_private_names(kind: type) -> frozenset[str]:
    """The private names that a class has from those of Textual that it derives from."""
    return frozenset(
        name
        for base in kind.__mro__
        if base.__module__.startswith("textual.")
        for name in private_names_of(inspect.getsource(import_module(base.__module__)))[
            base.__name__
        ]
    )


def module_of(path: Path) -> str:
    parts = path.relative_to(SCREEN.parents[1]).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def touched(path: Path) -> Iterator[str]:
    """Where a file touches a private name of Textual."""
    tree = ast.parse(path.read_text("utf-8"))
    yield from reached_for(tree)
    module = import_module(module_of(path))
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from overridden(node, inherited_private_names(getattr(module, node.name)))


def reached_for(tree: ast.Module) -> Iterator[str]:
    """The private names of Textual that are imported, or looked up on another object."""
    modules = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom | ast.Import):
            prefix = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            for name in (f"{prefix}{alias.name}" for alias in node.names):
                if name.startswith("textual.") and any(map(is_private, name.split("."))):
                    yield name
        elif isinstance(node, ast.Attribute) and node.attr in textual_names():
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            if owner not in {"self", "cls", *modules}:
                yield ast.unparse(node)


def overridden(node: ast.ClassDef, inherited: frozenset[str]) -> Iterator[str]:
    """The private names of Textual that a class has of its own, or uses on itself."""
    for each in ast.walk(node):
        name = ""
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
            name = each.name
        elif isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name):
            name = each.attr if each.value.id in ("self", "cls") else ""
        if name in inherited:
            yield f"{node.name}.{name}"


def test_no_other_file_touches_a_private_name_of_textual() -> None:
    found = {path.relative_to(SCREEN).as_posix(): list(touched(path)) for path in modules()}
    assert {path: names for path, names in found.items() if names} == {}


def test_a_private_name_that_is_reached_for_is_seen() -> None:
    code = (
        "import os\n"
        "from textual._compositor import Compositor\n"
        "def late(node):\n"
        "    return node.app._exit or node.state._of_our_own or os._exit\n"
    )
    assert list(reached_for(ast.parse(code))) == [
        "textual._compositor.Compositor",
        "node.app._exit",
    ]


def test_a_private_name_that_is_overridden_is_seen() -> None:
    (node,) = ast.parse(
        "class Line(Widget):\n"
        "    def _size_updated(self): ...\n"
        "    def own(self): return self._layout_required and self._of_our_own\n"
    ).body
    assert isinstance(node, ast.ClassDef)
    inherited = inherited_private_names(Widget)
    assert list(overridden(node, inherited)) == ["Line._size_updated", "Line._layout_required"]
