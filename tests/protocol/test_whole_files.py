"""A file is replaced whole or not at all."""

import pytest

from tui.protocol.whole_files import replacement


def test_what_was_written_takes_the_place_of_the_file(tmp_path):
    path = tmp_path / "notes"
    path.write_text("old")
    with replacement(path) as partial:
        partial.write_text("new")
        assert path.read_text() == "old"
    assert [at.name for at in tmp_path.iterdir()] == ["notes"]
    assert path.read_text() == "new"


def test_a_failure_leaves_the_file_as_it_was_and_nothing_beside_it(tmp_path):
    path = tmp_path / "notes"
    path.write_text("old")

    def write_half():
        with replacement(path) as partial:
            partial.write_text("half")
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        write_half()
    assert [at.name for at in tmp_path.iterdir()] == ["notes"]
    assert path.read_text() == "old"


def test_two_writers_of_one_file_do_not_meet(tmp_path):
    path = tmp_path / "notes"
    with replacement(path) as first, replacement(path) as second:
        first.write_text("first")
        second.write_text("second")
    assert path.read_text() == "first"


def test_the_partial_file_has_a_short_hidden_name(tmp_path):
    path = tmp_path / ("n" * 255)
    with replacement(path) as partial:
        assert partial.name.startswith(".")
        partial.write_text("new")
    assert path.read_text() == "new"
