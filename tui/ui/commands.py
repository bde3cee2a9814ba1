"""The one list of commands: from it come the bindings, the footer, the palette and the help.

A command belongs to a scope: the screen or the widget that has its action (`action_<id>`, with
underscores). Keys can be remapped by the command's id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from textual.binding import Binding

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
    outdated: bool = False
    """Whether anything in the project is stale or missing."""
    running: bool = False
    """Whether a run is going on, or queued."""
    failed: bool = False
    """Whether the latest run left something to run again."""
    problem: bool = False
    readonly: bool = False
    has_rows: bool = False
    """Whether the check under the cursor has failing rows to go into."""
    on_runs: bool = False
    """Whether it is a screen of runs."""


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
    """The cursor stands on something."""
    return bool(situation.node)


@plain(frozen=True)
class Command:
    """One thing that a key does."""

    id: str
    keys: str
    """Textual's names of keys, separated by commas; empty for what is only typed."""
    title: str
    """One or two words, for the footer and the palette."""
    help: str
    """What it does, in a sentence without its full stop."""
    group: str
    scope: str
    """app, assets, tree, details, log, runs, run, run-list, node-list, raw,
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

    In plain ASCII a key without a sign has its name: `space`, `enter`, `up`.
    """
    if key.startswith("ctrl+"):
        return "^" + key_label(key[5:], ascii_only=ascii_only)
    label = LABELS.get(key, key)
    return key if ascii_only and not label.isascii() else label


def _moves(scope: str, group: str) -> tuple[Command, ...]:
    """The keys that move the cursor of a list."""
    moves = (
        ("cursor-down", "down,j", "one row down"),
        ("cursor-up", "up,k", "one row up"),
        ("half-page-down", "ctrl+d", "half a page down"),
        ("half-page-up", "ctrl+u", "half a page up"),
        ("page-down", "pagedown,ctrl+f", "a page down"),
        ("page-up", "pageup,ctrl+b", "a page up"),
        ("first", "g,home", "the first row"),
        ("last", "G,end", "the last row"),
    )
    return tuple(
        Command(
            f"{scope}.{name}",
            keys,
            words[0].upper() + words[1:],
            words,
            group,
            scope,
            is_move=True,
            does=name.replace("-", "_"),
        )
        for name, keys, words in moves
    )


