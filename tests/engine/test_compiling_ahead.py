"""The engine finds out in the background what assets are compiled to, and a run records it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.warm_engine import WarmEngine
from tests.truth.project import State
from tui.protocol.frames import read_frame
from tui.protocol.messages import (
    AssetsCompiled,
    CodeExpected,
    ReadCode,
    RunExited,
    RunForked,
    StartRun,
)
from tui.protocol.records import Compiled, Fingerprint

REGION = "not-to-be-told-region"
BUILT = ["by_var", "growing", "by_query", "by_inline"]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmEngine]:
    root = tmp_path_factory.mktemp("ahead") / "ledger"
    root.mkdir()
    State().write(root)
    engine = WarmEngine(root, {"LEDGER_REGION": REGION})
    yield engine
    engine.close()


def compiled_until(engine: WarmEngine, *names: str) -> dict[str, Compiled]:
    """What the engine tells, until it has told of these models."""
    found: dict[str, Compiled] = {}
    while not {f"model.ledger.{name}" for name in names} <= found.keys():
        message = read_frame(engine._in)
        assert message is not None
        if isinstance(message, AssetsCompiled):
            found |= {key: Compiled(*row) for key, row in message.compiled.items()}
    return found


def test_what_is_compiled_is_told_recorded_and_found_again(engine: WarmEngine) -> None:
    everything = [
        key.removeprefix("model.ledger.") for key in engine.assets if key.startswith("model.ledger")
    ]
    told = compiled_until(engine, *everything)
    unknown = {key: row.unknown for key, row in told.items() if row.unknown}
    assert unknown == {
        "model.ledger.by_query": "run_query",
        "model.ledger.by_clock": "run_started_at",
        "model.ledger.by_now": "the current time",
    }
    assert all(row.digest for key, row in told.items() if key not in unknown)

    run_dir = engine.root / ".dbtree" / "runs" / "one"
    request = StartRun(
        900, "one", str(run_dir), "build", [f"model.ledger.{name}" for name in BUILT], "dbt build"
    )
    engine.ask(request, RunForked)
    while not isinstance(read_frame(engine._in), RunExited):
        pass
    lines = [json.loads(line) for line in (run_dir / "events.jsonl").read_text().splitlines()]
    recorded = {
        line["unique_id"]: Fingerprint(*line["fingerprint"]).compiled
        for line in lines
        if line["event"] == "node_finished"
    }
    assert recorded == {key: told[key].digest for key in recorded}
    assert len(recorded) == len(BUILT)


def test_an_edit_is_told_at_once_and_compiled_after_it(engine: WarmEngine) -> None:
    path = engine.root / "macros" / "shape.sql"
    path.write_text(path.read_text().replace("|| '", "|| 'x"))
    engine.saved("macros/shape.sql")
    assert "macro.ledger.inner_shape" in engine.macros
    told = compiled_until(engine, "by_macro", "by_graph")
    # Whatever was edited may show in dbt's graph. Seeds and snapshots, for which nobody has waited
    # so far, may still be among what is told.
    models = {key for key in told if key.startswith("model.")}
    assert models == {"model.ledger.by_macro", "model.ledger.by_graph"}


def test_no_value_of_the_environment_is_told_or_kept(engine: WarmEngine) -> None:
    row = engine.assets["model.ledger.by_env"]
    assert "env_var LEDGER_REGION" in row.fingerprint.inputs
    assert REGION not in str(row)
    logs = [*(engine.root / ".dbtree").rglob("*.json*")]
    assert logs
    assert not [path for path in logs if REGION in path.read_text("utf-8", "replace")]


def test_the_key_of_digests_is_its_owners_alone(engine: WarmEngine) -> None:
    key = Path(engine.root, ".dbtree", "digest.key")
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(key.read_bytes()) == 32


def test_what_a_parse_accepts_and_a_run_would_not_is_told_with_its_place(
    engine: WarmEngine,
) -> None:
    """An unknown macro in a branch, an undefined variable, a ref that dbt has not seen."""
    mistakes = {
        "wrong_macro": "select 1 as id\n{% if execute %}\n  {{ no_such_macro() }}\n{% endif %}\n",
        "wrong_var": "select 1 as id,\n{% if execute %}{{ var('never_set') }}{% endif %} as n\n",
        "wrong_ref": "{% set name = 'by' ~ '_var' %}\nselect * from\n"
        "{% if execute %}{{ ref(name) }}{% else %}x{% endif %}\n",
        "good": "select 1 as id",
    }
    for name, sql in mistakes.items():
        (engine.root / "models" / f"{name}.sql").write_text(sql)
    engine.saved(*(f"models/{name}.sql" for name in mistakes))
    told = compiled_until(engine, *mistakes)
    found = {name: told[f"model.ledger.{name}"] for name in mistakes}
    assert found["good"].digest
    assert not found["good"].problem
    assert "'no_such_macro' is undefined" in found["wrong_macro"].problem
    assert (found["wrong_macro"].path, found["wrong_macro"].line) == ("models/wrong_macro.sql", 3)
    assert "never_set" in found["wrong_var"].problem
    assert (found["wrong_var"].path, found["wrong_var"].line) == ("models/wrong_var.sql", 2)
    assert "by_var" in found["wrong_ref"].problem
    assert found["wrong_ref"].path == "models/wrong_ref.sql"


def test_the_code_that_is_asked_for_comes_with_what_is_compiled(engine: WarmEngine) -> None:
    keys = [f"model.ledger.{name}" for name in ("by_var", "by_query")]
    engine.ask(ReadCode(901, keys), CodeExpected)
    code: dict[str, str] = {}
    while not code.keys() >= set(keys):
        message = read_frame(engine._in)
        if isinstance(message, AssetsCompiled):
            code |= message.code
    assert "select" in code[keys[0]].lower()
    assert "{{" not in code[keys[0]]
    assert code[keys[1]] == "", "what it is, only the database knows"
