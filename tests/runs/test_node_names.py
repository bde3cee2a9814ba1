"""What a node is called where there is no manifest."""

import pytest

from tui.runs.node_names import name_in


@pytest.mark.parametrize(
    ("unique_id", "name"),
    [
        ("model.shop.orders", "orders"),
        ("model.shop.orders.v2", "orders.v2"),
        ("source.shop.till.payments", "till.payments"),
        ("test.shop.unique_orders_id.0a1b2c3d4e", "unique_orders_id"),
        ("test.shop.orders_add_up", "orders_add_up"),
        ("unit_test.shop.orders.totals_add_up", "orders.totals_add_up"),
        ("asset.reports/orders.v2", "reports/orders.v2"),
        ("asset_check.orders:is_there", "orders:is_there"),
        ("odd", "odd"),
    ],
)
def test_a_node_is_called_as_dbt_calls_it(unique_id: str, name: str) -> None:
    assert name_in(unique_id) == name
