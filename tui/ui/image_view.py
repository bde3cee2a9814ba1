"""Draws an image in the terminal, in a process of its own: `python -m tui.ui.image_view FILE`.

The window lends it the terminal, as to an editor, so that it may ask what the terminal can: Kitty's
protocol, sixel (iTerm2, WezTerm, Windows Terminal, foot), else half blocks. Whatever an image does
to Pillow, the window goes on.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from tui.text.terminal_text import plain_line

MISSING = 3
"""The exit code where the library that draws is not installed."""
UNREADABLE = 4
"""The exit code where the file is no image that can be read."""
ALTERNATE, BACK = "\x1b[?1049h\x1b[H\x1b[2J", "\x1b[?1049l"
LINES = 2
"""Lines that are no part of the image."""


def main(path: str) -> int:
    """Draw an image, and wait for a key. Returns the exit code."""
    try:
        from PIL import Image as PillowImage
    except ImportError:
        return MISSING
    sys.stdout.write(ALTERNATE)
    sys.stdout.flush()
    try:
        try:
            # Asks the terminal what it can, while it is imported.
            from textual_image.renderable import Image
        except ImportError:
            return MISSING
        try:
            with PillowImage.open(path) as opened:
                opened.load()
                _draw(Image, opened, path)
        except Exception as error:  # noqa: BLE001  Pillow raises anything for a broken file
            sys.stderr.write(plain_line(f"{type(error).__name__}: {error}"))
            return UNREADABLE
        _wait_for_key()
    finally:
        sys.stdout.write(BACK)
        sys.stdout.flush()
    return 0


def _draw(make: object, image: object, path: str) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console()
    width, height = getattr(image, "size", (1, 1))
    columns, rows = fitting(width, height, console.width, console.height - LINES)
    assert callable(make)
    console.print(make(image, width=columns, height=rows))
    words = f"{plain_line(Path(path).name)}  {width} x {height}   any key goes back"
    console.print(Text(words, style="dim", no_wrap=True, overflow="ellipsis"), end="")


def fitting(width: int, height: int, columns: int, rows: int) -> tuple[int, int]:
    """The cells that an image takes, as large as there is room; a cell is twice as high as wide.

    Args:
        width: Of the image, in pixels.
        height: Of the image, in pixels.
        columns: The room, in cells.
        rows: The room, in cells.
    """
    columns, rows = max(columns, 1), max(rows, 1)
    scale = min(columns / max(width, 1), 2 * rows / max(height, 1))
    return max(int(width * scale), 1), max(int(height * scale / 2), 1)


def _wait_for_key() -> None:
    with _raw_keys() as fd:
        os.read(fd, 32)


@contextlib.contextmanager
def _raw_keys() -> Iterator[int]:
    """Keys come one by one, and are not shown; lines where the system has no such terminals."""
    fd = sys.stdin.fileno()
    try:
        import termios
        import tty
    except ImportError:
        yield fd
        return
    try:
        before = termios.tcgetattr(fd)
    except termios.error:  # no terminal at all
        yield fd
        return
    try:
        tty.setcbreak(fd)
        yield fd
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main(sys.argv[1]))
