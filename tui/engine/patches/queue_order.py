"""The order in which dbt's queue will start its nodes."""

from __future__ import annotations

from typing import Any


def order_of(queue: Any) -> list[str]:
    """The unique_ids of a queue's nodes: those that dbt starts earlier, first."""
    scores = getattr(queue, "_scores", {})
    return sorted(queue.get_selected_nodes(), key=lambda key: (scores.get(key, 0), key))
