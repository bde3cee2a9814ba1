"""Definitions and dbt's manifest, brought together: which asset is which, and what depends on what.

Plain values that travel between processes. An asset of Python whose key is that of a dbt source
(or of another node that no `@dbt_assets` function builds) stands for that node: it is shown in its
place, upstream of all that reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from tui.definitions.assets import AssetsDefinition
from tui.definitions.checks import AssetChecksDefinition
from tui.definitions.dbt_assets import DbtAssetsDefinition
from tui.definitions.errors import DefinitionError
from tui.definitions.functions import UserFunction, code_digests
from tui.definitions.keys import AssetKey
from tui.definitions.manifests import Manifest
from tui.definitions.metadata import metadata_rows
from tui.definitions.repository import Definitions
from tui.definitions.schedules import CATCH_UP, ScheduleDefinition
from tui.definitions.selection import DbtSelection
from tui.definitions.translator import DbtTranslator, Props, overridden

Select = Callable[[str, str, str], frozenset[str]]
"""What dbt selects: select, exclude, selector → unique_ids. Raises DefinitionError."""

BUILT = frozenset({"model", "seed", "snapshot", "function"})
DEFAULT = DbtTranslator()


@dataclass(frozen=True)
class Translation:
    """What a translator says of one dbt node; None where it is as dbt has it."""

    key: str
    """The key's parts joined by slashes."""
    name: str | None = None
    """To be shown in place of dbt's name."""
    description: str | None = None
    group: str | None = None
    tags: tuple[str, ...] | None = None
    owners: tuple[str, ...] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    code_version: str = ""


@dataclass(frozen=True)
class PythonAsset:
    """An asset that a Python function makes."""

    unique_id: str
    key: str
    stands_for: str
    """The dbt node in whose place it is shown, or empty."""
    depends_on: tuple[str, ...]
    """unique_ids."""
    name: str
    """Of the function."""
    path: str
    """Absolute."""
    line: int
    module: str
    description: str
    group: str
    tags: tuple[str, ...]
    owners: tuple[str, ...]
    kinds: tuple[str, ...]
    code_version: str
    source: str
    """The text of the function."""
    digests: tuple[str, str]
    """Of the text, and of what it does."""
    metadata: Mapping[str, Any]


@dataclass(frozen=True)
class PythonCheck:
    """A check that a Python function makes."""

    unique_id: str
    key: str
    name: str
    asset: str
    """unique_id."""
    depends_on: tuple[str, ...]
    path: str
    line: int
    module: str
    description: str
    blocking: bool
    source: str
    is_told_by_asset: bool
    """Whether its result comes from the function of its asset."""


@dataclass(frozen=True)
class ScheduleRow:
    """A schedule as it is told to whoever ticks it."""

    name: str
    cron: str
    timezone: str
    select: str
    """dbt's selectors, or a selection in Dagster's syntax."""
    exclude: str
    selector: str
    is_on: bool
    """Whether it is on before anybody has said so."""
    catch_up: bool
    description: str
    path: str
    line: int


@dataclass(frozen=True)
class Resolved:
    """Definitions as they stand in the graph."""

    translations: Mapping[str, Translation] = field(default_factory=dict)
    assets: tuple[PythonAsset, ...] = ()
    checks: tuple[PythonCheck, ...] = ()
    schedules: tuple[ScheduleRow, ...] = ()
    builders: Mapping[str, str] = field(default_factory=dict)
    """dbt node → name of the `@dbt_assets` function that builds it; where it builds everything
    there is only the entry `*`."""
    left_out: frozenset[str] = frozenset()
    """dbt nodes that no function builds."""
    is_plain: bool = True
    """Whether no code of the user's decides on dbt's nodes: default translators, everything
    selected."""

    def builder_of(self, unique_id: str) -> str:
        """The function that builds a dbt node; empty when dbt builds it without one."""
        return self.builders.get(unique_id) or self.builders.get("*", "")


def resolve(definitions: Definitions, manifest: Manifest, select: Select) -> Resolved:
    """Bring definitions and a manifest together.

    Raises:
        DefinitionError: for an unknown dependency, two assets of one key, a cycle.
    """
    builders, left_out = _builders(definitions, manifest, select)
    translations = _translations(definitions, manifest, builders)
    by_key = _nodes_by_key(definitions, translations, left_out)
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


# ---------------------------------------------------------------- dbt's nodes


def _builders(
    definitions: Definitions, manifest: Manifest, select: Select
) -> tuple[dict[str, str], frozenset[str]]:
    """Which function builds which node, and the nodes that none builds."""
    functions = definitions.dbt_assets
    if not functions:
        return {}, frozenset()
    if len(functions) == 1 and functions[0].takes_everything:
        return {"*": functions[0].name}, frozenset()
    found: dict[str, str] = {}
    for one in functions:
        try:
            chosen = select("" if one.selector else one.select, one.exclude, one.selector)
        except DefinitionError as error:
            raise _at(one.function, f"@dbt_assets {one.name}: {error.message}") from error
        for unique_id in chosen:
            if unique_id in found and not unique_id.startswith(("test.", "unit_test.")):
                raise _at(
                    one.function, f"Both {found[unique_id]} and {one.name} build {unique_id}."
                )
            found.setdefault(unique_id, one.name)
    everything = (unique_id for unique_id, _ in _built_nodes(manifest))
    return found, frozenset(key for key in everything if key not in found)


