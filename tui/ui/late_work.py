"""Work that comes too late: the screen or widget that it was for is gone by then.

A sheet is left as soon as it is opened; what was to be written into it with its first frame, by a
timer or by a worker finds nothing to write into. That is no defect: nobody looks at it any more.
"""

from __future__ import annotations

from types import FrameType, TracebackType

from textual.app import ScreenStackError
from textual.css.query import NoMatches
from textual.dom import DOMNode, NoScreen
from textual.screen import Screen
from textual.widget import MountError
from textual.worker import WorkerFailed


def came_too_late(error: BaseException) -> bool:
    """Whether an error only says that something is gone which was just left."""
    if isinstance(error, WorkerFailed):
        error = error.error
    if not isinstance(error, NoMatches | NoScreen | ScreenStackError | MountError):
        return False
    return any(_is_of_one_gone(frame) for frame in _frames(error.__traceback__))


def _frames(trace: TracebackType | None) -> list[FrameType]:
    frames = []
    while trace is not None:
        frames.append(trace.tb_frame)
        trace = trace.tb_next
    return frames


def _is_of_one_gone(frame: FrameType) -> bool:
    """Whether a method of a node ran here that is being taken off the screen, is off it, or is left
    with the whole app.
    """
    node = frame.f_locals.get("self")
    if not isinstance(node, DOMNode):
        return False
    return node.app._exit or any(
        one._closing or one._closed or getattr(one, "_pruning", False) or _is_left(one)
        for one in node.ancestors_with_self
    )


def _is_left(node: DOMNode) -> bool:
    """Whether it is a screen that one does not come back to."""
    if not isinstance(node, Screen):
        return False
    return not any(node in stack for stack in node.app._screen_stacks.values())
