"""Addresses and files in a sheet that a click opens. Pure."""

from __future__ import annotations

from pathlib import PurePath
from urllib.parse import urlsplit

from textual.content import Content

from tui.text.terminal_text import plain_line
from tui.ui.panels.sheet import link

EDITED = frozenset({
    "", ".csv", ".html", ".json", ".log", ".md", ".py", ".sql", ".toml", ".tsv", ".txt", ".yaml",
    ".yml",
})  # fmt: skip
"""Of files that a click opens in the editor; others open as the desktop does it."""
IMAGES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png", ".svg", ".webp"})


def is_page(address: str) -> bool:
    """Whether an address is one of the web: nothing else is opened."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def page_link(address: str, words: Content | None = None) -> Content:
    """Words that open a page; just words where it is no address of the web."""
    shown = Content(plain_line(address)) if words is None else words
    if not is_page(address):
        return shown
    return link(shown.plain, f"screen.open_page({address!r})", "$accent-ink underline")


def is_image(path: str) -> bool:
    """Whether a file is an image, by its name."""
    return PurePath(path).suffix.lower() in IMAGES


def file_link(path: str, line: int = 0, words: str = "") -> Content:
    """A path that is opened: text in the editor, all else as the desktop does it."""
    shown = plain_line(words or (f"{path}:{line}" if line else path))
    how = "edit_place" if PurePath(path).suffix.lower() in EDITED else "open_place"
    arguments = f"({path!r}, {line})" if how == "edit_place" else f"({path!r})"
    return link(shown, f"screen.{how}{arguments}", "$accent-ink")
