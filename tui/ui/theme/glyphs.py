"""The signs of the screen: one cell each, in Unicode or in plain ASCII."""

from __future__ import annotations

import locale
import os
from collections.abc import Mapping
from dataclasses import field, replace

from tui.graph import Status
from tui.protocol.plain import plain


@plain(frozen=True)
class Glyphs:
    """One set of signs. Every sign is one cell wide."""

    status: Mapping[Status, str]
    spinner: str
    node: Mapping[str, str] = field(default_factory=dict)
    """By the status of a run, a node of a run, or a check."""
    status_failed: str = "✗"
    folded: str = "▸"
    unfolded: str = "▾"
    reference: str = "↗"
    branch: str = "├─"
    last: str = "╰─"
    through: str = "│ "
    leaf: str = "─ "
    mark: str = "●"
    upstream: str = "↑"
    downstream: str = "↓"
    edited: str = "✎"
    armed: str = "↯"
    done: str = "━"
    todo: str = "━"
    dot: str = "·"
    bars: str = "▁▂▃▄▅▆▇█"
    dash: str = "–"
    critical: str = "◆"
    """Beside what is on the critical path of a run."""
    arrow: str = "→"
    waited: str = "┄"
    tick: str = "│"
    git: Mapping[str, str] = field(default_factory=lambda: {"M": "±", "A": "+", "D": "−", "R": "→"})
    """By the letter of what git says of a file."""
    partition: Mapping[str, str] = field(
        default_factory=lambda: {
            "materialized": "■", "stale": "◪", "failed": "✗", "running": "▶", "queued": "◷",
            "missing": "□",
        }
    )  # fmt: skip
    """By how a partition is."""

    @property
    def is_ascii(self) -> bool:
        """Whether the terminal has no more than ASCII."""
        return self.dot.isascii()


UNICODE = Glyphs(
    status={
        Status.NEVER: "○",
        Status.QUEUED: "◷",
        Status.RUNNING: "⠿",
        Status.FRESH: "✓",
        Status.STALE: "◐",
        Status.FAILED: "✗",
        Status.SKIPPED: "⊘",
        Status.CHECKS_FAILED: "✗",
        Status.WARNED: "!",
        Status.SOURCE: "◇",
        Status.EPHEMERAL: "◌",
        Status.EXPOSURE: "◆",
    },
    spinner="⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏",
    node={
        "queued": "◷",
        "waiting": "◷",
        "running": "⠿",
        "cancelling": "◍",
        "success": "✓",
        "pass": "✓",
        "no-op": "✓",
        "partial success": "✗",
        "warn": "!",
        "fail": "✗",
        "failed": "✗",
        "error": "✗",
        "runtime error": "✗",
        "skipped": "⊘",
        "cancelled": "■",
        "interrupted": "■",
    },
)

ASCII = Glyphs(
    status={
        Status.NEVER: ".",
        Status.QUEUED: ":",
        Status.RUNNING: "*",
        Status.FRESH: "+",
        Status.STALE: "~",
        Status.FAILED: "x",
        Status.SKIPPED: "/",
        Status.CHECKS_FAILED: "x",
        Status.WARNED: "!",
        Status.SOURCE: "<",
        Status.EPHEMERAL: "'",
        Status.EXPOSURE: ">",
    },
    spinner="|/-\\",
    node={
        "queued": ":",
        "waiting": ":",
        "running": "*",
        "cancelling": "*",
        "success": "+",
        "pass": "+",
        "no-op": "+",
        "partial success": "x",
        "warn": "!",
        "fail": "x",
        "failed": "x",
        "error": "x",
        "runtime error": "x",
        "skipped": "/",
        "cancelled": "%",
        "interrupted": "%",
    },
    status_failed="x",
    folded=">",
    unfolded="v",
    reference="^",
    leaf="- ",
    branch="|-",
    last="`-",
    through="| ",
    mark="*",
    upstream="^",
    downstream="v",
    edited="e",
    armed="&",
    done="#",
    todo=".",
    dot="-",
    bars="_.-=+*#@",
    dash="-",
    critical="=",
    arrow=">",
    waited=".",
    tick="|",
    git={"M": "~", "A": "+", "D": "-", "R": ">"},
    partition={
        "materialized": "#", "stale": "~", "failed": "x", "running": "*", "queued": ":",
        "missing": ".",
    },
)  # fmt: skip


def distinct_without_colour(glyphs: Glyphs) -> Glyphs:
    """The signs for a screen without colours: none of them is told from another by colour alone."""
    return replace(glyphs, todo="┄") if glyphs.todo == glyphs.done else glyphs


PLAIN_TERMINALS = frozenset({"linux", "dumb", "vt100", "vt220"})
"""Those whose fonts have no braille and no half circles."""


def glyphs_of_terminal() -> Glyphs:
    """ASCII where the terminal's encoding or font has no more, or DBTREE_ASCII asks for it."""
    if os.environ.get("DBTREE_ASCII", "") not in ("", "0"):
        return ASCII
    if os.environ.get("TERM", "") in PLAIN_TERMINALS:
        return ASCII
    # Not the preferred encoding: in Python's UTF-8 mode, which LC_ALL=C turns on, that is UTF-8.
    encoding = locale.getencoding().lower().replace("-", "")
    return UNICODE if encoding.startswith("utf") else ASCII
