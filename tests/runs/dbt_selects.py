"""Asks dbt itself what it selects. A program, since dbt belongs in a process of its own:

    python -m tests.runs.dbt_selects PROJECT_DIR

Prints the rows of the project's graph, then for each line with the words of a `dbt build` or
`dbt test` command the unique_ids that dbt selects for it: all as JSON, one line each.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

RESOURCES = {
    "build": (
        "model", "seed", "snapshot", "test", "unit_test", "exposure", "saved_query", "function",
    ),
    "test": ("test", "unit_test"),
}  # fmt: skip


def main(project_dir: str) -> None:
    """Answer the questions on stdin."""
    answer_on = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    from pathlib import Path

    from dbt.cli.main import dbtRunner

    from tui.engine.parse.runtime_config import load
    from tui.engine.records.dbt_records import dbt_records
    from tui.protocol.messages import Open

    where = ["--project-dir", project_dir, "--profiles-dir", project_dir]
    parsed = dbtRunner().invoke(["--quiet", "parse", *where])
    assert parsed.success, parsed.exception
    manifest: Any = parsed.result
    config = load(Open(1, project_dir, f"{project_dir}/.dbtree", project_dir)).config
    records = dbt_records(config, Path(project_dir))
    records.update(manifest, 0.0)
    print(
        json.dumps([[*records.assets.values()], [*records.checks.values()]]),
        file=answer_on,
        flush=True,
    )
    for line in sys.stdin:
        command, *words = json.loads(line)
        types = [word for name in RESOURCES[command] for word in ("--resource-type", name)]
        form = ["--output", "json", "--output-keys", "unique_id"]
        listed = dbtRunner(manifest=manifest).invoke(
            ["--quiet", "ls", *where, *types, *form, *words]
        )
        assert listed.success, listed.exception
        rows: Any = listed.result
        selected = sorted(json.loads(row)["unique_id"] for row in rows)
        print(json.dumps(selected), file=answer_on, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
