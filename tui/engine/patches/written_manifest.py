"""manifest.json from pieces: the text of each node that is as it was when the engine made it.

dbt writes the whole manifest twice in a command: a second each at a thousand models, of which a
command has changed a few. A node that has the same state (compared byte by byte, as a pickle) has
the same text; the others, and all that is around them, are made by dbt's own code.
"""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
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
CHUNK = 50
"""Resources whose states are compared at once."""


@dataclass(frozen=True)
class _Chunk:
    """Some resources that follow each other."""

    keys: list[str]
    state: bytes
    """Of all of them; empty where that cannot be told."""
    text: str


_quoted = json.encoder.encode_basestring_ascii
Pieces = dict[str, tuple[bytes, str]]

MAPS = ("disabled", "parent_map", "child_map", "group_map")
"""What dbt makes of all resources together."""

_pieces: dict[str, Pieces] = {}
_chunks: dict[str, list[_Chunk]] = {}
_wholes: dict[str, str] = {}
"""The texts of KINDS and MAPS, of a manifest in which nothing has changed."""
_was_written: list[bool] = []
_plain_write = Manifest.write


def remember(manifest: Any) -> None:
    """Make the text of each resource, for the processes that are forked from this one."""
    _pieces.clear()
    _wholes.clear()
    _chunks.clear()
    _was_written.clear()  # by a rehearsal
    for kind in KINDS:
        resources = getattr(manifest, kind)
        states = {key: state for key, one in resources.items() if (state := _state(one))}
        texts = _texts(manifest, kind, {key: resources[key] for key in states})
        _pieces[kind] = {key: (states[key], text) for key, text in texts.items()}
        if texts.keys() == resources.keys():
            _chunks[kind] = _chunked(resources, texts)
            _wholes[kind] = _in_braces([chunk.text for chunk in _chunks[kind]])
    manifest.build_parent_and_child_maps()
    manifest.build_group_map()
    frame = _frame(manifest)
    _wholes.update({name: _dumped(frame[name]) for name in MAPS})


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
    remembered = REMEMBERED_PARSE.use()
    is_intact = not _was_written and remembered is not None and remembered.is_intact(manifest)
    wholes = _wholes if is_intact else {}
    if not wholes.keys() >= {*MAPS}:
        manifest.build_parent_and_child_maps()
        manifest.build_group_map()
    manifest.fill_tracking_metadata()
    parts = []
    for name, value in _frame(manifest, without=wholes.keys()).items():
        if (text := wholes.get(name)) is None:
            text = _joined(manifest, name) if name in KINDS else _dumped(value)
        parts.append(f"{json.dumps(name)}: {text}")
    return "{" + ", ".join(parts) + "}"


def _frame(manifest: Any, without: Collection[str] = ()) -> dict[str, Any]:
    """The manifest as dbt writes it, but for its resources, and empty for what is not wanted."""
    disabled = {} if "disabled" in without else manifest.disabled
    maps = {name: {} if name in without else getattr(manifest, name) for name in MAPS[1:]}
    writable = WritableManifest(
        selectors=manifest.selectors,
        metadata=manifest.metadata,
        disabled=manifest._map_list_nodes_to_map_list_resources(disabled),
        **maps,
        **{kind: {} for kind in KINDS},
    )
    found: dict[str, Any] = writable.to_dict(omit_none=False, context={"artifact": True})
    return found


def _joined(manifest: Any, kind: str) -> str:
    resources = getattr(manifest, kind)
    keys, at, parts = list(resources), 0, []
    for chunk in _chunks.get(kind, ()):
        some = keys[at : at + len(chunk.keys)]
        if some != chunk.keys:
            break
        is_known = chunk.state and chunk.state == _state([resources[key] for key in some])
        parts.append(chunk.text if is_known else _one_by_one(manifest, kind, some))
        at += len(some)
    parts.append(_one_by_one(manifest, kind, keys[at:]))
    return _in_braces(parts)


def _one_by_one(manifest: Any, kind: str, keys: Iterable[str]) -> str:
    resources, known = getattr(manifest, kind), _pieces.get(kind, {})
    texts: dict[str, str] = {}
    changed: dict[str, Any] = {}
    for key in keys:
        piece, one = known.get(key), resources[key]
        if piece is not None and piece[0] == _state(one):
            texts[key] = piece[1]
        else:
            texts[key] = ""
            changed[key] = one
    texts.update(_texts(manifest, kind, changed))
    return _listed(texts)


def _chunked(resources: Mapping[str, Any], texts: Mapping[str, str]) -> list[_Chunk]:
    keys, found = list(texts), []
    for at in range(0, len(keys), CHUNK):
        some = keys[at : at + CHUNK]
        state = _state([resources[key] for key in some])
        found.append(_Chunk(some, state, _listed({key: texts[key] for key in some})))
    return found


def _listed(texts: Mapping[str, str]) -> str:
    return ", ".join([f"{_quoted(key)}: {text}" for key, text in texts.items()])


def _in_braces(parts: Iterable[str]) -> str:
    return "{" + ", ".join([part for part in parts if part]) + "}"


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
    """All that a resource, or some of them, are made of; empty where that cannot be told."""
    with suppress(Exception):
        return pickle.dumps(resource, pickle.HIGHEST_PROTOCOL)
    return b""
