"""What a run would do, told before it runs. Pure."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable

from textual.content import Content

from tui.definitions.run_config import values_of
from tui.project.production import looks_like_production
from tui.protocol.records import DECLARED
from tui.runs.forecast import Forecast
from tui.runs.plan import RunPlan, shortened
from tui.runs.run_config import default_text, rows_for, shown
from tui.text.formats import human_duration, plural
from tui.ui.panels.column_effects import effects_of
from tui.ui.panels.path_words import path_names, rough, saving_words
from tui.ui.panels.plan_options import add_options
from tui.ui.panels.sheet import Sheet
from tui.ui.rows import kind_of
from tui.ui.theme.glyphs import Glyphs
from tui.workspace.state import WorkspaceState

NAMED = 12
"""So many assets are named, the others counted."""


def plan_sheet(
    plan: RunPlan,
    state: WorkspaceState,
    found: Forecast | None,
    glyphs: Glyphs,
    *,
    width: int,
) -> Content:
    """The sheet of a plan; the forecast follows a moment later."""
    sheet = Sheet(width)
    sheet.line((shortened(plan.dbt_line), "bold"))
    sheet.gap()
    sheet.field("Target", *_target(state))
    if found is not None:
        dot = f" {glyphs.dot} "
        sheet.field("Builds", dot.join(counted(kind, count) for kind, count in found.kinds))
        sheet.field("Expected", *_expected(found))
        _path(sheet, state, found, glyphs)
        if found.dropped:
            names = _names(state, found.dropped, relations=True)
            sheet.field("Drops", (names, "bold $status-failed"))
            sheet.field("", ("and rebuilds them from scratch", "$status-failed"))
        elif plan.full_refresh:
            sheet.field("Drops", ("nothing: none of these keeps rows", "$dim"))
        if found.left_stale:
            sheet.field("Then stale", (_names(state, found.left_stale), "$status-stale"))
        else:
            sheet.field("Then stale", ("nothing", "$dim"))
    _deferred(sheet, plan, state)
    _options(sheet, plan, state)
    _config(sheet, plan, state)
    _changed_columns(sheet, plan, state)
    _order(sheet, plan, state, glyphs, frozenset(found.path.nodes) if found else frozenset())
    return sheet.content()


def _deferred(sheet: Sheet, plan: RunPlan, state: WorkspaceState) -> None:
    """What the run reads from the state that is deferred to."""
    if not state.deferral:
        return
    built = set(plan.nodes)
    read = {key for node in built for key in state.graph.upstream(node)} - built
    favors = plan.asked is not None and plan.asked.run_options.favor_state
    elsewhere = state.deferral.relations.get if favors else state.history.read_elsewhere
    found = [one for key in sorted(read) if (one := elsewhere(key))]
    more = f"  and {len(found) - NAMED:,} more" if len(found) > NAMED else ""
    if found:
        sheet.field("Deferred", "  ".join(found[:NAMED]) + more)
        sheet.field(" ", (f"read from {state.deferral.where}", "$dim"))
        if state.deferral.note:
            sheet.field(" ", (state.deferral.note, "$status-stale"))
    else:
        is_built = any(key in state.deferral.relations for key in read)
        words = "all that it reads is built here" if is_built else "it reads nothing of that state"
        sheet.field("Deferred", (f"nothing: {words}", "$dim"))


def _options(sheet: Sheet, plan: RunPlan, state: WorkspaceState) -> None:
    asked = plan.asked
    if asked is not None:
        add_options(
            sheet,
            asked.run_options,
            checks_only=asked.checks_only,
            has_batches=has_batches(plan, state),
            defers=bool(state.deferral),
            session_threads=state.threads,
            left_out=len(asked.without & state.graph.assets.keys()),
        )


def _config(sheet: Sheet, plan: RunPlan, state: WorkspaceState) -> None:
    """The settings that the run gives to functions of the definitions."""
    rows = rows_for(state.definitions, plan.nodes)
    if not rows:
        return
    tree = json.loads(plan.config or "{}")
    sheet.heading("Config", "c changes it")
    for row in rows:
        given = values_of(tree, tuple(row.place))
        words = [
            f"{one.name}={shown(given[one.name]) if one.name in given else default_text(one)}"
            for one in row.settings
            if one.name in given or one.default
        ]
        missing = [one.name for one in row.settings if one.is_required and one.name not in given]
        needs = f"  needs {', '.join(missing)}" if missing else ""
        sheet.field(row.name, "  ".join(words), (needs, "$status-stale"))


def has_batches(plan: RunPlan, state: WorkspaceState) -> bool:
    """Whether any of a plan's models is built in batches of event time."""
    assets = (state.graph.assets[key] for key in plan.nodes if key in state.graph.assets)
    return any('"incremental_strategy":"microbatch"' in one.fingerprint.config for one in assets)


