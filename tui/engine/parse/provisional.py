"""A first look at a project that dbt has never parsed: its assets and edges, read from the files.

dbt takes many seconds for its first parse of a large project, and seconds to import itself. Until
it is done, this shows what is in the files: a model is a file, its edges are its `ref` and `source`
calls, as dbt's own static reader (`dbt_extractor`) finds them without rendering anything. It is a
guess and marked as such: no macros are expanded, nothing disabled is known, no checks.

Imports nothing of dbt but `dbt_extractor`, which is there at once.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tui.engine.process.forked import HAS_FORK, ChildDied, in_child
from tui.protocol.records import Asset, Fingerprint

_REF = re.compile(r"""\bref\s*\(\s*(?:['"]([\w.-]+)['"]\s*,\s*)?['"]([\w.-]+)['"]""")
_SOURCE = re.compile(r"""\bsource\s*\(\s*['"]([^'"]+)['"]\s*,\s*['"]([^'"]+)['"]""")
_MATERIALIZED = re.compile(r"""\bmaterialized\s*=\s*['"](\w+)['"]""")
_SNAPSHOT = re.compile(r"{%-?\s*snapshot\s+(\w+)\s*-?%}")
_DESCRIBED = re.compile(r"^\s*(?:sources|exposures|snapshots)\s*:", re.MULTILINE)

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Ref(NamedTuple):
    """What a model reads: a `ref` (package or empty, name) or a `source` (source, table)."""

    kind: str
    first: str
    second: str


@dataclass
class _Found:
    """An asset as its file says, before its edges are resolved."""

    resource_type: str
    package: str
    name: str
    path: str
    materialized: str
    reads: list[Ref] = field(default_factory=list)
    line: int = 0
    description: str = ""
    owner: str = ""
    schema: str = ""

    @property
    def unique_id(self) -> str:
        return ".".join(part for part in self.parts if part)

    @property
    def parts(self) -> tuple[str, ...]:
        return (self.resource_type, self.package, self.schema, self.name)

    @property
    def shown_name(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name


def provisional_assets(root: Path) -> list[Asset]:
    """The assets that a project's files and its installed packages speak of; none where
    `dbt_project.yml` cannot be read.
    """
    found: list[_Found] = []
    for base in (root, *sorted((root / "dbt_packages").glob("*/"))):
        project = _yaml_of(base / "dbt_project.yml")
        if isinstance(project, dict) and project.get("name"):
            found += _assets_of_package(base, root, project)
    return _resolved(found)


def _assets_of_package(base: Path, root: Path, project: dict[str, Any]) -> Iterator[_Found]:
    package = str(project["name"])

    def directories(key: str, default: str) -> list[str]:
        stated = project.get(key)
        return [str(item) for item in stated] if isinstance(stated, list) else [default]

    def shown(path: str) -> str:
        return os.path.relpath(path, root)

    models = project.get("models")
    model_paths = directories("model-paths", "models")
    code = [
        (top, path)
        for top in model_paths
        for path in _files(base / top, (".sql", ".py"))
    ]  # fmt: skip
    readings = _read_all([(path, _text(path)) for _, path in code])
    for (top, path), (reads, stated) in zip(code, readings, strict=True):
        below = Path(path).relative_to(base / top)
        default = _configured(models, [package, *below.parts[:-1], below.stem]) or "view"
        if path.endswith(".py"):
            default = "table"
        yield _Found("model", package, below.stem, shown(path), stated or default, reads)
    for top in directories("seed-paths", "seeds"):
        for path in _files(base / top, (".csv",)):
            yield _Found("seed", package, Path(path).stem, shown(path), "seed")
    for top in directories("snapshot-paths", "snapshots"):
        for path in _files(base / top, (".sql",)):
            text = _text(path)
            for block in _SNAPSHOT.finditer(text):
                body = text[block.end() : text.find("endsnapshot", block.end())]
                yield _Found(
                    "snapshot", package, block[1], shown(path), "snapshot", read_roughly(body)[0]
                )
    tops = [*model_paths, *directories("snapshot-paths", "snapshots")]
    for path in dict.fromkeys(p for top in tops for p in _files(base / top, (".yml", ".yaml"))):
        yield from _described(path, package, shown(path))


def _described(path: str, package: str, shown: str) -> Iterator[_Found]:
    """Sources, exposures and snapshots of a YAML file."""
    text = _text(path)
    if not _DESCRIBED.search(text):
        return  # most files only describe models: reading YAML is slow
    content = _yaml(text)
    for source in _dicts(content, "sources"):
        for table in _dicts(source, "tables"):
            name, schema = str(table.get("name", "")), str(source.get("name", ""))
            description = str(table.get("description") or "")
            yield _Found(
                "source", package, name, shown, "source", [], _line_of(text, name), description,
                schema=schema,
            )  # fmt: skip
    for exposure in _dicts(content, "exposures"):
        reads = read_roughly(" ".join(map(str, exposure.get("depends_on") or ())))[0]
        owner = exposure.get("owner")
        name = str(exposure.get("name", ""))
        yield _Found(
            "exposure", package, name, shown, str(exposure.get("type") or ""), reads,
            _line_of(text, name), str(exposure.get("description") or ""),
            str(owner.get("name") or "") if isinstance(owner, dict) else "",
        )  # fmt: skip
    for snapshot in _dicts(content, "snapshots"):
        if snapshot.get("relation"):
            name = str(snapshot.get("name", ""))
            reads = read_roughly(str(snapshot["relation"]))[0]
            yield _Found(
                "snapshot", package, name, shown, "snapshot", reads, _line_of(text, name)
            )  # fmt: skip


def _resolved(found: Iterable[_Found]) -> list[Asset]:
    """The assets with their edges; what is read and not there is left out."""
    kept = {item.unique_id: item for item in found if item.name}
    by_name: dict[str, list[_Found]] = {}
    sources: dict[tuple[str, str], list[_Found]] = {}
    for item in kept.values():
        if item.resource_type == "source":
            sources.setdefault((item.schema, item.name), []).append(item)
        elif item.resource_type != "exposure":
            by_name.setdefault(item.name, []).append(item)

    def target(item: _Found, read: Ref) -> str:
        among = (
            sources.get((read.first, read.second), [])
            if read.kind == "source"
            else [x for x in by_name.get(read.second, []) if read.first in ("", x.package)]
        )
        own = [other for other in among if other.package == item.package]
        return next((other.unique_id for other in own or among), "")

    return [
        Asset(
            unique_id=item.unique_id,
            name=item.shown_name,
            resource_type=item.resource_type,
            materialized=item.materialized,
            package=item.package,
            path=item.path,
            line=item.line,
            patch_path="",
            fqn=f"{item.package}.{item.name}",
            relation="",
            depends_on=tuple(sorted({target(item, read) for read in item.reads} - {""})),
            macros=(),
            fingerprint=Fingerprint(),
            owner=item.owner,
            description=item.description.split("\n\n")[0].strip()[:300],
        )
        for item in kept.values()
    ]


# ---------------------------------------------------------------- reading


Reading = tuple[list[Ref], str]
"""What a model reads, and its materialization where it states one."""


def _read_all(models: list[tuple[str, str]]) -> list[Reading]:
    """Read all models (path, text), in a child where that can be: the extractor starts threads,
    and no process that has threads is forked again safely.
    """
    roughly = [read_roughly(text) for _, text in models]
    if not HAS_FORK or not models:
        return roughly
    try:
        return in_child(
            # The extractor knows Jinja only, and says of Python that there is nothing in it.
            lambda: [
                rough if path.endswith(".py") else _read(text)
                for (path, text), rough in zip(models, roughly, strict=True)
            ]
        )
    except ChildDied:
        return roughly


def _read(text: str) -> Reading:
    from dbt_extractor import ExtractionError, py_extract_from_source

    try:
        found = py_extract_from_source(text)
    except ExtractionError:
        return read_roughly(text)
    reads = [Ref("ref", ref.get("package") or "", str(ref["name"])) for ref in found["refs"]]
    reads += [Ref("source", str(source), str(table)) for source, table in found["sources"]]
    stated = dict(found["configs"]).get("materialized", "")
    return reads, stated if isinstance(stated, str) else ""


def read_roughly(text: str) -> Reading:
    """What a model reads by pattern alone: at once, for Python models, and for what the extractor
    does not understand.
    """
    reads = [Ref("ref", package, name) for package, name in _REF.findall(text)]
    reads += [Ref("source", source, table) for source, table in _SOURCE.findall(text)]
    stated = _MATERIALIZED.search(text)
    return reads, stated[1] if stated else ""


def _configured(models: Any, fqn: list[str]) -> str:
    """The materialization that `dbt_project.yml` gives a model: the deepest that applies."""
    found = ""
    level: Any = models
    for part in ["", *fqn]:
        level = level.get(part) if part and isinstance(level, dict) else level
        if not isinstance(level, dict):
            break
        stated = level.get("+materialized") or level.get("materialized")
        found = stated if isinstance(stated, str) else found
    return found


def _files(top: Path, suffixes: tuple[str, ...]) -> Iterator[str]:
    for directory, below, names in os.walk(top):
        below.sort()
        for name in sorted(names):
            if name.endswith(suffixes) and not name.startswith((".", "#", "~")):
                yield os.path.join(directory, name)


def _text(path: str | Path) -> str:
    try:
        return Path(path).read_text("utf-8", "replace")
    except OSError:
        return ""


def _yaml_of(path: Path) -> Any:
    return _yaml(_text(path))


def _yaml(text: str) -> Any:
    try:
        return yaml.load(text, Loader=_Loader)
    except (yaml.YAMLError, ValueError):
        return None


def _dicts(content: Any, key: str) -> list[dict[str, Any]]:
    listed = content.get(key) if isinstance(content, dict) else None
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []


def _line_of(text: str, name: str) -> int:
    found = re.search(rf"^\s*-?\s*name\s*:\s*['\"]?{re.escape(name)}\b", text, re.MULTILINE)
    return text.count("\n", 0, found.end()) + 1 if found else 0