COMMANDS: tuple[Command, ...] = (
    # -- materialize ---------------------------------------------------------
    Command("materialize", "m", "Materialize", "build the marked assets, else the one under the "
            "cursor, and run its checks", "Materialize", "assets,page", on_target, 10),
    Command("materialize-all", "M", "All", "build everything", "Materialize", "assets,page",
            may_run, 11),
    Command("materialize-upstream", "u", "Upstream", "the same with everything upstream",
            "Materialize", "assets,page", on_target),
    Command("materialize-downstream", "d", "Downstream", "the same with everything downstream",
            "Materialize", "assets,page", on_target),
    Command("materialize-both", "b", "Both ways", "the same with everything up and downstream",
            "Materialize", "assets,page", on_target),
    Command("check", "t", "Checks", "run only the checks", "Materialize", "assets,page", on_target),
    Command("full-refresh", "f", "Full refresh", "build from nothing, dropping what is there "
            "(asks first)", "Materialize", "assets,page", on_target),
    Command("materialize-stale", "S", "Stale", "build all that is stale or missing, in order, and "
            "nothing else", "Materialize", "assets,page",
            lambda s: s.outdated and not s.readonly, 14, also=("stale",)),
    Command("plan", "P", "Plan", "what m would do: the dbt command, the time, what is dropped, "
            "what becomes stale", "Materialize", "assets,page", on_target, 75),
    Command("why", "w", "Why", "why it is not up to date, from the root cause down",
            "Materialize", "assets,page", lambda s: s.has_reasons, 15),
    Command("run-again", "r", "Retry", "run again what failed or was skipped in the latest run",
            "Materialize", "assets,page", lambda s: s.failed and not s.readonly, 13),
    Command("cancel-run", "x", "Cancel", "stop the run; again kills it", "Materialize",
            "assets,page", lambda s: s.running, 12),
    # -- select ---------------------------------------------------------------
    Command("mark", "space", "Mark", "mark or unmark, and go on to the next", "Select", "tree",
            on_node, 20),
    Command("mark-range", "V", "Range", "mark from here to where the cursor goes", "Select",
            "tree", on_node),
    Command("mark-visible", "ctrl+a", "Mark all", "mark all that is visible", "Select", "tree"),
    Command("mark-inverse", "I", "Invert", "mark what is visible and not marked, and the other way "
            "round", "Select", "tree"),
    Command("select", "s", "Select", "select by dbt's selectors (`+orders tag:x`), Dagster's, or "
            "`status:stale`: lit as you type, marked by enter", "Select", "assets", always, 23,
            argument="SELECTOR"),
    Command("save", "", "Save selector", "save the marks as a named selector in selectors.yml",
            "Select", "assets", always, argument="NAME", needs_argument=True),
    Command("focus", "F", "Focus", "only what is around the asset under the cursor, + and - for "
            "more and less of it; with two marked, only what lies between them", "Select",
            "assets", on_node, argument="HOPS", does="focus_here"),
    Command("arm", "a", "Arm", "what a save does by itself: nothing more, compile, build, build "
            "with downstream", "Materialize", "assets,page",
            lambda s: s.node == "asset" or s.marks > 0, 76,
            argument="off|parse|compile|build|build+"),
    Command("filter", "slash", "Filter", "show what matches, as you type", "Select", "assets",
            always, 21, argument="TEXT"),
    Command("next-match", "n", "Next match", "go to the next match", "Select", "tree",
            lambda s: s.filtered),
    Command("previous-match", "N", "Previous match", "go to the previous match", "Select", "tree",
            lambda s: s.filtered),
    Command("back", "escape", "Back", "leave the filter, the marks or the pane, one at a time",
            "Select", "assets", lambda s: s.filtered or s.marks > 0, 22),
    # -- move -----------------------------------------------------------------
    *_moves("tree", "Move"),
    Command("cursor-in", "right,l", "Unfold", "unfold, or go to the first child", "Move", "tree"),
    Command("cursor-out", "left,h", "Fold", "fold, or go to the parent", "Move", "tree"),
    Command("fold-all", "minus", "Fold all", "fold everything", "Move", "tree"),
    Command("unfold-all", "asterisk", "Unfold all", "unfold everything", "Move", "tree"),
    # -- look -----------------------------------------------------------------
    Command("details", "enter", "Details", "go into the details", "Look", "tree", on_node, 30),
    Command("cycle-view", "v", "View", "next view: lineage, folders, groups by tag, group, owner, "
            "materialization, schema, status", "Look", "assets", always, 31, argument="VIEW",
            also=("view",)),
    Command("cycle-sort", "O", "Sort", "next order: by name, status, age, duration", "Look",
            "assets", always, argument="ORDER", also=("sort",)),
    Command("edit", "e", "Edit", "open the file in $EDITOR", "Look", "assets,page",
            lambda s: s.has_file or s.problem, 32),
    Command("open", "o", "Open", "open the file on the desktop", "Look", "assets,page",
            lambda s: s.has_file),
    Command("copy", "y", "Copy", "copy the name, selector, path, dbt command or error", "Look",
            "assets,page", on_node),
    Command("focus-log", "L", "Log", "go to the log of the run", "Look", "assets"),
    Command("toggle-log", "ctrl+l", "Hide log", "hide or show the run pane", "Look", "assets"),
    Command("larger", "plus", "Larger", "larger pane", "Look", "assets"),
    Command("smaller", "underscore", "Smaller", "smaller pane", "Look", "assets"),
    Command("details-down", "down,j", "Down", "one line down", "Details", "details",
            does="scroll_down"),
    Command("details-up", "up,k", "Up", "one line up", "Details", "details", does="scroll_up"),
    Command("details-page-down", "pagedown,ctrl+d,space", "Page down", "a page down", "Details",
            "details", does="page_down"),
    Command("details-page-up", "pageup,ctrl+u", "Page up", "a page up", "Details", "details",
            does="page_up"),
    Command("details-first", "g,home", "Top", "the top", "Details", "details",
            does="scroll_home"),
    Command("details-last", "G,end", "Bottom", "the bottom", "Details", "details",
            does="scroll_end"),
    # -- the log --------------------------------------------------------------
    Command("log-follow", "f", "Follow", "follow the end of the log", "Log", "log", always, 10),
    Command("log-search", "slash", "Search", "search the log", "Log", "log", always, 11),
    Command("log-next", "n", "Next", "next match", "Log", "log", always, 12),
    Command("log-previous", "N", "Previous", "previous match", "Log", "log"),
    Command("log-scope", "a", "All / asset", "the whole log, or the lines of the asset under the "
            "cursor", "Log", "log", always, 13),
    Command("log-level", "D", "Level", "next level: info, warn, error, debug", "Log", "log",
            always, 14),
    Command("log-full", "L", "Full screen", "the log on the whole screen", "Log", "log",
            always, 15),
    Command("log-down", "down,j", "Down", "one line down", "Log", "log"),
    Command("log-up", "up,k", "Up", "one line up", "Log", "log"),
    Command("log-half-down", "ctrl+d", "Half page down", "half a page down", "Log", "log"),
    Command("log-half-up", "ctrl+u", "Half page up", "half a page up", "Log", "log"),
    Command("log-page-down", "pagedown,space", "Page down", "a page down", "Log", "log"),
    Command("log-page-up", "pageup", "Page up", "a page up", "Log", "log"),
    Command("log-first", "g,home", "First", "the first line", "Log", "log"),
    Command("log-last", "G,end", "Last", "the last line, and follow", "Log", "log"),
    Command("log-left", "left,h", "Left", "scroll left", "Log", "log"),
    Command("log-right", "right", "Right", "scroll right", "Log", "log"),
    # -- runs -----------------------------------------------------------------
    *_moves("run-list", "Runs"),
    Command("open-run", "enter", "Open", "open the run", "Runs", "run-list", always, 10),
    *_moves("raw", "Runs"),
    *_moves("node-list", "Runs"),
    Command("open-node", "enter", "To the tree", "show the asset in the tree", "Runs",
            "node-list", always, 10),
    Command("run-page-again", "r", "Retry", "run again what failed or was skipped in this run",
            "Runs", "runs,run",
            lambda s: s.failed and not s.readonly, 11),
    Command("run-page-cancel", "x", "Cancel", "stop this run; again kills it", "Runs", "runs,run",
            lambda s: s.running, 12),
    Command("run-page-copy", "y", "Copy", "copy the dbt command of the run", "Runs", "runs,run",
            always, 13),
    Command("run-page-edit", "e", "Edit", "open the place of the error in $EDITOR", "Runs", "run",
            lambda s: s.failed, 14),
    Command("next-tab", "right_square_bracket", "Next tab", "the next tab", "Runs", "run,page",
            always, 15),
    Command("previous-tab", "left_square_bracket", "Previous tab", "the previous tab", "Runs",
            "run,page"),
    Command("close", "escape", "Back", "one level back", "Runs", "runs,run,page", always, 16),
    # -- the asset's page -----------------------------------------------------
    Command("page-tab", "tab", "Next tab", "the next tab, or the next line to type in", "Page",
            "page"),
    Command("page-tab-back", "shift+tab", "Previous tab", "the previous tab, or line", "Page",
            "page"),
    Command("page-reload", "ctrl+r", "Reload", "ask dbt and the database again", "Page", "page"),
    Command("toggle-compiled", "c", "Compiled", "the compiled SQL, or the source", "Page",
            "page-sql", always, 10),
    Command("ask-where", "slash", "Where", "only the rows for which a condition in SQL holds",
            "Page", "page-data", always, 10),
    Command("ask-order", "s", "Order by", "the rows in another order", "Page", "page-data",
            always, 11),
    Command("ask-export", "E", "Export", "all the rows that are asked for, into a CSV file",
            "Page", "page-data", always, 12),
    Command("copy-value", "Y", "Copy value", "copy the value under the cursor", "Page",
            "page-data"),
    *_moves("code", "Page"),
    Command("code.shift-right", "right,l", "Right", "scroll right", "Page", "code",
            is_move=True, does="shift_right"),
    Command("code.shift-left", "left,h", "Left", "scroll left", "Page", "code", is_move=True,
            does="shift_left"),
    *_moves("check-list", "Page"),
    Command("check-rows", "enter", "Failing rows", "into the failing rows of this check", "Page",
            "check-list", lambda s: s.has_rows, 10),
    *_moves("history-list", "Page"),
    Command("open-entry", "enter", "Run", "the run of this materialization", "Page",
            "history-list", always, 10),
    Command("rows.down", "j", "Down", "one row down", "Page", "rows", is_move=True,
            does="cursor_down"),
    Command("rows.up", "k", "Up", "one row up", "Page", "rows", is_move=True, does="cursor_up"),
    Command("rows.right", "l", "Right", "one column to the right", "Page", "rows", is_move=True,
            does="cursor_right"),
    Command("rows.left", "h", "Left", "one column to the left", "Page", "rows", is_move=True,
            does="cursor_left"),
    Command("rows.first", "g", "First", "the first row", "Page", "rows", is_move=True,
            does="scroll_top"),
    Command("rows.last", "G", "Last", "the last row", "Page", "rows", is_move=True,
            does="scroll_bottom"),
    Command("box-left", "left,h", "Upstream", "to a box on the left", "Page", "lineage-map",
            is_move=True),
    Command("box-right", "right,l", "Downstream", "to a box on the right", "Page",
            "lineage-map", is_move=True),
    Command("box-up", "up,k", "Up", "to the box above", "Page", "lineage-map", is_move=True),
    Command("box-down", "down,j", "Down", "to the box below", "Page", "lineage-map",
            is_move=True),
    Command("open-box", "enter", "Open", "the page of this asset", "Page", "lineage-map",
            always, 10),
    Command("deeper", "plus,equals_sign", "Deeper", "a step more each way", "Page",
            "lineage-map", always, 11),
    Command("shallower", "minus", "Shallower", "a step less each way", "Page", "lineage-map",
            always, 12),
    # -- schedules ------------------------------------------------------------
    *_moves("schedule-list", "Schedules"),
    *_moves("tick-list", "Schedules"),
    Command("toggle-schedule", "space", "On / off", "turn the schedule on or off, on this target",
            "Schedules", "schedules", on_node, 10),
    Command("show-ticks", "enter", "Ticks", "go to the ticks of the schedule", "Schedules",
            "schedule-list", on_node, 11),
    Command("open-tick", "enter", "Run", "the run of this tick", "Schedules", "tick-list",
            always, 11),
    Command("plan-schedule", "P", "Plan", "what the schedule would run", "Schedules",
            "schedules", on_node, 12),
    Command("run-schedule", "m", "Run now", "run the schedule now, whatever the time", "Schedules",
            "schedules", lambda s: bool(s.node) and not s.readonly, 13),
    Command("edit-schedule", "e", "Edit", "open the schedule's definition in $EDITOR",
            "Schedules", "schedules", lambda s: s.has_file, 14),
    Command("close-schedules", "escape", "Back", "one level back", "Schedules", "schedules",
            always, 16),
    # -- everywhere -----------------------------------------------------------
    Command("show-assets", "1", "Assets", "the assets", "Everywhere", "app",
            lambda s: s.on_runs, 70, also=("assets",)),
    Command("show-runs", "2", "Runs", "the runs", "Everywhere", "app",
            lambda s: not s.on_runs, 70, also=("runs",)),
    Command("show-schedules", "3", "Schedules", "what is materialized by itself, and when",
            "Everywhere", "app", also=("schedules",)),
    Command("command-line", "colon", "Command", "type a command: `:target prod`, `:save NAME`",
            "Everywhere", "app", always, 60),
    Command("command-palette", "ctrl+p", "Commands", "find a command by its name",
            "Everywhere", "app"),
    Command("target", "", "Target", "work on another target, with its own history", "Everywhere",
            "app", always, argument="NAME", needs_argument=True),
    Command("vars", "", "Variables", "give dbt other variables, as YAML; nothing for none",
            "Everywhere", "app", always, argument="YAML"),
    Command("threads", "", "Threads", "let runs use so many threads", "Everywhere", "app", always,
            argument="NUMBER", needs_argument=True),
    Command("open-run-page", "", "Run", "show the page of a run", "Everywhere", "app", always,
            argument="ID", needs_argument=True, also=("run",)),
    Command("themes", "T", "Themes", "choose a theme", "Everywhere", "app", always,
            argument="NAME", also=("theme",)),
    Command("help", "question_mark", "Help", "all keys", "Everywhere", "app", always, 90),
    Command("leave", "q,ctrl+q", "Quit", "leave; with a run going on: wait, detach or cancel",
            "Everywhere", "app", always, 91, also=("q", "quit")),
    Command("interrupt", "ctrl+c", "Quit", "leave from anywhere", "Everywhere", "app", always, 0,
            True),
)  # fmt: skip


