"""Projects for the end-to-end tests: copies of the demo that dbt has parsed once already."""

from pathlib import Path

import pytest

from tests.projects.parsed import copy_parsed_demo


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A copy of the demo project of one's own, with an empty database."""
    return copy_parsed_demo(tmp_path / "shop")
