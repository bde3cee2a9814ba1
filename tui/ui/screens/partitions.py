"""The partitions of an asset, or of several that have the same: how each is, and their backfill."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from textual import on, work
from textual.content import Content
from textual.message import Message

from tui.definitions.dynamic_partitions import DynamicPartitionsDefinition
from tui.definitions.errors import DefinitionError
from tui.definitions.partition_rows import dynamic_of
from tui.definitions.time_partitions import window_of
from tui.errors import RunError, SelectionError
from tui.graph import AssetGraph
from tui.graph.partition_status import PartitionState, PartitionStates
from tui.runs.partition_reading import Stage
from tui.runs.partitioned import (
    BY_POLICY,
    Partitioned,
    backfill,
    counted,
    root_partitions,
    together,
    word_of,
)
from tui.runs.plan import RunPlan, plan_anew
from tui.runs.run_config import with_own_config
from tui.text.formats import plural
from tui.ui.commands import Situation, bindings_of
from tui.ui.panels.partition_sheet import in_runs, partition_sheet, words_of
from tui.ui.rows.partition_rows import (
    IN_LIST,
    PartitionRow,
    bar,
    partition_line,
    states_in,
)
from tui.ui.rows.run_rows import TextSegments
from tui.ui.run_requests import Choice, Question, question_before
from tui.ui.screens.line import LineScreen
from tui.ui.screens.question import ChoiceScreen
from tui.ui.screens.records import RecordsScreen
from tui.ui.widgets.record_list import RecordListView
from tui.workspace.state import WorkspaceState

SHOWN: tuple[tuple[str, PartitionState | None], ...] = (
    ("all", None), ("missing", PartitionState.MISSING), ("failed", PartitionState.FAILED),
    ("stale", PartitionState.STALE),
)  # fmt: skip
"""What the list can be narrowed to."""
EACH = ("as the policy says", "one run", "one run each")
"""How partitions are divided into runs."""
LIMITS = (0, 1, 5, 10, 50, 100)
"""How many runs one backfill may start; 0 for any number."""
NAMED = 5
"""Partitions that a question names."""
WINDOW = "%Y-%m-%d %H:%M %Z"


class PartitionListView(RecordListView):
    """The partitions, which can be marked."""

    BINDINGS = [*bindings_of("record-list"), *bindings_of("partition-list")]

    class Marked(Message):
        """The user wants to mark what the cursor is on, or a range from there or to there."""

        def __init__(self, *, is_range: bool) -> None:
            super().__init__()
            self.is_range = is_range

    def action_mark_partition(self) -> None:
        self.post_message(self.Marked(is_range=False))

    def action_mark_partitions(self) -> None:
        self.post_message(self.Marked(is_range=True))


class PartitionsScreen(RecordsScreen):
    """Each partition with how it is, the latest first; what is marked can be backfilled."""

    BINDINGS = bindings_of("partitions")
    SCOPES = ("record-list", "partitions")
    LIST = PartitionListView
    WAITING = "There is no partition yet."

    def __init__(self, plan: RunPlan) -> None:
        """The partitions of what a plan builds, which has some."""
        super().__init__()
        self.plan = plan
        self.marked: frozenset[str] = frozenset()
        self._anchor = ""
        """From where a range is being marked."""
        self._shows = 0
        self._divides = 0
        self._limit = 0
        self._drawn: tuple[object, ...] = ()
        self._known_root: tuple[AssetGraph, tuple[Stage, Partitioned] | None] | None = None

    @property
    def WHERE(self) -> str:  # type: ignore[override]
        """The way to the screen."""
        return f"{self._word} > {self.plan.label}"

    def begin(self) -> None:
        self._show_partitions()

    def watch_state(self, old: WorkspaceState | None, new: WorkspaceState | None) -> None:
        """A run may have made some; a day may have passed."""
        super().watch_state(old, new)
        if new is not None and self.is_mounted:
            self._show_partitions()

    # -- what there is ----------------------------------------------------------------

    @property
    def given(self) -> Partitioned | None:
        """The partitions; None where the assets have none any more, or different ones."""
        return self._root[1] if self._root is not None else None

    @property
    def _word(self) -> str:
        """What they are called: partitions, or batches."""
        return word_of(self.current.graph, self.plan.nodes)

    @property
    def _root(self) -> tuple[Stage, Partitioned] | None:
        graph = self.current.graph
        if self._known_root is None or self._known_root[0] is not graph:
            try:
                found = root_partitions(graph, self.plan.nodes)
            except SelectionError:
                found = None
            self._known_root = graph, found
        return self._known_root[1]

    @property
    def _each(self) -> dict[str, PartitionStates]:
        state = self.current
        nodes = self._root[0].nodes if self._root is not None else ()
        return {key: states_in(state, key) for key in nodes}

    @property
    def states(self) -> PartitionStates:
        """How each is; of several assets, as that which asks for most attention."""
        each = self._each
        return next(iter(each.values())) if len(each) == 1 else together(each)

    def _rows(self, states: PartitionStates) -> Iterator[PartitionRow]:
        only, history = SHOWN[self._shows][1], self.current.history
        records = {key: history.partitions_of(key) for key in self._each}
        for key in reversed(list(states.states)):
            if only is None or states.states[key] is only:
                found = tuple((one, of[key]) for one, of in records.items() if key in of)
                yield PartitionRow(key, states.states[key], found, key in self.marked)

    def _show_partitions(self, *, anew: bool = False) -> None:
        each = self._each
        drawn = (*each.values(), self.current.history.partitions)
        same = len(drawn) == len(self._drawn) and all(map(lambda a, b: a is b, drawn, self._drawn))
        if same and not anew:
            return
        self._drawn = drawn
        states = self.states
        rows = list(self._rows(states))
        self._show_titles(states)
        if not rows:
            shown = SHOWN[self._shows][0]
            self.show_nothing(
                self.WAITING if not states.count else f"None is {shown}: v shows all."
            )
            self.query_one("#pane").focus()
            return
        self.records.show_records(rows, lambda row: row.key)
        self.records.spin(self.current.is_busy)
        self.show_list()

    def _show_titles(self, states: PartitionStates) -> None:
        shown = SHOWN[self._shows][0]
        note = f"{len(self.marked):,} marked" if self.marked else ""
        if shown != "all":
            note = f"{note} · {shown} only".removeprefix(" · ")
        limit = f" · at most {plural(LIMITS[self._limit], 'run')}" if self._limit else ""
        self.show_titles(
            f"{self.plan.label} {states.share}", note, f"runs: {EACH[self._divides]}{limit}"
        )

    def head(self, width: int) -> Content | None:
        glyphs, states = self.dbtree.glyphs, self.states
        styles = {
            "success": "$status-fresh", "cancelling": "$status-stale", "failed": "$status-failed",
            "running": "$status-running", "queued": "$status-queued", "dim": "$dim",
        }  # fmt: skip
        cells = [(text, styles[style]) for text, style in bar(states, glyphs, width, IN_LIST)]
        return Content.assemble(*cells, "\n", words_of(states, glyphs), "\n")

    def line(self, record: object, width: int) -> TextSegments:
        assert isinstance(record, PartitionRow)
        return partition_line(record, self.dbtree.glyphs, width=width, now=self.dbtree.clock())

    def sheet(self, record: object, width: int) -> Content:
        assert isinstance(record, PartitionRow)
        state, now = self.current, self.dbtree.clock()
        return partition_sheet(record, state, width, self._window(record.key), now)

    def _window(self, key: str) -> str:
        if self.given is None:
            return ""
        try:
            window = window_of(self.given.partitions, key, key)
        except DefinitionError:  # a partition that has no time
            return ""
        return f"{window.start.strftime(WINDOW)} to {window.end.strftime(WINDOW)}"

    @property
    def _key(self) -> str:
        row = self.records.current
        return row.key if isinstance(row, PartitionRow) else ""

    @property
    def scopes(self) -> tuple[str, ...]:
        focus, *rest = super().scopes
        return (focus, *(("partition-list",) if focus == "record-list" else ()), *rest)

    @property
    def situation(self) -> Situation:
        state = self.current
        return Situation(
            node="partition" if self._key else "", marks=len(self.marked), running=state.is_busy,
            readonly=state.project.readonly, on_runs=True, dynamic=bool(self._dynamic),
        )  # fmt: skip

    # -- marks --------------------------------------------------------------------------

    def _mark(self, marked: frozenset[str]) -> None:
        self.marked = marked
        self._show_partitions(anew=True)
        self.show_commands()

    @on(PartitionListView.Marked)
    def mark_partition(self, event: PartitionListView.Marked) -> None:
        """Mark the one under the cursor, or a range."""
        if event.is_range:
            self._mark_range()
        elif self._key:
            self._mark(self.marked ^ {self._key})
            self.records.action_cursor_down()

    def _mark_range(self) -> None:
        """Mark from where the key was pressed first to where it is pressed now."""
        keys = [row.key for row in self._rows(self.states)]
        if not self._anchor or self._anchor not in keys or not self._key:
            self._anchor = self._key
            self.dbtree.tell(f"a range from {self._key}: V again where it ends")
            return
        first, last = sorted((keys.index(self._anchor), keys.index(self._key)))
        self._anchor = ""
        self._mark(self.marked | frozenset(keys[first : last + 1]))

    def action_mark_all_partitions(self) -> None:
        self._mark(self.marked | {row.key for row in self._rows(self.states)})

    def action_narrow_partitions(self) -> None:
        """The next of: all, only what is missing, failed, stale."""
        self._shows = (self._shows + 1) % len(SHOWN)
        self._show_partitions(anew=True)

    def action_divide_partitions(self) -> None:
        """Another number of partitions for each run."""
        self._divides = (self._divides + 1) % len(EACH)
        self._show_titles(self.states)

    def action_limit_backfill(self) -> None:
        """Another limit of the runs that one backfill starts."""
        self._limit = (self._limit + 1) % len(LIMITS)
        self._show_titles(self.states)

    def action_close(self) -> None:
        if self.marked or self._anchor:
            self._anchor = ""
            self._mark(frozenset())
            return
        super().action_close()

    # -- runs ------------------------------------------------------------------------------

    def _plans(self) -> list[RunPlan]:
        """The runs that make what is marked, else what is under the cursor."""
        given = self.given
        if given is None:
            raise SelectionError(f"These assets no longer have {self._word} in common.")
        chosen = self.marked or frozenset({self._key} if self._key else ())
        per_run = (BY_POLICY, None, 1)[self._divides]
        graph = self.current.graph
        plan = plan_anew(self.plan, graph)
        return backfill(plan, graph, chosen, per_run=per_run, limit=LIMITS[self._limit], whole=True)

    @work(exclusive=True, group="backfill")
    async def action_backfill(self) -> None:
        """Start the runs, after a question where there are several."""
        if refusal := self.current.project.run_refusal:
            self.dbtree.tell(refusal)
            return
        try:
            plans = self._plans()
        except SelectionError as error:
            self.dbtree.tell(error.message)
            return
        if not plans:
            self.dbtree.tell("mark some first: space, V for a range, ^a for all")
            return
        question = self._question(plans)
        if question and await self.app.push_screen_wait(ChoiceScreen(question)) != "yes":
            return
        definitions = self.current.definitions
        self.dbtree.workspace.backfill(with_own_config(plan, definitions) for plan in plans)
        self._mark(frozenset())

    def _question(self, plans: list[RunPlan]) -> Question | None:
        danger = question_before(plans[0], self.current)
        if danger is None and len(plans) == 1:
            return None
        keys = sum(len(plan.parts) for plan in plans)
        lines = [] if danger is None else [danger.body]
        word = self._word
        lines.append(Content(f"Makes {in_runs(keys, len(plans), word)}, one after the other."))
        if self.marked and (left := len(self.marked) - keys) > 0:
            lines.append(Content.styled(f"{counted(left, word)} stay: the limit.", "$dim"))
        if (others := self._others(plans[0])) and len(plans) > 1:
            words = f"Builds only what has {word}: {plural(others, 'other asset')} not."
            lines.append(Content.styled(words, "$status-stale"))
        lines += [Content(""), Content.styled(plans[0].dbt_line, "$dim")]
        lines += [Content.styled("…", "$dim")] if len(plans) > 1 else []
        return Question(
            f"Backfill of {self.plan.label}", Content("\n").join(lines),
            (Choice("y", "Run it", "yes"), Choice("n", "Don't run", "no")),
            is_dangerous=danger is not None, default="no" if danger is not None else "yes",
        )  # fmt: skip

    def _others(self, plan: RunPlan) -> int:
        """How many assets of what was asked for a run leaves out."""
        graph = self.current.graph
        return sum(key in graph.assets for key in set(self.plan.nodes) - set(plan.nodes))

    # -- keys that come and go -------------------------------------------------------------

    @property
    def _dynamic(self) -> str:
        """The name of the dynamic partitions that these are; empty for others."""
        found = dynamic_of(self.given.partitions) if self.given is not None else []
        return found[0].name if found else ""

    @work(exclusive=True, group="partition-keys")
    async def action_add_partition(self) -> None:
        """Ask for the key of a new partition, and add it."""
        if not self._dynamic:
            self.dbtree.tell("only dynamic partitions are added by hand")
            return
        text = await self.app.push_screen_wait(LineScreen("key of the new partition"))
        if text:
            self._change_keys("added", self.dbtree.workspace.partitions.add, [text])

    @work(exclusive=True, group="partition-keys")
    async def action_delete_partitions(self) -> None:
        """Delete what is marked, else what is under the cursor, after a question."""
        chosen = sorted(self.marked or ({self._key} if self._key else ()))
        if not self._dynamic or not chosen:
            self.dbtree.tell("only dynamic partitions are deleted by hand")
            return
        if not isinstance(self.given and self.given.partitions, DynamicPartitionsDefinition):
            self.dbtree.tell(f"delete keys of {self._dynamic} with `dbtree partitions delete`")
            return
        words = f"Deletes {plural(len(chosen), 'key')} of {self._dynamic}. What runs left stays."
        question = Question(
            "Delete partitions", Content("\n").join([Content(words), Content.styled(
                ", ".join(chosen[:NAMED]) + (" …" if len(chosen) > NAMED else ""), "$dim")]),
            (Choice("y", "Delete", "yes"), Choice("n", "Keep", "no")), default="no",
        )  # fmt: skip
        if await self.app.push_screen_wait(ChoiceScreen(question)) == "yes":
            self._change_keys("deleted", self.dbtree.workspace.partitions.delete, chosen)
            self._mark(frozenset())

    def _change_keys(
        self, word: str, change: Callable[[str, list[str]], list[str]], keys: list[str]
    ) -> None:
        try:
            found = change(self._dynamic, keys)
        except RunError as error:
            self.dbtree.tell(error.message)
            return
        self._show_partitions(anew=True)
        self.dbtree.tell(f"{plural(len(found), 'partition')} {word}")

    def action_cancel_backfill(self) -> None:
        """Stop the backfill: drop what waits and what was yet to be queued; where there is neither,
        stop the run that goes on.
        """
        stopped = self.dbtree.workspace.stop_backfill(self._each)
        if stopped.dropped:
            words = f"backfill stopped: {plural(stopped.dropped, 'run')} removed"
            also = f"; run {stopped.going_on} is running: x stops it" if stopped.going_on else ""
            self.dbtree.tell(words + also)
        elif stopped.going_on:
            self.dbtree.workspace.cancel(stopped.going_on)
        else:
            self.dbtree.tell(f"no run makes these {self._word} now")

    @on(RecordListView.Opened)
    def open_latest(self) -> None:
        """Show the latest run of the partition."""
        row = self.records.current
        if isinstance(row, PartitionRow) and row.latest is not None:
            self.dbtree.show_run(row.latest.latest.run_id)
        else:
            self.dbtree.tell("no run has tried it yet")

    def action_open_run(self, run_id: str) -> None:
        """Show the page of a run that is named in the text."""
        self.dbtree.show_run(run_id)