def _built_nodes(manifest: Manifest) -> Iterator[tuple[str, Props]]:
    for place in ("nodes", "functions"):
        for unique_id, node in (manifest.get(place) or {}).items():
            if unique_id.partition(".")[0] in BUILT:
                yield unique_id, node


def _asset_nodes(manifest: Manifest) -> Iterator[tuple[str, Props]]:
    yield from _built_nodes(manifest)
    yield from manifest["sources"].items()


def _translations(
    definitions: Definitions, manifest: Manifest, builders: Mapping[str, str]
) -> dict[str, Translation]:
    """What the translators say of all nodes. A source is translated by the first function."""
    if not definitions.dbt_assets:
        return {key: _default(props) for key, props in _asset_nodes(manifest)}
    first = definitions.dbt_assets[0]
    by_name = {one.name: one for one in definitions.dbt_assets}
    different = {one.name: overridden(one.translator) for one in definitions.dbt_assets}
    found = {}
    for unique_id, props in _asset_nodes(manifest):
        one = by_name.get(builders.get(unique_id, ""), first)
        methods = different[one.name]
        found[unique_id] = _translated(one, methods, props) if methods else _default(props)
    return found


def _default(props: Props) -> Translation:
    return Translation(DEFAULT.get_asset_key(props).to_user_string())


def _translated(one: DbtAssetsDefinition, methods: frozenset[str], props: Props) -> Translation:
    translator = one.translator
    key = one.get_asset_key(props).to_user_string()
    said: dict[str, Any] = {}
    if "get_asset_key" in methods and key != DEFAULT.get_asset_key(props).to_user_string():
        said["name"] = key
    if "get_description" in methods:
        said["description"] = str(translator.get_description(props) or "")
    if "get_group_name" in methods:
        said["group"] = str(translator.get_group_name(props) or "")
    if "get_tags" in methods:
        said["tags"] = tag_words(translator.get_tags(props))
    if "get_owners" in methods:
        said["owners"] = tuple(str(owner) for owner in translator.get_owners(props) or ())
    if "get_metadata" in methods:
        said["metadata"] = metadata_rows(translator.get_metadata(props))
    if "get_code_version" in methods:
        said["code_version"] = str(translator.get_code_version(props) or "")
    return Translation(key, **said)


def tag_words(tags: Mapping[str, str]) -> tuple[str, ...]:
    """Tags as dbtree shows them: `daily`, `team=data`."""
    return tuple(sorted(f"{key}={value}" if value else str(key) for key, value in tags.items()))


def _nodes_by_key(
    definitions: Definitions,
    translations: Mapping[str, Translation],
    left_out: frozenset[str],
) -> dict[str, str]:
    found: dict[str, str] = {}
    for unique_id, translation in translations.items():
        other = found.get(translation.key)
        if other is None:
            found[translation.key] = unique_id
        elif unique_id not in left_out and other not in left_out and definitions.dbt_assets:
            if unique_id.startswith("source.") and other.startswith("source."):
                continue  # several sources may read one table
            raise _at(
                definitions.dbt_assets[0].function,
                f"The key {translation.key} is that of both {other} and {unique_id}: "
                "a translator can tell them apart.",
            )
    return found


# ---------------------------------------------------------------- Python's assets


def _own_id(one: AssetsDefinition, node: str, left_out: frozenset[str]) -> str:
    if not node:
        return f"asset.{one.key.to_user_string()}"
    if node.startswith("source.") or node in left_out:
        return node
    raise _at(
        one.function,
        f"The asset {one.key} has the key of {node}, which dbt builds: choose another.",
    )


def _python_asset(
    one: AssetsDefinition, unique_id: str, node: str, known: Mapping[str, str]
) -> PythonAsset:
    source = one.function.source()
    deps = {_known(key, known, one.function, f"The asset {one.key} depends on") for key in one.deps}
    if unique_id in deps:
        raise _at(one.function, f"The asset {one.key} depends on itself.")
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
    raise _at(function, f"{words} {key}, which is no asset.{hint}")


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
        for unique_id, node in _built_nodes(manifest)
    }
    upstream.update((one.unique_id, list(one.depends_on)) for one in assets)
    by_id = {one.unique_id: one for one in assets}
    for one in assets:
        waiting, seen = list(one.depends_on), set()
        while waiting:
            key = waiting.pop()
            if key == one.unique_id:
                function = next(a.function for a in definitions.assets if _is(a, by_id[key]))
                raise _at(function, f"The asset {one.key} is upstream of itself.")
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


def _at(function: UserFunction, message: str) -> DefinitionError:
    return DefinitionError(message, path=function.path, line=function.line)
