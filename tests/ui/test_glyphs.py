"""Which signs a terminal gets."""

from __future__ import annotations

import locale

import pytest

from tui.ui.theme.glyphs import ASCII, UNICODE, distinct_without_colour, glyphs_of_terminal


@pytest.mark.parametrize(
    ("term", "encoding", "expected"),
    [
        ("xterm-256color", "UTF-8", UNICODE),
        ("xterm-16color", "utf-8", UNICODE),
        ("xterm-256color", "ANSI_X3.4-1968", ASCII),
        ("linux", "UTF-8", ASCII),
        ("dumb", "UTF-8", ASCII),
    ],
)
def test_a_terminal_gets_the_signs_that_it_can_show(
    monkeypatch: pytest.MonkeyPatch, term: str, encoding: str, expected: object
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.delenv("DBTREE_ASCII", raising=False)
    monkeypatch.setattr(locale, "getencoding", lambda: encoding)
    assert glyphs_of_terminal() is expected
    monkeypatch.setenv("DBTREE_ASCII", "1")
    assert glyphs_of_terminal() is ASCII


def test_without_colours_no_sign_is_told_from_another_by_its_colour() -> None:
    for glyphs in (UNICODE, ASCII):
        plain = distinct_without_colour(glyphs)
        assert plain.done != plain.todo
        assert plain.done == glyphs.done


def test_what_was_stopped_has_another_sign_than_what_was_skipped_or_failed() -> None:
    for glyphs in (UNICODE, ASCII):
        signs = {glyphs.node[status] for status in ("cancelled", "skipped", "error", "success")}
        assert len(signs) == 4
