"""Whether there is a desktop that opens files and pages, where the terminal is."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

SHOWS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "WSL_DISTRO_NAME")
"""Variables one of which is set where something can be opened, on Linux and its kin."""


def has_desktop(environment: Mapping[str, str] | None = None, platform: str = sys.platform) -> bool:
    """Whether anything would come of opening a file: over SSH to a server nothing would, or a
    browser in text would take the terminal.
    """
    known = os.environ if environment is None else environment
    return platform in ("darwin", "win32") or any(known.get(name) for name in SHOWS)


def place_in_words(url: str) -> str:
    """An address as one reads it: of a file its path."""
    parts = urlsplit(url)
    return unquote(parts.path) if parts.scheme == "file" else url
