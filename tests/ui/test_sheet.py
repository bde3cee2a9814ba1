"""A sheet of text keeps names whole where it can."""

from textual.content import Content

from tui.ui.panels.sheet import Sheet, broken


def test_a_long_name_is_broken_behind_its_signs() -> None:
    assert broken("shop.staging.stg_orders", 14, ".") == ["shop.staging.", "stg_orders"]
    assert broken("orders", 3, ".") == ["orders"]


def test_a_second_part_that_does_not_fit_stands_on_lines_of_its_own() -> None:
    sheet = Sheet(22)
    sheet.parts(("model", ""), ("models/marts/sales/orders.sql", "$dim"))
    assert sheet.content().plain.splitlines() == ["model", "models/marts/sales/", "orders.sql"]
    sheet = Sheet(40)
    sheet.parts(("model", ""), ("models/marts/orders.sql", "$dim"))
    assert sheet.content().plain == "model · models/marts/orders.sql"


def test_the_further_lines_of_an_item_stand_under_its_first() -> None:
    sheet = Sheet(12)
    sheet.item(("+", "$dim"), "not_null order_id")
    assert sheet.content().plain.splitlines() == ["+ not_null", "  order_id"]


def test_lines_under_a_head_that_is_too_long_stand_a_little_behind_its_beginning() -> None:
    for width, lines in (
        (60, ["  stale because  SQL changed"]),
        (36, ["  stale because", "    SQL changed"]),
    ):
        sheet = Sheet(width)
        sheet.hanging(("  stale because  ", ""), [Content("SQL changed")])
        assert [line.rstrip() for line in sheet.content().plain.splitlines()] == lines
