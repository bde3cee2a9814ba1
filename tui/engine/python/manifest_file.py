"""manifest.json, kept as the graph in memory: for definitions that read the file themselves.

Writing it takes seconds in a large project, so that it is written only when it is of another
graph. What it was written of stands in a small file of the state directory.
"""

from __future__ import annotations

import json
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

from dbt.version import __version__ as DBT_VERSION

from tui.protocol.whole_files import replacement

MANIFEST = "manifest.json"
WRITTEN = "written_manifests.json"


def bring_up_to_date(warm: Any, path: Path) -> None:
    """Write the manifest in memory to a file, as dbt would, unless it is there already.

    Args:
        warm: The project; see `Runnable`.
        path: Of the manifest; absolute.

    Raises:
        OSError: when the file cannot be written.
    """
    marks = Path(warm.loaded.state_dir) / "cache" / WRITTEN
    graph = _digest(warm)
    known = _read(marks)
    if graph and known.get(str(path)) == [graph, *_stamp(path)]:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacement(path) as partial:
        warm.manifest.writable_manifest().write(str(partial))
    known[str(path)] = [graph, *_stamp(path)]
    with suppress(OSError):  # it is written once more than needed
        marks.parent.mkdir(parents=True, exist_ok=True)
        with replacement(marks) as partial:
            Path(partial).write_text(json.dumps(known))


def _digest(warm: Any) -> str:
    """Of all that a manifest is made of; empty where that is not known."""
    manifest, config = warm.manifest, warm.loaded.config
    files = getattr(manifest, "files", None)
    if not files:
        return ""
    found = blake2b(digest_size=16)
    for key, file in sorted(files.items()):
        found.update(f"{key}={file.checksum.checksum}\n".encode("utf-8", "surrogatepass"))
    rest = (
        manifest.state_check, sorted(manifest.env_vars.items()), str(DBT_VERSION),
        config.target_name, config.profile_name, sorted(map(str, config.cli_vars.items())),
    )  # fmt: skip
    found.update(repr(rest).encode("utf-8", "surrogatepass"))
    return found.hexdigest()


def _stamp(path: Path) -> list[int]:
    try:
        found = path.stat()
    except OSError:
        return [0, 0]
    return [found.st_mtime_ns, found.st_size]


def _read(path: Path) -> dict[str, list[Any]]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
