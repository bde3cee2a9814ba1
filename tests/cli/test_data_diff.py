"""What `dbtree diff` prints of a diff."""

from __future__ import annotations

import io

from tests.ui.asset_page.diffs import found
from tui.cli.commands.data_diff import differs, print_diff, record_of
from tui.cli.console import Console

NOW = 1_000_000.0


def printed() -> list[str]:
    stream = io.StringIO()
    print_diff(Console(stream), found(NOW))
    return [" ".join(line.split()) for line in stream.getvalue().splitlines()]


def test_it_prints_counts_columns_and_rows() -> None:
    lines = printed()
    assert '"shop"."main"."orders" compared with "shop"."main__dbtree"."orders_f7"' in lines[0]
    assert lines[0].endswith("(before run a3f1)")
    assert "key: order_id (its unique test)" in lines
    assert "640 rows → 641: 14 added, 13 removed, 7 changed" in lines
    assert "paid_at VARCHAR → TIMESTAMP" in lines
    assert "discount added (DOUBLE)" in lines
    assert "1180 3.70 → 24.70 gift → a b" in lines, "a value of two lines stands on one"
    assert "7 gone" in lines


def test_json_has_all_of_it() -> None:
    record = record_of(found(NOW))
    assert (record["asset"], record["baseline_run"]) == ("model.shop.orders", "a3f1")
    assert record["rows"]["changed"] == 7
    assert record["samples"]["changed"]["rows"][0]["before"] == ["26.90", None]
    assert record["against"] is None


def test_a_new_column_differs_even_where_no_row_does() -> None:
    same = dict.fromkeys(("before", "after", "added", "removed", "changed", "same"), 0)
    diff = found(NOW).diff
    assert differs(found(NOW, diff={**diff, "rows": same}))
    assert not differs(found(NOW, diff={**diff, "rows": same, "columns": diff["columns"][:4]}))
