"""Which partitions a run makes of assets that have different ones, or none: what is asked. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from textual.content import Content

from tui.graph.partition_status import PartitionStates, partitioned_assets
from tui.protocol.plain import plain
from tui.runs.partition_groups import Group, Wanted, groups_of, keys_of_groups, plans_of
from tui.runs.plan import RunPlan
from tui.text.formats import plural
from tui.ui.panels.partition_sheet import in_runs, words_of
from tui.ui.rows.partition_rows import states_in
from tui.ui.run_requests import Choice, Question, question_before
from tui.ui.theme.glyphs import Glyphs
from tui.workspace.state import WorkspaceState

CHOOSE = "choose"
"""The answer that opens the list of partitions."""
NAMED = 2
"""Assets of a group that are named."""
LINES = 8
"""Groups that a question shows."""
TITLES = {
    Wanted.STALE: ("s", "What is stale"),
    Wanted.NOT_CURRENT: ("m", "What is missing, failed or stale"),
    Wanted.LATEST: ("l", "The latest of each"), Wanted.ALL: ("a", "All"),
    Wanted.NONE: ("u", "Only what has no partitions"),
}  # fmt: skip


@plain(frozen=True, eq=False)
class PartitionRequest:
    """A plan for assets of which some have partitions, and what can be made of them."""

    plan: RunPlan
    state: WorkspaceState
    groups: tuple[Group, ...]
    states: Mapping[str, PartitionStates]
    only_outdated: bool = False
    """Whether it was asked for what is not up to date alone."""
    can_choose: bool = False
    """Whether the list of partitions can show them all."""

    @staticmethod
    def of(
        plan: RunPlan, state: WorkspaceState, *, only_outdated: bool, can_choose: bool
    ) -> PartitionRequest:
        """The request for a plan, which has something with partitions, with the runs of each
        answer: of a large project that is for a thread.
        """
        groups = tuple(groups_of(state.graph, plan.nodes))
        assets = partitioned_assets(state.graph, plan.nodes)
        states = {asset.unique_id: states_in(state, asset.unique_id) for asset in assets}
        made = PartitionRequest(plan, state, groups, states, only_outdated, can_choose)
        _ = made.runs
        return made

    @cached_property
    def runs(self) -> dict[Wanted, Sequence[RunPlan]]:
        """The runs of each answer that makes something else than those before it."""
        found: dict[Wanted, Sequence[RunPlan]] = {}
        kinds = (Wanted.STALE, Wanted.NOT_CURRENT)
        for wanted in kinds if self.only_outdated else (*kinds[1:], *Wanted):
            if wanted in found or (wanted is Wanted.STALE and not self.only_outdated):
                continue
            keys = keys_of_groups(self.state.graph, self.groups, self.states, wanted)
            runs = plans_of(self.plan, self.state.graph, self.groups, keys)
            made = [(run.nodes, run.partitions) for run in runs]
            if runs and made not in self._made(found):
                found[wanted] = runs
        return found

    def _made(self, found: Mapping[Wanted, Sequence[RunPlan]]) -> list[object]:
        return [[(run.nodes, run.partitions) for run in runs] for runs in found.values()]


def question_of_partitions(request: PartitionRequest, glyphs: Glyphs) -> Question:
    """Which partitions to make; the answers are values of `Wanted`, or CHOOSE."""
    danger = question_before(request.plan, request.state)
    lines = [] if danger is None else [danger.body, Content("")]
    lines += [_group_line(request, group, glyphs) for group in request.groups[:LINES]]
    if (more := len(request.groups) - LINES) > 0:
        lines.append(Content.styled(f"and {plural(more, 'group')} more", "$dim"))
    choices = [
        Choice(*TITLES[wanted], wanted.value, _about(runs)) for wanted, runs in request.runs.items()
    ]
    if request.can_choose:
        choices.append(Choice("c", "Choose the partitions", CHOOSE))
    choices.append(Choice("n", "Don't run", "no"))
    return Question(
        f"Partitions of {request.plan.label}",
        Content("\n").join(lines),
        choices,
        is_dangerous=danger is not None,
        default="no" if danger is not None else choices[0].value,
    )


def _about(runs: Sequence[RunPlan]) -> str:
    keys = sum(len(run.partitions) for run in runs)
    return in_runs(keys, len(runs)) if keys else plural(len(runs), "run")


def _group_line(request: PartitionRequest, group: Group, glyphs: Glyphs) -> Content:
    """The assets of a group, and how their partitions are."""
    assets = request.state.graph.assets
    names = ", ".join(assets[key].name for key in group.assets[:NAMED])
    if (more := len(group.assets) - NAMED) > 0:
        names += f" and {more:,} more"
    if group.partitioned is None:
        return Content.assemble((names, "bold"), ("  no partitions", "$dim"))
    from tui.runs.partitioned import together

    states = together({key: request.states[key] for key in group.assets})
    return Content.assemble((names, "bold"), "  ", words_of(states, glyphs))
