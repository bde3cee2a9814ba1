"""What a save of an armed asset triggers, and the outcome: the values of `auto_build`."""

from __future__ import annotations

from enum import Enum

from tui.protocol.plain import plain


class Mode(Enum):
    """What a save of an armed asset does; the value is the word in its row."""

    PARSE = "parse"
    COMPILE = "compile"
    BUILD = "build"
    DOWNSTREAM = "build+"


@plain(frozen=True, slots=True)
class Armed:
    """An armed asset, and what became of its latest save."""

    mode: Mode
    outcome: str = ""
    """In a word or a sentence: parsed, compiled, building, built, or what went wrong; empty before
    the first save."""
    is_good: bool = True
