"""What an asset of the graph is called, where, and what another name does to it. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from tui.errors import ProjectError
from tui.graph import Asset, AssetGraph
from tui.refactoring.edits import Place
from tui.refactoring.renaming import Renaming, moved_files

RENAMABLE = frozenset({"model", "seed", "snapshot", "source"})
REFABLE = frozenset({"model", "seed", "snapshot"})
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
TIME_SPINE = "metricflow_time_spine"
"""What dbt takes for the time spine of the semantic layer, where no YAML says which one it is."""
LONGEST = 63
"""Letters of a name that every database takes (Postgres)."""


def base_name(asset: Asset) -> str:
    """The name as a file and `ref` have it: without its version, or its source."""
    if asset.resource_type == "source":
        return asset.name.rpartition(".")[2]
    return asset.name.removesuffix(f".v{asset.version}") if asset.version else asset.name


def taken_names(graph: AssetGraph, package: str) -> dict[str, Asset]:
    """The names that a model, seed or snapshot of a package cannot have, and what has them."""
    return {
        base_name(asset): asset
        for asset in graph.assets.values()
        if asset.resource_type in REFABLE and asset.package == package
    }


def singular_test_names(graph: AssetGraph, package: str) -> frozenset[str]:
    """The names of the tests of a package that are files of their own."""
    return frozenset(
        key.rpartition(".")[2]
        for key, check in graph.checks.items()
        if check.kind == "singular" and check.package == package
    )


def name_problem(name: str, taken: Mapping[str, Asset]) -> str:
    """Why a model, seed or snapshot cannot be called so, in a sentence; empty where it can."""
    if not name:
        return "A name is missing."
    if not IDENTIFIER.match(name):
        return "A name has letters, digits and _, and begins with no digit."
    if len(name) > LONGEST:
        return f"{name} has {len(name)} letters: Postgres takes {LONGEST}."
    # Most databases do not tell capitals: the two would be one relation.
    alike = next((one for one in taken if one.lower() == name.lower()), "")
    if found := taken.get(name) or taken.get(alike):
        return f"{base_name(found)} is taken: {found.resource_type} {found.path}."
    return ""


def renaming_of(graph: AssetGraph, unique_id: str, new: str, package: str) -> Renaming:
    """What is renamed with an asset: all its versions.

    Args:
        graph: the project's.
        unique_id: the asset.
        new: its new name.
        package: the name of the project: what belongs to another one is not renamed.

    Raises:
        ProjectError: the asset cannot be renamed, or not to that.
    """
    asset = graph.assets[unique_id]
    old = base_name(asset)
    if asset.resource_type not in RENAMABLE:
        raise ProjectError(f"{asset.name} is not a model, seed, snapshot or source table.")
    if asset.package != package:
        raise ProjectError(f"{asset.name} belongs to the package {asset.package}: its files are "
                           "not ours to write.")  # fmt: skip
    if new == old:
        raise ProjectError(f"It is called {old} already.")
    if asset.resource_type == "source":
        return _of_table(graph, asset, old, new)
    taken = {name: one for name, one in taken_names(graph, package).items() if name != old}
    if problem := name_problem(new, taken):
        raise ProjectError(problem)
    versions = versions_of(graph, asset)
    if problem := _relation_problem(graph, versions, old, new):
        raise ProjectError(problem)
    patches = {one.patch_path or one.path for one in versions}
    own = [path for path in sorted(patches) if _is_alone(graph, path, versions)]
    paths = [
        (one.path, one.version)
        for one in versions
        if one.resource_type != "snapshot" or _is_alone(graph, one.path, versions)
    ]
    moves = moved_files(paths, old, new, own)
    fqns = {one.fqn.removesuffix(f".v{one.version}") if one.version else one.fqn
            for one in versions}  # fmt: skip
    if asset.path in moves and asset.resource_type == "snapshot":
        fqns |= {fqn.rpartition(".")[0] for fqn in fqns if fqn.endswith(f".{old}.{old}")}
    return Renaming(
        asset.resource_type,
        package,
        old,
        new,
        moves=moves,
        fqns=frozenset(fqns),
        unique_ids=frozenset(one.unique_id for one in versions),
        relations=frozenset(".".join(one.relation.split(".")[-2:]) for one in versions
                            if _is_called_by_name(one, old)),
    )  # fmt: skip


def _of_table(graph: AssetGraph, asset: Asset, old: str, new: str) -> Renaming:
    source = asset.name.rpartition(".")[0]
    if not IDENTIFIER.match(new):
        raise ProjectError("A name has letters, digits and _, and begins with no digit.")
    if any(
        one.resource_type == "source" and one.name == f"{source}.{new}"
        for one in graph.assets.values()
    ):
        raise ProjectError(f"{source}.{new} is taken.")
    return Renaming(
        "source",
        asset.package,
        old,
        new,
        source=source,
        fqns=frozenset({asset.fqn}),
        unique_ids=frozenset({asset.unique_id}),
    )


def versions_of(graph: AssetGraph, asset: Asset) -> list[Asset]:
    """All versions of a model; the asset alone where it has none."""
    if not asset.version:
        return [asset]
    return [
        one
        for one in graph.assets.values()
        if (one.resource_type, one.package) == (asset.resource_type, asset.package)
        and one.version
        and base_name(one) == base_name(asset)
    ]


def _is_alone(graph: AssetGraph, path: str, versions: Sequence[Asset]) -> bool:
    """Whether a file describes no other model, seed, snapshot or source."""
    ids = {one.unique_id for one in versions}
    return not any(
        path in (one.path, one.patch_path)
        and one.resource_type in RENAMABLE
        and one.unique_id not in ids
        for one in graph.assets.values()
    )


def _is_called_by_name(asset: Asset, old: str) -> bool:
    """Whether its relation is called as it is: an alias stays."""
    identifier = asset.relation.rpartition(".")[2].strip('"`').lower()
    names = {old.lower(), f"{old}_v{asset.version}".lower() if asset.version else ""}
    return bool(identifier) and identifier in names


def _new_relations(versions: Sequence[Asset], old: str, new: str) -> dict[str, Asset]:
    """The relations that will be called otherwise, in lower case, by their new names."""
    found = {}
    for one in versions:
        if _is_called_by_name(one, old):
            place, _, name = one.relation.lower().rpartition(".")
            found[f"{place}.{name.replace(old.lower(), new.lower(), 1)}"] = one
    return found


def _relation_problem(graph: AssetGraph, versions: Sequence[Asset], old: str, new: str) -> str:
    """Why dbt could not build them by the new name, in a sentence; empty where it can."""
    ids = {one.unique_id for one in versions}
    wanted = _new_relations(versions, old, new)
    for one in graph.assets.values():
        is_wanted = one.resource_type in REFABLE and one.relation.lower() in wanted
        if is_wanted and one.unique_id not in ids:
            return f"{one.relation} is the relation of {one.name}: {one.path}."
    return ""


def renamed_id(unique_id: str, renaming: Renaming) -> str:
    """The unique_id that an asset has afterwards."""
    parts = unique_id.split(".")
    place = 3 if renaming.kind == "source" else 2
    parts[place] = renaming.new
    return ".".join(parts)


# ------------------------------------------------------------------------------- what follows


def consequences(
    graph: AssetGraph, unique_id: str, renaming: Renaming, built: Collection[str]
) -> list[str]:
    """What is worth knowing before, in sentences.

    Args:
        graph: the project's.
        unique_id: the asset.
        renaming: what is renamed.
        built: what was built on this target.
    """
    asset = graph.assets[unique_id]
    new = renaming.new
    if renaming.kind == "source":
        return [f"The table in the database stays {asset.relation}: `identifier` says so."]
    found = [f"To dbt {new} is a new asset: it has no history, and is not built yet."]
    if renaming.old == TIME_SPINE:
        found.insert(0, "dbt finds the time spine of the semantic layer by this name: without "
                        "`time_spine` in its YAML the project no longer parses.")  # fmt: skip
    versions = versions_of(graph, asset)
    found += _taken_over(graph, versions, renaming)
    for one in versions:
        if one.unique_id not in built or not one.relation:
            continue
        if _is_called_by_name(one, renaming.old):
            found.append(f"{one.relation} stays in the database until it is dropped.")
            found += _kept_rows(one, renaming.old)
        else:
            found.append(f"Its relation stays {one.relation}, by its alias.")
    ids = {one.unique_id for one in versions}
    if any(check.asset in ids and check.kind == "generic" for check in graph.checks.values()):
        found.append("Tests that dbt names after it get new names.")
    return found


def _taken_over(graph: AssetGraph, versions: Sequence[Asset], renaming: Renaming) -> Iterator[str]:
    """What will mean the renamed asset, and means another one now."""
    wanted = _new_relations(versions, renaming.old, renaming.new)
    for one in graph.assets.values():
        if one.resource_type == "source" and one.relation.lower() in wanted:
            yield f"It will be built in the place of {one.relation}, which is source {one.name}."
        elif (
            one.resource_type in REFABLE
            and one.package != renaming.package
            and base_name(one) == renaming.new
        ):
            yield (
                f"The package {one.package} has a {renaming.new}, too: each "
                f"`ref('{renaming.new}')` without a package will read this one."
            )


def _kept_rows(asset: Asset, old: str) -> Iterator[str]:
    if asset.resource_type == "snapshot" or asset.materialized == "incremental":
        yield f"Its rows stay there; to continue with them, set `alias: {old}` in its config."


def outside(graph: AssetGraph, renaming: Renaming) -> list[Place]:
    """What refers to it and is not changed: packages, and sources that read its relation."""
    relations = {graph.assets[key].relation for key in renaming.unique_ids if renaming.relations}
    sources = [
        Place(one.path, one.line, "a source reads the relation that it has now", one.name)
        for one in graph.assets.values()
        if one.resource_type == "source" and one.relation and one.relation in relations
    ]
    return sources + [
        Place(one.path, one.line, "a package refers to it, and is not changed", one.name)
        for one in graph.assets.values()
        if one.package != renaming.package and renaming.unique_ids & set(one.depends_on)
    ]
