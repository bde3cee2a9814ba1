"""Definitions are written against `dbtree`, which an editable install and the wheel both offer."""

import subprocess
import sys
import zipfile
from pathlib import Path

import dbtree

import tui

ROOT = Path(tui.__file__).parents[1]


def test_dbtree_is_a_thin_alias_of_tui():
    assert dbtree.asset is tui.asset
    assert set(dbtree.__all__) == {*tui.EXPORTED, "__version__"}


def test_what_the_api_does_not_have_is_an_import_error():
    for package in ("dbtree", "tui"):
        code = f"from {package} import nothing_of_the_kind"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert "ImportError" in done.stderr


def test_the_wheel_offers_both_names(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    [wheel] = tmp_path.glob("*.whl")
    code = (
        "import dbtree, tui; from dbtree import asset; print(dbtree.__file__); print(tui.__file__)"
    )
    found = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(wheel)!r}); {code}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert found == [f"{wheel}/dbtree/__init__.py", f"{wheel}/tui/__init__.py"]
    names = zipfile.ZipFile(wheel).namelist()
    assert {"dbtree/py.typed", "tui/alias/dbtree/__init__.py"} <= set(names)


def test_another_interpreter_has_both_names_by_the_bootstrap(tmp_path):
    bootstrap = ROOT / "tui" / "engine" / "process" / "bootstrap.py"
    (tmp_path / "both.py").write_text("import dbtree, tui\nprint(dbtree.asset is tui.asset)\n")
    done = subprocess.run(
        [sys.executable, "-S", "-c",
         f"import sys, runpy; sys.path.insert(0, {str(tmp_path)!r}); "
         f"sys.argv = ['b', 'both']; runpy.run_path({str(bootstrap)!r}, run_name='__main__')"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "True\n"
