"""The gate before a terminal, for any text at all."""

import io
import re

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.projects.hostile import EVERYTHING, FORBIDDEN
from tui.cli.console import Console
from tui.text.terminal_text import plain, plain_line, plain_segment

OURS = re.compile(r"\x1b\[(?:\d+;)*\d+m")
PARTS = st.sampled_from(
    ["\x1b", "\x1b[", "\x1b]", "\x1bP", "\x9b", "\x9d", "\x07", "\x1b\\", "\x9c", "31", ";", "m",
     "\n", "\r", "\t", "\0", "\u202e", "\u2066", "\u2028", "\udc80", "é", "注", "a b", "0m"]
)  # fmt: skip
TEXTS = st.lists(PARTS | st.text(max_size=3)).map("".join) | st.just(EVERYTHING)


def steers(text: str) -> bool:
    return bool(FORBIDDEN.search(text)) or any(c < " " and c not in "\n\t" for c in text)


@given(TEXTS)
def test_nothing_in_a_text_steers_a_terminal_or_cannot_be_written(text):
    for cleaned in (plain(text), plain_line(text), plain_segment(text)):
        assert not steers(cleaned)
        cleaned.encode()
    assert not set("\n\r\t") & set(plain_line(text))
    assert plain(plain(text)) == plain(text)


@given(TEXTS)
def test_on_the_screen_what_is_left_out_takes_no_cell(text):
    assert cell_len(plain_segment(text)) == cell_len(text)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["C", "Z"])))
def test_a_text_that_steers_nothing_stays_as_it_is(text):
    assert plain(text) == plain_line(text) == plain_segment(text) == text


@given(TEXTS, TEXTS, TEXTS)
def test_a_line_with_styles_is_one_line_that_obeys_no_text(before, styled, after):
    stream = io.StringIO()
    out = Console(stream)
    out.colour = True
    out.write(before + out.style(styled, "bold", "bad") + after)
    written = stream.getvalue()
    assert written.count("\n") == 1
    assert not steers(OURS.sub("", written))
    assert {found[0] for found in OURS.finditer(written)} <= {"\x1b[1;31m", "\x1b[0m"}


@given(st.lists(st.lists(TEXTS, min_size=2, max_size=2), max_size=4))
def test_a_table_has_a_line_for_each_row(rows):
    stream = io.StringIO()
    Console(stream).table(rows)
    assert stream.getvalue().count("\n") == len(rows)
