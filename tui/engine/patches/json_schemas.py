"""The JSON schemas of dbt's classes, kept between processes.

dbt checks each profile, node and block of YAML by a schema that it builds from a class: a second of
work in each process, always with the same result. Here they come from a file of the user's cache
directory, which holds for these versions of dbt alone; what it lacks is built by dbt, and added
while the engine is idle.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from dbt_common.dataclass_schema import dbtClassMixin

from tui.protocol.private_files import make_private_directory, write_private

MAKERS = ("dbt-core", "dbt-common", "dbt-adapters", "mashumaro", "jsonschema")
"""The distributions that decide on a schema, beside that of the class itself."""

_known: dict[str, Any] = {}
_built: dict[str, Any] = {}
_built_by_dbt = dbtClassMixin.json_schema.__func__


def apply() -> None:
    """From here on, this process takes the schemas that are kept."""
    _known.update(_read())
    dbtClassMixin.json_schema = classmethod(_json_schema)


def save() -> None:
    """Keep what was built here, for the next process. A cache that cannot be written is none."""
    if not _built:
        return
    try:
        path = _path()
        make_private_directory(path.parent)
        write_private(path, json.dumps({**_read(), **_built}))
    except (OSError, RuntimeError):
        return
    _known.update(_built)
    _built.clear()


def _json_schema(cls: type) -> Any:
    key = _key(cls)
    if key in _known:
        return _known[key]
    if key in _built:
        return _built[key]
    schema = _built_by_dbt(cls)
    _built[key] = schema
    return schema


def _key(cls: type) -> str:
    """A class, as it stands in its file today."""
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    try:
        state = os.stat(file) if file else None
    except OSError:
        state = None
    stamp = f"{state.st_mtime_ns}:{state.st_size}" if state is not None else ""
    return f"{cls.__module__}:{cls.__qualname__}:{stamp}"


def _read() -> dict[str, Any]:
    try:
        kept = json.loads(_path().read_text(encoding="utf-8"))
    except (OSError, RuntimeError, ValueError):
        return {}
    if isinstance(kept, dict) and all(isinstance(schema, dict) for schema in kept.values()):
        return kept
    return {}


def _path() -> Path:
    """Where the schemas of these versions are. Raises RuntimeError where there is no home."""
    versions = [f"{name} {metadata.version(name)}" for name in MAKERS]
    place = "\n".join([sys.version, sys.prefix, *versions])
    digest = hashlib.sha256(place.encode()).hexdigest()[:16]
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base, "dbtree", f"schemas-{digest}.json")
