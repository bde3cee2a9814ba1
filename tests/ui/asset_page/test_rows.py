"""Values of a database in the cells of a table."""

import pytest

from tui.ui.widgets.rows_table import cell_line, column_cells, is_number


@pytest.mark.parametrize(
    "kind", ["INTEGER", "bigint", "UBIGINT", "DECIMAL(38,2)", "double", "int8"]
)
def test_numbers_stand_to_the_right(kind: str) -> None:
    assert is_number(kind)
    _, cells = column_cells(["1", "1000"], "n", kind)
    assert cells[0].plain.endswith("1")
    assert len(cells[0].plain) == len(cells[1].plain)


@pytest.mark.parametrize("kind", ["VARCHAR", "DATE", "INTERVAL", "BOOLEAN", "INTEGER[]"])
def test_all_else_stands_to_the_left(kind: str) -> None:
    assert not is_number(kind)


def test_a_value_takes_one_line_and_is_no_markup() -> None:
    assert cell_line("[red]a[/red]\nb") == "[red]a[/red]⏎b"
    assert cell_line("x" * 500) == "x" * 59 + "…"
    assert cell_line(None) == "null"


def test_control_characters_have_their_own_signs() -> None:
    assert cell_line("a\tb\x1b[2Jc\r\n\x7f\x9b") == "a␉b␛[2Jc␍⏎␡\N{REPLACEMENT CHARACTER}"
