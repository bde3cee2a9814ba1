"""What an edit of dbt_project.yml means for what was parsed: whose configuration is another one.

dbt parses all files from nothing when a letter of that file is another one. But a file of a model,
seed or snapshot reads nothing of it but what is configured for its own nodes. So where only such
configuration differs, the files that it concerns are parsed again, as if each had been edited.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dbt.contracts.files import ParseFileType
from dbt.node_types import NodeType

CONCERNED = {
    "models": frozenset({NodeType.Model, NodeType.Analysis}),
    "seeds": frozenset({NodeType.Seed}),
    "snapshots": frozenset({NodeType.Snapshot}),
}
"""Parts of dbt_project.yml that configure nodes, with the types of nodes that they are for."""
OF_OTHERS = frozenset({"enabled", "group", "access"})
"""Configuration of a node by which dbt judges what refers to it."""
OWN_FILES = frozenset(
    {ParseFileType.Model, ParseFileType.Seed, ParseFileType.Snapshot, ParseFileType.Analysis}
)
"""Files that hold one kind of node each, which dbt parses again as a whole."""
Place = tuple[str, ...]
"""Where something is configured: the beginning of the fqn of all nodes that it is for."""


def files_concerned(manifest: Any, before: Any, now: Any) -> set[str] | None:
    """The ids of the files whose nodes are configured in another way; None where more than that
    differs, and all is to be parsed again.

    Args:
        manifest: as it was parsed with the configuration `before`.
        before: a RuntimeConfig of dbt's.
        now: the same, of the same profile and with the same options.
    """
    if _packages(before) != _packages(now) or _hooks(manifest):
        return None
    places: dict[str, set[Place]] = {name: set() for name in CONCERNED}
    for was, is_now in (
        (before.unrendered.project_dict, now.unrendered.project_dict),
        (_rendered(before), _rendered(now)),
    ):
        for name in was.keys() | is_now.keys():
            if was.get(name) == is_now.get(name):
                continue
            if name not in CONCERNED:
                return None
            for place, key in _differences(was.get(name) or {}, is_now.get(name) or {}):
                if key.lstrip("+").strip() in OF_OTHERS:
                    return None
                places[name].add(place)
    return _files_of(manifest, places)


def _rendered(config: Any) -> dict[str, Any]:
    found: dict[str, Any] = config.to_project_config(with_packages=True)
    return found


def _packages(config: Any) -> dict[str, Any]:
    return {
        name: _rendered(one)
        for name, one in config.load_dependencies().items()
        if name != config.project_name
    }


def _hooks(manifest: Any) -> bool:
    """Whether there are nodes whose file is a dbt_project.yml: hooks of a run."""
    return any(node.resource_type == NodeType.Operation for node in manifest.nodes.values())


def _differences(
    before: Mapping[str, Any], now: Mapping[str, Any], at: Place = ()
) -> Iterator[tuple[Place, str]]:
    """Each key that is configured in another way, and where."""
    for key in before.keys() | now.keys():
        was, is_now = before.get(key), now.get(key)
        if was == is_now and (key in before) == (key in now):
            continue
        if not key.startswith("+") and all(isinstance(one, dict | None) for one in (was, is_now)):
            yield from _differences(was or {}, is_now or {}, (*at, key))
        else:
            yield at, key
            # One of them may be a place for others, and the other one a value.
            inner = [one if isinstance(one, dict) else {} for one in (was, is_now)]
            if not key.startswith("+"):
                yield from _differences(inner[0], inner[1], (*at, key))


def _files_of(manifest: Any, places: Mapping[str, set[Place]]) -> set[str] | None:
    """The files of the nodes below these places; None where one cannot be parsed by itself."""
    disabled = [node for nodes in manifest.disabled.values() for node in nodes]
    found: set[str] = set()
    for name, types in CONCERNED.items():
        if not places[name]:
            continue
        for node in (*manifest.nodes.values(), *disabled):
            if node.resource_type not in types or not _is_below(node.fqn, places[name]):
                continue
            file = manifest.files.get(node.file_id)
            if file is None or file.parse_file_type not in OWN_FILES:
                return None
            found.add(node.file_id)
    if places["models"] and getattr(manifest, "functions", None):
        return None  # their configuration is looked for among that of models, too
    return found


def _is_below(fqn: list[str], places: set[Place]) -> bool:
    return any(tuple(fqn[: len(place)]) == place for place in places)
