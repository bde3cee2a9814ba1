"""What the details panel says about one asset or check, as lines of text. Pure.

The state alone gives most of it at once; `facts` (of `Described`) come a moment later and add the
whole description, the configuration and the code.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from textual.content import Content

from tui.graph import Asset, AssetStatus, Check, Status, told_attempt
from tui.graph.history import Materialization
from tui.graph.partition_reasons import failed_partitions
from tui.graph.staleness import unknown_of_build
from tui.graph.unordered_sources import builder_of, warning
from tui.protocol.events import FAILURES
from tui.text.formats import human_ago, human_count, human_duration, moment, plural
from tui.tree import Row, RowKind
from tui.ui.panels.asset_automation import add_automation
from tui.ui.panels.metadata import add_metadata
from tui.ui.panels.partition_sheet import words_of
from tui.ui.panels.reasons import add_reasons
from tui.ui.panels.sheet import LABEL, Sheet, link
from tui.ui.rows import (
    CHECK_STYLES,
    CHECK_WORDS,
    VERDICT_STYLES,
    first_line,
    freshness_words,
    kind_of,
    name_of,
    status_style,
    ticking,
)
from tui.ui.rows.partition_rows import counted_states
from tui.ui.rows.run_waiting import waiting_notes
from tui.ui.theme.glyphs import Glyphs
from tui.workspace.source_freshness import declared_in_words
from tui.workspace.state import WorkspaceState

CODE_LINES = 1500
"""Longer code is cut: it is for reading here, not for editing."""
LINKS = 40
"""So many neighbours are named, the others counted."""
SAYS_NOTHING = frozenset({"OK", "SUCCESS"})
"""What some adapters answer to everything."""

GOOD_BUILD = "Last good build"
"""Above what is told of the latest build that succeeded, where the latest attempt did not."""
ATTEMPTS = {"error": "failed", "runtime error": "failed", "fail": "failed"}
"""What dbt's words for an attempt are called."""

Facts = Mapping[str, Any]


def describe_row(
    row: Row | None,
    state: WorkspaceState,
    facts: Facts | None,
    glyphs: Glyphs,
    *,
    width: int,
    now: float,
) -> list[Content]:
    """The sheet for what is under the cursor, as lines."""
    sheet = Sheet(width)
    if row is None:
        return []
    if row.kind is RowKind.CHECK and row.unique_id in state.graph.checks:
        _check(sheet, state.graph.checks[row.unique_id], state, glyphs, now)
        _code(sheet, facts)
    elif row.unique_id in state.graph.assets:
        _asset(sheet, state.graph.assets[row.unique_id], state, facts or {}, glyphs, now)
    else:
        sheet.line((row.label, "bold"))
        sheet.line((f"{row.kind.value} · press enter to fold or unfold", "$dim"))
    return sheet.lines


def _asset(
    sheet: Sheet,
    asset: Asset,
    state: WorkspaceState,
    facts: Facts,
    glyphs: Glyphs,
    now: float,
) -> None:
    path = state.project.shown(asset.path)
    place = f"{path}:{asset.line}" if asset.line else path
    kind = " · ".join(dict.fromkeys((asset.resource_type, kind_of(asset))))
    sheet.parts((kind, ""), (place, "$dim"))
    found = state.statuses.get(asset.unique_id)
    if found:
        sheet.gap()
        _status(sheet, asset.unique_id, found, state, glyphs, now)
    add_uncompilable(sheet, asset, state, glyphs)
    _not_known(sheet, asset, state)
    builder = builder_of(state.graph, asset.unique_id)
    if builder is not None:
        words = f"{glyphs.node['warn']} {warning(asset, builder)}"
        sheet.paragraph(words, "$status-warned")
    description = str(facts.get("description") or asset.description or "")
    if description.strip():
        sheet.gap()
        sheet.paragraph(description)
    sheet.gap()
    if asset.parts:
        states = counted_states(state, asset.unique_id)
        share = words_of(states, glyphs) if states is not None else "counting …"
        label, key = ("Partitions", "m") if asset.partitions else ("Batches", "z")
        sheet.field(label, share, (f" · {key} opens them", "$dim"))
    _materialized(sheet, asset, found, state, now)
    sheet.dotted("Relation", asset.relation)
    if asset.unique_id in state.baselines:
        sheet.field("Baseline", "taken before each build")
    add_git(sheet, asset, state, glyphs)
    sheet.field("Owner", asset.owner)
    sheet.field("Group", asset.group)
    sheet.field("Tags", "  ".join(asset.tags))
    sheet.field("Access", asset.access if asset.access not in ("", "protected") else "")
    if asset.freshness:
        checked = state.freshness.get(asset.unique_id)
        words = freshness_words(checked, now)[0].removeprefix("freshness ")
        style = f"$status-{VERDICT_STYLES[checked.verdict]}" if checked else "$dim"
        sheet.field("Freshness", (words, style))
        sheet.field("", (declared_in_words(asset.freshness), "$dim"))
        if checked and checked.message:
            sheet.paragraph(checked.message, "$status-failed", indent=2)
    add_automation(sheet, asset.unique_id, state, now)
    add_deferral(sheet, asset.unique_id, state)
    graph = state.graph
    _neighbours(sheet, "Upstream", graph.upstream(asset.unique_id), state, "$lit-upstream")
    _neighbours(
        sheet, "Downstream", graph.downstream.get(asset.unique_id, ()), state, "$lit-downstream"
    )
    _checks(sheet, asset.unique_id, state, glyphs)
    _config(sheet, facts)
    _columns(sheet, facts)
    _code(sheet, facts)


