"""The run's process as the definitions and the tasks of dbt see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tui.engine.parse.linked_graph import LinkedGraph
from tui.engine.python.dbt_invocation import InnerDbt
from tui.engine.python.definitions_process import EngineHost
from tui.protocol.records import Fingerprint


@dataclass
class RunProject:
    """What the tasks ask of the project: fingerprints as the definitions have them."""

    warm: Any
    fingerprints: dict[str, Fingerprint]

    def fingerprint(self, unique_id: str) -> Fingerprint:
        return self.fingerprints.get(unique_id) or self.warm.fingerprint(unique_id)

    def macro_digests(self, unique_id: str) -> dict[str, str]:
        return self.warm.macro_digests(unique_id)

    def compiled_in_run(self, unique_id: str, config: Any) -> str:
        """As the project has it."""
        return str(self.warm.compiled_in_run(unique_id, config))

    def source_lines(self, unique_id: str, compiled: str, config: Any) -> list[Any]:
        """As the project has them."""
        return list(self.warm.source_lines(unique_id, compiled, config))

    def compile_place(self, unique_id: str, config: Any) -> tuple[str, int]:
        """As the project has it."""
        path, line = self.warm.compile_place(unique_id, config)
        return str(path), int(line)

    def declared_line(self, unique_id: str) -> int:
        """As the project has it."""
        return int(self.warm.declared_line(unique_id))

    @property
    def linked(self) -> LinkedGraph:
        """As the engine has it."""
        linked: LinkedGraph = self.warm.linked
        return linked


class RunHost(EngineHost):
    """The run's process: `dbt.cli` runs dbt in it."""

    inner: InnerDbt

    def can_check(self, definition: Any) -> bool:
        """What was loaded was checked."""
        return False

    def select(self, definition: Any) -> frozenset[str]:
        """As it was when the definitions were loaded."""
        builders = self.inner.builders
        return frozenset(key for key, name in builders.items() if name == definition.name)

    def execute(self, resource: Any, args: Any, context: Any, target_path: Any) -> Any:
        words = list(args)
        if target_path is not None:
            words += ["--target-path", str(target_path)]
        return self.inner.run(words, exact=context is not None)
