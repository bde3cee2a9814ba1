"""A run before it starts: which nodes, with which dbt command, under which label.

Pure. The nodes are exact, so that what the screen announces is what dbt does; the dbt line is what
a user would type for the same, and is recorded with the run.

The nodes follow dbt's eager indirect selection: a test comes along as soon as one of the assets
that it reads is selected (dbt/graph/selector.py, `expand_selection`). As in `dbt build`, exposures
are nodes too (dbt reports them as no-op), sources are not but their tests are, and ephemeral models
are not, since nothing is built for them.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Sequence
from dataclasses import field, replace
from enum import Enum

from tui.errors import SelectionError
from tui.graph import AssetGraph
from tui.protocol.messages import FRESHNESS
from tui.protocol.plain import plain
from tui.protocol.records import DECLARED
from tui.runs.run_options import RunOptions, deferring_flags
from tui.runs.values import Run
from tui.selection.node_selector import selectors_of

RETRIED = frozenset(
    {"error", "fail", "runtime error", "skipped", "partial success", "cancelled", "interrupted"}
)
"""What is run again: dbt's own list (dbt/task/retry.py), and what was stopped."""

READ = 1000
"""Characters of a dbt line that somebody reads."""

RUN_BY_BUILD = frozenset(
    {"model", "seed", "snapshot", "function", "exposure", "saved_query", "python"}
)


class Scope(Enum):
    """How far a run reaches from the assets it was asked for."""

    ONLY = ""
    UPSTREAM = "upstream"
    DOWNSTREAM = "downstream"
    BOTH = "both"
    ALL = "all"


@plain(frozen=True)
class Asked:
    """What a plan was made from, so that it can be made again from another graph."""

    assets: tuple[str, ...]
    """unique_ids of assets and checks; of everything in `Scope.ALL` none."""
    scope: Scope
    checks_only: bool
    options: str
    dbt_line: str
    """The line as it was made; a plan may have been given another one."""
    graph: AssetGraph = field(compare=False, repr=False)
    run_options: RunOptions = RunOptions()
    without: frozenset[str] = frozenset()
    """What its `--exclude` was resolved to."""


@plain(frozen=True)
class RunPlan:
    """One run that somebody asked for."""

    run_id: str
    """Empty in a plan that was only made; given when the run is asked for."""
    command: str
    """build, test, or source freshness."""
    nodes: tuple[str, ...]
    """unique_ids of assets and checks, assets first in the graph's order."""
    label: str
    """In short, for titles: `customers`, `+orders`, `3 assets`, `all`."""
    dbt_line: str
    full_refresh: bool = False
    threads: int = 0
    asked_at: float = 0.0
    """Seconds since the epoch."""
    flags: tuple[str, ...] = ()
    """Further words for dbt: `--empty`."""
    vars: str = ""
    """YAML text that replaces the variables of the session for this run, which then parses the
    project itself; empty for those of the session."""
    tags: tuple[tuple[str, str], ...] = ()
    """What functions of Python definitions may ask of the run."""
    config: str = ""
    """Settings of functions and resources of Python definitions, as JSON; empty for none."""
    partitions: tuple[str, ...] = ()
    """The partitions that it makes of what has any, in their order."""
    batches: tuple[str, ...] = ()
    """The batches that it makes of microbatch models, where they were chosen, in their order."""
    asked: Asked | None = None
    """None where the nodes alone are what was asked for (what failed in another run)."""
    target: str = ""
    """The target in use when the run was asked for; empty while it was not known."""

    @property
    def parts(self) -> tuple[str, ...]:
        """The partitions or batches that it makes."""
        return self.partitions or self.batches


def plan_build(
    graph: AssetGraph,
    assets: Iterable[str],
    scope: Scope = Scope.ONLY,
    *,
    checks_only: bool = False,
    full_refresh: bool = False,
    options: str = "",
    run_options: RunOptions | None = None,
    without: frozenset[str] = frozenset(),
) -> RunPlan:
    """Plan the materialization of assets and the checks that dbt's eager selection brings along.

    `options` are the dbt flags of the session (`--target prod`), put into the dbt line.
    `run_options` are those of this run; what their `exclude` means is in `without`, resolved.
    Checks under the cursor count as themselves. Raises SelectionError when nothing in it can be
    run; of a provisional graph, which has no checks yet, that cannot be said.
    """
    chosen_options = run_options or RunOptions(full_refresh=full_refresh)
    asked = list(dict.fromkeys(assets))
    selectors: list[str] = []
    if scope is Scope.ALL:
        chosen, checks = set(graph.assets), set(graph.checks)
        label = "all"
    else:
        asked = [key for key in asked if key in graph.assets or key in graph.checks]
        if not asked:
            raise SelectionError(_nothing(graph, asked, scope, checks_only))
        chosen, checks = _reach(graph, asked, scope)
        label, selectors = _described(graph, asked, scope)
    command = "test" if checks_only else "build"
    nodes = _in_order(graph, set() if checks_only else chosen - without, checks - without)
    if all(_is_exposure(graph, node) for node in nodes) and not graph.provisional:
        words = _nothing(graph, asked, scope, checks_only)
        raise SelectionError(
            f"--exclude {chosen_options.exclude} leaves nothing to run." if without else words
        )
    refresh = chosen_options.full_refresh and not checks_only
    left_out = shlex.join(["--exclude", *chosen_options.exclude.split()]) if without else ""
    line = _line(command, selectors, left_out, chosen_options.line(command, options))
    if any(key in graph.assets and graph.assets[key].resource_type == "python" for key in nodes):
        line = line.replace("dbt build", "dbtree materialize", 1)  # dbt alone cannot do that
    wanted = () if scope is Scope.ALL else tuple(asked)
    made_from = Asked(
        wanted, scope, checks_only, options, line, graph, chosen_options, without
    )  # fmt: skip
    return RunPlan(
        "", command, nodes, label, line, refresh, chosen_options.threads, asked=made_from,
        flags=(*chosen_options.flags(command), *deferring_flags(options)),
        vars=chosen_options.vars,
    )  # fmt: skip


