"""Whatever text there is arrives as it was sent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.protocol.frames import HEADER, decode, encode
from tui.protocol.messages import Output


@given(st.text(st.characters() | st.sampled_from("\ud800\udfff\udcff\x00")))
def test_each_text_arrives(text: str) -> None:
    assert decode(encode(Output("stdout", text))[HEADER.size :]) == Output("stdout", text)
