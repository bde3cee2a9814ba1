"""A data diff as an engine answers it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tui.protocol.messages import DataDiffed

ORDERS = "model.shop.orders"
NO_ODD_KEYS = {
    "null_before": 0, "null_after": 0, "repeated_before": 0, "repeated_after": 0,
    "rows_before": 0, "rows_after": 0, "added": 0, "removed": 0,
}  # fmt: skip


def column(name: str, kind: str, **facts: Any) -> dict[str, Any]:
    return {
        "name": name, "before": kind, "after": kind, "change": None, "is_key": False,
        "as_text": False, "differing": 0, **facts,
    }  # fmt: skip


def found(now: float, **changes: Any) -> DataDiffed:
    """A diff with a row of each kind, and a column of each."""
    diff = {
        "rows": {
            "before": 640, "after": 641, "added": 14, "removed": 13, "changed": 7, "same": 620,
        },
        "key": ["order_id"],
        "odd_keys": NO_ODD_KEYS,
        "columns": [
            column("order_id", "INTEGER", is_key=True, differing=None),
            column("order_total", "DECIMAL(16,2)", differing=7),
            column("note", "VARCHAR", differing=2),
            column("channel", "VARCHAR"),
            column("paid_at", "TIMESTAMP", change="type", before="VARCHAR", as_text=True),
            column("discount", "DOUBLE", change="added", before=None, differing=None),
            column("legacy_id", "BIGINT", change="removed", after=None, differing=None),
        ],
        "samples": {
            "changed": {
                "key": ["order_id"],
                "columns": ["order_total", "note"],
                "rows": [
                    {"key": ["90"], "before": ["26.90", None], "after": ["27.90", None]},
                    {"key": ["1180"], "before": ["3.70", "gift"], "after": ["24.70", "a\nb"]},
                ],
            },
            "added": {"columns": ["order_id", "note"], "rows": [["9", "new"], ["10", None]]},
            "removed": {"columns": ["order_id", "note"], "rows": [["7", "gone"]]},
            "whole": None,
        },
    }  # fmt: skip
    answer = DataDiffed(
        0, ORDERS, "", '"shop"."main__dbtree"."orders_f7"', '"shop"."main"."orders"', diff,
        "its unique test", now - 90, "a3f1", 0.4,
    )  # fmt: skip
    return replace(answer, **changes)
