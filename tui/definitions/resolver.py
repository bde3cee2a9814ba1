"""Combines definitions with dbt's manifest: which asset is which, and what depends on what.

An asset of Python whose key is that of a dbt source (or of another node that no `@dbt_assets`
function builds) represents that node: it is shown in its place, upstream of all that reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches

from tui.definitions.assets import AssetsDefinition
from tui.definitions.automation_rows import schedule_row, sensor_rows
from tui.definitions.checks import AssetCheckSpec
from tui.definitions.configurable import config_rows
from tui.definitions.dbt_nodes import (
    Select,
    builders_of,
    built_nodes,
    nodes_by_key,
    translations_of,
)
from tui.definitions.errors import DefinitionError
from tui.definitions.functions import UserFunction, code_digests
from tui.definitions.keys import AssetKey
from tui.definitions.manifests import Manifest
from tui.definitions.metadata import metadata_rows
from tui.definitions.partition_mappings import TimeWindowPartitionMapping, mapping_of
from tui.definitions.partition_rows import partitions_of
from tui.definitions.repository import Definitions
from tui.definitions.resolved import (
    PythonAsset,
    PythonCheck,
    Resolved,
    Translation,
    tag_words,
)
from tui.definitions.specs import AssetSpec
from tui.definitions.time_partitions import TimeWindowPartitionsDefinition
from tui.definitions.translator import overridden


def resolve(definitions: Definitions, manifest: Manifest, select: Select) -> Resolved:
    """Bring definitions and a manifest together.

    Raises:
        DefinitionError: for an unknown dependency, two assets of one key, a cycle.
    """
    definitions.settle_schedules()
    builders, left_out = builders_of(definitions, manifest, select)
    translations = translations_of(definitions, manifest, builders)
    by_key = nodes_by_key(definitions, translations, left_out)
    if definitions.is_dagsters:
        definitions.specs += tuple(_named_only(definitions, by_key))
    owned = {said.key.to_user_string(): (one, said) for one, said in _specs(definitions)}
    unique_ids = {
        key: _own_id(said, one, by_key.get(key, ""), left_out) for key, (one, said) in owned.items()
    }
    known = {**by_key, **unique_ids}
    assets = tuple(
        _python_asset(said, one, by_key.get(key, ""), known) for key, (one, said) in owned.items()
    )
    translations = {
        key: replace(one, depends_on=_more(one, definitions, known)) if one.depends_on else one
        for key, one in translations.items()
    }
    _refuse_cycles(assets, translations, manifest)
    _refuse_vain_mappings(assets, translations)
    resolved = Resolved(
        translations=translations,
        assets=assets,
        checks=tuple(_python_checks(definitions, known)),
        schedules=tuple(schedule_row(one, definitions) for one in definitions.schedules),
        builders=builders,
        left_out=left_out,
        configs=config_rows(definitions, known, _built_by(definitions, translations, builders)),
        is_plain=all(
            one.takes_everything and not overridden(one.translator) and not one.mappers
            for one in definitions.dbt_assets
        )
        and all(one.is_silent for one in translations.values()),
    )
    sensors = sensor_rows(definitions, has_conditions=bool(resolved.conditions))
    return replace(resolved, sensors=sensors)


def _built_by(
    definitions: Definitions, translations: Mapping[str, Translation], builders: Mapping[str, str]
) -> dict[str, list[str]]:
    """What each function builds that takes settings: name → unique_ids of dbt's nodes and tests."""
    names = {one.name for one in definitions.dbt_assets}
    found: dict[str, list[str]] = {name: [] for name in names}
    for key in translations:
        if key.startswith("source."):
            continue
        name = builders.get(key) or builders.get("*", "")
        if name in found:
            found[name].append(key)
    return found


# ---------------------------------------------------------------- Python's assets


