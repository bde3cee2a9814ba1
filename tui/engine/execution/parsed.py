"""What the execution of a node asks of the project that it was parsed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from tui.protocol.records import Fingerprint

if TYPE_CHECKING:
    from tui.engine.parse.linked_graph import LinkedGraph


class Parsed(Protocol):
    """What is asked of the engine's project about a node, as it was parsed."""

    def fingerprint(self, unique_id: str) -> Fingerprint: ...

    def macro_digests(self, unique_id: str) -> dict[str, str]: ...

    def compiled_in_run(self, unique_id: str, config: Any) -> str: ...

    def source_lines(self, unique_id: str, compiled: str, config: Any) -> list[Any]: ...

    def compile_place(self, unique_id: str, config: Any) -> tuple[str, int]: ...

    def declared_line(self, unique_id: str) -> int: ...

    @property
    def linked(self) -> LinkedGraph:
        """What was computed once for the manifest as it is."""
