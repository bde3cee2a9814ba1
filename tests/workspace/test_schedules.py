"""A schedule of a plain project, ticked with a clock that the test moves."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.workspace.conftest import OpenWorkspace
from tui.project.settings import Settings

pytestmark = pytest.mark.asyncio(loop_scope="module")

NIGHTLY = {"name": "nightly", "cron": "0 2 * * *", "select": "raw_orders+1 tag:nothing"}


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 5, 1, 1, 59, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture(scope="module")
def clock(shop: OpenWorkspace) -> Clock:
    clock = Clock()
    settings: Settings = shop.state.project.settings
    settings.preferences["schedules"] = [NIGHTLY]  # type: ignore[index]
    shop.workspace.schedules.clock = clock
    shop.workspace.schedules.look()
    return clock


async def test_a_declared_schedule_is_off_until_it_is_started(
    shop: OpenWorkspace, clock: Clock
) -> None:
    [view] = shop.state.schedules.views
    assert (view.schedule.name, view.is_on, view.next_at) == ("nightly", False, None)
    clock.at += timedelta(days=1)
    shop.workspace.schedules.tick()
    assert shop.state.schedules.views[0].ticks == ()


async def test_it_ticks_once_and_its_run_is_told(shop: OpenWorkspace, clock: Clock) -> None:
    shop.workspace.schedules.switch("nightly", on=True)
    [view] = shop.state.schedules.views
    assert view.next_at == datetime(2026, 5, 2, 2, 0, tzinfo=UTC)
    clock.at += timedelta(minutes=1, seconds=1)
    shop.workspace.schedules.tick()
    shop.workspace.schedules.tick()
    await shop.until(
        lambda state: state.schedules.views[0].ticks and state.schedules.views[0].ticks[0].run_id
    )
    await shop.idle()
    [tick] = shop.state.schedules.views[0].ticks
    run = shop.state.runs[0]
    assert (tick.status, tick.run_id) == ("run", run.run_id)
    assert run.label == "nightly"
    assert run.command == "dbt build --select raw_orders+1 tag:nothing"
    assert shop.status("raw_orders") == "fresh"


async def test_it_can_be_run_by_hand(shop: OpenWorkspace, clock: Clock) -> None:
    before = len(shop.state.runs)
    clock.at += timedelta(minutes=5)
    shop.workspace.schedules.run_now("nightly")
    await shop.until(lambda state: len(state.runs) > before)
    await shop.idle()
    assert shop.state.schedules.views[0].ticks[0].status == "asked"


async def test_a_tick_that_selects_nothing_is_told_as_failed(
    shop: OpenWorkspace, clock: Clock
) -> None:
    shop.state.project.settings.preferences["schedules"] = [  # type: ignore[index]
        {**NIGHTLY, "select": "tag:no_such_tag"}
    ]
    shop.workspace.schedules.look()
    clock.at += timedelta(minutes=5)
    shop.workspace.schedules.run_now("nightly")
    await shop.until(lambda state: state.schedules.views[0].ticks[0].status == "failed")
    assert shop.state.schedules.views[0].ticks[0].message
