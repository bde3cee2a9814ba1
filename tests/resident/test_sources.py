"""An engine whose dbt was changed notices it."""

import importlib
import os
import sys

from tui.engine.resident.sources import Sources


def test_a_module_that_is_changed_or_removed_is_noticed(tmp_path, monkeypatch):
    file = tmp_path / "an_adapter_of_a_test.py"
    file.write_text("A = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.import_module(file.stem)
    try:
        sources = Sources()
        assert sources.changed() == ""
        os.utime(file, (1, 1))
        assert sources.changed() == str(file)
        file.unlink()
        assert sources.changed() == str(file)
    finally:
        del sys.modules[file.stem]
