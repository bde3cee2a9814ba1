"""What a save changes, as the files themselves say, while dbt still parses them.

A guess for some seconds, in which the tree shows what is edited, new or gone; the parse confirms it
or takes it back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from tui.engine.command.open_project import Shown
from tui.engine.parse.provisional import provisional_assets
from tui.engine.records.fingerprints import digest, without_layout
from tui.protocol.records import Asset

CODE = (".sql", ".py")


def edited(shown: Shown, root: Path, paths: Iterable[str]) -> Shown:
    """The rows with what these files say now.

    Args:
        shown: the rows that the window has.
        root: the project's directory.
        paths: the files that were saved or deleted, relative to the root.
    """
    touched = set(paths)
    assets = dict(shown.assets)
    by_path: dict[str, list[Asset]] = {}
    for asset in assets.values():
        by_path.setdefault(asset.path, []).append(asset)
    read = {one.unique_id: one for one in provisional_assets(root) if one.path in touched}
    for path in touched:
        for asset in by_path.get(path, ()):
            if not (root / path).exists():
                del assets[asset.unique_id]
            elif path.endswith(CODE) and asset.resource_type == "model":
                assets[asset.unique_id] = _edited(asset, root, read.get(asset.unique_id), assets)
    for key, asset in read.items():
        if key not in assets and not by_path.get(asset.path):
            assets[key] = asset
    return replace(shown, assets=assets)


def _edited(asset: Asset, root: Path, read: Asset | None, known: dict[str, Asset]) -> Asset:
    """The model with the code that its file has now, and the edges that can be read in it."""
    try:
        code = (root / asset.path).read_text("utf-8").strip()
    except (OSError, UnicodeError):
        return asset
    language = "python" if asset.path.endswith(".py") else "sql"
    found = digest(code)
    if found == asset.fingerprint.sql:
        return asset
    fingerprint = asset.fingerprint._replace(sql=found, code=digest(without_layout(code, language)))
    edges = tuple(key for key in read.depends_on if key in known) if read else asset.depends_on
    return asset._replace(fingerprint=fingerprint, depends_on=edges)
