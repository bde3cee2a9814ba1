"""Runs work that takes longer than a frame in the background, so that keys still work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from textual.dom import DOMNode

from tui.errors import SelectionError

Made = TypeVar("Made")


def beside(
    node: DOMNode,
    make: Callable[[], Made],
    then: Callable[[Made], None],
    *,
    refused: Callable[[SelectionError], None] | None = None,
    newest: str = "",
) -> None:
    """Make something in a thread, and go on with it on the loop.

    Args:
        node: whose work it is: when it goes, nothing comes of it.
        make: must only look at values that nobody changes.
        then: what to do with what was made.
        refused: what to do where it cannot be made.
        newest: names work of which only the newest counts; the rest is all done.
    """

    async def do() -> None:
        try:
            made = await asyncio.to_thread(make)
        except SelectionError as error:
            if refused is not None:
                refused(error)
            return
        then(made)

    # Not `do()`: one that is replaced before it begins would be a coroutine that nobody awaits.
    work: Any = do
    node.run_worker(work, group=newest or "beside", exclusive=bool(newest))
