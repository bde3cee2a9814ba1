"""dbt's selector methods over the asset graph, each as in dbt.graph.selector_methods.

A method gives the assets and checks that it names. Some need what only dbt has (all of a node's
configuration, another state of the project, the files on the disk): they raise NeedsEngine, and
the engine is asked instead. Nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import field
from fnmatch import fnmatch
from pathlib import PurePosixPath

from tui.graph import Asset, AssetGraph, AssetStatus, Check
from tui.protocol.plain import plain
from tui.selection.names import NamePattern, names_of
from tui.selection.paths import existing_paths, glob_pattern, matching, original_path
from tui.selection.selectors import Criterion, NotASelector


class NeedsEngine(Exception):
    """Only dbt can say what this criterion selects."""

    def __init__(self, criterion: Criterion) -> None:
        super().__init__(str(criterion))
        self.criterion = criterion


@plain(frozen=True, eq=False)
class Scene:
    """What methods look at."""

    graph: AssetGraph
    project: str = ""
    """The name of the root project, for `package:this`."""
    statuses: Mapping[str, AssetStatus] = field(default_factory=dict)
    """For our own `status:`."""
    changed: Collection[str] = ()
    """What the branch changes, for `status:changed`: assets and tests."""
    answers: Mapping[Criterion, frozenset[str]] = field(default_factory=dict)
    """What dbt has said already about criteria that only it can resolve, reach included."""


Method = Callable[[Scene, Criterion], Iterable[str]]

_GROUPED = frozenset({"model", "seed", "snapshot", "metric", "python", "external"})
"""What `group:` finds: what dbt finds by it, and what Python definitions put into groups."""


def _fqn(scene: Scene, criterion: Criterion) -> Iterator[str]:
    wanted = NamePattern(criterion.value)
    return (key for key, name in names_of(scene.graph).items() if wanted.matches(name))


def _all(scene: Scene) -> Iterator[tuple[str, Asset | Check]]:
    yield from scene.graph.assets.items()
    yield from scene.graph.checks.items()


def _tag(scene: Scene, criterion: Criterion) -> Iterator[str]:
    for key, node in _all(scene):
        if any(fnmatch(tag, criterion.value) for tag in node.tags):
            yield key


def _group(scene: Scene, criterion: Criterion) -> Iterator[str]:
    for key, asset in scene.graph.assets.items():
        if asset.resource_type not in _GROUPED:
            continue
        if asset.group and fnmatch(asset.group, criterion.value):
            yield key


def _access(scene: Scene, criterion: Criterion) -> Iterator[str]:
    for key, asset in scene.graph.assets.items():
        if asset.resource_type == "model" and asset.access == criterion.value:
            yield key


def _source(scene: Scene, criterion: Criterion) -> Iterator[str]:
    parts = criterion.value.split(".")
    if len(parts) > 3:
        raise _malformed(criterion, "`source`, `source.table` or `package.source.table`")
    package = parts.pop(0) if len(parts) == 3 else "*"
    source, table = parts if len(parts) == 2 else (parts[0], "*")
    for key, asset in scene.graph.assets.items():
        if asset.resource_type == "source" and fnmatch(asset.package, package):
            own_source, _, own_table = asset.name.partition(".")
            if fnmatch(own_source, source) and fnmatch(own_table, table):
                yield key


def _declared(scene: Scene, criterion: Criterion) -> Iterator[str]:
    """Exposures, metrics, semantic models and saved queries: the method is their type."""
    package, name = _package_and_name(criterion)
    for key, asset in scene.graph.assets.items():
        named = fnmatch(asset.package, package) and fnmatch(asset.name, name)
        if named and asset.resource_type == criterion.method:
            yield key


def _unit_test(scene: Scene, criterion: Criterion) -> Iterator[str]:
    package, name = _package_and_name(criterion)
    for key, check in scene.graph.checks.items():
        if check.kind == "unit" and fnmatch(check.package, package) and fnmatch(check.name, name):
            yield key


def _package_and_name(criterion: Criterion) -> tuple[str, str]:
    parts = criterion.value.split(".")
    if len(parts) > 2:
        raise _malformed(criterion, "`name` or `package.name`")
    return ("*", parts[0]) if len(parts) == 1 else (parts[0], parts[1])


def _file(scene: Scene, criterion: Criterion) -> Iterator[str]:
    for key, node in _all(scene):
        path = PurePosixPath(node.path)
        if fnmatch(path.name, criterion.value) or fnmatch(path.stem, criterion.value):
            yield key


def _package(scene: Scene, criterion: Criterion) -> Iterator[str]:
    wanted = criterion.value
    if wanted == "this":
        if not scene.project:
            raise NeedsEngine(criterion)
        wanted = scene.project
    for key, node in _all(scene):
        if fnmatch(node.package, wanted):
            yield key


def _path(scene: Scene, criterion: Criterion) -> Iterator[str]:
    """What is at a path.

    dbt looks for the pattern among the files of the root project, and then for nodes whose path
    within their own package, or a directory of it, is one of those.
    """
    pattern = criterion.value
    odd = any(part == ".." or ("**" in part and part != "**") for part in pattern.split("/"))
    if odd or "[" in pattern or pattern.startswith("/") or not glob_pattern(pattern).pattern:
        raise NeedsEngine(criterion)
    present = existing_paths(scene.graph)
    for key, node in _all(scene):
        found = set(matching(pattern, original_path(node.path, node.package)))
        if isinstance(node, Asset) and node.patch_path:
            patch = original_path(node.patch_path, node.package)
            found.update(path for path in matching(pattern, patch) if path == patch)
        if found and present.isdisjoint(found):
            raise NeedsEngine(criterion)
        if found:
            yield key


def _config(scene: Scene, criterion: Criterion) -> Iterator[str]:
    if criterion.arguments == ("materialized",):
        for key, asset in scene.graph.assets.items():
            configured = asset.resource_type in ("model", "seed", "snapshot")
            if configured and asset.materialized == criterion.value:
                yield key
        if criterion.value == "test":
            yield from (key for key, check in scene.graph.checks.items() if check.kind != "unit")
    elif criterion.arguments == ("severity",):
        for key, check in scene.graph.checks.items():
            if check.kind != "unit" and check.severity == criterion.value.lower():
                yield key
    else:
        raise NeedsEngine(criterion)


RESOURCE_TYPES = frozenset(
    {
        "model", "seed", "snapshot", "source", "exposure", "function", "test", "unit_test",
        "analysis", "operation", "metric", "semantic_model", "saved_query",
    }
)  # fmt: skip


def _resource_type(scene: Scene, criterion: Criterion) -> Iterator[str]:
    wanted = criterion.value
    if wanted not in RESOURCE_TYPES:
        raise _malformed(criterion, f"one of {', '.join(sorted(RESOURCE_TYPES))}")
    for key, asset in scene.graph.assets.items():
        if asset.resource_type == wanted:
            yield key
    for key, check in scene.graph.checks.items():
        if wanted == ("unit_test" if check.kind == "unit" else "test"):
            yield key


def _test_name(scene: Scene, criterion: Criterion) -> Iterator[str]:
    for key, check in scene.graph.checks.items():
        if check.kind == "generic":
            # dbt leaves the namespace out: `dbt_utils.expression_is_true`.
            if fnmatch(check.test_name.rpartition(".")[2], criterion.value):
                yield key
        elif check.kind == "unit" and fnmatch(check.name, criterion.value):
            yield key


TEST_TYPES = {
    "generic": ("generic",),
    "schema": ("generic",),
    "data": ("generic", "singular"),
    "singular": ("singular",),
    "unit": ("unit",),
}


def _test_type(scene: Scene, criterion: Criterion) -> Iterator[str]:
    kinds = TEST_TYPES.get(criterion.value)
    if kinds is None:
        raise _malformed(criterion, "generic, singular, unit or data")
    return (key for key, check in scene.graph.checks.items() if check.kind in kinds)


def _version(scene: Scene, criterion: Criterion) -> Iterator[str]:
    if criterion.value != "none":
        raise NeedsEngine(criterion)
    for key, asset in scene.graph.assets.items():
        if asset.resource_type == "model" and not asset.version:
            yield key


def _status(scene: Scene, criterion: Criterion) -> Iterator[str]:
    """Our own: `status:stale`, `status:checks_failed`, `status:never*`.

    An asset is selected by each of its words: one whose checks failed and that is stale by both.
    """
    wanted = criterion.value.replace("_", " ").replace("-", " ")
    if wanted == CHANGED:
        yield from scene.changed
        return
    for key, status in scene.statuses.items():
        if key in scene.graph.assets and any(fnmatch(word, wanted) for word in status.words):
            yield key


CHANGED = "changed"
"""Of what the branch changes; not a status of an asset, but as good as one to select by."""


def _malformed(criterion: Criterion, expected: str) -> NotASelector:
    return NotASelector(
        f"`{criterion.method}:{criterion.value}`: expected {expected}",
        criterion.column,
        len(criterion.text),
    )


LOCAL: Mapping[str, Method] = {
    "access": _access,
    "config": _config,
    "exposure": _declared,
    "file": _file,
    "fqn": _fqn,
    "group": _group,
    "metric": _declared,
    "package": _package,
    "path": _path,
    "resource_type": _resource_type,
    "saved_query": _declared,
    "semantic_model": _declared,
    "source": _source,
    "status": _status,
    "tag": _tag,
    "test_name": _test_name,
    "test_type": _test_type,
    "unit_test": _unit_test,
    "version": _version,
}
"""The methods that can be answered here."""
