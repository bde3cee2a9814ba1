"""The faster terminal of the tests shows what pyte shows."""

from contextlib import suppress

import pyte
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator import Screen, Stream

LETTERS = st.text("abc XYZ│╭─漢é\u0301\u200b\x0f\x0e\r\n\t\x08\x07", max_size=12)
NUMBERS = st.lists(st.sampled_from(["", "0", "1", "2", "3", "7", "25", "38", "48", "5", "99999"]))
LOOKS = st.lists(st.sampled_from(["0", "1", "7", "22", "38;2;1;2;3", "48;5;9", "39", "49", ""]))
OTHERS = [
    "\x1bM", "\x1bD", "\x1b7", "\x1b8", "\x1bc", "\x1b(0", "\x1b#8", "\x1b]2;title\x07", "\x1b[?5h",
    "\x1b[?5l", "\x1b[4h", "\x1b[4l", "\x1b[?7l", "\x1b[2", "\x1b[1$r", "\x1b",
]  # fmt: skip
SEQUENCES = st.one_of(
    LETTERS,
    st.builds(lambda looks: f"\x1b[{';'.join(looks)}m", LOOKS),
    st.builds(
        lambda private, numbers, letter: f"\x1b[{private}{';'.join(numbers)}{letter}",
        st.sampled_from(["", "", "?", ">"]),
        NUMBERS.map(lambda numbers: numbers[:2]),
        st.sampled_from("@ABCDEFGHJKLMPXadefghlr`"),
    ),
    st.sampled_from(OTHERS),
)


@given(st.lists(SEQUENCES, max_size=40), st.integers(1, 30))
def test_it_shows_what_pyte_shows(sequences: list[str], size: int) -> None:
    data = "".join(sequences).encode()
    ours, theirs = Screen(12, 5), pyte.Screen(12, 5)
    fast, slow = Stream(ours), pyte.ByteStream(theirs)
    for start in range(0, len(data), size):
        chunk = data[start : start + size]
        failed = [raised(stream, chunk) for stream in (fast, slow)]
        assert failed[0] == failed[1]
        with suppress(IndexError):  # pyte cannot show half a wide letter
            assert theirs.display == ours.display
        assert [ours.buffer[y] for y in range(5)] == [theirs.buffer[y] for y in range(5)]
    for name in ("x", "y", "attrs", "hidden"):
        assert getattr(ours.cursor, name) == getattr(theirs.cursor, name)
    assert (ours.mode, ours.title, ours.margins) == (theirs.mode, theirs.title, theirs.margins)


def raised(stream: pyte.ByteStream, chunk: bytes) -> type[Exception] | None:
    """Which error pyte has with what it is fed."""
    try:
        stream.feed(chunk)
    except Exception as error:  # noqa: BLE001
        return type(error)
    return None