def counted(kind: str, count: int) -> str:
    """`3 tables`, `1 incremental`: how many of a kind."""
    if kind in ("table", "view", "seed", "snapshot", "test", "exposure", "function", "unit test"):
        return plural(count, kind)
    return f"{count} {kind}"


def _target(state: WorkspaceState) -> Iterable[tuple[str, str]]:
    adapter = state.engine.adapter if state.engine else ""
    words = "·".join(part for part in (state.target, adapter) if part) or "unknown"
    if looks_like_production(state.target):
        yield (f" {words} ", "bold $badge-text on $badge-danger")
        yield ("  looks like production", "$status-failed")
    else:
        yield (words, "")
    if state.engine and state.engine.database:
        yield (f"  {state.engine.database}", "$dim")


def _expected(found: Forecast) -> Iterable[tuple[str, str]]:
    if not found.seconds:
        yield ("unknown: none of it has run here before", "$dim")
        return
    yield (f"about {human_duration(found.seconds)}", "")
    yield (f" on {plural(found.threads, 'thread')}", "$dim")
    if found.unknown:
        yield (f"  {plural(found.unknown, 'node')} never timed", "$dim")


def _path(sheet: Sheet, state: WorkspaceState, found: Forecast, glyphs: Glyphs) -> None:
    """What keeps the run from being shorter."""
    if not found.seconds or sum(count for _, count in found.kinds) < 2:
        return
    sheet.field(
        "Critical path",
        (f"{glyphs.critical} ", "$accent-ink"),
        rough(found.path.seconds),
        (f" {glyphs.dot} {saving_words(found.seconds, found.path, was=False)}", "$dim"),
    )
    if len(found.path.nodes) > 1:
        sheet.field(" ", path_names(state, found.path.nodes, glyphs))


def _names(state: WorkspaceState, keys: tuple[str, ...], *, relations: bool = False) -> str:
    assets = [state.graph.assets[key] for key in keys]
    names = [(asset.relation if relations else "") or asset.name for asset in assets]
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return "  ".join(names[:NAMED]) + more


def _changed_columns(sheet: Sheet, plan: RunPlan, state: WorkspaceState) -> None:
    """The columns that this run will make in another way than they were built, and their reach."""
    keys = [key for key in plan.nodes if key in state.graph.assets]
    effects = [each for key in keys for each in effects_of(state, key)]
    if not effects:
        return
    sheet.heading("Changed columns", str(len(effects)))
    for words, effect in effects[:NAMED]:
        sheet.paragraph(words)
        sheet.paragraph(effect, "$dim", indent=2)
    if len(effects) > NAMED:
        sheet.line((f"and {len(effects) - NAMED:,} more", "$dim"))


def _order(
    sheet: Sheet, plan: RunPlan, state: WorkspaceState, glyphs: Glyphs, path: Container[str]
) -> None:
    known = (state.graph.assets[key] for key in plan.nodes if key in state.graph.assets)
    assets = [asset for asset in known if asset.resource_type not in DECLARED]
    if not assets:
        return
    sheet.heading("In this order", plural(len(assets), "asset"))
    wide = max(len(asset.name) for asset in assets[:NAMED])
    for asset in assets[:NAMED]:
        status = state.statuses.get(asset.unique_id)
        sheet.line(
            (f"{glyphs.critical} " if asset.unique_id in path else "  ", "$accent-ink"),
            asset.name.ljust(wide),
            (f"  {kind_of(asset):<12}", "$dim"),
            (status.status.value if status else "", "$dim"),
        )
    if len(assets) > NAMED:
        sheet.line((f"  and {len(assets) - NAMED:,} more", "$dim"))