def _status(
    sheet: Sheet,
    unique_id: str,
    found: AssetStatus,
    state: WorkspaceState,
    glyphs: Glyphs,
    now: float,
) -> None:
    style = f"$status-{status_style(found.status)}"
    since = ""
    if found.status is Status.RUNNING:
        since = f"  for {ticking(now - found.since)}"
    elif found.status is Status.QUEUED and state.waits_for_dbt:
        since = " · waiting for dbt"
    elif found.status is Status.QUEUED and (notes := waiting_notes(state, found.run_id)):
        since = f" · {notes[0]}"
    head = (f"{glyphs.status[found.status]} {found.status.value}", f"bold {style}")
    sheet.line(head, *also_words(found, glyphs), since)
    add_failure(sheet, unique_id, found, state)
    if found.because and found.status in (Status.SKIPPED, Status.CHECKS_FAILED):
        sheet.line(
            ("  because of ", "$dim"),
            link(name_of(state, found.because), f"screen.jump({found.because!r})", style),
        )
    add_reasons(sheet, state, unique_id)


def add_failure(sheet: Sheet, unique_id: str, found: AssetStatus, state: WorkspaceState) -> None:
    """What an asset failed with, and of one with partitions at which."""
    if found.status is not Status.FAILED:
        return
    if which := failed_partitions(state.history, unique_id):
        sheet.line(("  at ", "$dim"), which)
    attempt = told_attempt(state.history, unique_id)
    if attempt is not None and attempt.message:
        sheet.paragraph(attempt.message, f"$status-{status_style(found.status)}", indent=2)


def also_words(found: AssetStatus, glyphs: Glyphs) -> Iterator[tuple[str, str]]:
    """What an asset is beside its status: ` · ◐ stale`."""
    if (also := found.also) is not None:
        yield (" · ", "$dim")
        yield (f"{glyphs.status[also]} {also.value}", f"bold $status-{status_style(also)}")


def add_uncompilable(sheet: Sheet, asset: Asset, state: WorkspaceState, glyphs: Glyphs) -> None:
    """Why its code does not compile, and where: a run would fail with this."""
    found = state.uncompilable.get(asset.unique_id)
    if found is None:
        return
    sheet.gap()
    sheet.line((f"{glyphs.status_failed} does not compile", "bold $status-failed"))
    sheet.paragraph(found.problem, "$status-failed", indent=2)
    if found.path:
        place = f"{found.path}:{found.line}" if found.line else found.path
        action = f"screen.edit_place({found.path!r}, {found.line})"
        sheet.line("  ", link(place, action, "$accent-ink"))


def add_deferral(sheet: Sheet, unique_id: str, state: WorkspaceState) -> None:
    """What is read in place of an asset that is not built here, and what it reads itself."""
    if not state.deferral:
        return
    if there := state.history.read_elsewhere(unique_id):
        sheet.dotted("Deferred to", there)
    for key in state.graph.upstream(unique_id):
        if there := state.history.read_elsewhere(key):
            sheet.dotted("Reads", there)


