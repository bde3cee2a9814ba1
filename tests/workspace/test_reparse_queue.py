"""Saved files wait for their parse, one parse at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tui.errors import EngineError
from tui.workspace.reparse_queue import ReparseQueue


class Engine:
    """An engine that answers when the test says so."""

    def __init__(self) -> None:
        self.asked: asyncio.Queue[tuple[list[str], bool]] = asyncio.Queue()
        self.answers: asyncio.Queue[EngineError | None] = asyncio.Queue()

    async def reparse(self, paths: Sequence[str], *, full: bool) -> None:
        self.asked.put_nowait((list(paths), full))
        answer = await self.answers.get()
        if answer is not None:
            raise answer


async def test_what_is_saved_during_a_parse_goes_into_the_next() -> None:
    engine = Engine()
    queue = ReparseQueue(engine)
    queue.add(["b.sql", "a.sql"], full=False)
    assert await engine.asked.get() == (["a.sql", "b.sql"], False)
    queue.add(["c.sql"], full=False)
    queue.add(["c.sql", "d.sql"], full=True)
    was_waiting = queue.is_waiting
    assert was_waiting
    assert engine.asked.empty(), "one parse at a time"
    engine.answers.put_nowait(None)
    assert await engine.asked.get() == (["c.sql", "d.sql"], True)
    assert not queue.is_waiting
    engine.answers.put_nowait(None)
    queue.close()


async def test_without_an_engine_what_waits_is_asked_with_the_next_save() -> None:
    engine = Engine()
    queue = ReparseQueue(engine)
    queue.add(["a.sql"], full=False)
    await engine.asked.get()
    engine.answers.put_nowait(EngineError("gone"))
    await asyncio.wait({task for task in asyncio.all_tasks() if task is not asyncio.current_task()})
    queue.add(["b.sql"], full=False)
    assert await engine.asked.get() == (["b.sql"], False)
    queue.close()
