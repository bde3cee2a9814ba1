"""dbt's own compilation of a project, and what dbtree says of it: a program of its own.

    python -m tests.truth.compiling

Each line on stdin is a request, a JSON object: `root`, `vars`, `target`, `env`. Each line on stdout
is its answer: `sent`, what plain dbt would send for each node, and `assets`, `macros`, `compiled`,
the graph as dbtree has it. dbt is imported once; each request is done in a forked child.
"""

import gc
import hashlib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner
from dbt_common.clients.jinja import template_cache

from tests.differential.cold_dbt import read_own_macros
from tests.truth.project import FILES, State
from tui.engine.fence.registry import QUICK_CONTEXTS
from tui.engine.parse.runtime_config import load
from tui.engine.patches.offline_compilation import OfflineCompilation
from tui.engine.patches.warm_up import _make_readers
from tui.engine.records.dbt_records import dbt_records
from tui.engine.records.inputs import Inputs
from tui.engine.records.used_macros import MacroUse
from tui.protocol.messages import Open

DESCRIBES = frozenset(
    {"access", "description", "docs", "enabled", "freshness", "group", "meta", "tags",
     "made_at", "run", "packages"}
)  # fmt: skip
"""Configuration of which nothing is sent, or, in this project, another value at each parse."""


def answer(request: dict[str, Any]) -> dict[str, Any]:
    root = request["root"]
    os.chdir(root)
    os.environ.update(request["env"])
    words = ["--project-dir", root, "--profiles-dir", root, "--target", request["target"]]
    if request["vars"]:
        words += ["--vars", request["vars"]]
    parsed = dbtRunner().invoke(
        ["--quiet", "--no-partial-parse", "--no-write-json", "parse", *words]
    )
    assert parsed.exception is None, parsed.exception
    manifest: Any = parsed.result
    manifest.build_parent_and_child_maps()
    opened = Open(
        1, root, request["state_dir"], root, target=request["target"], vars=request["vars"]
    )
    loaded = load(opened)
    records = dbt_records(loaded.config, Path(root), Path(request["state_dir"]))
    records.update(manifest, since=0.0)
    told = sent(manifest, words)
    # What dbtree looks at is the same manifest, with contexts made in its own quick way.
    QUICK_CONTEXTS.apply()
    loaded = load(opened)
    loaded.adapter.set_macro_resolver(manifest)
    use = MacroUse(manifest, loaded.config, records.internal)
    offline = OfflineCompilation(
        loaded.config,
        manifest,
        loaded.adapter,
        keyed=records.keyed,
        inputs=Inputs(manifest, records.values, use, records.named),
        use=use,
        digests=records.macros,
    )
    compiled = {
        key: list(found) for key in records.assets if (found := offline.compiled(key)) is not None
    }
    return {
        "assets": list(records.assets.values()),
        "macros": records.macros,
        "compiled": compiled,
        "sent": told,
    }


def sent(manifest: Any, words: list[str]) -> dict[str, Any]:
    """By unique_id, all that plain dbt would send, or would decide by, to build a node."""
    invoked = dbtRunner(manifest=manifest).invoke(["--quiet", "--no-write-json", "compile", *words])
    assert invoked.exception is None, invoked.exception
    found = {}
    for result in invoked.result.results:
        node = result.node
        if str(node.resource_type) not in ("model", "seed", "snapshot"):
            continue
        assert str(result.status) == "success", (node.unique_id, result.message)
        config = node.config.to_dict(omit_none=True)
        for hooks in ("pre-hook", "post-hook"):
            config[hooks] = [one["sql"] for one in config.get(hooks, ())]
        docs: list[Any] = []
        if node.config.persist_docs:
            docs = [node.description, [(c.name, c.description) for c in node.columns.values()]]
        contract: list[Any] = []
        if getattr(node.config, "contract", None) and node.config.contract.enforced:
            contract = [(c.name, c.data_type) for c in node.columns.values()]
        packages = node.config.get("packages") if node.language == "python" else []
        found[node.unique_id] = {
            "code": getattr(node, "compiled_code", None),
            "relation": node.relation_name,
            "config": {key: value for key, value in config.items() if key not in DESCRIBES},
            "docs": docs,
            "contract": contract,
            "packages": packages,
            "seed": _seed(node),
            "hook": _hook(node),
            "builder": _builder(manifest, node),
        }
    return found


def _seed(node: Any) -> str:
    """All bytes of a seed: dbt's own checksum of a large one says nothing of them."""
    if str(node.resource_type) != "seed":
        return ""
    content = Path(node.root_path, node.original_file_path).read_bytes().strip()
    return hashlib.sha256(content).hexdigest()


def _hook(node: Any) -> str:
    """What the one hook of the project renders."""
    if node.name != "hooked":
        return ""
    from dbt.adapters.factory import get_adapter_by_type

    config = get_adapter_by_type("duckdb").config
    return str(config.vars.vars_for(node, "duckdb").get("in_hook"))


def _builder(manifest: Any, node: Any) -> str:
    """The user's own materialization."""
    if node.config.materialized != "listed":
        return ""
    return str(manifest.macros["macro.ledger.materialization_listed_default"].macro_sql)


def warm_up() -> None:
    """Have the code of dbt's macros, and that by which it reads and checks its nodes: most of the
    time of a look goes into making it.
    """
    with tempfile.TemporaryDirectory() as directory:
        # dbt's static reader starts threads, which no fork survives: it reads models and snapshots.
        files = {path: text for path, text in FILES.items() if not path.startswith("snapshots")}
        State(files).write(Path(directory))
        words = ["--project-dir", directory, "--profiles-dir", directory]
        parsed: Any = dbtRunner().invoke(
            ["--quiet", "--no-static-parser", "--no-write-json", "parse", *words]
        )
        for macro in parsed.result.macros.values():
            template_cache.get_node_template(macro)
        for _ in _make_readers(parsed.result):
            pass
    assert len(os.listdir("/proc/self/task")) == 1
    gc.collect()
    gc.freeze()


def main() -> None:
    """Answer the requests on stdin, each in a child."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    read_own_macros()
    warm_up()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                gc.disable()
                print(json.dumps(answer(json.loads(line)), default=str), file=answers, flush=True)
                code = 0
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        _, status = os.waitpid(pid, 0)
        if status:
            print(json.dumps({"crashed": status}), file=answers, flush=True)


if __name__ == "__main__":
    main()
