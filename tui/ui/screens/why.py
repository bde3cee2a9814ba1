"""Why an asset is stale: the chain from the root cause down to it."""

from __future__ import annotations

from collections.abc import Iterator

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.graph import Link, in_order
from tui.graph.unordered_sources import short_warning, unordered_reads
from tui.text.formats import human_ago, plural
from tui.ui.panels.column_effects import effects_of
from tui.ui.panels.reasons import NAMED
from tui.ui.rows import name_of
from tui.ui.screens.overlay import OverScreen
from tui.ui.theme.glyphs import Glyphs
from tui.ui.widgets.answer_list import AnswerList
from tui.workspace.state import WorkspaceState


class WhyScreen(OverScreen[tuple[str, str]]):
    """Gives what to do: (`build`, "") or (`show`, unique_id); ("", "") for nothing."""

    BINDINGS = [
        Binding("escape,q,w", "give_up", "Back", show=False),
        Binding("m", "build", "Build", show=False),
        Binding("j", "move(1)", "Down", show=False),
        Binding("k", "move(-1)", "Up", show=False),
    ]

    def __init__(
        self,
        chain: tuple[Link, ...],
        state: WorkspaceState,
        glyphs: Glyphs,
        now: float,
        *,
        enter: str = "shows it in the tree",
    ) -> None:
        """The chain at a moment (`now`); `enter` says what that key does with a link."""
        super().__init__()
        self._enter = enter
        self._chain = chain
        self._state = state
        self._glyphs = glyphs
        self._now = now

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(self._headline(), id="body", markup=False)
            yield AnswerList(
                *(
                    Option(
                        link_content(link, self._state, self._glyphs, self._now), id=link.unique_id
                    )
                    for link in self._chain
                ),
                id="answers",
            )

    def _headline(self) -> Content:
        name = name_of(self._state, self._chain[-1].unique_id)
        roots = sum(link.is_root for link in self._chain)
        count = plural(len(self._chain), "asset")
        first = "" if roots == 1 else ", upstream first"
        return Content.assemble(
            (name, "bold"),
            f" is stale: {plural(roots, 'root cause')}{first}. ",
            (f"Updating it builds {count}, nothing else.", "$dim"),
        )

    def on_mount(self) -> None:
        dialog = self.query_one("#dialog")
        dialog.border_title = Content("Why")
        dialog.border_subtitle = Content.assemble(
            ("m", "bold $accent-ink"), " builds only what is needed  ",
            ("enter", "bold $accent-ink"), f" {self._enter}  ",
            ("esc", "bold $accent-ink"), " back",
        )  # fmt: skip
        self.query_one(OptionList).focus()

    def action_move(self, step: int) -> None:
        """The next or the previous link."""
        links = self.query_one(OptionList)
        if step > 0:
            links.action_cursor_down()
        else:
            links.action_cursor_up()

    @on(OptionList.OptionSelected)
    def show(self, event: OptionList.OptionSelected) -> None:
        """Go to it in the tree."""
        self.dismiss(("show", event.option.id or ""))

    def action_build(self) -> None:
        """Build the chain."""
        self.dismiss(("build", ""))

    def action_give_up(self) -> None:
        """Do nothing."""
        self.dismiss(("", ""))


def link_content(link: Link, state: WorkspaceState, glyphs: Glyphs, now: float) -> Content:
    """One asset of the chain with all its reasons, a line each."""
    return Content("\n").join(_lines(link, state, glyphs, now))


def _lines(link: Link, state: WorkspaceState, glyphs: Glyphs, now: float) -> Iterator[Content]:
    found = state.statuses[link.unique_id].status
    sign = glyphs.status[found] if link.is_root else glyphs.downstream
    yield Content.assemble(
        (f"{sign} ", "$status-stale" if link.is_root else "$dim"),
        (name_of(state, link.unique_id), "bold" if link.is_root else ""),
        (f"  {found.value}", "$dim"),
    )
    for reason in in_order(link.reasons):
        if reason.kind != "upstream_stale":
            ago = f", {human_ago(now - reason.at)}" if reason.at else ""
            yield Content(f"    {reason.detail}{ago}")
    for words, effect in effects_of(state, link.unique_id):
        yield Content.assemble(f"    {words}", (f"  {effect}" if effect else "", "$dim"))
    above = [reason.cause for reason in link.reasons if reason.kind == "upstream_stale"]
    if above:
        # They stand in the chain themselves, each with its own reasons.
        names = ", ".join(name_of(state, key) for key in above[:NAMED])
        more = f" and {len(above) - NAMED:,} more" if len(above) > NAMED else ""
        yield Content.styled(f"    upstream stale: {names}{more}", "$dim")
    for source, builder in unordered_reads(state.graph, link.unique_id):
        words, advice = short_warning(source, builder)
        yield Content.styled(f"    {glyphs.node['warn']} {words}", "$status-warned")
        yield Content.styled(f"      {advice}", "$dim")
