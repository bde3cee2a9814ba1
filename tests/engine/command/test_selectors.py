"""Exact nodes are selectors that mean no other node."""

from tui.engine.command.selectors import Selectors, taken_by, typed_selection

FQNS = {
    "model.shop.orders": "shop.marts.orders",
    "unit_test.shop.orders.adds_up": "shop.marts.orders.adds_up",
    "model.shop.item.v1": "shop.item.v1",
    "model.shop.marts": "shop.marts",
    "test.shop.unique_id.1": "shop.marts.unique_id",
    "source.shop.raw.orders": "shop.raw.orders",
}
SELECTORS = Selectors(FQNS)


def test_a_node_is_selected_by_its_whole_name() -> None:
    assert SELECTORS.of("model.shop.item.v1", "models/item_v1.sql") == "fqn:shop.item.v1"
    assert SELECTORS.of("test.shop.unique_id.1") == "fqn:shop.marts.unique_id"


def test_a_model_called_as_a_directory_or_with_a_unit_test_is_told_from_what_is_in_it() -> None:
    assert SELECTORS.of("model.shop.marts", "models/marts.sql") == (
        "fqn:shop.marts,resource_type:model,path:models/marts.sql"
    )
    assert SELECTORS.of("model.shop.orders") == "fqn:shop.marts.orders,resource_type:model"


def test_nothing_comes_along_and_sources_are_not_run() -> None:
    nodes = ["test.shop.unique_id.1", "source.shop.raw.orders", "model.shop.item.v1"]
    assert SELECTORS.exactly(nodes, {}) == [
        "--select", "fqn:shop.item.v1", "fqn:shop.marts.unique_id",
        "--indirect-selection", "empty",
    ]  # fmt: skip
    assert SELECTORS.exactly(["source.shop.raw.orders"], {}) == []


def test_a_command_takes_what_it_runs() -> None:
    assert taken_by("test", FQNS) == ["test.shop.unique_id.1", "unit_test.shop.orders.adds_up"]
    assert "source.shop.raw.orders" not in taken_by("build", FQNS)
    assert "source.shop.raw.orders" in taken_by("ls", FQNS)


def test_a_typed_selection_is_given_as_it_is() -> None:
    words = ["--select", "+orders", "tag:x", "--exclude", "y", "--selector", "nightly"]
    assert typed_selection(["+orders", "tag:x"], ["y"], "nightly") == words
    assert typed_selection([]) == []
