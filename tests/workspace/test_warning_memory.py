"""What dbt warned of is remembered as long as its file is as it was."""

from __future__ import annotations

import os

from tui.protocol.records import DbtWarning
from tui.workspace.warning_memory import WarningMemory

KEY = "CustomKeyInObjectDeprecation"


def test_warnings_are_remembered_over_starts(tmp_path) -> None:
    (tmp_path / "m.yml").write_text("models:\n  - name: a\n    made_up: 1\n")
    state = tmp_path / ".dbtree"
    state.mkdir()
    warned = DbtWarning(KEY, "Custom key `made_up` in file `m.yml`")
    memory = WarningMemory(tmp_path, state)
    assert memory.load() == ()
    (told,) = memory.after([warned])
    assert (told.path, told.line) == ("m.yml", 3)
    assert memory.after([]) == (told,)
    memory.save()
    assert WarningMemory(tmp_path, state).load() == (told,)
    os.utime(tmp_path / "m.yml", ns=(1, 1))
    assert memory.after([]) == ()
    assert WarningMemory(tmp_path, state).load() == ()
    (state / "warnings.json").write_text('[["half", {"a": ')
    assert WarningMemory(tmp_path, state).load() == ()
    (state / "warnings.json").write_text('[["half"], 3, null]')
    assert WarningMemory(tmp_path, state).load() == ()
