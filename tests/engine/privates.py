"""Where our code touches what is private to dbt or agate, as its source tells. Pure.

Told are: an import of a name with an underscore; an attribute with an underscore of anything that
is neither our own nor the standard library's; an assignment to an attribute of a module or class
that was imported from dbt, and `setattr` on one. An object's class cannot be told from the source,
so an assignment to a public attribute of some object of dbt's is not found.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DBTS = ("dbt", "dbt_common", "dbt_extractor", "dbtlabs", "agate")
OWN = ("self", "cls")
NAMED_TUPLES = frozenset({"_asdict", "_fields", "_make", "_replace"})
"""What is public of a named tuple, in spite of its name."""
OTHERS = frozenset({"_concrete_class", "_data"})
"""Private names of protobuf's descriptors and of `os.environ`, on objects without a type."""


@dataclass(frozen=True)
class Touch:
    """One place."""

    file: str
    line: int
    name: str
    """What is touched: the last word."""
    how: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.how} {self.name}"


def touches(path: Path, own: frozenset[str]) -> list[Touch]:
    """All places in a file.

    Args:
        path: a Python file.
        own: the private names that our code defines, on whatever object.
    """
    reader = _Reader(path.name, own)
    reader.visit(ast.parse(path.read_text(encoding="utf-8")))
    return reader.found


def own_privates(paths: list[Path]) -> frozenset[str]:
    """The private names that these files define: functions, classes, variables, attributes."""
    return frozenset(name for path in paths for name in _defined(path) if is_private(name))


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__") and name != "_"


def _defined(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store)
            and isinstance(node.value, ast.Name)
            and node.value.id in OWN
        ):
            yield node.attr


class _Reader(ast.NodeVisitor):
    def __init__(self, file: str, own: frozenset[str]) -> None:
        self.found: list[Touch] = []
        self._file, self._own = file, own
        self._dbts: set[str] = set()
        """The names in this file that were imported from dbt."""
        self._stdlib: set[str] = set()

    def _note(self, node: ast.expr | ast.stmt, name: str, how: str) -> None:
        self.found.append(Touch(self._file, node.lineno, name, how))

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._know(alias.name, alias.asname or alias.name.split(".")[0])

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        for alias in node.names:
            self._know(module, alias.asname or alias.name)
            if module.split(".")[0] in DBTS and is_private(alias.name):
                self._note(node, alias.name, "imports")

    def _know(self, module: str, name: str) -> None:
        top = module.split(".", maxsplit=1)[0]
        if top in DBTS:
            self._dbts.add(name)
        elif top in sys.stdlib_module_names:
            self._stdlib.add(name)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        root = _root(node)
        if (
            is_private(node.attr)
            and node.attr not in NAMED_TUPLES | OTHERS
            and root not in self._stdlib
            and not (root in OWN and node.attr in self._own)
            and (root in self._dbts or node.attr not in self._own)
        ):
            self._note(node, node.attr, "touches")
        elif isinstance(node.ctx, ast.Store | ast.Del) and root in self._dbts:
            self._note(node, node.attr, "assigns to")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        called = node.func
        if isinstance(called, ast.Name) and called.id in ("getattr", "setattr", "delattr"):
            target, name = node.args[0], node.args[1]
            if isinstance(name, ast.Constant) and is_private(str(name.value)):
                if _root(target) not in self._stdlib:
                    self._note(node, str(name.value), "touches")
            elif called.id != "getattr" and _root(target) in self._dbts:
                self._note(node, ast.unparse(name), "assigns to")
        self.generic_visit(node)


def _root(node: ast.expr) -> str:
    """The name that a chain of attributes and calls begins with; empty where it has none."""
    while True:
        if isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        else:
            return node.id if isinstance(node, ast.Name) else ""
