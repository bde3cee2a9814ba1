"""Exact nodes as selectors of dbt's command line. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

NOT_SELECTED = ("source.",)
"""Nodes that no command runs."""
TYPES = ("model", "seed", "snapshot", "test", "unit_test", "function", "exposure", "saved_query")
BY_COMMAND: Mapping[str, frozenset[str]] = {
    "build": frozenset(TYPES),
    "test": frozenset({"test", "unit_test"}),
}
"""The types of resources that a command takes of what is selected."""


class Selectors:
    """The selectors of one graph."""

    def __init__(self, fqns: Mapping[str, str]) -> None:
        """`fqns`: unique_id → dbt's fully qualified name, its parts joined by dots."""
        self._fqns = dict(fqns)
        self._longer: set[str] = set()
        """The names below which others lie: they mean those too."""
        for fqn in self._fqns.values():
            parts = fqn.split(".")
            self._longer |= {".".join(parts[:end]) for end in range(1, len(parts))}

    def of(self, unique_id: str, path: str = "") -> str:
        """The selector that means this node and no other.

        Args:
            unique_id: of an asset or a check.
            path: its file, relative to the project's root; it tells a model from the directory
                that is called as it.
        """
        fqn = self._fqns.get(unique_id, unique_id.split(".", 2)[-1])
        kind = unique_id.split(".", 1)[0]
        selector = f"fqn:{fqn}"
        if fqn in self._longer:
            selector += f",resource_type:{kind}"
            selector += f",path:{path}" if path else ""
        return selector

    def exactly(self, nodes: Iterable[str], paths: Mapping[str, str]) -> list[str]:
        """The arguments with which dbt runs exactly these nodes."""
        wanted = sorted(key for key in nodes if not key.startswith(NOT_SELECTED))
        if not wanted:
            return []
        said = dict.fromkeys(self.of(key, paths.get(key, "")) for key in wanted)
        return ["--select", *said, "--indirect-selection", "empty"]


def typed_selection(
    select: Sequence[str], exclude: Sequence[str] = (), selector: str = ""
) -> list[str]:
    """The arguments for a selection as somebody typed it."""
    found = ["--select", *select] if select else []
    found += ["--exclude", *exclude] if exclude else []
    return [*found, "--selector", selector] if selector else found


def taken_by(command: str, unique_ids: Iterable[str]) -> list[str]:
    """What a command takes of these nodes, sorted."""
    types: Collection[str] | None = BY_COMMAND.get(command)
    return sorted(key for key in set(unique_ids) if types is None or key.split(".", 1)[0] in types)
