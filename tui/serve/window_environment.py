"""The environment of a window in a page: that of the server, with the page's terminal. Pure."""

from __future__ import annotations

from collections.abc import Mapping

TOKEN = "DBTREE_SERVE_TOKEN"
"""The variable that gives the token, of which nothing that is started hears."""
OF_A_TERMINAL = frozenset(
    {
        "COLORFGBG", "COLUMNS", "LINES", "STY", "TERMCAP", "TERM_PROGRAM", "TERM_PROGRAM_VERSION",
        "TMUX", "TMUX_PANE", "VTE_VERSION", "WINDOWID", "WT_SESSION", "ConEmuANSI",
    }
)  # fmt: skip
"""What tells of the terminal that the server was started in."""
_ITS_OWN = ("KITTY_", "WEZTERM_", "GHOSTTY_", "ITERM_", "KONSOLE_", "ALACRITTY_", "TEXTUAL")
"""How those begin that one terminal alone sets, and those that Textual obeys."""


def window_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What a window is started with: no token, and xterm.js as its terminal."""
    kept = {
        name: value
        for name, value in environment.items()
        if name not in OF_A_TERMINAL and name != TOKEN and not name.startswith(_ITS_OWN)
    }
    return {**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
