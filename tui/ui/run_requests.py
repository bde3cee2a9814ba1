"""From what the user points at to a planned run, and what must be asked before it starts. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tui.project.production import looks_like_production
from tui.project.targets import target_names
from tui.protocol.plain import plain
from tui.runs.plan import RunPlan, shortened
from tui.text.formats import plural
from tui.workspace.state import WorkspaceState

DROPPED = frozenset({"table", "incremental", "seed", "materialized_view", "dynamic_table"})


@plain(frozen=True)
class Choice:
    """One answer to a question."""

    key: str
    title: str
    value: str
    about: str = ""


@plain(frozen=True)
class Question:
    """Something to ask before it is done."""

    title: str
    body: Content
    choices: Sequence[Choice]
    is_dangerous: bool = False
    default: str = ""
    """The value of the answer that enter gives; the first where none is named."""


def question_before(plan: RunPlan, state: WorkspaceState) -> Question | None:
    """What must be asked before this run: anything on a target that looks like production, and
    every full refresh. None where there is nothing to ask.
    """
    danger = looks_like_production(state.target)
    if not danger and not plan.full_refresh:
        return None
    assets = [state.graph.assets[key] for key in plan.nodes if key in state.graph.assets]
    checks = sum(key in state.graph.checks for key in plan.nodes)
    lines: list[Content] = []
    if danger:
        lines.append(
            Content.assemble(
                ("The target ", ""),
                (f" {state.target} ", "bold $badge-text on $badge-danger"),
                (" looks like production.", ""),
            )
        )
    counted = plural(len(assets), "asset")
    if checks:
        counted += f" and {plural(checks, 'check')}"
    lines.append(Content(f"{'Builds' if plan.command == 'build' else 'Runs'} {counted}."))
    if plan.full_refresh:
        dropped = [asset for asset in assets if asset.materialized in DROPPED]
        names = ", ".join(asset.relation or asset.name for asset in dropped[:6])
        more = f" and {len(dropped) - 6} more" if len(dropped) > 6 else ""
        if dropped:
            lines.append(
                Content.assemble(
                    ("Drops and rebuilds from scratch: ", "$status-stale"), f"{names}{more}"
                )
            )
        else:
            lines.append(Content("None of these keeps rows that a full refresh would drop."))
    lines += [Content(""), Content.styled(shortened(plan.dbt_line), "$dim")]
    title = "Full refresh" if plan.full_refresh else "Run on a production target"
    return Question(
        title,
        Content("\n").join(lines),
        (Choice("y", "Run it", "yes"), Choice("n", "Don't run", "no")),
        is_dangerous=True,
        default="no",
    )


LEAVE_CHOICES = (
    Choice("w", "Wait", "wait", "quit when the run ends"),
    Choice("d", "Detach", "detach", "quit now; the run continues"),
    Choice("c", "Cancel", "cancel", "stop the run, then quit"),
    Choice("s", "Stay", "stay", "do not quit"),
)

QUEUED_CHOICES = (
    Choice("w", "Wait", "wait", "quit when it has run"),
    Choice("q", "Quit", "quit", "quit now; what is queued will not run"),
    Choice("s", "Stay", "stay", "do not quit"),
)
ENDED_CHOICES = (Choice("q", "Quit", "quit"), Choice("s", "Stay", "stay", "do not quit"))


def question_before_leaving(state: WorkspaceState) -> Question | None:
    """Asks what to do with an active run when the user quits."""
    run = state.active
    if not state.is_busy:
        return None
    lines = []
    if state.starting:
        lines.append(Content(f"Run {state.starting} is starting."))
    if run is not None:
        doing = {"waiting": "waits", "cancelling": "is stopping"}.get(run.status, "is running")
        lines.append(Content(f"Run {run.run_id} ({run.kind} {run.label}) {doing}."))
    if state.queue:
        lines.append(
            Content(f"{plural(len(state.queue), 'queued run')} will start only if you wait.")
        )
    is_queued = run is None and not state.starting
    choices = QUEUED_CHOICES if is_queued else LEAVE_CHOICES
    return Question("Quit dbtree", Content("\n").join(lines), choices)


def question_while_leaving(state: WorkspaceState, run_id: str) -> Question:
    """The same question as it is now: the run that it was asked about may have ended meanwhile."""
    question = question_before_leaving(state)
    if question is not None:
        return question
    run = next((run for run in state.runs if run.run_id == run_id), None)
    words = f"Run {run_id} has ended: {run.status}." if run else "Nothing is running any more."
    return Question("Quit dbtree", Content(words), ENDED_CHOICES)


def known_targets(state: WorkspaceState) -> tuple[str, ...]:
    """The targets of the profile, as its file names them; none where it cannot be read."""
    return target_names(state.project, state.engine.profile if state.engine else "")


def question_of_target(known: Sequence[str], current: str) -> Question | None:
    """Which target to work on; None where there is no other one."""
    if len({*known, current} - {""}) < 2:
        return None  # also where dbt has not told yet which one is in use
    choices = tuple(
        Choice(str(place) if place < 10 else "", name, name, _about_target(name, current))
        for place, name in enumerate(known, 1)
    )
    body = Content("Each target has its own tables, runs and statuses.")
    return Question("Target", body, choices, default=current)


def _about_target(name: str, current: str) -> str:
    parts = ["in use"] if name == current else []
    if looks_like_production(name):
        parts.append("looks like production: dbtree asks before each run")
    return ", ".join(parts)


def question_of_replacing(name: str, before: str, after: str) -> Question:
    """Whether a selector of that name may become another one."""
    body = Content.assemble((name, "bold"), " is ", (before, "bold"), " in selectors.yml.")
    return Question(
        "Replace a selector",
        body,
        (
            Choice("r", "Replace", "replace", f"by {after}"),
            Choice("n", "Keep", "keep", "do not save"),
        ),
    )
