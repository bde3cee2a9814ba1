"""manifest.json from pieces: the text of each node that is as it was when the engine made it.

dbt writes the whole manifest twice in a command: a second each at a thousand models, of which a
command has changed a few. A node that has the same state (compared byte by byte, as a pickle) has
the same text; the others, and all that is around them, are made by dbt's own code. Where it is
known which nodes a command has worked on (`worked_nodes`), only those are compared.
"""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Collection, Iterable, Mapping, Set
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from dbt.contracts.graph.manifest import Manifest, WritableManifest
from dbt.contracts.graph.semantic_manifest import SemanticManifest
from dbt.events.types import ArtifactWritten
from dbt_common.clients import system
from dbt_common.events.functions import fire_event
from dbt_common.utils.encoding import JSONEncoder

from tui.engine.fence.command_patches import REMEMBERED_PARSE, WORKED_NODES

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
    text: bytes


_quoted = json.encoder.encode_basestring_ascii
Pieces = dict[str, tuple[bytes, bytes]]

MAPS = ("disabled", "parent_map", "child_map", "group_map")
"""What dbt makes of all resources together."""

_pieces: dict[str, Pieces] = {}
_chunks: dict[str, list[_Chunk]] = {}
_wholes: dict[str, list[bytes]] = {}
"""The texts of KINDS and MAPS, of a manifest in which nothing has changed, in pieces."""
_semantic: list[str] = []
"""The text of semantic_manifest.json, where it is known."""
_was_written: list[bool] = []
_plain_write = Manifest.write
_write_semantics = SemanticManifest.write_json_to_file
AT_ONCE = 512
"""Pieces that the system takes in one call."""


def remember(manifest: Any) -> None:
    """Make the text of each resource, for the processes that are forked from this one."""
    for known in (_pieces, _wholes, _chunks, _was_written, _semantic):
        known.clear()  # of a rehearsal
    for kind in KINDS:
        resources = getattr(manifest, kind)
        states = {key: state for key, one in resources.items() if (state := _state(one))}
        texts = _texts(manifest, kind, {key: resources[key] for key in states})
        _pieces[kind] = {key: (states[key], text) for key, text in texts.items()}
        if texts.keys() == resources.keys():
            _chunks[kind] = _chunked(resources, texts)
            _wholes[kind] = _in_braces([chunk.text] for chunk in _chunks[kind])
    manifest.build_parent_and_child_maps()
    manifest.build_group_map()
    frame = _frame(manifest)
    _wholes.update({name: [_dumped(frame[name])] for name in MAPS})
    _semantic.append(str(SemanticManifest(manifest)._get_pydantic_semantic_manifest().json()))


def apply() -> None:
    """From here on, manifests are written so in this process."""
    Manifest.write = _write
    SemanticManifest.write_json_to_file = _write_semantic_manifest


def _write(manifest: Any, path: str) -> None:
    try:
        text = pieces_of(manifest)
        _was_written.append(True)  # the next time some of its nodes are others
    except Exception:  # noqa: BLE001  whatever is different in this dbt
        _plain_write(manifest, path)
        return
    system.make_directory(os.path.dirname(path))
    with open(system.convert_path(path), "wb") as file:
        _write_pieces(file.fileno(), text)
    fire_event(ArtifactWritten(artifact_type=WritableManifest.__name__, artifact_path=path))


def _write_pieces(fd: int, pieces: list[bytes]) -> None:
    """Write them one after the other, without making one text of them. Raises OSError."""
    for at in range(0, len(pieces), AT_ONCE):
        some = pieces[at : at + AT_ONCE]
        length = sum(map(len, some))
        if (written := os.writev(fd, some)) < length:
            left = memoryview(b"".join(some))[written:]
            while left:
                left = left[os.write(fd, left) :]


def _write_semantic_manifest(semantics: Any, path: str) -> None:
    """It holds nothing that a command changes of the nodes that it works on."""
    manifest, remembered = semantics.manifest, REMEMBERED_PARSE.use()
    is_known = remembered is not None and _semantic and remembered.is_intact(manifest)
    if not is_known or (len(_was_written) > 1 and _worked(manifest) is None):
        _write_semantics(semantics, path)
        return
    system.write_file(path, _semantic[0])
    name = type(semantics).__name__
    fire_event(ArtifactWritten(artifact_type=name, artifact_path=path))


def _worked(manifest: Any) -> Set[str] | None:
    """What of the manifest may be otherwise than it was remembered; None where that is unknown."""
    remembered, worked_nodes = REMEMBERED_PARSE.use(), WORKED_NODES.use()
    if remembered is None or worked_nodes is None or not remembered.is_intact(manifest):
        return None
    found: Set[str] | None = worked_nodes.of(manifest)
    return found