def _not_known(sheet: Sheet, asset: Asset, state: WorkspaceState) -> None:
    """What keeps dbtree from knowing offline whether the asset's code is what was built."""
    if unknown := state.graph.unknown_of(asset.unique_id):
        sheet.field("Not known", (f"offline: its code depends on {', '.join(unknown)}", "$dim"))
    built = state.history.built.get(asset.unique_id)
    if built is not None and (parts := unknown_of_build(asset, built)):
        sheet.field("Not known", (", ".join(parts), "$dim"))


def add_git(sheet: Sheet, asset: Asset, state: WorkspaceState, glyphs: Glyphs) -> None:
    """How the branch changes it, in words."""
    found = state.changed.get(asset.unique_id)
    if found is None or state.git is None:
        return
    words = f"{glyphs.git[found.letter]} {found.word}"
    words += f" from {found.before}" if found.before else ""
    words += f" to {found.after}" if found.after else ""
    words += f" by {found.because}" if found.because else ""
    where = f"on {state.git.where}" if found.is_committed else "not committed"
    sheet.field("Git", (words, "$status-stale" if not found.is_committed else ""),
                (f" · {where}", "$dim"))  # fmt: skip


def _materialized(
    sheet: Sheet,
    asset: Asset,
    found: AssetStatus | None,
    state: WorkspaceState,
    now: float,
) -> None:
    built = state.history.built.get(asset.unique_id)
    latest = state.history.latest.get(asset.unique_id)
    if latest and latest is not built and latest.status not in ("success", "pass"):
        add_attempt(sheet, latest, now)
        sheet.heading(GOOD_BUILD)
    if built:
        words = [human_ago(now - built.finished_at), human_duration(built.duration)]
        words += _rows_in_words(built)
        sheet.field("Materialized", " · ".join(words))
        if built.message and built.rows is None and built.message not in SAYS_NOTHING:
            sheet.field("", (first_line(built.message), "$dim"))
        sheet.field(
            "Latest run" if latest is None or latest is built else "Run",
            link(built.run_id, f"screen.open_run({built.run_id!r})", "$accent-ink"),
            (f"  {moment(built.finished_at, now)}", "$dim"),
        )
        add_metadata(sheet, built, links=False)
    elif latest or (found and found.status is Status.NEVER):
        sheet.field("Materialized", ("never built on this target; press m", "$dim"))
    if latest and latest is not built and latest.status not in ("success", "pass"):
        sheet.gap()


def add_attempt(sheet: Sheet, latest: Materialization, now: float) -> None:
    """The latest attempt, where it built nothing: apart from the last good build."""
    sheet.heading("Latest attempt")
    age = human_ago(now - latest.finished_at)
    took = f" · {human_duration(latest.duration)}" if latest.duration else ""
    style = "$status-failed" if latest.status in FAILURES else "$dim"
    sheet.field("Result", (ATTEMPTS.get(latest.status, latest.status), style), f"  {age}{took}")
    sheet.field(
        "Run",
        link(latest.run_id, f"screen.open_run({latest.run_id!r})", "$accent-ink"),
        (f"  {moment(latest.finished_at, now)}", "$dim"),
    )
    sheet.gap()


def _rows_in_words(built: Materialization) -> list[str]:
    """How many rows it has, as far as that is known; else how many were written."""
    count, more = (built.rows, " written") if built.counted is None else (built.counted, "")
    if count is None:
        return []
    return [f"{human_count(count)} {'row' if count == 1 else 'rows'}{more}"]


def _neighbours(
    sheet: Sheet, label: str, keys: Iterable[str], state: WorkspaceState, style: str
) -> None:
    keys = tuple(keys)
    links = [
        link(state.graph.assets[key].name, f"screen.jump({key!r})", style) for key in keys[:LINKS]
    ]
    if len(keys) > LINKS:
        links.append(Content.styled(f"and {len(keys) - LINKS:,} more", "$dim"))
    sheet.field(label, Content("  ").join(links))


