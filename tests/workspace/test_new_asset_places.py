"""What a new asset is to be called, and how it reads another one."""

import pytest

from tests.ui.sample import asset_named
from tui.workspace.new_asset_places import alias_of


@pytest.mark.parametrize(
    ("name", "alias"),
    [("orders", "orders"), ("order", "source"), ("Select", "source"), ("a b", "source")],
)
def test_a_common_table_expression_has_a_name_that_sql_takes(name: str, alias: str) -> None:
    assert alias_of(asset_named(name)) == alias
