"""What a save changes, as the saved files themselves say, while dbt still parses them.

A guess for some seconds, in which the tree shows what is edited, new or gone; the parse confirms it
or takes it back. Only the saved files are read, so that it shows at once in a project of any size.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from tui.engine.command.open_project import Shown
from tui.engine.command.project_files import ProjectFiles
from tui.engine.parse.provisional import Ref, read_roughly
from tui.engine.records.fingerprints import digest, without_layout
from tui.protocol.records import Asset, Fingerprint

CODE = (".sql", ".py")


def edited(shown: Shown, files: ProjectFiles, paths: Iterable[str]) -> Shown:
    """The rows with what these files say now.

    Args:
        shown: the rows as dbt parsed them last.
        files: the project.
        paths: the files that were saved or deleted, relative to the project's root.
    """
    assets = dict(shown.assets)
    touched = set(paths)
    known: dict[str, list[Asset]] = {path: [] for path in touched}
    for asset in shown.assets.values():
        if asset.path in known:
            known[asset.path].append(asset)
    for path, of_file in known.items():
        text = _text(files.root / path)
        for asset in of_file:
            if text is None:
                del assets[asset.unique_id]
            elif asset.resource_type == "model" and path.endswith(CODE):
                assets[asset.unique_id] = _edited(asset, text, assets)
        if not of_file and text is not None and (new := _new(path, text, files, assets)):
            assets[new.unique_id] = new
    return replace(shown, assets=assets)


def _edited(asset: Asset, text: str, known: Mapping[str, Asset]) -> Asset:
    """The model with the code that its file has now, and the edges that can be read in it."""
    fingerprint = _fingerprint(text, asset.path, asset.fingerprint)
    if fingerprint.sql == asset.fingerprint.sql:
        return asset
    return asset._replace(fingerprint=fingerprint, depends_on=_edges(text, known, asset.package))


def _new(path: str, text: str, files: ProjectFiles, known: Mapping[str, Asset]) -> Asset | None:
    """The model of a new file; None where it is none."""
    top = next((one for one in files.model_paths if path.startswith(f"{one}/")), None)
    if top is None or not path.endswith(CODE):
        return None
    below, package = PurePosixPath(path).relative_to(top), files.project_name
    materialized = read_roughly(text)[1] or ("table" if path.endswith(".py") else "view")
    return Asset(
        unique_id=f"model.{package}.{below.stem}",
        name=below.stem,
        resource_type="model",
        materialized=materialized,
        package=package,
        path=path,
        line=0,
        patch_path="",
        fqn=".".join((package, *below.parts[:-1], below.stem)),
        relation="",
        depends_on=_edges(text, known, package),
        macros=(),
        fingerprint=_fingerprint(text, path, Fingerprint()),
    )


def _fingerprint(text: str, path: str, before: Fingerprint) -> Fingerprint:
    language = "python" if path.endswith(".py") else "sql"
    return before._replace(sql=digest(text), code=digest(without_layout(text, language)))


def _edges(text: str, known: Mapping[str, Asset], package: str) -> tuple[str, ...]:
    found = (_read(ref, known, package) for ref in read_roughly(text)[0])
    return tuple(sorted({key for key in found if key}))


def _read(ref: Ref, known: Mapping[str, Asset], package: str) -> str:
    """The unique_id of what a `ref` or a `source` means, the package's own first."""
    if ref.kind == "source":
        name = f"{ref.first}.{ref.second}"
        return next(
            (
                key
                for key, row in known.items()
                if row.resource_type == "source" and row.name == name
            ),
            "",
        )
    packages = (ref.first,) if ref.first else (package, *{row.package for row in known.values()})
    for one in packages:
        for kind in ("model", "seed", "snapshot"):
            if (key := f"{kind}.{one}.{ref.second}") in known:
                return key
    return ""


def _text(path: Path) -> str | None:
    """The code of a file as dbt has it; None where there is no file."""
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return None
