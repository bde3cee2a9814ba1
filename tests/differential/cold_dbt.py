"""Plain dbt, without anything of the engine's, asked again and again: a program of its own.

    python -m tests.differential.cold_dbt

Each line on stdin is a request, a JSON object; each line on stdout its answer. dbt is imported
once, and every request is done in a forked child, so that nothing is warm but Python's modules and
the syntax trees of dbt's own macros (kept in the cache that dbt has for its own tests: most of the
time of a parse from nothing goes into reading them).

- `{"parse": DIRECTORY}` parses from nothing. The answer has the `assets`, `checks` and `macros` of
  the graph, or the `problems` of a parse that failed. With `"saved": FILE` it also has
  `different`: what a partial parse file holds that differs from this parse's manifest.
- `{"invoke": [WORDS…], "in": DIRECTORY}` runs a dbt command line there. The answer has the
  exit code as `code`.
"""

import gc
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import extended_mashumuro_decoder
from dbt_common.tests import enable_test_caching

from tui.engine.parse.problems import problems_of
from tui.engine.parse.runtime_config import load
from tui.engine.records.dbt_records import dbt_records
from tui.protocol.messages import Open

OF_EACH_PARSE = frozenset(
    {"created_at", "generated_at", "invocation_id", "modification_time", "invocation_started_at"}
)
"""What is different in every parse of the same files."""


def parse(directory: str, saved: str = "") -> dict[str, Any]:
    """The graph of a project, parsed from nothing."""
    root = Path(directory)
    options = ["--project-dir", directory, "--profiles-dir", directory]
    parsed = dbtRunner().invoke(
        ["--quiet", "--no-partial-parse", "--no-write-json", "parse", *options]
    )
    if parsed.exception is not None:
        return {"problems": [list(row) for row in problems_of(parsed.exception, root)]}
    manifest: Any = parsed.result
    manifest.build_parent_and_child_maps()
    records = dbt_records(load(Open(1, directory, f"{directory}/.dbtree", directory)).config, root)
    records.update(manifest, since=0.0)
    answer = {
        "assets": list(records.assets.values()),
        "checks": list(records.checks.values()),
        "macros": records.macros,
    }
    if saved:
        kept = Manifest.from_msgpack(Path(saved).read_bytes(), decoder=extended_mashumuro_decoder)
        kept.build_parent_and_child_maps()
        answer["different"] = differences(plain(kept), plain(manifest))
    return answer


def plain(manifest: Any) -> dict[str, Any]:
    """All that a manifest's artifact says, without what differs in every parse."""
    manifest.build_group_map()
    told: dict[str, Any] = manifest.writable_manifest().to_dict(omit_none=False)
    told["metadata"] = {}
    leave_out_what_dbt_does_otherwise(told)
    return told


def leave_out_what_dbt_does_otherwise(told: dict[str, Any]) -> None:
    """A partial parse of plain dbt differs from a whole one in this, too: a test of what is missing
    goes from the nodes to the disabled ones, and a hook remembers the macros that it called.
    """
    nodes, disabled = told["nodes"], told["disabled"]
    off = {key for key in disabled if key.startswith("test.")}
    for key, node in nodes.items():
        if key.startswith("operation."):
            node["depends_on"]["macros"] = []
        elif key.startswith("test.") and not node["config"]["enabled"]:
            off.add(key)
    for table in (nodes, disabled, told["child_map"], told["parent_map"]):
        for key in off & table.keys():
            del table[key]
    for table in (told["child_map"], told["parent_map"], told["group_map"]):
        for key, members in table.items():
            table[key] = [member for member in members if member not in off]


def differences(kept: Any, fresh: Any, path: str = "") -> list[str]:
    """Where two values differ, in words; the order of a map or of a list of edges is no matter."""
    if isinstance(kept, dict) and isinstance(fresh, dict):
        found = []
        for key in sorted(kept.keys() | fresh.keys(), key=str):
            if key in OF_EACH_PARSE:
                continue
            if key not in kept or key not in fresh:
                found.append(f"{path}/{key}: only in the {'engine' if key in kept else 'parse'}")
            else:
                found += differences(kept[key], fresh[key], f"{path}/{key}")
        return found
    if isinstance(kept, list) and isinstance(fresh, list) and len(kept) == len(fresh):
        if path.startswith(("/child_map", "/parent_map", "/group_map")):
            kept, fresh = sorted(kept), sorted(fresh)
        return [
            words
            for number, pair in enumerate(zip(kept, fresh, strict=True))
            for words in differences(*pair, f"{path}/{number}")
        ]
    return [] if kept == fresh else [f"{path}: {kept!r:.200} in the engine, {fresh!r:.200} in dbt"]


PROJECT = "name: nothing\nprofile: nothing\nflags: {send_anonymous_usage_stats: false}\n"
PROFILE = "nothing: {target: dev, outputs: {dev: {type: duckdb, path: nothing.duckdb}}}\n"


def read_own_macros() -> None:
    """Parse a project of nothing but dbt's own macros, to have their syntax trees."""
    enable_test_caching()
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "dbt_project.yml").write_text(PROJECT)
        Path(directory, "profiles.yml").write_text(PROFILE)
        told = parse(directory)
        assert "problems" not in told, told
    gc.collect()
    gc.freeze()


def answer_of(request: dict[str, Any]) -> dict[str, Any]:
    if "parse" in request:
        os.chdir(request["parse"])
        return parse(request["parse"], request.get("saved", ""))
    os.chdir(request["in"])
    invoked = dbtRunner().invoke(request["invoke"])
    return {"code": 0 if invoked.success else 2 if invoked.exception else 1}


def main() -> None:
    """Answer the requests on stdin, each in a child."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    read_own_macros()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                gc.disable()
                print(
                    json.dumps(answer_of(json.loads(line)), default=str), file=answers, flush=True
                )
                code = 0
            finally:
                sys.stdout.flush()
                os._exit(code)
        _, status = os.waitpid(pid, 0)
        if status:
            print(json.dumps({"crashed": status}), file=answers, flush=True)


if __name__ == "__main__":
    main()
