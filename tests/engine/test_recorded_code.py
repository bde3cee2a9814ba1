"""A run keeps the code that it built, and no secret in it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tui.engine.execution.events import EventLog
from tui.engine.run.run_end import record_code
from tui.protocol.events import NodeFinished
from tui.protocol.recorded_code import FILE, RecordedCode
from tui.protocol.records import Fingerprint

ORDERS, BROKEN, CHECK = "model.shop.orders", "model.shop.broken", "test.shop.unique"


def warm(state_dir: Path) -> Any:
    codes = {ORDERS: "select 's3cr3t' as token", BROKEN: "select no_such_column"}
    nodes = {
        key: SimpleNamespace(raw_code=code, compiled_code=f"compiled {code}")
        for key, code in codes.items()
    }
    return SimpleNamespace(
        manifest=SimpleNamespace(nodes=nodes),
        loaded=SimpleNamespace(state_dir=state_dir),
        fingerprint=lambda key: Fingerprint(sql=f"digest of {key}"),
    )


def test_what_was_built_is_kept_without_secrets(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.jsonl", lambda text: text.replace("s3cr3t", "*****"))
    log.write(
        NodeFinished(2.0, ORDERS, "success", 1.0, 1.0, fingerprint=["digest", *[""] * 5, "keyed"])
    )
    log.write(NodeFinished(2.0, BROKEN, "skipped", 2.0, 0.0))
    log.write(NodeFinished(2.0, CHECK, "pass", 1.0, 1.0))
    record_code(warm(tmp_path), log)
    asked = [f"digest of {key}" for key in (ORDERS, BROKEN, CHECK)]
    kept = RecordedCode(tmp_path).texts([*asked, "keyed"])
    assert kept == {
        f"digest of {ORDERS}": "select '*****' as token",
        "keyed": "compiled select '*****' as token",
    }
    assert oct((tmp_path / FILE).stat().st_mode)[-3:] == "600"


def test_a_run_that_built_nothing_makes_no_file(tmp_path: Path) -> None:
    record_code(warm(tmp_path), EventLog(tmp_path / "events.jsonl"))
    assert not (tmp_path / FILE).exists()
