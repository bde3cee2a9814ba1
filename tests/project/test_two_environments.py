"""dbtree in one virtual environment, the user's dbt in another: neither has what the other has.

The environments are made of links to the packages that are installed here, so nothing is loaded.
"""

import importlib.metadata
import json
import os
import re
import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.end_to_end.headless import ended

ROOT = Path(__file__).parents[2]
HERE = Path(sysconfig.get_path("purelib"))
OURS = ("textual", "watchfiles", "rich", "pygments")


def closure(*requirements):
    """The distributions that these requirements (`mashumaro[msgpack]`) come to."""
    found, seen, todo = set(), set(), list(requirements)
    while todo:
        match = re.match(r"([\w.-]+)\s*(?:\[([^]]*)\])?", todo.pop())
        assert match is not None
        name = re.sub(r"[-_.]+", "-", match[1]).lower()
        extras = frozenset((match[2] or "").replace(" ", "").split(","))
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            lines = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue  # for another platform or Python
        found.add(name)
        for line in lines:
            extra = re.search(r"""extra == ['"]([^'"]+)""", line)
            if extra is None or extra[1] in extras:
                todo.append(line)
    return found


def make_environment(directory, distributions):
    """A virtual environment with links to these distributions' files."""
    venv.create(directory, with_pip=False, symlinks=True)
    site = next(directory.glob("lib/python*/site-packages"))
    for name in distributions:
        for file in importlib.metadata.files(name) or []:
            top = file.parts[0]
            if top not in ("..", "__pycache__") and not (site / top).exists():
                (site / top).symlink_to(HERE / top)
    return site


@pytest.fixture(scope="module")
def environments(tmp_path_factory):
    """(the Python with dbtree alone, a project in whose .venv dbt lies)."""
    base = tmp_path_factory.mktemp("two")
    tool = make_environment(base / "tool", closure(*OURS))
    (tool / "tui").symlink_to(ROOT / "tui")
    root = base / "shop"
    (root / "models").mkdir(parents=True)
    (root / "dbt_project.yml").write_text("name: shop\nprofile: shop\n")
    (root / "profiles.yml").write_text(
        "shop: {target: dev, outputs: {dev: {type: duckdb, path: shop.duckdb}}}\n"
    )
    (root / "models" / "one.sql").write_text("select 1 as one")
    make_environment(root / ".venv", closure("dbt-core", "dbt-duckdb"))
    return base / "tool" / "bin" / "python", root


def run(python, root, *arguments, **environment):
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("DBTREE_", "PYTHON", "VIRTUAL_ENV", "CONDA"))
    }
    return subprocess.run(
        [python, *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=480,
        check=False,
        env={**kept, "PATH": os.defpath, "DBTREE_ENGINE_KEEP": "0", **environment},
    )


def test_the_environments_have_nothing_of_each_other(environments):
    tool, root = environments
    assert "No module named 'dbt'" in run(tool, root, "-c", "import dbt").stderr
    user = root / ".venv" / "bin" / "python"
    assert "No module named 'textual'" in run(user, root, "-c", "import textual").stderr
    assert "No module named 'watchfiles'" in run(user, root, "-c", "import watchfiles").stderr
    assert run(tool, root, "-c", "import tui.ui.app").stderr == ""


def test_dbtree_builds_with_the_dbt_of_the_project(environments):
    tool, root = environments
    done = run(tool, root, "-m", "tui", "materialize", "--json")
    assert done.returncode == 0, done.stderr
    assert ended(done.stdout)["counts"] == {"success": 1}
    (known,) = json.loads((root / ".dbtree" / "interpreters.json").read_text())
    assert known.startswith(f"{root / '.venv' / 'bin' / 'python'}|")


def test_without_any_dbt_all_that_was_tried_is_named(environments, tmp_path):
    tool, _ = environments
    (tmp_path / "dbt_project.yml").write_text("name: lonely\n")
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    done = run(tool, tmp_path, "-m", "tui", "ls")
    assert done.returncode == 2
    assert "No dbt was found" in done.stderr
    assert "venv of the project" in done.stderr
    assert "dbtree's own Python" in done.stderr
    assert "--dbt-python" in done.stderr
    assert "Traceback" not in done.stderr
