"""What a run needs of a project that was parsed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from tui.protocol.records import Fingerprint

if TYPE_CHECKING:
    from tui.engine.parse.linked_graph import LinkedGraph
    from tui.engine.parse.runtime_config import LoadedProject
    from tui.engine.records.run_definitions import RunDefinitions


class Runnable(Protocol):
    """What a run needs of a project that was parsed; `WarmProject` is one."""

    loaded: LoadedProject
    manifest: Any
    fork: bool
    """Whether to fork; otherwise, and where there is none, a fresh process is started."""

    def fingerprint(self, unique_id: str) -> Fingerprint: ...

    def macro_digests(self, unique_id: str) -> dict[str, str]: ...

    def compiled_in_run(self, unique_id: str, config: Any) -> str: ...

    def source_lines(self, unique_id: str, compiled: str, config: Any) -> list[Any]: ...

    def compile_place(self, unique_id: str, config: Any) -> tuple[str, int]: ...

    def declared_line(self, unique_id: str) -> int: ...

    def prepare_run(self) -> None: ...

    @property
    def linked(self) -> LinkedGraph:
        """What was computed once for the manifest as it is."""

    @property
    def definitions(self) -> RunDefinitions | None:
        """The Python definitions that the run goes through, where there are any."""
