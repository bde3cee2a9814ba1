"""What can follow while a selector is typed: methods, and the values that a project has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from heapq import nsmallest

from tui.graph import Asset, AssetGraph, Status
from tui.graph.derived_cache import derived
from tui.protocol.plain import plain
from tui.selection.dagster import is_dagster
from tui.selection.fuzzy import score
from tui.selection.selectors import METHODS, NotASelector, parse_selector

_WORD = re.compile(r"(?P<before>.*[\s,(]|)(?P<reach>@|\d*\+)?(?P<typed>[^\s,(+]*)\Z", re.DOTALL)


@plain(frozen=True, slots=True)
class Completion:
    """One way to go on."""

    text: str
    """What replaces the text from `start` up to the cursor: `tag:`, `tag:nightly`, `orders`."""
    start: int
    kind: str
    """method, or what the value is: asset, tag, group, …"""


def complete(
    graph: AssetGraph, text: str, most: int = 50, *, selectors: Iterable[str] = ()
) -> list[Completion]:
    """How the selector before the cursor can go on, the best first.

    Args:
        graph: the project.
        text: what is before the cursor.
        most: how many are given at most.
        selectors: the names of the selectors of selectors.yml.
    """
    match = _WORD.match(text)
    if match is None:
        return []
    typed, start = match["typed"], match.start("typed")
    method, colon, value = typed.partition(":")
    values = values_of(graph)
    if colon:
        kind = method.partition(".")[0]
        known = tuple(selectors) if method == "selector" else values.get(method, ())
        found = [
            (rank, Completion(f"{method}:{item}", start, kind))
            for rank, item in _best(value, known, most)
        ]
    else:
        methods = [f"{name}:" for name in METHODS | {"config.materialized"} - {"config"}]
        found = [(r, Completion(name, start, "method")) for r, name in _best(typed, methods, most)]
        found += [
            (rank, Completion(name, start, "asset"))
            for rank, name in _best(typed, values["fqn"], most)
        ]
    found.sort(key=lambda pair: (-pair[0], pair[1].text))
    return [one for _, one in found[:most] if one.text != typed]


LISTED = frozenset(
    {"tag", "group", "access", "package", "resource_type", "status", "exposure", "test_name"}
)
"""Methods of which every value that means something in a project is known."""


def unknown_value(graph: AssetGraph, text: str, *, selectors: Iterable[str] = ()) -> str:
    """In words, the first value of a selection that the project does not have: `no tag nope`.

    Empty where each is known, has a `*`, or only dbt could say. Arguments as of `complete`.
    """
    if is_dagster(text):
        return ""
    try:
        unions = parse_selector(text).unions
    except NotASelector:
        return ""
    known = {**values_of(graph), "selector": tuple(selectors)}
    for one in (criterion for criteria in unions for criterion in criteria):
        if one.method not in LISTED | {"selector"} or any(sign in one.value for sign in "*?["):
            continue
        value = (
            one.value.replace("-", "_").replace(" ", "_") if one.method == "status" else one.value
        )
        if value and value not in known[one.method]:
            return f"no {one.method.replace('_', ' ')} {one.value}"
    return ""


def _best(typed: str, names: Iterable[str], most: int) -> list[tuple[int, str]]:
    """The names that go on from what is typed, with their scores; at most so many."""
    if not typed:
        return [(1, name) for name in nsmallest(most, names)]
    names = list(names)
    beginning = [name for name in names if name.startswith(typed)]
    if len(beginning) >= most:
        # No other can be better, and the shortest of these are the best.
        names = nsmallest(most, beginning, key=lambda name: (len(name), name))
    scored = ((score(typed, name), name) for name in names)
    return nsmallest(most, ((rank, name) for rank, name in scored if rank), key=_worse)


def _worse(ranked: tuple[int, str]) -> tuple[int, str]:
    return -ranked[0], ranked[1]


@derived
def values_of(graph: AssetGraph) -> Mapping[str, tuple[str, ...]]:
    """The values of each method that a project has."""
    assets, checks = graph.assets.values(), graph.checks.values()

    def named(*resource_types: str) -> Iterable[str]:
        return (asset.name for asset in assets if asset.resource_type in resource_types)

    def every(part: str) -> Iterable[str]:
        return (getattr(asset, part) for asset in assets)

    found: dict[str, Iterable[str]] = {
        "fqn": (asset.name for asset in assets if asset.resource_type != "source"),
        "tag": {tag for asset in assets for tag in asset.tags}.union(
            *(check.tags for check in checks)
        ),
        "group": every("group"),
        "owner": (owner for asset in assets for owner in asset.owners),
        "access": every("access"),
        "package": (*every("package"), "this"),
        "resource_type": (*every("resource_type"), *(("test",) if graph.checks else ())),
        "kind": (*every("resource_type"), *every("materialized")),
        "config.materialized": map(_materialization, assets),
        "source": (*named("source"), *(name.partition(".")[0] for name in named("source"))),
        "exposure": named("exposure"),
        "unit_test": (check.name for check in checks if check.kind == "unit"),
        "test_name": (check.test_name.rpartition(".")[2] for check in checks),
        "test_type": ("generic", "singular", "unit", "data"),
        "path": (part for asset in assets for part in _directories(asset.path)),
        "file": (asset.path.rpartition("/")[2] for asset in assets),
        "state": ("modified", "modified+", "new", "old", "unmodified"),
        "result": ("error", "fail", "warn", "success", "skipped", "pass"),
        "version": ("latest", "prerelease", "old", "none"),
        "status": ("changed", *(status.value.replace(" ", "_") for status in Status)),
        "git": ("HEAD", "main", "master"),
    }
    found["key"] = every("name")
    return {method: tuple(sorted({item for item in of if item})) for method, of in found.items()}


def _materialization(asset: Asset) -> str:
    return asset.materialized if asset.resource_type in ("model", "seed", "snapshot") else ""


def _directories(path: str) -> Iterable[str]:
    parts = path.split("/")[:-1]
    return ("/".join(parts[:count]) for count in range(1, len(parts) + 1))
