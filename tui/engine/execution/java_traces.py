"""The stack of Java below an error of Spark's, taken away: what is wrong stands above it."""

from __future__ import annotations

import re

_FRAME = re.compile(r"^\s*(?:at [\w.$/<>]+\(.*\)|\.\.\. \d+ (?:more|common frames omitted))\s*$")
_CAUSE = re.compile(r"^\s*(?:Caused by|Suppressed): ")
_CLASSES = re.compile(
    r"^(\s*)(?:Error running query: |(?:[a-z]\w*\.)+[A-Z]\w*(?:Exception|Error): )+"
)
_NAMED_TWICE = re.compile(r"(\[[A-Z_.]+\]) (?:[a-z]\w*\.)+[A-Z]\w*Exception: \1")


def without_java_trace(message: str) -> str:
    """A message without the frames of Java, their causes, and the names of their classes.

    Args:
        message: What a driver says; one that has no frames of Java stays as it is.
    """
    lines = message.splitlines()
    if not any(_FRAME.match(line) for line in lines):
        return message
    kept: list[str] = []
    in_cause = False
    for line in lines:
        if _FRAME.match(line):
            in_cause = False
        elif _CAUSE.match(line):
            in_cause = True  # with the lines of its own words, up to its first frame
        elif not in_cause:
            kept.append(_NAMED_TWICE.sub(r"\1", _CLASSES.sub(r"\1", line)))
    return "\n".join(kept).strip()
