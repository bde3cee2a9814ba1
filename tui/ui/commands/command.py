"""A command as a value: what it is called, which key does it, where and when it applies. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tui.protocol.plain import plain


@plain(frozen=True)
class Situation:
    """What the user is looking at, as far as it decides which commands apply."""

    node: str = ""
    """asset, check or folder: what is under the cursor, if anything."""
    buildable: bool = False
    """Whether a run can build (or check) it."""
    has_file: bool = False
    has_reasons: bool = False
    """Whether there is something to tell about why it is not as it should be."""
    marks: int = 0
    filtered: bool = False
    changed: bool = False
    """Whether the branch that is checked out changes any asset."""
    outdated: bool = False
    """Whether anything in the project is stale or missing."""
    running: bool = False
    """Whether a run is going on, or queued."""
    queued: bool = False
    """Whether it is a run that waits."""
    failed: bool = False
    """Whether the latest run left something to run again."""
    problem: bool = False
    readonly: bool = False
    has_rows: bool = False
    """Whether the check under the cursor has failing rows to go into."""
    on_runs: bool = False
    """Whether it is a screen of runs."""
    dynamic: bool = False
    """Whether it has partitions whose keys are added and deleted by hand."""


When = Callable[[Situation], bool]


def always(_situation: Situation) -> bool:
    """The command applies wherever its scope is."""
    return True


def on_target(situation: Situation) -> bool:
    """There is something to materialize, and that is allowed."""
    return not situation.readonly and (situation.buildable or situation.marks > 0)


def may_run(situation: Situation) -> bool:
    """Runs are allowed."""
    return not situation.readonly


def on_node(situation: Situation) -> bool:
    """The cursor is on something."""
    return bool(situation.node)


@plain(frozen=True)
class Command:
    """One thing that a key does."""

    id: str
    keys: str
    """Textual's names of keys, separated by commas; empty for what is only typed. Two keys that are
    pressed one after the other have a space between them."""
    title: str
    """One or two words, for the footer and the palette."""
    help: str
    """What it does, in a sentence without its full stop."""
    group: str
    scope: str
    """app, assets, tree, details, log, runs, run, run-list, timeline, raw,
    schedules, schedule-list, tick-list:
    where its action is."""
    when: When = always
    footer: int = 0
    """Its place in the footer, the lowest first; 0 keeps it out."""
    priority: bool = False
    is_move: bool = False
    """Whether it only moves in a list: no entry in the palette."""
    does: str = ""
    """The name of its action where that is not made from its id."""
    argument: str = ""
    """What can be typed behind it on the `:` line, as a person reads it: NAME."""
    needs_argument: bool = False
    """Whether it does nothing without."""
    also: tuple[str, ...] = ()
    """Further names on the `:` line."""

    @property
    def action(self) -> str:
        """The name of its action."""
        return self.does or self.id.replace("-", "_").replace(".", "_")

    @property
    def label(self) -> str:
        """Its first key as it is printed."""
        return self.labelled()

    def labelled(self, *, ascii_only: bool = False) -> str:
        """Its first key as it is printed on such a terminal."""
        return key_label(self.keys.split(",")[0], ascii_only=ascii_only)


LABELS: Mapping[str, str] = {
    "space": "␣",
    "enter": "↵",
    "escape": "esc",
    "slash": "/",
    "question_mark": "?",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "plus": "+",
    "underscore": "_",
    "minus": "-",
    "asterisk": "*",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "equals_sign": "=",
    "at": "@",
    "colon": ":",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "home": "home",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}


def key_label(key: str, *, ascii_only: bool = False) -> str:
    """A key as a person reads it: `ctrl+d` is ^d, `slash` is /.

    In plain ASCII a key without a sign has its name: `space`, `enter`, `up`. Two keys that are
    pressed one after the other stand side by side: `]e`.
    """
    if " " in key:
        return "".join(key_label(part, ascii_only=ascii_only) for part in key.split(" "))
    if key.startswith("ctrl+"):
        return "^" + key_label(key[5:], ascii_only=ascii_only)
    if key.startswith("alt+"):
        return "alt+" + key_label(key[4:], ascii_only=ascii_only)
    label = LABELS.get(key, key)
    return key if ascii_only and not label.isascii() else label
