"""The key of the digests: made once, kept, and made anew where its file is broken."""

from __future__ import annotations

from pathlib import Path

from tui.engine.records.keyed_digests import FILE, KeyedDigests


def test_a_key_is_made_once_and_kept(tmp_path: Path) -> None:
    first = KeyedDigests(tmp_path).of("eu")
    assert first == KeyedDigests(tmp_path).of("eu") != KeyedDigests(tmp_path).of("us")
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_broken_key_is_replaced_and_its_digests_are_not_taken_for_others(tmp_path: Path) -> None:
    before = KeyedDigests(tmp_path).of("eu")
    (tmp_path / FILE).write_bytes(b"torn")
    after = KeyedDigests(tmp_path).of("eu")
    assert after
    assert after.partition(":")[0] != before.partition(":")[0]
    assert after == KeyedDigests(tmp_path).of("eu")
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_without_a_directory_nothing_is_compared(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert KeyedDigests(tmp_path / "file" / "state").of("eu") == ""
