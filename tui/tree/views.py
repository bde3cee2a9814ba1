"""The views of the tree: which rows are under which, before folds and filter.

Lineage. Roots are the assets without parents. Each asset appears once, under that parent of its own
which is deepest in the graph (ties: the first by name); under its other parents stands a reference
to it. So a row's indentation is the length of the longest path that leads to its asset, and every
asset is further in than all it depends on.

The other views put each asset once under the first of its places (a directory; a tag, group,
owner, materialization, schema or status), and a reference under each further one (a second tag).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from enum import Enum
from operator import itemgetter

from tui.graph import Asset, AssetGraph, AssetStatus, History, Status
from tui.tree.outline import Arrangement
from tui.tree.rows import RowKind

Statuses = Mapping[str, AssetStatus]
Order = Callable[[str], object]


class View(Enum):
    """How the assets are arranged; the value is the word in the pane's title."""

    LINEAGE = "lineage"
    FOLDERS = "folders"
    TAG = "tag"
    GROUP = "group"
    OWNER = "owner"
    MATERIALIZATION = "materialization"
    SCHEMA = "schema"
    STATUS = "status"


class Sort(Enum):
    """The order among siblings."""

    NAME = "name"
    STATUS = "status"
    """What needs attention first."""
    AGE = "age"
    """The latest touched first."""
    DURATION = "duration"
    """The slowest first."""


URGENCY = {
    status: rank
    for rank, status in enumerate(
        (
            Status.FAILED,
            Status.CHECKS_FAILED,
            Status.SKIPPED,
            Status.RUNNING,
            Status.QUEUED,
            Status.STALE,
            Status.NEVER,
            Status.WARNED,
            Status.FRESH,
        )
    )
}
"""The order of statuses where they are sorted by, or are groups."""


def arrange(
    graph: AssetGraph,
    view: View,
    sort: Sort = Sort.NAME,
    statuses: Statuses | None = None,
    history: History | None = None,
) -> Arrangement:
    """The arrangement of a view. `statuses` and `history` count where view or sort need them."""
    order = _order(graph, sort, statuses or {}, history)
    if view is View.LINEAGE:
        return _lineage(graph, order)
    ordered = graph.by_name if sort is Sort.NAME else sorted(graph.assets, key=order)  # type: ignore[arg-type]
    if view is View.FOLDERS:
        return _folders(graph, ordered)
    return _groups(graph, view, ordered, statuses or {})


def _order(graph: AssetGraph, sort: Sort, statuses: Statuses, history: History | None) -> Order:
    assets = graph.assets

    def by_status(key: str) -> object:
        status = statuses.get(key)
        return (URGENCY.get(status.status, 99) if status else 99, assets[key].name, key)

    def by_age(key: str) -> object:
        status = statuses.get(key)
        return (-status.since if status else 0.0, assets[key].name, key)

    def by_duration(key: str) -> object:
        built = history.built.get(key) if history else None
        return (-built.duration if built else 0.0, assets[key].name, key)

    def by_name(key: str) -> object:
        return (assets[key].name, key)

    return {
        Sort.NAME: by_name,
        Sort.STATUS: by_status,
        Sort.AGE: by_age,
        Sort.DURATION: by_duration,
    }[sort]


# ---------------------------------------------------------------- lineage


def home_parents(graph: AssetGraph) -> dict[str, str]:
    """The parent under which each asset is in the lineage; roots have none.

    Only a parent that is less deep counts, which all are but in a cycle: what is in one (dbt
    refuses it, a static reading may find it) still stands somewhere.
    """
    depth, assets = graph.depth, graph.assets
    homes = {}
    for key, asset in assets.items():
        own, best, best_rank = depth[key], "", (0, "", "")
        for parent in asset.depends_on:
            at = depth.get(parent, own)
            if at < own:
                rank = (-at, assets[parent].name, parent)
                if not best or rank < best_rank:
                    best, best_rank = parent, rank
        if best:
            homes[key] = best
    return homes


def _lineage(graph: AssetGraph, order: Order) -> Arrangement:
    homes = home_parents(graph)
    children: dict[str, list[str]] = {}
    references: dict[str, list[str]] = {}
    for parent, below in graph.downstream.items():
        for child in below:  # in the order of their names
            if homes.get(child) == parent:
                children.setdefault(parent, []).append(child)
            elif child != parent:
                references.setdefault(parent, []).append(child)
    for siblings in children.values():
        if len(siblings) > 1:
            siblings.sort(key=order)  # type: ignore[arg-type]
    roots = sorted((key for key in graph.assets if key not in homes), key=order)  # type: ignore[arg-type]
    return Arrangement(roots, children, references)


def lineage_within(graph: AssetGraph, limit: Set[str], order: Order) -> Arrangement:
    """The lineage of some assets as if there were no others; `order` is that among siblings."""
    assets = {key: asset for key, asset in graph.assets.items() if key in limit}
    return _lineage(AssetGraph(assets), order)


