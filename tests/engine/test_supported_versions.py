"""Which dbt-core the engine works with, and what differs between them."""

import pytest
from dbt.contracts.files import FilePath, ParseFileType, SourceFile

from tui.engine.parse import files
from tui.engine.process.supported_versions import refusal


@pytest.mark.parametrize("version", ["1.8.0", "1.11.16", "1.12.6", "2.0.0rc196"])
def test_a_dbt_core_from_1_8_on_is_taken(version: str) -> None:
    assert refusal(version) == ""


@pytest.mark.parametrize("version", ["1.7.20", "0.21.1"])
def test_an_older_one_is_refused_in_a_sentence(version: str) -> None:
    assert refusal(version) == (
        f"dbt-core {version} is too old: dbtree works with dbt-core 1.8 and later."
    )


def test_white_space_is_a_change_where_dbts_checksum_leaves_it_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From dbt-core 1.12; it may stand in a string, and is then sent to the database."""
    monkeypatch.setattr(files, "normalized", lambda text: " ".join(text.split()))
    path = FilePath("models", "a.sql", 0.0, "/shop")
    one, other = "select 'a  b'", "select 'a b'"
    saved = SourceFile(path, files.checksum_of(one), "shop", ParseFileType.Model, one)
    for text in (one, other):
        assert files.checksum_of(text) == saved.checksum
        found = files.FoundFile("shop", path, ParseFileType.Model, text)
        assert files._may_differ(saved, found) is (text == other)


def test_what_a_partial_parse_file_has_no_text_of_may_differ(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = FilePath("models", "a.sql", 0.0, "/shop")
    found = files.FoundFile("shop", path, ParseFileType.Model, "select 1")
    saved = SourceFile(path, files.checksum_of("select 1"), "shop", ParseFileType.Model, None)
    assert not files._may_differ(saved, found)
    monkeypatch.setattr(files, "normalized", lambda text: " ".join(text.split()))
    assert files._may_differ(saved, found)
