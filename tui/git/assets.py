"""Which assets a change of files touches. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tui.git.contents import EVERYTHING
from tui.git.values import MODIFIED, AssetChange, Comparison, FileChange, GitState
from tui.graph import AssetGraph
from tui.protocol.records import Asset


def asset_changes(graph: AssetGraph, git: GitState) -> dict[str, AssetChange]:
    """What the branch changes, committed or not: unique_id → how."""
    waiting = touched(graph, git.head)
    found = {}
    for key, change in {**waiting, **touched(graph, git.branched)}.items():
        found[key] = replace(change, is_committed=key not in waiting)
    return found


def touched(graph: AssetGraph, compared: Comparison) -> dict[str, AssetChange]:
    """The assets, and the tests that are files of their own, that a comparison touches."""
    if not compared.changes:
        return {}
    # While dbt cannot parse, the graph has the files that were there before.
    moved = {change.before: change for change in compared.changes if change.before}
    files = {**moved, **{change.path: change for change in compared.changes}}
    found: dict[str, AssetChange] = {}
    for key, asset in graph.assets.items():
        change = next(_changes_of(asset, files, compared), None)
        if change is not None:
            found[key] = change
    for key, check in graph.checks.items():
        if check.kind == "singular" and (file := files.get(check.path)):
            found[key] = _of_file(file, check.path)
    return found


def _of_file(file: FileChange, path: str) -> AssetChange:
    """How that is changed which a file defines, or defined under the path that it had."""
    if path == file.before:
        return AssetChange(file.letter, after=file.path)
    return AssetChange(file.letter, before=file.before)


def _changes_of(
    asset: Asset, files: Mapping[str, FileChange], compared: Comparison
) -> Iterator[AssetChange]:
    """How an asset is changed, what matters most first."""
    own = files.get(asset.path)
    if own is not None and (not asset.line or _is_described(asset, own, compared)):
        is_in_yaml = bool(asset.line)
        letter = MODIFIED if is_in_yaml and own.letter != "A" else own.letter
        yield _of_file(own, asset.path) if letter == own.letter else AssetChange(letter)
    described = files.get(asset.patch_path) if asset.patch_path else None
    if described is not None and _is_described(asset, described, compared):
        yield AssetChange(MODIFIED, because=described.path)
    for macro in asset.macros:
        name = macro.rpartition(".")[2]
        if name in compared.macros:
            yield AssetChange(MODIFIED, because=f"the macro {name}")


def _is_described(asset: Asset, file: FileChange, compared: Comparison) -> bool:
    """Whether what a YAML file says of this asset is what differs."""
    names = compared.entries.get(file.path)
    if names is None:
        return not file.path.endswith((".yml", ".yaml"))
    name = asset.name.partition(".v")[0] if asset.version else asset.name
    return EVERYTHING in names or name in names