def plan_anew(plan: RunPlan, graph: AssetGraph) -> RunPlan:
    """A plan against the graph as it is now: without what is gone, with what is new in its reach.

    Its label and its identity stay. Raises SelectionError when nothing of it can be run any more.
    """
    asked = plan.asked
    if asked is None:
        nodes = tuple(key for key in plan.nodes if key in graph.assets or key in graph.checks)
        if not nodes:
            raise SelectionError(f"{plan.label}: none of it is in the project any more.")
        return plan if nodes == plan.nodes else replace(plan, nodes=nodes)
    if asked.graph is graph:
        return plan
    if asked.scope is not Scope.ALL and not any(
        key in graph.assets or key in graph.checks for key in asked.assets
    ):
        raise SelectionError(f"{plan.label} is no longer in the project.")
    new = plan_build(
        graph, asked.assets, asked.scope, checks_only=asked.checks_only,
        options=asked.options, run_options=asked.run_options, without=asked.without,
    )  # fmt: skip
    line = new.dbt_line if plan.dbt_line == asked.dbt_line else plan.dbt_line
    return replace(plan, nodes=new.nodes, dbt_line=line, asked=new.asked)


def with_deferral(plan: RunPlan, options: str) -> RunPlan:
    """A plan that reads what is not built from another state, if nothing is said of that in it.

    `options` are the dbt flags of the session, with those that defer.
    """
    flags = deferring_flags(options)
    if not flags or "--defer" in plan.flags or plan.command == FRESHNESS:
        return plan
    words = shlex.join(flags)
    asked = plan.asked
    if asked is not None:
        asked = replace(asked, options=options, dbt_line=f"{asked.dbt_line} {words}")
    line = f"{plan.dbt_line} {words}"
    return replace(plan, dbt_line=line, flags=(*plan.flags, *flags), asked=asked)


def gone_from(plan: RunPlan, graph: AssetGraph) -> tuple[str, ...]:
    """What a plan was asked to run and the graph does not have, by name."""
    wanted = plan.nodes if plan.asked is None or not plan.asked.assets else plan.asked.assets
    return tuple(
        key.split(".")[2] if key.count(".") > 1 else key
        for key in wanted
        if key not in graph.assets and key not in graph.checks
    )


def plan_again(graph: AssetGraph, run: Run, *, options: str = "") -> RunPlan:
    """Plan what failed, was skipped or was stopped in a run, and nothing else, as `dbt retry`
    would. Raises SelectionError where there is nothing of the kind.

    The dbt line names the nodes, since `dbt retry` only knows the latest run of a target.
    """
    again = {key for key, node in run.nodes.items() if node.status in RETRIED}
    assets, checks = again & graph.assets.keys(), again & graph.checks.keys()
    nodes = _in_order(graph, assets, checks)
    if not nodes:
        raise SelectionError(
            f"Nothing in run {run.run_id} failed or was skipped."
            if not again
            else f"What failed in run {run.run_id} is no longer in the project."
        )
    along = _brought_along(graph, assets)
    if along <= checks:
        named, exactly = [key for key in nodes if key not in along], ""
    else:
        named, exactly = list(nodes), "--indirect-selection empty"
    selectors = [*selectors_of(graph, named).values()]
    command = "test" if run.kind == "test" else "build"
    refresh = "--full-refresh" if run.full_refresh else ""
    line = _line(command, selectors, exactly, refresh, options)
    flags = deferring_flags(options)
    if run.partitions:
        line = line_of_partitions(line, run.partitions)
    if run.config:
        line = line_of_config(line, run.config)
    return RunPlan(
        "", command, nodes, f"{run.run_id} again", line, run.full_refresh, flags=flags,
        partitions=run.partitions, tags=tuple(run.tags.items()), config=run.config,
    )  # fmt: skip


