"""What a run needs of a project that was parsed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from tui.engine.execution.parsed import Parsed

if TYPE_CHECKING:
    from tui.engine.parse.runtime_config import LoadedProject
    from tui.engine.records.run_definitions import RunDefinitions


class Runnable(Parsed, Protocol):
    """What a run needs of a project that was parsed; `WarmProject` is one."""

    loaded: LoadedProject
    manifest: Any
    fork: bool
    """Whether to fork; otherwise, and where there is none, a fresh process is started."""

    def prepare_run(self) -> None: ...

    @property
    def definitions(self) -> RunDefinitions | None:
        """The Python definitions that the run goes through, where there are any."""
