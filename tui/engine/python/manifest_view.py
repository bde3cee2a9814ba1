"""The manifest in memory as manifest.json has it, each node made into a dict when it is asked for.

Definitions read keys, names and configurations of every node; writing ten thousand nodes as dicts
for that would take seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_SIMPLE = frozenset(
    {
        "unique_id", "name", "alias", "version", "source_name", "description", "raw_code",
        "package_name", "schema", "database", "original_file_path", "path", "identifier",
        "relation_name", "group", "latest_version",
    }
)  # fmt: skip
_SIMPLE_CONFIG = frozenset({"schema", "group", "materialized", "alias", "database", "enabled"})


class ManifestView(Mapping[str, Any]):
    """`{"nodes": {...}, "sources": {...}, "metadata": {...}, …}` of a manifest."""

    SECTIONS = ("nodes", "sources", "exposures", "unit_tests", "functions", "macros", "groups")
    WRITTEN = ("metadata", "docs", "metrics", "selectors", "disabled", "saved_queries",
               "semantic_models", "group_map")  # fmt: skip

    def __init__(self, manifest: Any) -> None:
        self._manifest = manifest
        self._sections = {
            name: SectionView(found)
            for name in self.SECTIONS
            if (found := getattr(manifest, name, None)) is not None
        }
        self._written: Mapping[str, Any] | None = None

    def __getitem__(self, key: str) -> Any:
        if key in self._sections:
            return self._sections[key]
        if key in ("parent_map", "child_map"):
            return getattr(self._manifest, key)
        if key == "metadata":
            return self._manifest.metadata.to_dict(omit_none=False)
        if self._written is None:
            self._written = self._manifest.writable_manifest().to_dict(omit_none=False)
        return self._written[key]

    def __iter__(self) -> Iterator[str]:
        yield from self._sections
        yield from ("parent_map", "child_map")
        yield from self.WRITTEN

    def __len__(self) -> int:
        return len(self._sections) + 2 + len(self.WRITTEN)


class SectionView(Mapping[str, Any]):
    """unique_id → node."""

    def __init__(self, nodes: Mapping[str, Any]) -> None:
        self._nodes = nodes
        self._views: dict[str, NodeView] = {}

    def __getitem__(self, key: str) -> Any:
        view = self._views.get(key)
        if view is None:
            view = self._views[key] = NodeView(self._nodes[key])
        return view

    def __iter__(self) -> Iterator[str]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)

    def __contains__(self, key: object) -> bool:
        return key in self._nodes


class _Made(Mapping[str, Any]):
    """Fields of an object of dbt's; all of them are made only when some rare one is asked for."""

    def __init__(self, original: Any) -> None:
        self._original = original
        self._made: dict[str, Any] | None = None

    def _all(self) -> dict[str, Any]:
        if self._made is None:
            self._made = self._original.to_dict(omit_none=False)
        return self._made

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def get(self, key: str, default: Any = None) -> Any:
        try:
            return self[key]
        except KeyError:
            return default


class NodeView(_Made):
    """A node's fields; those that are asked for most are read from the node itself."""

    def __getitem__(self, key: str) -> Any:
        if self._made is not None:
            return self._made[key]
        node = self._original
        if key in _SIMPLE and hasattr(node, key):
            return getattr(node, key)
        if key == "resource_type":
            return str(node.resource_type)
        if key in ("tags", "meta", "fqn") and hasattr(node, key):
            return getattr(node, key)
        if key == "config" and hasattr(node, "config"):
            return ConfigView(node.config)
        if key == "depends_on" and hasattr(node, "depends_on_nodes"):
            macros = list(getattr(node.depends_on, "macros", ()))
            return {"nodes": list(node.depends_on_nodes), "macros": macros}
        return self._all()[key]


class ConfigView(_Made):
    """A node's configuration."""

    def __getitem__(self, key: str) -> Any:
        config = self._original
        if key in _SIMPLE_CONFIG and hasattr(config, key):
            return getattr(config, key)
        if key == "meta" and hasattr(config, "meta"):
            return config.meta
        return self._all()[key]
