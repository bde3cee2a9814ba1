"""What is written to terminals, pipes and programs."""

import io

import pytest

from tui.cli.console import Console, cells, has_colour, one_line, plain
from tui.cli.status_styles import counts_in_words


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "colour"),
    [
        (Terminal(), {}, True),
        (io.StringIO(), {}, False),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"NO_COLOR": ""}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {"FORCE_COLOR": "1"}, True),
        (io.StringIO(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colour_is_for_terminals_unless_somebody_says_otherwise(
    monkeypatch, stream, environment, colour
):
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert has_colour(stream) is colour


def test_columns_line_up_whatever_their_style_and_width(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = io.StringIO()
    out = Console(stream)
    out.table([[out.style("a", "good"), "1", "x"], ["注文", "100", "y"]], right=[1])
    lines = [plain(line) for line in stream.getvalue().splitlines()]
    assert lines == ["a       1  x", "注文  100  y"]
    assert [cells(line) for line in lines] == [12, 12]


def test_a_stream_without_unicode_gets_other_glyphs():
    raw = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    assert Console(raw).glyph("good") == "+"
    Console(raw).write("naïve")
    raw.seek(0)
    assert raw.read() == "na?ve\n"


def test_control_sequences_never_reach_the_terminal():
    assert plain("\x1b[31mred\x1b[0m \x1b]0;title\x07\tx\r\ny\x00") == "red \tx\ny"
    assert one_line("\n  \x1b[1mfirst\x1b[0m  \nsecond") == "first"
    assert one_line("x" * 10_000, 10) == "x" * 9 + "…"


def test_counts_tell_the_worst_first():
    assert counts_in_words({"success": 2, "zebra": 1, "error": 1}) == "1 error, 2 success, 1 zebra"