# ---------------------------------------------------------------- folders and groups


def _folders(graph: AssetGraph, ordered: Iterable[str]) -> Arrangement:
    packages = {asset.package for asset in graph.assets.values()}
    folders: dict[str, tuple[RowKind, str]] = {}
    children: dict[str, list[str]] = {}
    roots: list[str] = []
    for key in ordered:
        asset = graph.assets[key]
        parts = (asset.package, *directories(asset))
        path = ""
        siblings = roots
        for level, part in enumerate(parts):
            if level == 0 and len(packages) == 1:
                continue
            path = f"{path}{part}/"
            if path not in folders:
                folders[path] = (RowKind.FOLDER if level else RowKind.HEADER, part)
                siblings.append(path)
                children[path] = []
            siblings = children[path]
        siblings.append(key)
    for siblings in (roots, *children.values()):
        # Directories first, by name; the assets keep the order that they came in.
        siblings.sort(key=lambda item: (item not in folders, item if item in folders else ""))
    return Arrangement(roots, children, {}, folders)


def directories(asset: Asset) -> tuple[str, ...]:
    """The directories in which an asset's file is, from its own package's root."""
    parts = asset.path.replace("\\", "/").split("/")[:-1]
    if len(parts) > 1 and (parts[0] == "dbt_packages" or parts[1] == asset.package):
        parts = parts[2:]
    return tuple(parts)


def _groups(
    graph: AssetGraph, view: View, ordered: Iterable[str], statuses: Statuses
) -> Arrangement:
    def of_status(key: str) -> Iterable[str]:
        return (statuses[key].status.value,) if key in statuses else ()

    def of_schema(key: str) -> Iterable[str]:
        return (graph.assets[key].relation.rpartition(".")[0],)

    labels: Mapping[View, Callable[[str], Iterable[str]]] = {
        View.TAG: lambda key: graph.assets[key].tags,
        View.GROUP: lambda key: (graph.assets[key].group,),
        View.OWNER: lambda key: graph.assets[key].owners,
        View.MATERIALIZATION: lambda key: (graph.assets[key].materialized,),
        View.SCHEMA: of_schema,
        View.STATUS: of_status,
    }
    children: dict[str, list[str]] = {}
    references: dict[str, list[str]] = {}
    for key in ordered:
        names = [name for name in labels[view](key) if name] or [""]
        first, *others = dict.fromkeys(names)
        children.setdefault(first, []).append(key)
        for name in others:
            children.setdefault(name, [])
            references.setdefault(name, []).append(key)
    ranks = {status.value: rank for status, rank in URGENCY.items()}
    # What belongs to no group comes last.
    names = sorted(children, key=lambda name: (not name, ranks.get(name, 99), name))
    keys = {name: f"{view.value}:{name}/" for name in names}
    return Arrangement(
        [keys[name] for name in names],
        {keys[name]: below for name, below in children.items()},
        {keys[name]: below for name, below in references.items()},
        {keys[name]: (RowKind.FOLDER, name or f"no {view.value}") for name in names},
    )


def has_groups(graph: AssetGraph, view: View) -> bool:
    """Whether a view tells something of a project: whether anything has a tag, or an owner."""
    assets = graph.assets.values()
    match view:
        case View.TAG:
            return any(asset.tags for asset in assets)
        case View.GROUP:
            return any(asset.group for asset in assets)
        case View.OWNER:
            return any(asset.owner for asset in assets)
    return True


# ---------------------------------------------------------------- when it stays the same

_RELEVANT = {
    View.LINEAGE: itemgetter(Asset._fields.index("name"), Asset._fields.index("depends_on")),
    View.FOLDERS: itemgetter(*map(Asset._fields.index, ("name", "path", "package"))),
    View.TAG: itemgetter(*map(Asset._fields.index, ("name", "tags"))),
    View.GROUP: itemgetter(*map(Asset._fields.index, ("name", "group"))),
    View.OWNER: itemgetter(*map(Asset._fields.index, ("name", "owner"))),
    View.MATERIALIZATION: itemgetter(*map(Asset._fields.index, ("name", "materialized"))),
    View.SCHEMA: itemgetter(*map(Asset._fields.index, ("name", "relation"))),
}


def same_outline(view: View, sort: Sort, old: AssetGraph, new: AssetGraph) -> bool:
    """Whether two graphs surely have the same outline, so that it need not be made again."""
    if view is View.STATUS or sort is not Sort.NAME:
        return False
    if old is new:
        return True
    if old.assets.keys() != new.assets.keys() or old.checks.keys() != new.checks.keys():
        return False
    relevant = _RELEVANT[view]
    return all(
        before is after or relevant(before) == relevant(after)
        for before, after in zip(
            map(old.assets.__getitem__, new.assets), new.assets.values(), strict=True
        )
    ) and all(
        before is after or (before.name == after.name and before.asset == after.asset)
        for before, after in zip(
            map(old.checks.__getitem__, new.checks), new.checks.values(), strict=True
        )
    )