def _checks(sheet: Sheet, unique_id: str, state: WorkspaceState, glyphs: Glyphs) -> None:
    keys = state.graph.checks_of.get(unique_id, ())
    if not keys:
        return
    results = [state.history.checks[key].status for key in keys if key in state.history.checks]
    passed = sum(status == "pass" for status in results)
    sheet.heading("Checks", f"{passed}/{len(keys)}" if results else f"{len(keys)}, not run yet")
    bad_first = sorted(
        keys,
        key=lambda key: (r := state.history.checks.get(key)) is None or r.status == "pass",
    )
    for key in bad_first:
        check, result = state.graph.checks[key], state.history.checks.get(key)
        if result is None:
            glyph, style, note = glyphs.status[Status.NEVER], "$dim", ""
        else:
            glyph = glyphs.node.get(result.status, glyphs.dot)
            style = f"$status-{CHECK_STYLES.get(result.status, 'skipped')}"
            note = "" if result.status == "pass" else CHECK_WORDS.get(result.status, result.status)
            if result.failures:
                note += f" · {plural(result.failures, 'row')}"
        name = link(check.name, f"screen.jump({key!r})")
        sheet.item((glyph, style), name, (f"  {note}" if note else "", style))


def _check(sheet: Sheet, check: Check, state: WorkspaceState, glyphs: Glyphs, now: float) -> None:
    path = state.project.shown(check.path)
    place = f"{path}:{check.line}" if check.line else path
    sheet.parts((f"{check.kind} check", ""), (place, "$dim"))
    result = state.history.checks.get(check.unique_id)
    sheet.gap()
    if result is None:
        glyph = glyphs.status[Status.NEVER]
        sheet.line((f"{glyph} never run", "$status-never"), ("  t runs it", "$dim"))
    else:
        style = f"$status-{CHECK_STYLES.get(result.status, 'skipped')}"
        word = CHECK_WORDS.get(result.status, result.status)
        glyph = glyphs.node.get(result.status, glyphs.dot)
        failures = f" · {plural(result.failures, 'failing row')}" if result.failures else ""
        sheet.line((f"{glyph} {word}", f"bold {style}"), (failures, style))
        if result.status != "pass" and result.message:
            sheet.paragraph(result.message, style, indent=2)
    if check.description:
        sheet.gap()
        sheet.paragraph(check.description)
    sheet.gap()
    if result is not None:
        age = human_ago(now - result.finished_at)
        sheet.field("Ran", f"{age} · {human_duration(result.duration)}")
        sheet.field(
            "Latest run",
            link(result.run_id, f"screen.open_run({result.run_id!r})", "$accent-ink"),
        )
    sheet.field("Column", check.column)
    sheet.field("Severity", check.severity if check.severity != "error" else "")
    keys = [key for key in check.depends_on if key in state.graph.assets]
    _neighbours(sheet, "Reads", keys, state, "$lit-upstream")


def _config(sheet: Sheet, facts: Facts) -> None:
    config = facts.get("config")
    if not isinstance(config, dict):
        return
    shown = {key: value for key, value in config.items() if value not in (None, "", [], {}, False)}
    if not shown:
        return
    sheet.heading("Config")
    for key, value in sorted(shown.items()):
        text = value if isinstance(value, str) else json.dumps(value, default=str)
        if len(str(key)) < LABEL:
            sheet.field(str(key), text)
        else:
            sheet.line((f"{key}  ", "$dim"), text)


def _columns(sheet: Sheet, facts: Facts) -> None:
    columns = [column for column in facts.get("columns") or () if isinstance(column, dict)]
    if not columns:
        return
    sheet.heading("Columns", str(len(columns)))
    for column in columns:
        kind = f" {column['type']}" if column.get("type") else ""
        about = first_line(str(column.get("description") or ""))
        sheet.line(
            str(column.get("name", "")), (kind, "$dim"), (f"  {about}" if about else "", "$dim")
        )


def _code(sheet: Sheet, facts: Facts | None) -> None:
    code = str((facts or {}).get("raw_code") or "").strip("\n")
    if not code.strip():
        return
    language = str((facts or {}).get("language") or "sql")
    lines = code.splitlines()
    sheet.heading("Python" if language == "python" else "SQL", plural(len(lines), "line"))
    # Jinja inside SQL: the lexer for SQL leaves the braces alone, which reads best.
    sheet.block(coloured("\n".join(lines[:CODE_LINES]), language))
    if len(lines) > CODE_LINES:
        sheet.line((f"… {len(lines) - CODE_LINES} more lines · e opens the file", "$dim"))


@lru_cache(maxsize=32)
def coloured(code: str, language: str) -> Content:
    """Code with highlighting, in theme variables."""
    from textual.highlight import highlight  # with pygments: not before it is needed

    return highlight(code, language=language)
