"""Combines definitions with dbt's manifest: which asset is which, and what depends on what.

An asset of Python whose key is that of a dbt source (or of another node that no `@dbt_assets`
function builds) represents that node: it is shown in its place, upstream of all that reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from tui.definitions.assets import AssetsDefinition
from tui.definitions.checks import AssetChecksDefinition
from tui.definitions.dbt_nodes import (
    Select,
    builders_of,
    built_nodes,
    nodes_by_key,
    translations_of,
)
from tui.definitions.functions import UserFunction, code_digests
from tui.definitions.keys import AssetKey
from tui.definitions.manifests import Manifest
from tui.definitions.repository import Definitions
from tui.definitions.resolved import PythonAsset, PythonCheck, Resolved, tag_words
from tui.definitions.schedules import CATCH_UP, ScheduleDefinition
from tui.definitions.selection import DbtSelection
from tui.definitions.translator import overridden
from tui.protocol.schedules import ScheduleRow


def resolve(definitions: Definitions, manifest: Manifest, select: Select) -> Resolved:
    """Bring definitions and a manifest together.

    Raises:
        DefinitionError: for an unknown dependency, two assets of one key, a cycle.
    """
    builders, left_out = builders_of(definitions, manifest, select)
    translations = translations_of(definitions, manifest, builders)
    by_key = nodes_by_key(definitions, translations, left_out)
    owned = {one.key.to_user_string(): one for one in definitions.assets}
    unique_ids = {key: _own_id(one, by_key.get(key, ""), left_out) for key, one in owned.items()}
    known = {**by_key, **unique_ids}
    assets = tuple(
        _python_asset(one, unique_ids[key], by_key.get(key, ""), known)
        for key, one in owned.items()
    )
    _refuse_cycles(definitions, assets, manifest)
    return Resolved(
        translations=translations,
        assets=assets,
        checks=tuple(_python_checks(definitions, known)),
        schedules=tuple(_schedule_row(one, definitions) for one in definitions.schedules),
        builders=builders,
        left_out=left_out,
        is_plain=all(
            one.takes_everything and not overridden(one.translator)
            for one in definitions.dbt_assets
        ),
    )


# ---------------------------------------------------------------- Python's assets


def _own_id(one: AssetsDefinition, node: str, left_out: frozenset[str]) -> str:
    if not node:
        return f"asset.{one.key.to_user_string()}"
    if node.startswith("source.") or node in left_out:
        return node
    raise one.function.error(
        f"The asset {one.key} has the same key as {node}, which dbt builds: choose another.",
    )


def _python_asset(
    one: AssetsDefinition, unique_id: str, node: str, known: Mapping[str, str]
) -> PythonAsset:
    source = one.function.source()
    deps = {_known(key, known, one.function, f"The asset {one.key} depends on") for key in one.deps}
    if unique_id in deps:
        raise one.function.error(f"The asset {one.key} depends on itself.")
    return PythonAsset(
        unique_id=unique_id,
        key=one.key.to_user_string(),
        stands_for=node,
        depends_on=tuple(sorted(deps)),
        name=one.function.name,
        path=one.function.path,
        line=one.function.line,
        module=str(one.function.call.__module__),
        description=one.description,
        group=one.group_name or "",
        tags=tag_words(one.tags),
        owners=one.owners,
        kinds=tuple(sorted(one.kinds)),
        code_version=one.code_version or "",
        source=source,
        digests=code_digests(source),
        metadata=dict(one.metadata),
    )


def _known(key: AssetKey, known: Mapping[str, str], function: UserFunction, words: str) -> str:
    found = known.get(key.to_user_string())
    if found is not None:
        return found
    near = get_close_matches(key.to_user_string(), known, 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise function.error(f"{words} {key}, which is not an asset.{hint}")


def _python_checks(definitions: Definitions, known: Mapping[str, str]) -> Iterator[PythonCheck]:
    for check in definitions.asset_checks:
        yield _python_check(check, check.function, check.additional_deps, known, by_asset=False)
    for one in definitions.assets:
        for spec in one.check_specs:
            deps = tuple(AssetKey.from_coercible(dep) for dep in spec.additional_deps)
            yield _python_check(spec, one.function, deps, known, by_asset=True)


def _python_check(
    check: AssetChecksDefinition | Any,
    function: UserFunction,
    additional: tuple[AssetKey, ...],
    known: Mapping[str, str],
    *,
    by_asset: bool,
) -> PythonCheck:
    words = f"The check {check.name} is of"
    asset = _known(check.asset_key, known, function, words)
    others = {_known(key, known, function, f"The check {check.name} reads") for key in additional}
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
    definitions: Definitions, assets: tuple[PythonAsset, ...], manifest: Manifest
) -> None:
    """Raise when an asset of Python is upstream of itself."""
    if not any(one.depends_on for one in assets):
        return
    upstream = {
        unique_id: list((node.get("depends_on") or {}).get("nodes") or ())
        for unique_id, node in built_nodes(manifest)
    }
    upstream.update((one.unique_id, list(one.depends_on)) for one in assets)
    by_id = {one.unique_id: one for one in assets}
    for one in assets:
        waiting, seen = list(one.depends_on), set()
        while waiting:
            key = waiting.pop()
            if key == one.unique_id:
                function = next(a.function for a in definitions.assets if _is(a, by_id[key]))
                raise function.error(f"The asset {one.key} is upstream of itself.")
            if key not in seen:
                seen.add(key)
                waiting += upstream.get(key, ())


def _is(definition: AssetsDefinition, row: PythonAsset) -> bool:
    return definition.key.to_user_string() == row.key


# ---------------------------------------------------------------- schedules


def _schedule_row(one: ScheduleDefinition, definitions: Definitions) -> ScheduleRow:
    selection = one.selection(definitions.jobs)
    return ScheduleRow(
        name=one.name,
        cron=one.cron_schedule,
        timezone=one.execution_timezone or "UTC",
        select=selection.select if isinstance(selection, DbtSelection) else selection.text,
        exclude=selection.exclude if isinstance(selection, DbtSelection) else "",
        selector=selection.selector if isinstance(selection, DbtSelection) else "",
        is_on=one.default_status.value == "RUNNING",
        catch_up=str(one.tags.get(CATCH_UP, "")).lower() == "true",
        description=one.description,
        path=one.path,
        line=one.line,
    )
