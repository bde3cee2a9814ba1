"""What the first frame does without: imported when it is asked for, else when there is time."""

from __future__ import annotations

import asyncio
from importlib import import_module

from tui.ui.frame_pacing import FramePacing

IDLE = 1.0
"""Seconds after the first frame in which nothing is imported that is not asked for."""
BETWEEN = 0.1
"""Seconds between two such imports, for keys."""
LATER = (
    "textual.highlight",
    "pygments.lexers.sql",
    "markdown_it",
    "textual.widgets.markdown",
    "tui.ui.asset_page.overview_tab",
    "tui.ui.asset_page.data_tab",
    "tui.ui.asset_page.lineage_tab",
    "tui.ui.run_start",
    "tui.ui.screens.asset",
    "tui.ui.screens.query",
    "tui.ui.screens.runs",
    "tui.ui.screens.run",
    "tui.ui.screens.compare",
    "tui.ui.screens.command_log",
    "tui.ui.screens.warnings",
    "tui.ui.screens.command_prompt",
    "tui.ui.screens.palette",
    "tui.ui.screens.plan",
    "tui.ui.screens.yaml",
    "tui.ui.screens.new_asset",
    "tui.ui.screens.change",
    "tui.ui.screens.why",
    "tui.ui.screens.help",
    "tui.selection.dbt_lookup",
    "tui.project.selectors_file",
    "tui.selection.completion",
    "tui.runs.forecast",
    "tui.runs.time_left",
)
"""What is imported when it is first asked for, else when there is time."""


async def import_the_rest(pacing: FramePacing) -> None:
    """Import it, one after the other, while nobody waits."""
    for name in LATER:
        await asyncio.sleep(BETWEEN)
        await pacing.rest(IDLE)
        import_module(name)
