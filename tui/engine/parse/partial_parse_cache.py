"""The manifest on disk, from which the next start of the engine begins: dbt's partial parse file.

Ours is in `.dbtree/cache/`, so that dbt's own commands and the engine never write the same file.
"""

from __future__ import annotations

from pathlib import Path

from dbt.constants import PARTIAL_PARSE_FILE_NAME
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import extended_mashumaro_encoder

from tui.engine.parse.runtime_config import LoadedProject
from tui.protocol.private_files import make_private_directory, private
from tui.protocol.whole_files import replacement


def own_cache(loaded: LoadedProject) -> Path:
    """Where the engine keeps its partial parse file."""
    return loaded.state_dir / "cache" / PARTIAL_PARSE_FILE_NAME


def find_cache(loaded: LoadedProject) -> Path | None:
    """The partial parse file to start from: ours, else the one that dbt left; None for neither,
    or where the project turned partial parsing off.
    """
    if not loaded.flags.PARTIAL_PARSE:
        return None
    dbts = Path(loaded.config.project_target_path, PARTIAL_PARSE_FILE_NAME)
    return next((path for path in (own_cache(loaded), dbts) if path.is_file()), None)


def write_cache(loaded: LoadedProject, manifest: Manifest) -> None:
    """Write ours, whole or not at all. Raises OSError where the directory cannot be written."""
    path = own_cache(loaded)
    make_private_directory(path.parent)
    with replacement(path) as partial, open(partial, "xb", opener=private) as file:
        file.write(manifest.to_msgpack(extended_mashumaro_encoder))
