"""`dbtree ls`: the assets of a project, or those that a selector matches, with their status."""

from __future__ import annotations

import time
from collections.abc import Sequence

from tui.cli import console
from tui.cli.json_records import NEVER, asset_record, check_record, partitions_in
from tui.cli.opened_workspace import parsed_workspace, selected
from tui.cli.status_styles import check_face, status_face
from tui.graph import Asset, Check, Status, told_attempt
from tui.graph.partition_reasons import failed_partitions
from tui.project.project import Project
from tui.text.formats import human_age, human_duration
from tui.workspace.state import WorkspaceState

CHECKS = frozenset({"test", "unit_test"})


async def ls(
    project: Project,
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
    resource_types: Sequence[str] = (),
    *,
    as_json: bool = False,
    names: bool = False,
) -> int:
    """Print the assets (or, of the resource types `test` and `unit_test`, the checks)."""
    async with parsed_workspace(project, is_final=not names) as workspace:
        state = workspace.state
        chosen = set(state.graph.assets) | set(state.graph.checks)
        if select or exclude:
            chosen = set(await selected(workspace, select, exclude, command="ls"))
    types = frozenset(resource_types)
    assets = [
        state.graph.assets[key]
        for key in state.graph.order
        if key in chosen and (not types or state.graph.assets[key].resource_type in types)
    ]
    checks = [
        check
        for check in sorted(state.graph.checks.values(), key=lambda check: check.name)
        if check.unique_id in chosen and ("unit_test" if check.kind == "unit" else "test") in types
    ]
    if as_json:
        records = [asset_record(state, asset) for asset in assets]
        console.write_json(records + [check_record(state, check) for check in checks])
    elif names:
        out = console.stdout()
        for name in (*(asset.name for asset in assets), *(check.name for check in checks)):
            out.write(name)
    else:
        _print_table(state, assets, checks)
    if not assets and not checks:
        console.stderr().write("Nothing matches the selection.")
    return console.OK


def _print_table(state: WorkspaceState, assets: Sequence[Asset], checks: Sequence[Check]) -> None:
    out = console.stdout()
    rows = [_asset_row(out, state, asset) for asset in assets]
    rows += [_check_row(out, state, check) for check in checks]
    out.table(rows, right=(5, 6))


def _asset_row(out: console.Console, state: WorkspaceState, asset: Asset) -> list[str]:
    key = asset.unique_id
    status = state.statuses.get(key, NEVER)
    attempt = told_attempt(state.history, key)
    kind = asset.materialized
    if asset.resource_type not in ("model", asset.materialized):
        kind = f"{asset.resource_type} {asset.materialized}"
    glyph, style = status_face(status.status)
    told = [*status.words]
    if status.status is Status.FAILED and (which := failed_partitions(state.history, key)):
        told[0] += f" at {console.one_line(which, 60)}"
    words = " · ".join(told)
    if status.is_stale:
        words += f": {console.one_line(status.reasons[0].detail, 60)}"
    if asset.parts:
        what = "partitions" if asset.partitions else "batches"
        words += f" · {partitions_in(state, asset).share} {what}"
    return [
        out.glyph(glyph),
        asset.name,
        out.style(kind, "dim"),
        out.style(words, style) if style else words,
        out.style(status.run_id, "dim"),
        human_duration(attempt.duration) if attempt and attempt.duration else "",
        human_age(time.time() - attempt.finished_at) if attempt and attempt.finished_at else "",
    ]


def _check_row(out: console.Console, state: WorkspaceState, check: Check) -> list[str]:
    result = state.history.checks.get(check.unique_id)
    glyph, style = check_face(result.status if result else "")
    asset = state.graph.assets.get(check.asset)
    words = result.status if result else "never run"
    return [
        out.glyph(glyph),
        check.name,
        out.style(f"{check.kind} check of {asset.name if asset else check.asset}", "dim"),
        out.style(words, style) if style else words,
        out.style(result.run_id if result else "", "dim"),
        human_duration(result.duration) if result else "",
        human_age(time.time() - result.finished_at) if result else "",
    ]
