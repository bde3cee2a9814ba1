"""What a run printed: the end of its stdout and stderr files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from tui.runs.log import clean
from tui.text.formats import human_bytes
from tui.ui.commands import bindings_of
from tui.ui.rows.segments import TextSegment
from tui.ui.widgets.lines_view import LinesView

SHOWN = 1024 * 1024
"""Bytes of each file that are shown: its end."""


def read_raw(run_dir: Path) -> list[tuple[str, str]]:
    """The lines of both files, each with the name of its style."""
    lines: list[tuple[str, str]] = []
    for name in ("stdout", "stderr"):
        path = run_dir / name
        try:
            with path.open("rb") as stream:
                size = stream.seek(0, 2)
                stream.seek(max(size - SHOWN, 0))
                text = stream.read().decode("utf-8", "replace")
        except OSError:
            continue
        if not size:
            continue
        lines.append((f"{name} · {human_bytes(size)} · {path}", "heading"))
        if size > SHOWN:
            lines.append((f"… its last {human_bytes(SHOWN)}", "heading"))
        lines += [(clean(line), name) for line in text.splitlines()]
        lines.append(("", name))
    return lines or [("It printed nothing.", "heading")]


class RawView(LinesView):
    """The lines of both files."""

    PREFIX = "raw"
    BINDINGS = bindings_of("raw")
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "raw--heading", "raw--stdout", "raw--stderr", "raw--on-cursor", "raw--on-cursor-blurred",
    }  # fmt: skip

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._lines: list[tuple[str, str]] = []

    def show_files(self, run_dir: Path) -> None:
        """Read the files again."""
        lines = read_raw(run_dir)
        if lines != self._lines:
            self._lines = lines
            self.redraw()

    @property
    def count(self) -> int:
        return len(self._lines)

    def content(self, index: int) -> tuple[str, str]:
        return self._lines[index]

    def segments(self, content: tuple[str, str], *, is_cursor: bool) -> list[TextSegment]:
        text, style = content
        return [(text[: max(self.size.width, 1)], style)]
