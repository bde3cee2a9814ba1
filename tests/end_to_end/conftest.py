"""Projects for the end-to-end tests: copies of the demo that dbt has parsed once already."""

import shutil
from pathlib import Path

import pytest

from tests.bench.dbt_side import dbt
from tests.projects import DEMO, copy_project


@pytest.fixture(scope="session")
def parsed_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo project as it lies after a first `dbt parse`; not to be written to."""
    project = copy_project(DEMO, tmp_path_factory.mktemp("parsed") / "shop")
    dbt(project, "parse")
    return project


@pytest.fixture
def shop(parsed_demo: Path, tmp_path: Path) -> Path:
    """A copy of the demo project of one's own, with an empty database."""
    return shutil.copytree(parsed_demo, tmp_path / "shop")
