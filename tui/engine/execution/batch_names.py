"""How the batches of a microbatch model are called: by where they start."""

from __future__ import annotations

from typing import Any

FORMS = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d", "hour": "%Y-%m-%dT%H"}
"""By the size of a batch, as dbt's own log writes it."""


def batch_name(runner: Any) -> str:
    """The name of the batch that a runner of dbt's is for: `2024-01-31`."""
    start = runner.batches[runner.batch_idx][0]
    size = getattr(runner.node.config, "batch_size", None)
    return str(start.strftime(FORMS.get(str(getattr(size, "value", size)), "%Y-%m-%dT%H:%M:%S")))
