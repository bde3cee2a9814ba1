"""What could be written into a properties file, as a value; and how such a file is replaced."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tui.errors import ProjectError
from tui.graph import Asset
from tui.properties.additions import with_additions
from tui.properties.entries import NotPatchable
from tui.properties.style import Asset as Described
from tui.properties.style import Column
from tui.properties.suggestions import Suggestion
from tui.protocol.whole_files import replacement
from tui.refactoring.asset_names import base_name
from tui.refactoring.edits import Change, FileEdit
from tui.sql.template import has_jinja


@dataclass(frozen=True)
class Proposal:
    """What could be written about an asset."""

    asset: Asset
    path: str
    """The file, relative to the project's root."""
    before: str | None
    """Its text; None where there is no file."""
    columns: Sequence[Column]
    with_types: bool
    suggested: Sequence[Suggestion] = ()
    with_arguments: bool = True
    notes: Sequence[str] = field(default=())
    """What could not be found out, in sentences."""

    def text(self, chosen: Collection[int] = ()) -> str:
        """The file with what is missing, and with the chosen ones of the suggested tests.

        Raises NotPatchable.
        """
        tests: dict[str, list[Any]] = {}
        for place in sorted(chosen):
            one = self.suggested[place]
            test = one.in_yaml(with_arguments=self.with_arguments)
            tests.setdefault(one.column, []).append(test)
        columns = [replace(one, tests=tests.get(one.name, ())) for one in self.columns]
        asset = self.asset
        described = Described(
            asset.resource_type, described_name(asset), columns, self.with_types, asset.version
        )
        try:
            return with_additions(self.before or "", described)
        except NotPatchable as error:
            raise NotPatchable(f"{self.path}: {error.message}") from None

    def change(self, chosen: Collection[int] = ()) -> Change:
        """What is written with the chosen tests. Raises NotPatchable."""
        edit = FileEdit(self.path, self.before, self.text(chosen))
        return Change(f"YAML of {self.asset.name}", [edit], unique_id=self.asset.unique_id)

    def diff(self, chosen: Collection[int] = ()) -> list[str]:
        """The lines of a unified diff; none where nothing is missing. Raises NotPatchable."""
        return self.change(chosen).diff()


def described_name(asset: Asset) -> str:
    """The name by which YAML describes an asset: `source.table` for a source, without a version."""
    return asset.name if asset.resource_type == "source" else base_name(asset)


def nameable(columns: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    """Those that a properties file can name: dbt reads a name in YAML as Jinja. The name is the
    first of what is known about each.
    """
    return [one for one in columns if not has_jinja(one[0])]


# --------------------------------------------------------------------------- files


def read_text(path: Path) -> str | None:
    """The text of a file with its own line ends; None where there is none. Raises ProjectError."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"{path.name} cannot be read: {error}") from None


def replace_text(path: Path, before: str | None, after: str | None) -> None:
    """Put a text in the place of another one, whole; None is no file.

    Raises ProjectError where the file has another text than `before`, or cannot be written.
    """
    if read_text(path) != before:
        raise ProjectError(f"{path.name} was changed meanwhile: nothing is written.")
    try:
        if after is None:
            path.unlink()
            return
        real = Path(os.path.realpath(path))
        real.parent.mkdir(parents=True, exist_ok=True)
        with replacement(real) as partial:
            partial.write_bytes(after.encode("utf-8"))
            if before is not None:
                shutil.copymode(real, partial)
    except OSError as error:
        raise ProjectError(f"{path.name} cannot be written: {error.strerror or error}") from None
