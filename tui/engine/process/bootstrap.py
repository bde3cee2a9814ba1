"""Runs a module of the engine under another interpreter, with only our own package on its path.

    python /where/dbtree/is/tui/engine/process/bootstrap.py tui.engine 5 6

dbtree may live in an environment with other versions of everything (textual, click, pydantic);
its site-packages must not come before those of the user's dbt. So nothing is put on `sys.path`:
the packages `tui` and `dbtree` (its public name, for definitions) are registered by their place,
and this script's own directory is taken off again.
Standard library only; Python 3.10 and later.
"""

import importlib.util
import runpy
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2]


def register(name: str, package: Path) -> None:
    """Make `import name` find the package in that directory, and nothing beside it."""
    spec = importlib.util.spec_from_file_location(
        name, package / "__init__.py", submodule_search_locations=[str(package)]
    )
    if spec is None or spec.loader is None:
        raise SystemExit(f"dbtree: {package} is not a package")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


def main() -> None:
    """Run the module named by the first argument, with the others as its own."""
    own_directory = str(Path(__file__).resolve().parent)
    sys.path[:] = [entry for entry in sys.path if entry != own_directory]
    register("tui", PACKAGE)
    register("dbtree", PACKAGE / "alias" / "dbtree")
    module = sys.argv[1]
    sys.argv = [module, *sys.argv[2:]]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
