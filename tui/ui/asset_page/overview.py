"""What the Overview says beside the description: status, past, identity, neighbours. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from textual.content import Content

from tui.graph import Asset, Status
from tui.text.formats import human_ago, human_duration, moment
from tui.ui.panels.details import (
    GOOD_BUILD,
    SAYS_NOTHING,
    add_attempt,
    add_failure,
    add_git,
    add_uncompilable,
    also_words,
)
from tui.ui.panels.metadata import add_metadata
from tui.ui.panels.reasons import add_reasons
from tui.ui.panels.sheet import LABEL, Sheet, link
from tui.ui.rows import kind_of, name_of, spin, status_style, ticking
from tui.ui.theme.glyphs import Glyphs
from tui.workspace.source_freshness import declared_in_words
from tui.workspace.state import WorkspaceState

Facts = Mapping[str, Any]

LINKS = 60
"""So many neighbours are named, the others counted."""
VALUE_LENGTH = 400
"""Characters of one value of the configuration."""
DEFAULT = "default"


def status_sheet(
    asset: Asset, state: WorkspaceState, glyphs: Glyphs, *, width: int, now: float
) -> Content:
    """The status with the chain of its reasons, and the latest materialization."""
    sheet = Sheet(width)
    _status(sheet, asset, state, glyphs, now)
    sheet.gap()
    _past(sheet, asset, state, now)
    return sheet.content()


def _status(sheet: Sheet, asset: Asset, state: WorkspaceState, glyphs: Glyphs, now: float) -> None:
    found = state.statuses.get(asset.unique_id)
    if found is None:
        return
    style = f"$status-{status_style(found.status)}"
    running = found.status is Status.RUNNING
    glyph = spin(glyphs, now) if running else glyphs.status[found.status]
    since = f"  for {ticking(now - found.since)}" if running else ""
    first = (f"{glyph} {found.status.value}", f"bold {style}")
    sheet.line(first, *also_words(found, glyphs), since)
    add_failure(sheet, asset.unique_id, found, state)
    if found.because:
        sheet.line(
            ("  because of ", "$dim"),
            link(name_of(state, found.because), f"screen.jump({found.because!r})", style),
        )
    add_reasons(sheet, state, asset.unique_id)
    add_uncompilable(sheet, asset, state, glyphs)


def _past(sheet: Sheet, asset: Asset, state: WorkspaceState, now: float) -> None:
    built = state.history.built.get(asset.unique_id)
    latest = state.history.latest.get(asset.unique_id)
    found = state.statuses.get(asset.unique_id)
    if latest and latest is not built and latest.status not in ("success", "pass"):
        add_attempt(sheet, latest, now)
        sheet.heading(GOOD_BUILD)
    if built:
        age = human_ago(now - built.finished_at)
        sheet.field("Materialized", age, (f"  {moment(built.finished_at, now)}", "$dim"))
        run = link(built.run_id, f"screen.open_run({built.run_id!r})", "$accent-ink")
        sheet.field("Run", run)
        sheet.field("Duration", human_duration(built.duration))
        if built.counted is not None:
            sheet.field("Rows", f"{built.counted:,}")
        if built.message and built.counted is None and built.message not in SAYS_NOTHING:
            sheet.field("dbt says", built.message)
        add_metadata(sheet, built)
    elif latest or (found and found.status is Status.NEVER):
        sheet.field("Materialized", ("never built on this target; press m", "$dim"))


def identity_sheet(
    asset: Asset, facts: Facts, state: WorkspaceState, glyphs: Glyphs, *, width: int
) -> Content:
    """What it is, whose it is, what it is between, and its configuration."""
    sheet = Sheet(width)
    place = f"{asset.path}:{asset.line}" if asset.line else asset.path
    sheet.field("Kind", " · ".join(dict.fromkeys((asset.resource_type, kind_of(asset)))))
    sheet.field("File", link(place, "screen.edit", "$accent-ink"))
    if asset.patch_path and asset.patch_path != asset.path:
        action = f"screen.edit_place({asset.patch_path!r}, 0)"
        sheet.field("Described in", link(asset.patch_path, action, "$accent-ink"))
    sheet.field("Relation", asset.relation)
    add_git(sheet, asset, state, glyphs)
    sheet.field("Owner", asset.owner)
    sheet.field("Group", asset.group)
    sheet.field("Tags", "  ".join(asset.tags))
    sheet.field("Access", asset.access)
    sheet.field("Version", asset.version)
    sheet.field("Freshness", declared_in_words(asset.freshness))
    sheet.field("Package", asset.package if asset.package != state.project.name else "")
    sheet.field("URL", str(facts.get("url") or ""))
    graph = state.graph
    _neighbours(sheet, "Upstream", graph.upstream(asset.unique_id), state, "$lit-upstream")
    below = graph.downstream.get(asset.unique_id, ())
    _neighbours(sheet, "Downstream", below, state, "$lit-downstream")
    macros = [str(key).rpartition(".")[2] for key in facts.get("macros") or ()]
    sheet.field("Macros", "  ".join(macros))
    _config(sheet, facts)
    return sheet.content()


def _neighbours(
    sheet: Sheet, label: str, keys: tuple[str, ...], state: WorkspaceState, style: str
) -> None:
    links = [
        link(state.graph.assets[key].name, f"screen.open_asset({key!r})", style)
        for key in keys[:LINKS]
    ]
    if len(keys) > LINKS:
        links.append(Content.styled(f"and {len(keys) - LINKS:,} more", "$dim"))
    sheet.field(label, Content("  ").join(links))


def _config(sheet: Sheet, facts: Facts) -> None:
    """Every value that somebody set, with the place where it was set, then what is left."""
    config, sources = facts.get("config") or {}, facts.get("config_sources") or {}
    shown = {key: value for key, value in config.items() if value not in (None, "", [], {}, False)}
    if not shown:
        return
    said = {key: value for key, value in shown.items() if sources.get(key, DEFAULT) != DEFAULT}
    sheet.heading("Config")
    for key, value in sorted(said.items()):
        _value(sheet, key, value, str(sources.get(key, "")))
    rest = {
        key: value
        for key, value in shown.items()
        if key not in said and (not sources or not isinstance(value, dict | list))
    }
    if rest:
        words = "  ".join(f"{key}={_text(value)}" for key, value in sorted(rest.items()))
        sheet.field("By default" if sources else "", (words, "$dim"))


def _value(sheet: Sheet, key: str, value: object, source: str) -> None:
    path, _, line = source.rpartition(":")
    number = int(line) if line.isdecimal() else 0
    origin = Content("")
    if source:
        action = f"screen.edit_place({(path if number else source)!r}, {number})"
        origin = Content("  ") + link(source, action, "$dim")
    if len(key) < LABEL:
        sheet.field(key, _text(value), origin)
    else:
        sheet.line((f"{key}  ", "$dim"), _text(value), origin)


def _text(value: object) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = ", ".join(value)
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= VALUE_LENGTH else text[: VALUE_LENGTH - 1] + "…"
