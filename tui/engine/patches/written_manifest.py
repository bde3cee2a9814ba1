"""manifest.json from pieces: the text of each node that is as it was when the engine made it.

dbt writes the whole manifest twice in a command: a second each at a thousand models, of which a
command has changed a few. A node that has the same state (compared byte by byte, as a pickle) has
the same text; the others, and all that is around them, are made by dbt's own code.
"""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from dbt.contracts.graph.manifest import Manifest, WritableManifest
from dbt.events.types import ArtifactWritten
from dbt_common.clients import system
from dbt_common.events.functions import fire_event
from dbt_common.utils.encoding import JSONEncoder

from tui.engine.fence.command_patches import REMEMBERED_PARSE

KINDS = (
    "nodes", "sources", "macros", "docs", "exposures", "functions", "metrics", "groups",
    "semantic_models", "unit_tests", "saved_queries",
)  # fmt: skip
"""The parts of a manifest that are made of resources by their unique_id."""
Pieces = dict[str, tuple[bytes, str]]

_pieces: dict[str, Pieces] = {}
_was_written: list[bool] = []
_plain_write = Manifest.write


def remember(manifest: Any) -> None:
    """Make the text of each resource, for the processes that are forked from this one."""
    _pieces.clear()
    for kind in KINDS:
        resources = getattr(manifest, kind)
        states = {key: state for key, one in resources.items() if (state := _state(one))}
        texts = _texts(manifest, kind, {key: resources[key] for key in states})
        _pieces[kind] = {key: (states[key], text) for key, text in texts.items()}


def apply() -> None:
    """From here on, manifests are written so in this process."""
    Manifest.write = _write


def _write(manifest: Any, path: str) -> None:
    try:
        text = text_of(manifest)
        _was_written.append(True)  # the next time some of its nodes are others
    except Exception:  # noqa: BLE001  whatever is different in this dbt
        _plain_write(manifest, path)
        return
    system.make_directory(os.path.dirname(path))
    with open(system.convert_path(path), "w", encoding="utf-8") as file:
        file.write(text)
    fire_event(ArtifactWritten(artifact_type=WritableManifest.__name__, artifact_path=path))


def text_of(manifest: Any) -> str:
    """What dbt would write of a manifest."""
    manifest.build_parent_and_child_maps()
    manifest.build_group_map()
    manifest.fill_tracking_metadata()
    frame = _frame(manifest)
    parts = []
    for name, value in frame.items():
        text = _joined(manifest, name) if name in KINDS else _dumped(value)
        parts.append(f"{json.dumps(name)}: {text}")
    return "{" + ", ".join(parts) + "}"


def _frame(manifest: Any) -> dict[str, Any]:
    """The manifest as dbt writes it, but for its resources."""
    writable = WritableManifest(
        selectors=manifest.selectors,
        metadata=manifest.metadata,
        disabled=manifest._map_list_nodes_to_map_list_resources(manifest.disabled),
        child_map=manifest.child_map,
        parent_map=manifest.parent_map,
        group_map=manifest.group_map,
        **{kind: {} for kind in KINDS},
    )
    found: dict[str, Any] = writable.to_dict(omit_none=False, context={"artifact": True})
    return found


def _joined(manifest: Any, kind: str) -> str:
    known = _pieces.get(kind, {})
    remembered = REMEMBERED_PARSE.use()
    is_intact = not _was_written and remembered is not None and remembered.is_intact(manifest)
    texts: dict[str, str] = {}
    changed: dict[str, Any] = {}
    for key, one in getattr(manifest, kind).items():
        piece = known.get(key)
        if piece is not None and (is_intact or piece[0] == _state(one)):
            texts[key] = piece[1]
        else:
            texts[key] = ""
            changed[key] = one
    texts.update(_texts(manifest, kind, changed))
    return "{" + ", ".join(f"{json.dumps(key)}: {text}" for key, text in texts.items()) + "}"


def _texts(manifest: Any, kind: str, resources: Mapping[str, Any]) -> dict[str, str]:
    """The texts of these resources, made by dbt's own code."""
    if not resources:
        return {}
    writable = WritableManifest(
        selectors={}, metadata=_metadata(), disabled=None, child_map=None, parent_map=None,
        group_map=None,
        **{**{name: {} for name in KINDS}, kind: manifest._map_nodes_to_map_resources(resources)},
    )  # fmt: skip
    found = writable.to_dict(omit_none=False, context={"artifact": True})[kind]
    return {key: _dumped(value) for key, value in found.items()}


def _metadata() -> Any:
    from dbt.contracts.graph.manifest import ManifestMetadata

    return ManifestMetadata()


def _dumped(value: Any) -> str:
    return json.dumps(value, cls=JSONEncoder)


def _state(resource: Any) -> bytes:
    """All that a resource is made of; empty where that cannot be told."""
    with suppress(Exception):
        return pickle.dumps(resource, pickle.HIGHEST_PROTOCOL)
    return b""
