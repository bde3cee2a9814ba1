"""How the batches of a microbatch model are called, and what they failed with."""

from __future__ import annotations

import copy
from typing import Any

from tui.engine.records.batches import FORMS, batch_size


def batch_name(runner: Any) -> str:
    """The name of the batch that a runner of dbt's is for: `2024-01-31`."""
    start = runner.batches[runner.batch_idx][0]
    return str(start.strftime(FORMS.get(batch_size(runner.node), "%Y-%m-%dT%H:%M:%S")))


ALL_FAILED = "ERROR"
"""All that dbt says of a microbatch model of which every batch failed."""


def with_batch_message(result: Any, batch: str, message: str) -> Any:
    """The result of a microbatch model that says what its first failed batch failed with: dbt says
    only how many failed. dbt's own, which its artifacts have, stays as it is.
    """
    told = str(result.message or "")
    first = f"Batch {batch}: {message}"
    one = copy.copy(result)
    one.message = first if told == ALL_FAILED else f"{told}\n{first}"
    return one
