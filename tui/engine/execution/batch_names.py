"""How the batches of a microbatch model are called: by where they start."""

from __future__ import annotations

from typing import Any

from tui.engine.records.batches import FORMS, batch_size


def batch_name(runner: Any) -> str:
    """The name of the batch that a runner of dbt's is for: `2024-01-31`."""
    start = runner.batches[runner.batch_idx][0]
    return str(start.strftime(FORMS.get(batch_size(runner.node), "%Y-%m-%dT%H:%M:%S")))
