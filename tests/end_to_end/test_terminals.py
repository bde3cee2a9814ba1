"""Small terminals, big projects: the screen stays of use."""

from pathlib import Path

import pytest

from tests.end_to_end.user import opens
from tests.projects.generated import generate_project


def test_forty_columns_are_enough_to_build_and_to_look(shop: Path) -> None:
    with opens(shop) as user:
        user.sees_ready()
        user.terminal.resize(40, 20)
        user.sees_asset("raw_customers")
        user.goes_to("raw_customers")
        user.presses("m")
        user.sees_asset("raw_customers", "✓")
        user.presses("enter")
        user.sees("seeds/raw_customers")
        user.presses("escape")
        user.sees_asset("raw_customers", "✓")
        user.terminal.resize(130, 36)
        user.sees_asset("raw_customers", "fresh")
        assert user.leaves() == 0


def test_a_large_project_that_dbt_never_parsed_shows_how_far_dbt_is(tmp_path: Path) -> None:
    project = generate_project(tmp_path / "large", 1000)
    with opens(project) as user:
        user.sees("of 1,148")
        assert user.leaves() == 0, "one can leave in the midst of it"


@pytest.mark.soak
def test_a_thousand_models_open_are_edited_and_built(tmp_path: Path) -> None:
    project = generate_project(tmp_path / "large", 1000)
    with opens(project) as user:
        user.sees_ready(timeout=300)
        user.goes_to("raw_events")
        user.presses("m")
        user.sees_asset("raw_events", "fresh")
        user.goes_to("l0_m00050")
        user.presses("m")
        user.sees_asset("l0_m00050", "fresh")
        file = project / "models" / "layer_0" / "l0_m00050.sql"
        file.write_text(file.read_text("utf-8").replace("id,", "id, 1 as one,"), "utf-8")
        user.sees_asset("l0_m00050", "stale", "SQL")
        assert user.leaves() == 0
