"""Changes of files are written whole, and taken back as long as nobody has changed the files."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tui.errors import ProjectError
from tui.refactoring.edits import Change, FileEdit
from tui.workspace.file_edits import FileEdits, is_taken
from tui.workspace.project_texts import project_texts


def editing(root: Path, *, readonly: bool = False) -> FileEdits:
    state: Any = SimpleNamespace(project=SimpleNamespace(root=root, readonly=readonly))
    return FileEdits(lambda: state)


def content(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


CHANGE = Change(
    "t",
    [
        FileEdit("models/a.sql", "a\r\n", "b\r\n", "models/b.sql"),
        FileEdit("seeds/s.csv", moved_to="seeds/t.csv"),
        FileEdit("models/_m.yml", "\ufeffx: 1\n", "\ufeffx: 2\n"),
        FileEdit("snapshots/deep/n.yml", None, "new\n"),
    ],
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, data in (
        ("models/a.sql", b"a\r\n"), ("seeds/s.csv", b"\xff,1\n"),
        ("models/_m.yml", "\ufeffx: 1\n".encode()),
    ):  # fmt: skip
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(data)
    return tmp_path


def test_all_files_are_written_and_taken_back(root: Path) -> None:
    before = content(root)
    edits = editing(root)
    edits.write(CHANGE)
    assert content(root) == {
        "models/b.sql": b"b\r\n", "seeds/t.csv": b"\xff,1\n",
        "models/_m.yml": "\ufeffx: 2\n".encode(), "snapshots/deep/n.yml": b"new\n",
    }  # fmt: skip
    assert edits.undo() == CHANGE
    assert content(root) == before
    assert not (root / "snapshots").exists()
    assert edits.undo() is None


@pytest.mark.parametrize("path", ["models/b.sql", "seeds/t.csv", "models/_m.yml"])
def test_what_was_changed_since_is_not_taken_back(root: Path, path: str) -> None:
    edits = editing(root)
    edits.write(CHANGE)
    (root / path).write_bytes(b"mine\n")
    now = content(root)
    with pytest.raises(ProjectError, match=r"was changed|nothing is"):
        edits.undo()
    assert content(root) == now


@pytest.mark.parametrize("path", ["models/b.sql", "models/_m.yml", "snapshots/deep/n.yml"])
def test_nothing_is_written_over_what_is_there_or_was_changed_meanwhile(
    root: Path, path: str
) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(b"mine\n")
    before = content(root)
    with pytest.raises(ProjectError, match="nothing is written"):
        editing(root).write(CHANGE)
    assert content(root) == before


def test_a_file_in_the_way_of_a_folder_takes_all_back(root: Path) -> None:
    (root / "snapshots").write_text("no folder")
    before = content(root)
    with pytest.raises(ProjectError, match=r"n\.yml cannot be"):
        editing(root).write(CHANGE)
    assert content(root) == before


def test_a_readonly_project_is_not_written(root: Path) -> None:
    with pytest.raises(ProjectError, match="read-only"):
        editing(root, readonly=True).write(CHANGE)


def test_the_same_file_in_other_capitals_is_not_in_the_way(root: Path) -> None:
    os.link(root / "models/a.sql", root / "models/A.sql")
    assert not is_taken(root, "models/a.sql", "models/A.sql")
    assert is_taken(root, "models/a.sql", "models/_m.yml")


def test_the_texts_of_a_project_are_its_own(root: Path) -> None:
    for path in (
        "dbt_project.yml", "models/dbt_packages/x.sql", "models/.hidden/x.sql", "models/x.md",
        "local/kit/models/k.sql", "models/venv/x.py", "local/own.sql",
    ):  # fmt: skip
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("x")
    (root / "models/bad.sql").write_bytes(b"\xff")
    found = project_texts(root, ["models", "local", "../other", "/abs"], ["local/kit"])
    assert sorted(found.texts) == ["dbt_project.yml", "local/own.sql", "models/_m.yml",
                                   "models/a.sql"]  # fmt: skip
    assert found.unread == ("models/bad.sql",)
