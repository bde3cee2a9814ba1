"""dbt's warnings while the engine works, with dbt's names; all its other events go nowhere.

dbt's own loggers are not set up in the engine: a warm engine must not write into the console of
nobody, nor into `logs/dbt.log`, which belongs to dbt's commands.
"""

from __future__ import annotations

import re
from typing import Any

from dbt_common.events.event_manager_client import cleanup_event_logger, get_event_manager

from tui.protocol.records import DbtWarning

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[@-_]|[\x00-\x08\x0b-\x1f\x7f]")
_SERIOUS = ("warn", "error")
MOST = 2000
"""So many warnings of one parse are kept."""


class HeardWarnings:
    """Listens to dbt's events from `listen` on, and hands the warnings over with `take`."""

    def __init__(self) -> None:
        self._heard: dict[str, DbtWarning] = {}

    def listen(self) -> None:
        """Take the place of dbt's loggers."""
        cleanup_event_logger()
        manager = get_event_manager()
        manager.callbacks[:] = [self._hear]

    def _hear(self, message: Any) -> None:
        if message.info.name == "PrintEvent":
            # Jinja's `print`; dbt leaves it to the loggers that are not there.
            print(message.info.msg)  # noqa: T201
        elif str(message.info.level) in _SERIOUS:
            text = plain(message.info.msg)
            if text and text not in self._heard and len(self._heard) < MOST:
                path = getattr(message.data, "file", "")
                place = path if isinstance(path, str) else ""
                self._heard[text] = DbtWarning(message.info.name, text, place)

    def take(self) -> list[DbtWarning]:
        """What was heard since the last time."""
        heard, self._heard = self._heard, {}
        return [*heard.values()]


def plain(text: str) -> str:
    """Text without colours and other control sequences."""
    return _CONTROL.sub("", text).strip()