def commands_of(*scopes: str) -> list[Command]:
    """The commands of these scopes, in the order of the list."""
    return [
        command
        for command in COMMANDS
        if any(scope in command.scope.split(",") for scope in scopes)
    ]


def bindings_of(scope: str) -> list[Binding | tuple[str, str] | tuple[str, str, str]]:
    """The bindings for the screen or widget that has the actions of a scope."""
    return [
        Binding(
            command.keys,
            command.action,
            command.title,
            show=False,
            priority=command.priority,
            id=command.id,
            group=Binding.Group(command.group),
        )
        for command in commands_of(scope)
        if command.keys
    ]


def footer_commands(scopes: Iterable[str], situation: Situation) -> list[Command]:
    """The few commands that the footer shows now, in their order."""
    shown = [c for c in commands_of(*scopes) if c.footer and c.when(situation)]
    return sorted(shown, key=lambda command: command.footer)


def heard(commands: Iterable[Command], scopes: Sequence[str]) -> list[Command]:
    """Those that their first key does: with the log in focus `/` searches it, and filters nothing.

    Of the scopes the nearest to the focus comes first.
    """
    commands = list(commands)

    def distance(command: Command) -> int:
        own = command.scope.split(",")
        return min(place for place, scope in enumerate(scopes) if scope in own)

    nearest: dict[str, int] = {}
    for command in commands:
        key = command.label
        nearest[key] = min(nearest.get(key, len(scopes)), distance(command))
    return [command for command in commands if distance(command) == nearest[command.label]]


def conflicts(*scopes: str) -> list[tuple[str, str, str]]:
    """Keys that two commands of one scope share: (key, id, id). There should be none."""
    found = []
    for scope in scopes:
        seen: dict[str, str] = {}
        for command in commands_of(scope):
            for key in filter(None, command.keys.split(",")):
                if key in seen:
                    found.append((key, seen[key], command.id))
                seen[key] = command.id
    return found
