"""Waits for a fact that nothing reports: a file, a process, what another program says of itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 240.0
"""Seconds in which anything that a test waits for has happened, on a busy machine too."""
LOOK_AGAIN = 0.05
"""Seconds after which a fact is looked at again."""

Found = TypeVar("Found")


def wait_until(
    look: Callable[[], Found], said: str = "it did not come to be", seconds: float = PATIENCE
) -> Found:
    """Look until there is something to see; returns what that is.

    Args:
        look: gives what is true of the fact.
        said: what to say when it never is.
        seconds: how long to wait.
    """
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, said
        time.sleep(LOOK_AGAIN)
    return found