def _specs(definitions: Definitions) -> Iterator[tuple[AssetsDefinition | None, AssetSpec]]:
    """What is said of each asset, and the function that makes it; None for none."""
    for one in definitions.assets:
        yield from ((one, said) for said in one.specs)
    yield from ((None, said) for said in definitions.specs)


def _named_only(definitions: Definitions, by_key: Mapping[str, str]) -> Iterator[AssetSpec]:
    """Assets that something reads and nothing makes: Dagster has them in its graph."""
    specs = [said for _, said in _specs(definitions)]
    wanted = {dep.asset_key for said in specs for dep in said.deps}
    checks = [spec for one in definitions.asset_checks for spec in one.specs]
    wanted |= {key for spec in checks for key in (spec.asset_key, *spec.additional_deps)}
    wanted -= {said.key for said in specs}
    yield from (AssetSpec(key) for key in sorted(wanted) if key.to_user_string() not in by_key)


def _place(said: AssetSpec, one: AssetsDefinition | None) -> tuple[str, int]:
    return (one.function.path, one.function.line) if one is not None else (said.path, said.line)


def _error(said: AssetSpec, one: AssetsDefinition | None, message: str) -> DefinitionError:
    path, line = _place(said, one)
    return DefinitionError(message, path=path, line=line)


def _own_id(
    said: AssetSpec, one: AssetsDefinition | None, node: str, left_out: frozenset[str]
) -> str:
    if not node:
        return f"asset.{said.key.to_user_string()}"
    if node.startswith("source.") or node in left_out:
        return node
    raise _error(
        said, one,
        f"The asset {said.key} has the same key as {node}, which dbt builds: choose another.",
    )  # fmt: skip


def _python_asset(
    said: AssetSpec, one: AssetsDefinition | None, node: str, known: Mapping[str, str]
) -> PythonAsset:
    function = one.function if one is not None else None
    source = function.source() if function is not None else ""
    unique_id = known[said.key.to_user_string()]
    deps = {
        _known(dep.asset_key, known, _place(said, one), f"The asset {said.key} depends on")
        for dep in said.deps
    }
    mappings = {
        known[dep.asset_key.to_user_string()]: dep.partition_mapping.facts()
        for dep in said.deps
        if dep.partition_mapping is not None
    }
    if unique_id in deps:
        if not _is_earlier(said):
            raise _error(
                said, one,
                f"The asset {said.key} depends on itself: only earlier partitions may be read, "
                "with TimeWindowPartitionMapping(start_offset=-1, end_offset=-1).",
            )  # fmt: skip
        deps.discard(unique_id)
    path, line = _place(said, one)
    together = () if one is None or one.can_subset else one.keys - {said.key}
    return PythonAsset(
        unique_id=unique_id,
        key=said.key.to_user_string(),
        stands_for=node,
        depends_on=tuple(sorted(deps)),
        name=function.name if function is not None else "",
        path=path,
        line=line,
        module=str(function.call.__module__) if function is not None else "",
        description=said.description or "",
        group=said.group_name or "",
        tags=tag_words(said.tags),
        owners=tuple(said.owners),
        kinds=tuple(sorted(said.kinds)),
        code_version=said.code_version or "",
        source=source,
        digests=code_digests(source),
        metadata=metadata_rows(said.metadata),
        made_with=tuple(sorted(known[key.to_user_string()] for key in together)),
        is_external=one is None,
        builder=f"python:{one.name}" if one is not None and not one.is_single else "",
        condition=said.automation_condition,
        policy=said.freshness_policy,
        partitions=said.partitions_def.row(one.backfill_policy if one is not None else None)
        if said.partitions_def is not None
        else "",
        mappings=mappings if said.partitions_def is not None else {},
    )


def _is_earlier(said: AssetSpec) -> bool:
    """Whether an asset reads only earlier partitions of itself."""
    own = next(dep.partition_mapping for dep in said.deps if dep.asset_key == said.key)
    return (
        isinstance(own, TimeWindowPartitionMapping)
        and own.end_offset < 0
        and isinstance(said.partitions_def, TimeWindowPartitionsDefinition)
    )


