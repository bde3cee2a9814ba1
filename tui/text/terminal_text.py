"""Makes text safe for a terminal: no text of a project may control it.

A name, a description, a row of data or a message of a database may hold sequences that move the
cursor, write to the clipboard, change the window's title, or turn the direction of writing. All
that is printed goes through here: the lines of the headless commands (`cli.console`), the segments
of the screen (`ui.theme.escape_filter`), and the message of a crash. JSON needs no gate: it is
ASCII, with everything else escaped. Pure, and imported by both sides.
"""

from __future__ import annotations

import re

UNPAIRED = "\ufffd"
"""Stands for a byte of a file name that is no text: no terminal encoding can write that."""

_DIRECTION = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Unicode's marks that turn the direction of writing."""
_LINE_ENDS = re.compile("\r\n|[\n\r\v\f\x85\u2028\u2029]")
_SEQUENCES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, the cursor, modes
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x9c|\x1b\\)?"  # OSC, DCS, …
    r"|\x1b[ -/]*[0-~]?"
)
_CONTROLS = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_DIRECTION}\u2028\u2029]")
"""All that is left when sequences are out, but line ends and tabs."""
HARMFUL = re.compile(f"[\x00-\x1f\x7f-\x9f{_DIRECTION}\u2028\u2029\ud800-\udfff]")
"""One character that a terminal would obey, or that cannot be written to one."""
_SURROGATES = re.compile("[\ud800-\udfff]")


def plain(text: str) -> str:
    """A text of several lines that no terminal obeys: line ends and tabs stay, sequences go."""
    if text.isprintable():
        return text
    text = _LINE_ENDS.sub("\n", text)
    if _CONTROLS.search(text):
        text = _CONTROLS.sub("", _SEQUENCES.sub("", text))
    return _SURROGATES.sub(UNPAIRED, text)


def plain_line(text: str) -> str:
    """The same on one line: a name with line ends in it cannot begin a line of its own."""
    if text.isprintable():
        return text
    return plain(text).replace("\n", " ").replace("\t", " ")


def plain_segment(text: str) -> str:
    """A part of a painted line, cell by cell: what takes no cell goes, so that nothing moves."""
    if text.isprintable():
        return text
    return HARMFUL.sub(lambda found: UNPAIRED if found[0] >= "\ud800" else "", text)
