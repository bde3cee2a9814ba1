"""What a save of an armed asset does, and what came of it: the values. See tui.arming."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Mode(Enum):
    """What a save of an armed asset does; the value is the word in its row."""

    PARSE = "parse"
    COMPILE = "compile"
    BUILD = "build"
    DOWNSTREAM = "build+"


@dataclass(frozen=True, slots=True)
class Armed:
    """An armed asset, and what became of its latest save."""

    mode: Mode
    outcome: str = ""
    """In a word or a sentence: parsed, compiled, building, built, or what went wrong; empty before
    the first save."""
    is_good: bool = True