def _refuse_vain_mappings(
    assets: tuple[PythonAsset, ...], translations: Mapping[str, Translation]
) -> None:
    """Raise where a mapping makes no sense between the partitions of two assets."""
    rows = {key: one.partitions for key, one in translations.items()}
    rows.update((one.unique_id, one.partitions) for one in assets)
    places = {one.unique_id: (one.path, one.line) for one in assets}
    every = [*((key, one.mappings) for key, one in translations.items())]
    for unique_id, mappings in (*every, *((one.unique_id, one.mappings) for one in assets)):
        for above, facts in mappings.items():
            if not (rows.get(above) and rows[unique_id]):
                continue
            sides = partitions_of(rows[unique_id]), partitions_of(rows[above])
            if problem := mapping_of(facts).problem(*sides):
                path, line = places.get(unique_id, ("-", 0))
                words = f"{unique_id.partition('.')[2]} reads {above.partition('.')[2]}: {problem}"
                raise DefinitionError(words, path=path, line=line)


def _more(one: Translation, definitions: Definitions, known: Mapping[str, str]) -> tuple[str, ...]:
    """The unique_ids of what a translator adds to a node's dependencies."""
    function = definitions.dbt_assets[0].function
    place = function.path, function.line
    return tuple(
        sorted(
            _known(AssetKey.from_user_string(key), known, place, f"The asset {one.key} depends on")
            for key in one.depends_on
        )
    )


def _known(key: AssetKey, known: Mapping[str, str], place: tuple[str, int], words: str) -> str:
    found = known.get(key.to_user_string())
    if found is not None:
        return found
    near = get_close_matches(key.to_user_string(), known, 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    path, line = place
    raise DefinitionError(f"{words} {key}, which is not an asset.{hint}", path=path, line=line)


def _python_checks(definitions: Definitions, known: Mapping[str, str]) -> Iterator[PythonCheck]:
    for check in definitions.asset_checks:
        for spec in check.specs:
            yield _python_check(spec, check.function, known, by_asset=False)
    for one in definitions.assets:
        for spec in one.check_specs:
            yield _python_check(spec, one.function, known, by_asset=True)


def _python_check(
    check: AssetCheckSpec, function: UserFunction, known: Mapping[str, str], *, by_asset: bool
) -> PythonCheck:
    place = function.path, function.line
    asset = _known(check.asset_key, known, place, f"The check {check.name} is of")
    words = f"The check {check.name} reads"
    others = {_known(key, known, place, words) for key in check.additional_deps}
    return PythonCheck(
        unique_id=f"asset_check.{check.key.to_user_string()}",
        key=check.key.to_user_string(),
        name=check.name,
        asset=asset,
        depends_on=tuple(sorted({asset, *others})),
        path=function.path,
        line=function.line,
        module=str(function.call.__module__),
        description=check.description or "",
        blocking=check.blocking,
        source=function.source(),
        is_told_by_asset=by_asset,
    )


def _refuse_cycles(
    assets: tuple[PythonAsset, ...], translations: Mapping[str, Translation], manifest: Manifest
) -> None:
    """Raise when an asset of Python is upstream of itself."""
    added = {key: one.depends_on for key, one in translations.items() if one.depends_on}
    if not added and not any(one.depends_on for one in assets):
        return
    upstream = {
        unique_id: [*((node.get("depends_on") or {}).get("nodes") or ()), *added.get(unique_id, ())]
        for unique_id, node in built_nodes(manifest)
    }
    upstream.update((one.unique_id, list(one.depends_on)) for one in assets)
    for one in assets:
        waiting, seen = list(one.depends_on), set()
        while waiting:
            key = waiting.pop()
            if key == one.unique_id:
                words = f"The asset {one.key} is upstream of itself."
                raise DefinitionError(words, path=one.path, line=one.line)
            if key not in seen:
                seen.add(key)
                waiting += upstream.get(key, ())
