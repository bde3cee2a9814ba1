"""Where the definitions of an open project are. Imports neither dbt nor definitions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tui.protocol.messages import Open

if TYPE_CHECKING:
    from tui.definitions.loader import Place


def place_of(request: Open) -> Place | None:
    """Where the definitions of a project are; None where it has none."""
    if not request.definitions_module:
        return None
    from tui.definitions.loader import Place

    return Place(
        Path(request.definitions_root), request.definitions_module, request.definitions_are_dagsters
    )


def directory_of(place: Place) -> Path:
    """What to watch: the package of the module, or the directory of a module that has none."""
    package = place.module.partition(".")[0]
    for base in (place.root, place.root / "src"):
        if (base / package).is_dir():
            return base / package
    return place.root
