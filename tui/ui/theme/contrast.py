"""Colours that can be read: grounds and inks made from a theme's own colours. Pure.

Contrast is that of WCAG 2.1, from 1 (the same) to 21 (black on white): 4.5 is what it asks of text,
3 of large text and of signs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.color import Color, rgb_to_lab

FOR_NAMES = 4.5
FOR_WORDS = 3.0
ROOM = 0.06
"""So much more than is asked for: a colour is rounded when it is painted."""
STEPS = 20
"""Mixtures that are tried between two colours."""
STRONGEST = 0.45
"""How much of a hue a ground may have."""
SEEN = 12.0
"""How far (in CIELAB) a ground is from the background when one sees it at once."""
BLACK, WHITE = Color(0, 0, 0), Color(255, 255, 255)


def contrast(one: Color, other: Color) -> float:
    """How well text of one colour is read on the other."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Color) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in colour.rgb)
    )
    return float(0.2126 * red + 0.7152 * green + 0.0722 * blue)


def distance(one: Color, other: Color) -> float:
    """How different two colours look, in CIELAB."""
    a, b = rgb_to_lab(one), rgb_to_lab(other)
    return float(((a.L - b.L) ** 2 + (a.a - b.a) ** 2 + (a.b - b.b) ** 2) ** 0.5)


def ground_for(text: Color, background: Color, hues: Iterable[Color], seen: float = SEEN) -> Color:
    """A ground on which a text can be read, as different from the background as is asked for.

    Args:
        text: What will be on it.
        background: The ground of all other lines.
        hues: What it may be tinted with; the first that gives enough is taken.
        seen: How far from the background it is to be; the farthest there is where none is.
    """
    farthest = background
    for hue in (*hues, BLACK, WHITE):
        for step in range(1, STEPS + 1):
            ground = background.blend(hue, STRONGEST * step / STEPS)
            if contrast(text, ground) < FOR_NAMES + ROOM:
                break
            if distance(ground, background) > distance(farthest, background):
                farthest = ground
            if distance(ground, background) >= seen:
                return ground
    return farthest


def ink_on(grounds: Sequence[Color], colour: Color, text: Color, least: float = FOR_WORDS) -> Color:
    """A colour for words that can be read on all grounds: itself, or mixed with the text's and
    then with black or white, as little as does it.
    """
    pole = BLACK if _luminance(text) < _luminance(grounds[0]) else WHITE
    best, reached = colour, 0.0
    for start, end in ((colour, text), (colour, pole), (text, pole)):
        for step in range(STEPS + 1):
            mixed = start.blend(end, step / STEPS)
            lowest = min(contrast(mixed, ground) for ground in grounds)
            if lowest >= least + ROOM:
                return mixed
            if lowest > reached:
                best, reached = mixed, lowest
    return best
