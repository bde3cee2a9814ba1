"""A new state reaches those who wait for it at once, and those who draw it once per frame."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tui.project.project import Project
from tui.workspace.state import WorkspaceState
from tui.workspace.store import WorkspaceStore


@pytest.fixture
def store() -> WorkspaceStore:
    return WorkspaceStore(WorkspaceState(Project(Path("/p"), "shop")))


async def next_state(store: WorkspaceStore) -> WorkspaceState:
    """The state that is published next."""
    published: asyncio.Future[WorkspaceState] = asyncio.get_running_loop().create_future()
    end = store.subscribe(published.set_result)
    state = await published
    end()
    return state


async def test_facts_of_one_frame_are_published_as_one_state(store: WorkspaceStore) -> None:
    published: list[WorkspaceState] = []
    store.subscribe(published.append)
    for number in range(100):
        store.set(parsed_in=float(number))
    assert published == []
    assert (await next_state(store)).parsed_in == 99.0
    assert [state.parsed_in for state in published] == [99.0]


async def test_who_waits_sees_each_state(store: WorkspaceStore) -> None:
    waiting = asyncio.create_task(store.until(lambda state: state.phase == "ready"))
    await asyncio.sleep(0)
    store.set(phase="ready")
    assert (await waiting).phase == "ready"


async def test_the_same_state_is_no_news(store: WorkspaceStore) -> None:
    published: list[WorkspaceState] = []
    store.subscribe(published.append)
    store.put(store.state)
    store.notify("something new")
    assert (await next_state(store)).notice == "something new"
    assert len(published) == 1


async def test_nothing_is_published_after_the_end(store: WorkspaceStore) -> None:
    published: list[WorkspaceState] = []
    store.subscribe(published.append)
    store.notify("too late")
    store.close()
    other = WorkspaceStore(store.state)
    waiting = asyncio.create_task(next_state(other))
    await asyncio.sleep(0)
    other.notify("a frame later")
    await waiting
    assert published == []


def test_a_state_can_be_set_before_there_is_a_loop(store: WorkspaceStore) -> None:
    store.subscribe(lambda _: None)
    store.set(phase="parsing")
    assert store.state.phase == "parsing"
