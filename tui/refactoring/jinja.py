"""The tags of a Jinja template, and the tokens in them, with their places in the text. Pure.

Jinja's own lexer changes line ends and drops blanks, so that places cannot be told from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

OPENING = re.compile(r"\{[{%#]")
TOKEN = re.compile(
    r"(?P<blank>\s+)|(?P<name>[^\W\d]\w*)|(?P<number>\d[\w.]*)"
    r"|(?P<string>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")|(?P<sign>.)",
    re.DOTALL,
)
RAW = re.compile(r"\{%[-+]?\s*raw\s*[-+]?%\}")
END_OF_RAW = re.compile(r"\{%[-+]?\s*endraw\s*[-+]?%\}")
CLOSING = {"{{": "}}", "{%": "%}"}


@dataclass(frozen=True, slots=True)
class Token:
    """A word of an expression."""

    kind: str
    """name, number, string or sign."""
    text: str
    """As it stands there, a string with its quotes."""
    start: int

    @property
    def end(self) -> int:
        """The place behind it."""
        return self.start + len(self.text)

    @property
    def value(self) -> str:
        """The text of a string without its quotes (and with its escapes)."""
        return self.text[1:-1]


@dataclass(frozen=True, slots=True)
class Tag:
    """`{{ … }}`, `{% … %}` or `{# … #}`."""

    opening: str
    start: int
    end: int
    tokens: tuple[Token, ...] = ()
    """None in a comment."""

    @property
    def is_comment(self) -> bool:
        """Whether nothing of it is code."""
        return self.opening == "{#"


def tags(text: str, start: int = 0, end: int | None = None) -> Iterator[Tag]:
    """The tags of a template (or of a piece of it), in their order. What is raw is passed over, and
    a tag that never ends is the last.
    """
    end = len(text) if end is None else end
    place = start
    while (found := OPENING.search(text, place, end)) is not None:
        opening = found[0]
        if opening == "{#":
            closing = text.find("#}", found.end(), end)
            place = closing + 2 if closing >= 0 else end
            yield Tag(opening, found.start(), place)
            continue
        raw = RAW.match(text, found.start(), end)
        if raw is not None:
            last = END_OF_RAW.search(text, raw.end(), end)
            place = last.end() if last else end
            continue
        tokens, place = _inside(text, found.end(), end, CLOSING[opening])
        yield Tag(opening, found.start(), place, tuple(tokens))


def tokens_of(text: str, start: int, end: int) -> list[Token]:
    """The tokens of an expression without its braces."""
    return [
        Token(str(found.lastgroup), found[0], found.start())
        for found in TOKEN.finditer(text, start, end)
        if found.lastgroup != "blank"
    ]


def _inside(text: str, place: int, end: int, closing: str) -> tuple[list[Token], int]:
    """The tokens up to where a tag closes, and the place behind it."""
    found: list[Token] = []
    depth = 0
    while place < end:
        if depth <= 0 and text.startswith(closing, place):
            return found, place + 2
        token = TOKEN.match(text, place, end)
        if token is None:
            break
        if token.lastgroup != "blank":
            found.append(Token(str(token.lastgroup), token[0], place))
            depth += (token[0] in "{[(") - (token[0] in ")]}") if token.lastgroup == "sign" else 0
        place = token.end()
    return found, end
