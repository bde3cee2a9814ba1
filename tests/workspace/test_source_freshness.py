"""What dbt found out about the freshness of sources."""

import json
from pathlib import Path

from tui.workspace.source_freshness import SourceFreshness, read_freshness

RESULTS = {
    "metadata": {"generated_at": "2024-05-01T12:00:00.5Z"},
    "results": [
        {"unique_id": "source.shop.raw.a", "status": "warn",
         "max_loaded_at": "2024-04-30T12:00:00Z", "snapshotted_at": "2024-05-01T12:00:00+00:00"},
        {"unique_id": "source.shop.raw.b", "status": "runtime error", "error": "no such table"},
        {"unique_id": "source.shop.raw.c", "status": "pass",
         "max_loaded_at": "2024-04-30T12:00:00"},
        {"unique_id": 3, "status": "pass"}, {"status": "pass"}, "nonsense",
    ],
}  # fmt: skip


def test_results_are_read_with_their_times(tmp_path: Path):
    path = tmp_path / "sources.json"
    path.write_text(json.dumps(RESULTS))
    found = read_freshness(path)
    assert found["source.shop.raw.a"] == SourceFreshness("warn", 1714564800.0, 1714478400.0)
    assert found["source.shop.raw.b"] == SourceFreshness(
        "runtime error", 1714564800.5, 0.0, "no such table"
    )
    assert found["source.shop.raw.c"].loaded_at == 1714478400.0
    assert len(found) == 3


def test_no_file_and_a_broken_one_say_nothing(tmp_path: Path):
    path = tmp_path / "sources.json"
    assert read_freshness(path) == {}
    for text in ("", "[]", '{"results": 3}', "{" * 100):
        path.write_text(text)
        assert read_freshness(path) == {}
