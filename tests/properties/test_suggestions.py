"""Which tests are suggested for what data."""

from tui.properties.suggestions import ColumnCounts, Reference, Suggestion, suggestions


def suggested(found: list[Suggestion], *, likely: bool = False) -> list[tuple[str, str]]:
    return [(one.column, one.test) for one in found if one.is_likely or not likely]


def test_a_key_is_unique_and_not_null() -> None:
    columns = [ColumnCounts("order_id", "integer", 0, 40), ColumnCounts("total", "double", 0, 40)]
    found = suggestions(40, columns)
    assert suggested(found, likely=True) == [("order_id", "unique"), ("order_id", "not_null")]
    assert ("total", "unique") in suggested(found)


def test_a_null_or_a_repeated_value_speaks_against_them() -> None:
    columns = [ColumnCounts("a", "integer", 1, 39), ColumnCounts("b", "integer", 0, 39)]
    assert suggested(suggestions(40, columns)) == [("b", "not_null")]
    assert suggestions(0, [ColumnCounts("a", "integer", 0, 0)]) == []


def test_few_texts_are_accepted_values() -> None:
    column = ColumnCounts("status", "varchar", 0, 2, ["paid", "open"])
    (found,) = [one for one in suggestions(30, [column]) if one.test == "accepted_values"]
    assert found.in_yaml(with_arguments=False) == {"accepted_values": {"values": ["open", "paid"]}}
    assert found.in_yaml(with_arguments=True) == {
        "accepted_values": {"arguments": {"values": ["open", "paid"]}}
    }
    assert suggested(suggestions(5, [column])) == [("status", "not_null")]


def test_a_reference_without_orphans_is_a_relationship() -> None:
    good = Reference("customer_id", "ref('customers')", "customer_id", 0)
    bad = Reference("shop_id", "ref('shops')", "shop_id", 3)
    assert suggested(suggestions(9, [], [good, bad])) == [("customer_id", "relationships")]


def test_what_is_written_already_is_left_out() -> None:
    found = suggestions(9, [ColumnCounts("ID", "integer", 0, 9)], known={"id": ["unique"]})
    assert suggested(found) == [("ID", "not_null")]
