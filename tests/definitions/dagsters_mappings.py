"""What Dagster's mappings of partitions say: run by its Python, for test_dagsters_mappings.

Reads cases as JSON from its standard input, writes the keys of each. With dbtree's names the same
cases are made there.
"""

# mypy: ignore-errors

from __future__ import annotations

import json
import sys
from datetime import datetime, timezone
from typing import Any

NOW = datetime(2026, 1, 12, tzinfo=timezone.utc)  # noqa: UP017  Python 3.10


def partitions(given: Any, names: Any) -> Any:
    """Partitions of what JSON says, with the classes of a package."""
    kind, *rest = given
    if kind == "multi":
        return names.MultiPartitionsDefinition(
            {name: partitions(one, names) for name, one in rest[0].items()}
        )
    return getattr(names, f"{kind}PartitionsDefinition")(*rest)


def mapping(given: Any, names: Any) -> Any:
    """A mapping of what JSON says."""
    if given is None:
        return None
    kind, *rest = given
    if kind == "Multi":
        return names.MultiPartitionMapping({
            above: names.DimensionPartitionMapping(below, mapping(inner, names))
            for above, (below, inner) in rest[0].items()
        })  # fmt: skip
    return getattr(names, f"{kind}PartitionMapping")(*rest)


def main() -> None:
    """Answer all cases."""
    import dagster
    from dagster._core.definitions.partitions.context import partition_loading_context
    from dagster._core.definitions.partitions.utils import infer_partition_mapping

    answers = []
    with partition_loading_context(NOW, dagster.DagsterInstance.ephemeral()):
        for case in json.load(sys.stdin):
            down, up = partitions(case["down"], dagster), partitions(case["up"], dagster)
            said = infer_partition_mapping(mapping(case["mapping"], dagster), down, up)
            if case["is_upstream"]:
                subset = down.subset_with_partition_keys(case["keys"])
                found = said.get_upstream_mapped_partitions_result_for_partitions(
                    subset, down, up
                ).partitions_subset
            else:
                subset = up.subset_with_partition_keys(case["keys"])
                found = said.get_downstream_partitions_for_partitions(subset, up, down)
            answers.append(sorted(found.get_partition_keys()))
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
