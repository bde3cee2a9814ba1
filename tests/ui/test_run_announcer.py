"""The terminal is told how far runs are, and when a long one ends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.ui import sample
from tui.runs.time_left import RunEstimate
from tui.runs.values import Run
from tui.ui.run_announcer import RunAnnouncer
from tui.ui.terminal.sequences import BELL, TerminalSequences, sequences_of
from tui.ui.theme.glyphs import ASCII, UNICODE
from tui.workspace.state import WorkspaceState

PLAIN = TerminalSequences((9,), has_progress=True)
RAW_ESCAPE = re.compile(r"[\x00-\x1f\x7f]")


class Terminal:
    """Keeps what it is sent, while it is there."""

    def __init__(self, sequences: TerminalSequences = PLAIN, **options: Any) -> None:
        self.got: list[str] = []
        self.is_lent = False
        self.is_watched = False
        self.now = sample.NOW
        known: dict[str, Any] = {"glyphs": UNICODE, "notify_after": 2.0, "has_title": True}
        self.announcer = RunAnnouncer(
            sequences,
            self.take,
            clock=lambda: self.now,
            is_watched=lambda: self.is_watched,
            **{**known, **options},
        )

    def take(self, text: str) -> bool:
        if not self.is_lent and text:
            self.got.append(text)
        return not self.is_lent

    def sees(self, state: WorkspaceState) -> str:
        """What it is sent for a state, a second after the one before."""
        self.now += 1
        self.got.clear()
        self.announcer.take(state)
        return "".join(self.got)


def ended(state: WorkspaceState, status: str = "failed") -> WorkspaceState:
    """The state with its active run ended."""
    run = state.runs[0]
    over = replace(run, status=status, finished_at=run.started_at + 5).closed()
    return replace(state, runs=(over, *state.runs[1:]), estimates={})


@pytest.fixture
def running(tmp_path: Path) -> WorkspaceState:
    state = sample.running(sample.shop(tmp_path))
    return replace(state, estimates={"c0de": RunEstimate(sample.NOW + 13.0)})


def test_the_title_tells_how_far_the_run_is_and_then_what_came_of_it(
    running: WorkspaceState,
) -> None:
    terminal = Terminal()
    told = terminal.sees(running)
    assert told.startswith("\x1b[22;2t\x1b]2;1/4 · 12s left – shop\x1b\\")
    assert "\x1b]9;4;1;25\x1b\\" in told
    assert "left" in terminal.sees(running)  # a second later
    told = terminal.sees(ended(running))
    assert "\x1b]2;✗ build +daily_sales failed – shop\x1b\\" in told
    assert "\x1b]9;4;0\x1b\\" in told
    assert terminal.sees(ended(running)) == ""
    terminal.announcer.close()
    assert terminal.got[-1] == "\x1b[23;2t"


def test_a_long_run_rings_and_notifies_once(running: WorkspaceState) -> None:
    terminal = Terminal()
    terminal.sees(running)
    told = terminal.sees(ended(running))
    words = "dbtree shop: build +daily_sales: failed in 5.00s (1 skipped, 1 passed)"
    assert told.startswith(f"{BELL}\x1b]9;{words}\x1b\\")
    assert BELL not in terminal.sees(ended(running))


def test_of_two_runs_that_end_at_once_both_are_told(running: WorkspaceState) -> None:
    (run, *others) = running.runs
    other = replace(run, run_id="c0df", label="stg_orders")
    terminal = Terminal()
    terminal.sees(replace(running, runs=(run, other, *others)))
    over = ended(running)
    told = terminal.sees(
        replace(over, runs=(over.runs[0], replace(over.runs[0], run_id="c0df", label="stg_orders")))
    )
    assert "build +daily_sales: failed" in told
    assert "build stg_orders: failed" in told


@pytest.mark.parametrize("options", [{"notify_after": 6.0}, {"notify_after": None}])
def test_a_shorter_run_is_quiet_and_so_is_one_that_nobody_wants_to_hear_of(
    running: WorkspaceState, options: dict[str, Any]
) -> None:
    terminal = Terminal(**options)
    terminal.sees(running)
    assert BELL not in terminal.sees(ended(running))


def test_nothing_rings_for_who_looks_at_it(running: WorkspaceState) -> None:
    terminal = Terminal()
    terminal.is_watched = True
    terminal.sees(running)
    assert BELL not in terminal.sees(ended(running))


def test_what_ended_before_is_no_news(running: WorkspaceState) -> None:
    assert BELL not in Terminal().sees(ended(running))


def test_while_another_program_has_the_terminal_it_is_told_nothing_and_all_of_it_after(
    running: WorkspaceState,
) -> None:
    terminal = Terminal()
    terminal.sees(running)
    terminal.is_lent = True
    assert terminal.sees(ended(running)) == ""
    terminal.is_lent = False
    told = terminal.sees(ended(running))
    assert BELL in told
    assert "failed – shop" in told


def test_the_title_is_left_alone_where_that_is_set(running: WorkspaceState) -> None:
    terminal = Terminal(has_title=False)
    assert terminal.sees(running) == ""
    assert terminal.sees(ended(running)).startswith(BELL)
    terminal.announcer.close()
    assert len(terminal.got) == 1


def test_a_title_is_not_written_with_every_event(running: WorkspaceState) -> None:
    terminal = Terminal()
    terminal.sees(running)
    terminal.now -= 0.9
    assert terminal.sees(replace(running, estimates={})) == ""


def test_text_from_dbt_cannot_end_a_sequence(running: WorkspaceState) -> None:
    odd = replace(running.runs[0], label="a\x1b\\\x07\x9c;b\n")
    state = replace(running, runs=(odd, *running.runs[1:]))
    terminal = Terminal(TerminalSequences((9, 777)))
    terminal.sees(state)
    told = terminal.sees(ended(state))
    inside = re.findall(r"\x1b\](.*?)\x1b\\", told)
    assert len(inside) == 3
    assert not any(RAW_ESCAPE.search(each) for each in inside)
    assert "\x9c" not in told


def test_in_ascii_too(running: WorkspaceState) -> None:
    terminal = Terminal(glyphs=ASCII)
    assert terminal.sees(running).isascii()
    assert terminal.sees(ended(running)).isascii()


@pytest.mark.parametrize(
    ("environment", "notifies", "progress", "inside"),
    [
        ({"TERM": "xterm-256color"}, (9, 777), False, ""),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, (9,), False, ""),
        ({"TERM": "xterm", "TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.6.6"},
         (9,), True, ""),
        ({"TERM": "xterm-ghostty", "TERM_PROGRAM": "ghostty"}, (9,), True, ""),
        ({"TERM": "foot"}, (777,), False, ""),
        ({"TERM": "xterm", "WT_SESSION": "1"}, (9, 777), True, ""),
        ({"TERM": "xterm", "VTE_VERSION": "7600"}, (9, 777), False, ""),
        ({"TERM": "xterm", "VTE_VERSION": "8000"}, (9, 777), True, ""),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/x", "KITTY_WINDOW_ID": "1"}, (9,), False, "tmux"),
        ({"TERM": "screen", "STY": "1.x"}, (9, 777), False, "screen"),
        ({"TERM": "linux"}, (), False, ""),
    ],
)  # fmt: skip
def test_a_terminal_is_sent_what_it_understands(
    environment: Mapping[str, str], notifies: tuple[int, ...], progress: bool, inside: str
) -> None:
    found = sequences_of(environment)
    assert (found.notifies, found.has_progress, found.inside) == (notifies, progress, inside)


def test_tmux_hands_a_notification_on_and_takes_bell_and_title_itself() -> None:
    tmux = TerminalSequences((777,), inside="tmux")
    assert tmux.notification("dbtree", "done") == (
        f"{BELL}\x1bPtmux;\x1b\x1b]777;notify;dbtree;done\x1b\x1b\\\x1b\\"
    )
    assert tmux.title("x") == "\x1b]2;x\x1b\\"


def test_a_terminal_of_no_sequences_only_rings(running: WorkspaceState) -> None:
    terminal = Terminal(sequences_of({"TERM": "linux"}))
    assert terminal.sees(running) == ""
    assert terminal.sees(ended(running)) == BELL


def test_a_run_without_nodes_has_no_percentage(running: WorkspaceState) -> None:
    waiting = Run("c0de", "waiting", label="all")
    told = Terminal().sees(replace(running, runs=(waiting,), estimates={}))
    assert "\x1b]9;4;3;0\x1b\\" in told
    assert "\x1b]2;waiting – shop\x1b\\" in told


def test_the_title_tells_at_once_of_another_run_and_of_what_ended_last(
    running: WorkspaceState,
) -> None:
    terminal = Terminal()
    terminal.sees(running)
    first = ended(running).runs[0]
    second = Run("c0df", "waiting", label="all", started_at=sample.NOW)
    terminal.got.clear()
    terminal.announcer.take(replace(running, runs=(second, first), estimates={}))  # at once
    assert "\x1b]2;waiting – shop" in "".join(terminal.got)
    over = replace(second, status="success", finished_at=sample.NOW + 9)
    quick = Run("c0e0", "failed", label="orders", started_at=sample.NOW + 9,
                finished_at=sample.NOW + 10)  # fmt: skip
    told = terminal.sees(replace(running, runs=(quick, over, first), estimates={}))
    assert "\x1b]2;✗ build orders failed – shop" in told
