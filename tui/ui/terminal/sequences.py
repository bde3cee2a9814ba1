"""What a terminal is told beside the screen: title, bell, notification, progress bar. Pure.

Sources: xterm's control sequences (OSC 2, and the stack of titles, `CSI 22 ; 2 t`); iTerm2 for
OSC 9; rxvt-unicode for OSC 777; ConEmu and Windows Terminal for the progress bar, OSC 9;4. tmux
hands on what is wrapped as its documentation says under `allow-passthrough`, off by default.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tui.protocol.plain import plain
from tui.text.terminal_text import plain_line

BELL = "\x07"
END = "\x1b\\"
SAVE_TITLE, RESTORE_TITLE = "\x1b[22;2t", "\x1b[23;2t"
MOST = 200
"""Characters of a title or a notification."""
NORMAL, FAILED, UNKNOWN = 1, 2, 3
"""States of a progress bar."""

OSC_9 = {"iTerm.app", "WezTerm", "ghostty", "kitty", "rio", "WarpTerminal"}
OSC_9_VARIABLES = ("KITTY_WINDOW_ID", "WEZTERM_PANE", "GHOSTTY_RESOURCES_DIR", "ITERM_SESSION_ID")
OSC_777 = ("foot", "rxvt", "contour")
"""How the TERM of those begins that know OSC 777 and not OSC 9."""
PROGRESS = {"ghostty", "WezTerm", "mintty", "rio"}
NO_SEQUENCES = frozenset({"", "dumb", "linux", "vt100", "vt220"})
"""Those that would print what they do not understand."""
VTE_WITH_PROGRESS = 7900
ITERM_WITH_PROGRESS = (3, 6, 6)


@plain(frozen=True)
class TerminalSequences:
    """What one terminal understands."""

    notifies: tuple[int, ...] = (9, 777)
    """The kinds of notification that it is sent: 9, 777; both where it is not known."""
    has_title: bool = True
    has_progress: bool = False
    inside: str = ""
    """tmux or screen, where it runs in one of them."""

    def title(self, text: str) -> str:
        """Set the window's title."""
        return f"\x1b]2;{shown(text)}{END}" if self.has_title else ""

    def keep_title(self) -> str:
        """Remember the title that the window has."""
        return SAVE_TITLE if self.has_title else ""

    def give_title_back(self) -> str:
        """Set the title that was remembered."""
        return RESTORE_TITLE if self.has_title else ""

    def notification(self, title: str, text: str) -> str:
        """A bell, and a notification of the desktop."""
        parts = []
        if 9 in self.notifies:
            parts.append(f"\x1b]9;{shown(f'{title}: {text}')}{END}")
        if 777 in self.notifies:
            name = shown(title).replace(";", ",")
            parts.append(f"\x1b]777;notify;{name};{shown(text)}{END}")
        return BELL + "".join(map(self._through, parts))

    def progress(self, percent: int | None, state: int = NORMAL) -> str:
        """The progress bar of the window or the task bar; None takes it away."""
        if not self.has_progress:
            return ""
        told = "0" if percent is None else f"{state};{min(max(percent, 0), 100)}"
        return self._through(f"\x1b]9;4;{told}{END}")

    def _through(self, sequence: str) -> str:
        if self.inside == "tmux":
            return f"\x1bPtmux;{sequence.replace(chr(27), chr(27) * 2)}{END}"
        if self.inside == "screen":
            # It ends the wrapping at the first string terminator, so that this one ends in a bell.
            return f"\x1bP{sequence.removesuffix(END)}{BELL}{END}"
        return sequence


def shown(text: str) -> str:
    """A text without what could end or extend a sequence, or that a terminal would obey."""
    return plain_line(text)[:MOST].strip()


def sequences_of(environment: Mapping[str, str]) -> TerminalSequences:
    """What the terminal understands that the environment tells of."""
    name, term = environment.get("TERM_PROGRAM", ""), environment.get("TERM", "")
    if term in NO_SEQUENCES:
        return TerminalSequences((), has_title=False)
    inside = "tmux" if environment.get("TMUX") else "screen" if environment.get("STY") else ""
    if name in OSC_9 or any(environment.get(each) for each in OSC_9_VARIABLES):
        notifies: tuple[int, ...] = (9,)
    elif term.startswith(OSC_777):
        notifies = (777,)
    else:
        notifies = (9, 777)
    return TerminalSequences(notifies, True, _has_progress(environment, name), inside)


def _has_progress(environment: Mapping[str, str], name: str) -> bool:
    """Whether it shows OSC 9;4; others would take that for a notification."""
    if environment.get("WT_SESSION") or environment.get("ConEmuANSI") == "ON":
        return True
    version = environment.get("TERM_PROGRAM_VERSION", "")
    if name == "iTerm.app":
        numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
        return numbers >= ITERM_WITH_PROGRESS
    vte = environment.get("VTE_VERSION", "")
    if vte.isdecimal() and int(vte) >= VTE_WITH_PROGRESS:
        return True
    return name in PROGRESS or bool(environment.get("GHOSTTY_RESOURCES_DIR"))
