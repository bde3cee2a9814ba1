"""Asks dbt itself what selectors select: a program, run in a process of its own.

    python -m tests.selection.ask_dbt PROJECT… < selectors.json > answers.json

The selectors are a list of texts; the answers are, for each project, the rows of the asset graph
as the engine makes them, and for each text the sorted unique_ids, or null where dbt refuses it.
"""

import json
import os
import sys
from argparse import Namespace
from pathlib import Path

from dbt.cli.main import dbtRunner
from dbt.compilation import Linker
from dbt.config.runtime import RuntimeConfig
from dbt.flags import set_flags
from dbt.graph.cli import parse_difference
from dbt.graph.graph import Graph
from dbt.graph.selector import NodeSelector
from dbt_common.context import set_invocation_context
from dbt_common.events.contextvars import set_log_contextvars

from tui.engine.records.dbt_records import dbt_records

OURS = (
    "model.", "seed.", "snapshot.", "source.", "exposure.", "function.", "test.", "unit_test.",
    "metric.", "semantic_model.", "saved_query.",
)  # fmt: skip


class Flags(Namespace):
    """dbt's flags, those that are not given being unset."""

    def __getattr__(self, name: str) -> None:
        if name.startswith("__"):
            raise AttributeError(name)


def ask(project: str, selectors: list[str]) -> dict[str, object]:
    os.chdir(project)
    options = ["--quiet", "--project-dir", project, "--profiles-dir", project]
    parsed = dbtRunner().invoke([*options[:1], "parse", *options[1:]])
    if parsed.exception is not None:
        raise parsed.exception
    manifest = parsed.result
    set_invocation_context(os.environ)
    args = Flags(PROJECT_DIR=project, project_dir=project, profiles_dir=project, vars={},
        PROFILES_DIR=project, INDIRECT_SELECTION="eager", which="parse", WHICH="parse")  # fmt: skip
    set_flags(args)
    set_log_contextvars(project_root=project)
    records = dbt_records(RuntimeConfig.from_args(args), Path(project))
    records.update(manifest, 0.0)
    linker = Linker()
    linker.link_graph(manifest)
    selector = NodeSelector(Graph(linker.graph), manifest)
    answers: dict[str, list[str] | None] = {}
    for text in selectors:
        try:
            found = selector.get_selected(parse_difference([text], None), warn_on_no_nodes=False)
            answers[text] = sorted(key for key in found if key.startswith(OURS))
        except Exception as error:  # noqa: BLE001 - whatever dbt refuses with
            print(text, repr(error), file=sys.stderr)
            answers[text] = None
    return {
        "project": manifest.metadata.project_name,
        "assets": list(records.assets.values()),
        "checks": list(records.checks.values()),
        "answers": answers,
    }


if __name__ == "__main__":
    texts = json.load(sys.stdin)
    json.dump([ask(path, texts) for path in sys.argv[1:]], sys.stdout)