def text_of(manifest: Any) -> str:
    """What dbt would write of a manifest."""
    return b"".join(pieces_of(manifest)).decode()


def pieces_of(manifest: Any) -> list[bytes]:
    """The same, in pieces."""
    remembered = REMEMBERED_PARSE.use()
    is_intact = not _was_written and remembered is not None and remembered.is_intact(manifest)
    worked = frozenset() if is_intact else _worked(manifest)
    wholes = dict(_wholes) if worked is not None and _wholes.keys() >= {*MAPS} else {}
    if worked:
        for kind in KINDS:
            if not worked.isdisjoint(getattr(manifest, kind)):
                wholes.pop(kind, None)
        if not _has_same_edges(manifest, worked):
            wholes = {}
    if not wholes.keys() >= {*MAPS}:
        manifest.build_parent_and_child_maps()
        manifest.build_group_map()
    manifest.fill_tracking_metadata()
    found = [b"{"]
    for name, value in _frame(manifest, without=wholes.keys()).items():
        found.append(json.dumps(name).encode() + b": ")
        if (known := wholes.get(name)) is not None:
            found += known
        elif name in KINDS:
            found += _joined(manifest, name, worked)
        else:
            found.append(_dumped(value))
        found.append(b", ")
    found[-1] = b"}"
    return found


def _has_same_edges(manifest: Any, worked: Set[str]) -> bool:
    """Whether these nodes depend on what they did when the maps were made."""
    return all(
        sorted(node.depends_on_nodes) == manifest.parent_map.get(key)
        for key in worked
        if (node := manifest.nodes.get(key)) is not None
    )


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


def _joined(manifest: Any, kind: str, worked: Set[str] | None) -> list[bytes]:
    """The text of the resources of a kind; `worked`: see `_worked`."""
    resources = getattr(manifest, kind)
    keys, at, parts = list(resources), 0, []
    for chunk in _chunks.get(kind, ()):
        some = keys[at : at + len(chunk.keys)]
        if some != chunk.keys:
            break
        if worked is not None:
            is_known = worked.isdisjoint(some)
        else:
            is_known = chunk.state == _state([resources[key] for key in some]) != b""
        parts.append([chunk.text] if is_known else _one_by_one(manifest, kind, some, worked))
        at += len(some)
    parts.append(_one_by_one(manifest, kind, keys[at:], None))
    return _in_braces(parts)


def _one_by_one(
    manifest: Any, kind: str, keys: Iterable[str], worked: Set[str] | None
) -> list[bytes]:
    resources, known = getattr(manifest, kind), _pieces.get(kind, {})
    texts: dict[str, bytes] = {}
    changed: dict[str, Any] = {}
    for key in keys:
        piece, one = known.get(key), resources[key]
        is_as_before = worked is not None and key not in worked
        if piece is not None and (is_as_before or piece[0] == _state(one)):
            texts[key] = piece[1]
        else:
            texts[key] = b""
            changed[key] = one
    texts.update(_texts(manifest, kind, changed))
    return [_listed(texts)] if texts else []


def _chunked(resources: Mapping[str, Any], texts: Mapping[str, bytes]) -> list[_Chunk]:
    keys, found = list(texts), []
    for at in range(0, len(keys), CHUNK):
        some = keys[at : at + CHUNK]
        state = _state([resources[key] for key in some])
        found.append(_Chunk(some, state, _listed({key: texts[key] for key in some})))
    return found


def _listed(texts: Mapping[str, bytes]) -> bytes:
    return b", ".join([_quoted(key).encode() + b": " + text for key, text in texts.items()])


def _in_braces(parts: Iterable[list[bytes]]) -> list[bytes]:
    found = [b"{"]
    for part in parts:
        if part:
            found += (*part, b", ")
    if len(found) > 1:
        found.pop()
    return [*found, b"}"]


def _texts(manifest: Any, kind: str, resources: Mapping[str, Any]) -> dict[str, bytes]:
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


def _dumped(value: Any) -> bytes:
    return json.dumps(value, cls=JSONEncoder).encode()


def _state(resource: Any) -> bytes:
    """All that a resource, or some of them, are made of; empty where that cannot be told."""
    with suppress(
        Exception
    ):  # pickling runs any class's own code; what has no state is written anew
        return pickle.dumps(resource, pickle.HIGHEST_PROTOCOL)
    return b""
