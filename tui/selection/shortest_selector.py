"""The shortest selector that says a set of assets: `+orders` instead of nine names.

Candidates are everything that dbt's language can say about the project in one criterion (a tag, a
folder, a name with what is upstream or downstream of it, …) and that selects nothing outside the
set; of these as few and short ones are taken as together say it whole, since the shortest union is
as hard to find as any set cover. Whole sets are also tried as one criterion, or as two of which
both hold (`+orders,stg_orders+` is all between the two).
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import combinations

from tui.graph import AssetGraph
from tui.selection.completion import values_of
from tui.selection.methods import NeedsEngine, Scene
from tui.selection.node_selector import selectors_of
from tui.selection.resolver import reach, resolve, with_checks
from tui.selection.selectors import NotASelector, parse_selector

METHODS = (
    "tag", "group", "access", "package", "path", "config.materialized", "resource_type", "source",
    "exposure",
)  # fmt: skip
EVERYTHING = ("*", "source:*", "exposure:*")
ENDS = 60
"""So many tops and bottoms of a set are tried for what lies between them."""
NEAR = 200
"""In sets up to this size, reaches of a few steps are tried too."""
MANY = 2000
"""In projects with more assets, paths are not tried: the folders of names say the same."""
STEPS = 3
WIDEST = 40
"""Criteria that hold the whole set, of which pairs are tried."""

Candidates = dict[str, frozenset[str]]


def shortest(scene: Scene, marks: Collection[str]) -> str:
    """A short selector that selects exactly these assets and checks.

    Checks that read one of the assets come along, as dbt brings them along with it, so they may be
    among the marks or not. What the project does not have is left out. Empty for nothing.
    """
    graph = scene.graph
    assets = {key for key in marks if key in graph.assets}
    target = with_checks(graph, {*assets, *(key for key in marks if key in graph.checks)})
    if not target:
        return ""
    names = selectors_of(graph, target)
    within: Candidates = {}
    around: Candidates = {}
    for text, found in _said(scene):
        if found and found <= target:
            within[text] = found
        if found >= target:
            around[text] = found
    for text, found in _reaches(graph, assets, names):
        within.setdefault(text, found)
    along = with_checks(graph, assets) - assets
    for key in target - along:
        within.setdefault(names[key], frozenset(with_checks(graph, {key})))
    whole = [text for text, found in within.items() if found == target]
    whole += _both(graph, target, assets, names, around)
    covered = " ".join(_cover(within, target))
    return min((*whole, covered), key=lambda text: (len(text), text.count(" "), text))


def _said(scene: Scene) -> Iterator[tuple[str, frozenset[str]]]:
    """All criteria with a method, and the folders of names, with what they select."""
    values = values_of(scene.graph)
    methods = [one for one in METHODS if one != "path" or len(scene.graph) <= MANY]
    texts = [f"{method}:{value}" for method in methods for value in values[method]]
    folders = {
        asset.fqn[: index + len(part)]
        for asset in scene.graph.assets.values()
        for index, part in _folders(asset.fqn)
    }
    folders |= {text.partition(".")[2] for text in folders if "." in text}
    plain = (text for text in (*texts, *sorted(folders)) if not any(c in text for c in "+@, "))
    for text in (*EVERYTHING, " ".join(EVERYTHING), *plain):
        try:
            yield text, frozenset(resolve(scene, parse_selector(text)))
        except (NeedsEngine, NotASelector):
            continue


def _folders(fqn: str) -> Iterator[tuple[int, str]]:
    at = 0
    *parts, _ = fqn.split(".")
    for part in parts:
        yield at, part
        at += len(part) + 1


def _reaches(
    graph: AssetGraph, assets: set[str], names: Mapping[str, str]
) -> Iterator[tuple[str, frozenset[str]]]:
    """`+name`, `name+` and `2+name` that stay within the assets."""
    above: set[str] = set()
    below: set[str] = set()
    for key in graph.order:
        if key in assets and all(up in above for up in graph.upstream(key)):
            above.add(key)
    for key in reversed(graph.order):
        if key in assets and all(down in below for down in graph.downstream[key]):
            below.add(key)
    for key in above:
        if graph.upstream(key) and above.isdisjoint(graph.downstream[key]):
            found = {key} | graph.ancestors((key,))
            yield f"+{names[key]}", frozenset(with_checks(graph, found))
    for key in below:
        if graph.downstream[key] and below.isdisjoint(graph.upstream(key)):
            found = {key} | graph.descendants((key,))
            yield f"{names[key]}+", frozenset(with_checks(graph, found))
    if len(assets) <= NEAR:
        yield from _steps(graph, assets, names)


def _steps(
    graph: AssetGraph, assets: set[str], names: Mapping[str, str]
) -> Iterator[tuple[str, frozenset[str]]]:
    for key in assets:
        up: set[str] = {key}
        for steps in range(1, STEPS + 1):
            up |= reach((key,), graph.upstream, steps)
            if not up <= assets:
                break
            yield f"{steps}+{names[key]}", frozenset(with_checks(graph, up))
        down: set[str] = {key}
        for steps in range(1, STEPS + 1):
            down |= reach((key,), graph.downstream.__getitem__, steps)
            if not down <= assets:
                break
            yield f"{names[key]}+{steps}", frozenset(with_checks(graph, down))
        both = reach((key,), graph.upstream, 1) | reach((key,), graph.downstream.__getitem__, 1)
        if both and both <= assets:
            yield f"1+{names[key]}+1", frozenset(with_checks(graph, both | {key}))


def _both(
    graph: AssetGraph,
    target: set[str],
    assets: set[str],
    names: Mapping[str, str],
    around: Candidates,
) -> Iterator[str]:
    """Pairs of criteria that hold together for exactly the target."""
    wide = dict(sorted(around.items(), key=lambda item: (len(item[0]), item[0]))[:WIDEST])
    tops = [key for key in assets if assets.isdisjoint(graph.upstream(key))]
    bottoms = [key for key in assets if assets.isdisjoint(graph.downstream[key])]
    if len(tops) + len(bottoms) <= ENDS:
        for key in tops:
            found = with_checks(graph, {key} | graph.descendants((key,)))
            if found >= target:
                wide[f"{names[key]}+"] = frozenset(found)
        for key in bottoms:
            found = with_checks(graph, {key} | graph.ancestors((key,)))
            if found >= target:
                wide[f"+{names[key]}"] = frozenset(found)
    for (one, first), (other, second) in combinations(wide.items(), 2):
        if " " not in one + other and first & second == target:
            yield f"{one},{other}"


def _cover(within: Candidates, target: Iterable[str]) -> list[str]:
    """As few and short candidates as together make the target: the best bargain first."""
    left = set(target)
    sizes = {text: len(found) for text, found in within.items()}
    heap = [((len(text) + 1) / sizes[text], text) for text in within]
    heapq.heapify(heap)
    taken: list[str] = []
    while left and heap:
        price, text = heapq.heappop(heap)
        gain = len(within[text] & left)
        if not gain:
            continue
        now = (len(text) + 1) / gain
        if now > price:
            heapq.heappush(heap, (now, text))
            continue
        taken.append(text)
        left -= within[text]
    return sorted(_needed(taken, within))


def _needed(taken: list[str], within: Candidates) -> list[str]:
    """What is left when every criterion that the others make needless is dropped."""
    counts: dict[str, int] = {}
    for text in taken:
        for key in within[text]:
            counts[key] = counts.get(key, 0) + 1
    kept = []
    for text in sorted(taken, key=len, reverse=True):
        if all(counts[key] > 1 for key in within[text]):
            for key in within[text]:
                counts[key] -= 1
        else:
            kept.append(text)
    return kept
