"""What a page may say, and what anybody may send in its place."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.serve.browser_messages import (
    LARGEST,
    Pinged,
    Resized,
    Size,
    Typed,
    message_of,
    size_of,
)

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def test_keys_become_bytes_for_the_program():
    assert message_of('["stdin", "m\\u001b[A\\u00fc"]') == Typed("m\x1b[Aü".encode())


def test_half_a_letter_does_not_spoil_the_rest():
    assert message_of('["stdin", "a\\ud83db"]') == Typed(b"a?b")


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [
        (120, 35, Size(120, 35)),
        ("120", "35", Size(120, 35)),
        (1, 1, Size(1, 1)),
        (0, -7, Size(1, 1)),
        (100_000, 100_000, Size(*LARGEST)),
        (10**400, 10, Size(LARGEST[0], 10)),
    ],
)
def test_a_size_is_one_that_a_program_can_be_given(width, height, size):
    assert size_of(width, height) == size
    assert message_of(json.dumps(["resize", {"width": width, "height": height}])) == Resized(size)


@pytest.mark.parametrize("width", [None, "", "x", "1e9", "²", "9" * 5000, 1.5, True, [80], {}])
def test_what_is_no_size_is_none(width):
    assert size_of(width, 24) is None
    assert size_of(24, width) is None


def test_a_page_can_ask_whether_somebody_is_there():
    assert message_of('["ping", "17"]') == Pinged("17")


@pytest.mark.parametrize(
    "text", ["{}", "[]", "7", '"stdin"', '["stdin"]', '["stdin", 7]', '["focus"]', '["x", "y"]',
             '["resize", {"width": 80}]', '["resize", [80, 24]]', "null"]
)  # fmt: skip
def test_what_nobody_knows_says_nothing(text):
    assert message_of(text) is None


@pytest.mark.parametrize("text", ["", "x", "[", '["stdin", "a"', "\x00", "[" * 100_000])
def test_what_is_no_json_is_told(text):
    with pytest.raises(ValueError):
        message_of(text)


@given(st.lists(ANYTHING, max_size=4) | ANYTHING)
def test_any_json_is_understood_or_not(value):
    message_of(json.dumps(value))


@given(st.text())
def test_any_text_is_understood_or_is_no_json(text):
    with contextlib.suppress(ValueError):
        message_of(text)
