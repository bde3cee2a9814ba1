"""Where the code of assets is, as metadata: in the files, or in git."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tui.definitions.assets import AssetsDefinition
from tui.definitions.dbt_assets import DbtAssetsDefinition
from tui.definitions.errors import DefinitionError
from tui.definitions.metadata import (
    CodeReferencesMetadataValue,
    LocalFileCodeReference,
    UrlCodeReference,
)
from tui.definitions.specs import AssetSpec

LABEL = "dagster/code_references"
TAKEN = (AssetsDefinition, DbtAssetsDefinition)
"""What has functions, and metadata of assets."""


@dataclass
class FilePathMapping:
    """From the path of a file to the one in a repository; a base for your own."""

    def convert_to_source_control_path(self, local_path: Path) -> str:
        """The path in the repository: relative to the current directory."""
        return os.path.relpath(local_path)


@dataclass
class AnchorBasedFilePathMapping(FilePathMapping):
    """By one file or directory whose path in the repository is known."""

    local_file_anchor: Path
    file_anchor_path_in_repository: str

    def convert_to_source_control_path(self, local_path: Path) -> str:
        """The path in the repository."""
        inside = os.path.relpath(local_path, self.local_file_anchor)
        return os.path.normpath(os.path.join(self.file_anchor_path_in_repository, inside))


def with_source_code_references(assets_defs: Sequence[Any]) -> list[Any]:
    """The same definitions with the file and line of each function as metadata of its assets."""
    return [_referring(one) if isinstance(one, TAKEN) else one for one in assets_defs]


def _referring(one: Any) -> Any:
    place = LocalFileCodeReference(one.function.path, one.function.line, one.function.name)

    def said(spec: AssetSpec) -> AssetSpec:
        known = spec.metadata.get(LABEL)
        found = [dict(row) for row in known.value] if known is not None else []
        own = CodeReferencesMetadataValue([*map(_reference, found), place])
        return spec.merge_attributes(metadata={LABEL: own})

    return one.map_asset_specs(said)


def _reference(row: dict[str, Any]) -> LocalFileCodeReference | UrlCodeReference:
    if "url" in row:
        return UrlCodeReference(row["url"], row.get("label"))
    return LocalFileCodeReference(row["path"], row.get("line"), row.get("label"))


def link_code_references_to_git(
    assets_defs: Iterable[Any],
    git_url: str,
    git_branch: str,
    file_path_mapping: FilePathMapping | None = None,
) -> list[Any]:
    """The same definitions with the files of their code references as pages of a repository.

    Args:
        assets_defs: Definitions.
        git_url: The repository's page: https://github.com/shop/orders.
        git_branch: Of which branch.
        file_path_mapping: From the path of a file to the one in the repository; by default it is
            relative to the current directory.

    Raises:
        DefinitionError: for an address that is none of GitHub or GitLab.
    """
    if not any(host in git_url for host in ("github", "gitlab")):
        raise DefinitionError(f"{git_url} is none of GitHub's or GitLab's addresses.")
    middle = "-/blob" if "gitlab" in git_url else "blob"

    def page(row: dict[str, Any]) -> LocalFileCodeReference | UrlCodeReference:
        if "url" in row:
            return _reference(row)
        mapping = file_path_mapping or FilePathMapping()
        inside = mapping.convert_to_source_control_path(Path(row["path"]))
        line = f"#L{row['line']}" if row.get("line") else ""
        address = f"{git_url.rstrip('/')}/{middle}/{git_branch}/{inside.replace(os.sep, '/')}{line}"
        return UrlCodeReference(address, row.get("label"))

    def said(spec: AssetSpec) -> AssetSpec:
        known = spec.metadata.get(LABEL)
        if known is None:
            return spec
        own = CodeReferencesMetadataValue([page(dict(row)) for row in known.value])
        return spec.merge_attributes(metadata={LABEL: own})

    return [one.map_asset_specs(said) if isinstance(one, TAKEN) else one for one in assets_defs]
