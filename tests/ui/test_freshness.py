"""Sources tell how fresh they were when dbt looked."""

from dataclasses import replace
from pathlib import Path

from tests.ui import sample
from tests.ui.user import opened
from tui.workspace.source_freshness import SourceFreshness

SESSIONS = "source.shop.src_web.sessions"


async def test_a_source_with_a_declared_freshness_tells_it_in_row_and_panel(tmp_path: Path) -> None:
    shop = sample.shop(tmp_path)
    declared = '{"warn_after":{"count":1,"period":"day"}}'
    asset = shop.graph.assets[SESSIONS]._replace(freshness=declared)
    graph = replace(shop.graph, assets={**shop.graph.assets, SESSIONS: asset})
    async with opened(tmp_path, replace(shop, graph=graph), size=(190, 40)) as user:
        await user.highlights("web.sessions")
        await user.sees("never checked")
        found = SourceFreshness("warn", sample.NOW - 60, sample.NOW - 3 * 86400)
        await user.learns(freshness={SESSIONS: found})
        await user.sees("◇ late")
        await user.sees("late: loaded 3d ago, checked 1m ago", "warns after 1 day")