def partition_words(keys: Sequence[str]) -> str:
    """Partitions that follow each other in short: the key of one, `FIRST...LAST` of several."""
    return keys[0] if len(keys) == 1 else f"{keys[0]}...{keys[-1]}"


def line_of_partitions(line: str, keys: Sequence[str]) -> str:
    """A dbt line as one of dbtree's that makes partitions which follow each other."""
    option = "--partition" if len(keys) == 1 else "--partition-range"
    line = line.replace("dbt build", "dbtree materialize", 1)
    return f"{line} {option} {shlex.quote(partition_words(keys))}"


def line_of_config(line: str, config: str) -> str:
    """A dbt line as one of dbtree's that gives settings to functions of Python definitions."""
    line = line.replace("dbt build", "dbtree materialize", 1)
    return f"{line} --config {shlex.quote(config)}"


def shortened(line: str) -> str:
    """A dbt line as it is shown: of one that names ten thousand assets only the beginning."""
    if len(line) <= READ:
        return line
    end = line.rfind(" ", 0, READ)
    return f"{line[:end]} … and {line.count(' ', end):,} more"


def selector_of(graph: AssetGraph, unique_id: str) -> str:
    """The shortest dbt selector that means exactly this node: its name, or its fqn, or
    `source:…`, `exposure:…` where names clash. Empty for what the graph does not know.
    """
    return selectors_of(graph, [unique_id]).get(unique_id, "")


def _reach(graph: AssetGraph, asked: list[str], scope: Scope) -> tuple[set[str], set[str]]:
    """The assets of a selection, and its checks."""
    chosen = {key for key in asked if key in graph.assets}
    checks = {key for key in asked if key in graph.checks}
    reached = set(chosen)
    if scope in (Scope.UPSTREAM, Scope.BOTH):
        read = {key for check in checks for key in graph.checks[check].depends_on}
        read &= graph.assets.keys()
        reached |= read | graph.ancestors(chosen | read)
    if scope in (Scope.DOWNSTREAM, Scope.BOTH):
        reached |= graph.descendants(chosen)
    return reached, checks | _brought_along(graph, reached)


def _is_exposure(graph: AssetGraph, node: str) -> bool:
    """Whether dbt has nothing to do for a node."""
    return node in graph.assets and graph.assets[node].resource_type in DECLARED


def _brought_along(graph: AssetGraph, assets: Iterable[str]) -> set[str]:
    """The checks that dbt's eager selection adds to these assets."""
    return {check for asset in assets for check in graph.checks_reading.get(asset, ())}


def _in_order(graph: AssetGraph, assets: Collection[str], checks: set[str]) -> tuple[str, ...]:
    """What of these a run has as nodes, in the graph's order, the checks after the assets."""
    order = graph.order if len(assets) > 1 else assets
    built = [
        key
        for key in order
        if key in assets
        and graph.assets[key].resource_type in RUN_BY_BUILD
        and graph.assets[key].materialized != "ephemeral"
    ]
    return (*built, *sorted(checks))


def _described(graph: AssetGraph, asked: list[str], scope: Scope) -> tuple[str, list[str]]:
    """The label of a selection, and its dbt selectors."""
    before = "+" if scope in (Scope.UPSTREAM, Scope.BOTH) else ""
    after = "+" if scope in (Scope.DOWNSTREAM, Scope.BOTH) else ""
    if len(asked) == 1:
        node = graph.assets.get(asked[0]) or graph.checks[asked[0]]
        words = node.name
    else:
        of_checks = sum(key in graph.checks for key in asked)
        kind = {0: "assets", len(asked): "checks"}.get(of_checks, "nodes")
        words = f"{len(asked)} {kind}"
    selectors = selectors_of(graph, asked).values()
    return f"{before}{words}{after}", [f"{before}{text}{after}" for text in selectors]


def _line(command: str, selectors: list[str], *options: str) -> str:
    """The dbt command in a form that can be pasted into a shell."""
    select = ["--select", *(shlex.quote(text) for text in selectors)] if selectors else []
    return " ".join(["dbt", command, *select, *(option for option in options if option)])


def _nothing(graph: AssetGraph, asked: list[str], scope: Scope, checks_only: bool) -> str:
    """Why a selection has nothing to run, in a sentence."""
    if scope is Scope.ALL:
        return f"The project has nothing to {'test' if checks_only else 'build'}."
    if not asked:
        return "The selection has no nodes that dbt knows."
    label = _described(graph, asked, scope)[0]
    if checks_only:
        return f"{label} has no checks."
    if len(asked) > 1:
        return f"{label}: there is nothing to build and no check to run."
    asset = graph.assets[asked[0]]
    kind = "ephemeral" if asset.materialized == "ephemeral" else f"a {asset.resource_type}"
    kind = kind.replace("a exposure", "an exposure")
    return f"{label} is {kind}: there is nothing to build and no check to run."
