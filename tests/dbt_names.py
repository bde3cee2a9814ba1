"""The names of dbt that the engine uses, and which of them each version of dbt-core has.

    python -m tests.dbt_names                   record them anew, for each version of dbt-core
    python -m tests.dbt_names /some/bin/python  for the dbt of an interpreter

`make test` has one version of dbt only. What the others have is recorded in
`tests/engine/dbt_names/`, from the real packages, so that a test sees an import that fails in one
of them, or a patch that does not take what dbt gives there. Whoever uses another name records anew.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.dbt_python import dbt_environment
from tests.engine.privates import DBTS
from tests.matrix import DBTS as CHECKED
from tests.matrix import ROOT, Combination, Unavailable
from tui.engine.fence import registry

ENGINE = ROOT / "tui" / "engine"
RECORDS = ROOT / "tests" / "engine" / "dbt_names"
VERSIONS = ("1.8", "1.9", *CHECKED)
LOOK = """
import json, sys
from importlib.metadata import version
from tests.engine.dbt_look import look
print(json.dumps([version("dbt-core"), look(json.load(sys.stdin))]))
"""


def names_in(path: Path) -> Iterator[str]:
    """The names of dbt that a file imports, and what it takes from the modules and classes that it
    imports: as `module:name`, `module:Class.name`, or `module:` for a module alone. What is only
    for the type checker is left out.
    """
    nodes = list(_walk(ast.parse(path.read_text(encoding="utf-8"))))
    places: dict[str, str] = {}
    """By what it is called in the file: what an attribute's name is put behind."""
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and _is_dbts(node.module or ""):
            for alias in node.names:
                places[alias.asname or alias.name] = f"{node.module}:{alias.name}."
        elif isinstance(node, ast.Import):
            for alias in filter(lambda one: _is_dbts(one.name), node.names):
                places[alias.asname or alias.name] = f"{alias.name}:"
    yield from (place.rstrip(".") for place in places.values())
    for node in nodes:
        if isinstance(node, ast.Attribute) and (place := places.get(ast.unparse(node.value))):
            yield f"{place}{node.attr}"


def _walk(tree: ast.AST) -> Iterator[ast.AST]:
    yield tree
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            yield from _walk(node)


def _is_dbts(module: str) -> bool:
    return module.split(".", maxsplit=1)[0] in DBTS


def versions_of(path: Path) -> tuple[str, ...]:
    """The versions of dbt-core with which a file of the engine is imported."""
    if path.parent.name != "patches":
        return VERSIONS
    versions = {version for each in registry.ALL if each.module == path.stem
                for version in each.versions or VERSIONS}  # fmt: skip
    return tuple(version for version in VERSIONS if version in versions)


def used() -> Iterable[str]:
    """All names that the engine imports, and all that its patches touch."""
    found = {name for path in ENGINE.rglob("*.py") for name in names_in(path)}
    return sorted(found.union(*(each.touches for each in registry.ALL)))


def recorded(version: str) -> dict[str, str]:
    """What a version has: name → its parameters, empty where it is no function."""
    lines = (RECORDS / f"{version}.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.partition(" ") for line in lines if not line.startswith("#"))
    return {name: parameters for name, _, parameters in pairs}


def record(python: str) -> str:
    """Look at the dbt of an interpreter, and write what it has. Its version."""
    done = subprocess.run(
        [python, "-c", LOOK], cwd=ROOT, env=dbt_environment(), input=json.dumps(list(used())),
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    version, found = json.loads(done.stdout)
    lines = [f"# Of dbt-core {version}, by python -m tests.dbt_names"]
    lines += [f"{name} {parameters}".rstrip() for name, parameters in found.items()]
    file = RECORDS / f"{'.'.join(version.split('.')[:2])}.txt"
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(version)


def main(pythons: list[str]) -> int:
    """Record each version, or those of some interpreters; how many could not be had."""
    skipped = 0
    for name in pythons or VERSIONS:
        try:
            if not pythons:
                own = Combination("3.11", name)
                own.prepare()
            print(f"dbt-core {record(name if pythons else str(own.interpreter))}")
        except Unavailable as reason:
            skipped += 1
            print(f"{name}: skipped: {reason}")
    return skipped


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
