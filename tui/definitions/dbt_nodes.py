"""dbt's nodes under definitions: which function builds each, and what its translator says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from tui.definitions.conditions import checked_condition
from tui.definitions.dbt_assets import DbtAssetsDefinition
from tui.definitions.dbt_resources import (
    Props,
    config_of,
    dagster_meta,
    node_of,
    reads_itself,
    upstream,
)
from tui.definitions.errors import DefinitionError
from tui.definitions.manifests import Manifest
from tui.definitions.metadata import metadata_rows
from tui.definitions.partition_mappings import checked_mapping
from tui.definitions.repository import Definitions
from tui.definitions.resolved import Translation, tag_words
from tui.definitions.specs import AssetSpec, kinds_of
from tui.definitions.translator import DbtTranslator, overridden, with_group, without_effect

Select = Callable[[str, str, str], frozenset[str]]
"""What dbt selects: select, exclude, selector → unique_ids. Raises DefinitionError."""

BUILT = frozenset({"model", "seed", "snapshot", "function"})
DEFAULT = DbtTranslator()


def builders_of(
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
            raise one.function.error(f"@dbt_assets {one.name}: {error.message}") from error
        for unique_id in chosen:
            if unique_id in found and not unique_id.startswith(("test.", "unit_test.")):
                raise one.function.error(
                    f"Both {found[unique_id]} and {one.name} build {unique_id}."
                )
            found.setdefault(unique_id, one.name)
    everything = (unique_id for unique_id, _ in built_nodes(manifest))
    return found, frozenset(key for key in everything if key not in found)


def built_nodes(manifest: Manifest) -> Iterator[tuple[str, Props]]:
    """The nodes that a build makes something of, with what the manifest says of each."""
    for place in ("nodes", "functions"):
        for unique_id, node in (manifest.get(place) or {}).items():
            if unique_id.partition(".")[0] in BUILT:
                yield unique_id, node


def _asset_nodes(manifest: Manifest) -> Iterator[tuple[str, Props]]:
    yield from built_nodes(manifest)
    yield from manifest["sources"].items()


def translations_of(
    definitions: Definitions, manifest: Manifest, builders: Mapping[str, str]
) -> dict[str, Translation]:
    """What the translators say of all nodes. A source is translated by the first function."""
    adapter = str((manifest.get("metadata") or {}).get("adapter_type") or "")
    kinds = tuple(dict.fromkeys(("dbt", adapter or "dbt")))
    first = definitions.dbt_assets[0] if definitions.dbt_assets else None
    by_name = {one.name: one for one in definitions.dbt_assets}
    different = {one.name: overridden(one.translator) for one in definitions.dbt_assets}
    found = {}
    for unique_id, props in _asset_nodes(manifest):
        one = by_name.get(builders.get(unique_id, ""), first)
        own = kinds if not unique_id.startswith("source.") else ()
        if one is None or not (different[one.name] or one.has_own_specs):
            found[unique_id] = _default(props, own, one)
        elif one.has_own_specs:
            found[unique_id] = _of_spec(one, manifest, props)
        else:
            found[unique_id] = _translated(one, different[one.name], manifest, props, own)
        is_built = unique_id in builders or ("*" in builders and own)
        if one is not None and is_built:
            own_spec = one.spec_of(unique_id) if one.has_own_specs else None
            partitions = own_spec.partitions_def if own_spec else one.partitions_of(props)
            row = partitions.row(one.per_run) if partitions is not None else ""
            condition = (
                own_spec.automation_condition
                if own_spec
                else checked_condition(one.translator.get_automation_condition(props))
            )
            policy = own_spec.freshness_policy if own_spec else None
            found[unique_id] = replace(
                found[unique_id], partitions=row, condition=condition, policy=policy,
                mappings=_mappings(one, own_spec, manifest, props) if row else {},
            )  # fmt: skip
    return found


def _mappings(
    one: DbtAssetsDefinition, spec: AssetSpec | None, manifest: Manifest, props: Props
) -> dict[str, Mapping[str, Any]]:
    """Which partitions of its parents a node is made of, where somebody says it."""
    if spec is None and "get_partition_mapping" not in overridden(one.translator):
        return {}
    said = {dep.asset_key: dep.partition_mapping for dep in spec.deps} if spec is not None else {}
    found: dict[str, Mapping[str, Any]] = {}
    itself = {str(props["unique_id"])} if reads_itself(props) else set()
    for parent in sorted(upstream(manifest, props) | itself):
        above = node_of(manifest, parent)
        given = checked_mapping(one.translator.get_partition_mapping(props, above))
        given = given or said.get(one.get_asset_key(above))
        if given is not None:
            found[parent] = given.facts()
    return found


def _default(props: Props, kinds: tuple[str, ...], one: DbtAssetsDefinition | None) -> Translation:
    said: dict[str, Any] = {}
    meta = dagster_meta(props)
    if meta.get("group"):
        said["group"] = str(meta["group"])
    if meta.get("owners"):
        said["owners"] = _owners(DEFAULT.get_owners(props))
    if kinds and one is not None and _is_virtual(one, props):
        kinds = (*kinds, "view")
    return Translation(DEFAULT.get_asset_key(props).to_user_string(), kinds=kinds, **said)


def _is_virtual(one: DbtAssetsDefinition, props: Props) -> bool:
    settings = one.translator.settings
    return (
        settings.enable_dbt_views_as_virtual_assets
        and config_of(props).get("materialized") == "view"
    )


def _owners(owners: Any) -> tuple[str, ...]:
    return tuple(str(owner) for owner in owners or ())


def _translated(
    one: DbtAssetsDefinition,
    methods: frozenset[str],
    manifest: Manifest,
    props: Props,
    kinds: tuple[str, ...],
) -> Translation:
    translator, plain = one.translator, _default(props, kinds, one)
    key = one.get_asset_key(props).to_user_string()
    said: dict[str, Any] = {
        name: value for name in ("group", "owners") if (value := getattr(plain, name)) is not None
    }
    if "get_asset_key" in methods and key != plain.key:
        said["name"] = key
    if "get_description" in methods:
        said["description"] = str(translator.get_description(props) or "")
    if "get_group_name" in methods:
        said["group"] = str(translator.get_group_name(props) or "")
    if "get_tags" in methods:
        tags = translator.get_tags(props)
        said["tags"] = tag_words(tags)
        kinds = tuple(dict.fromkeys((*plain.kinds, *sorted(kinds_of(tags)))))
    if "get_owners" in methods:
        said["owners"] = _owners(translator.get_owners(with_group(manifest, props)))
    if "get_metadata" in methods:
        said["metadata"] = _own_metadata(
            translator.get_metadata(props), DEFAULT.get_metadata(props)
        )
    if "get_code_version" in methods:
        said["code_version"] = str(translator.get_code_version(props) or "")
    return Translation(key, kinds=kinds if "get_tags" in methods else plain.kinds, **said)


def _of_spec(one: DbtAssetsDefinition, manifest: Manifest, props: Props) -> Translation:
    """What a spec of the user's says beyond what dbt has."""
    unique_id = str(props["unique_id"])
    spec = one.spec_of(unique_id)
    plain = DbtTranslator(one.translator.settings).get_asset_spec(manifest, unique_id, one.project)
    asked = DbtTranslator.get_asset_spec(one.translator, manifest, unique_id, one.project)
    said: dict[str, Any] = {}
    if spec.key != plain.key:
        said["name"] = spec.key.to_user_string()
    if spec.description != plain.description:
        said["description"] = spec.description or ""
    if spec.group_name != plain.group_name or dagster_meta(props).get("group"):
        said["group"] = spec.group_name or ""
    if spec.owners != plain.owners or dagster_meta(props).get("owners"):
        said["owners"] = _owners(spec.owners)
    if tag_words(spec.tags) != tag_words(plain.tags):
        said["tags"] = tag_words(spec.tags)
    if spec.code_version != plain.code_version:
        said["code_version"] = spec.code_version or ""
    known = {dep.asset_key for dep in asked.deps}
    more = (dep.asset_key for dep in spec.deps if dep.asset_key not in known)
    return Translation(
        spec.key.to_user_string(),
        metadata=_own_metadata(spec.metadata, plain.metadata),
        kinds=() if unique_id.startswith("source.") else tuple(sorted(spec.kinds)),
        depends_on=tuple(key.to_user_string() for key in more),
        **said,
    )


def _own_metadata(metadata: Mapping[str, Any], plain: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata without what dbt says of every node."""
    return metadata_rows({
        label: value for label, value in metadata.items() if plain.get(label) != value
    })  # fmt: skip


def vain_methods(definitions: Definitions) -> list[str]:
    """In words, what the translators override without effect."""
    return [
        f"{type(one.translator).__name__}.{name} has no effect: {why}."
        for one in definitions.dbt_assets
        for name, why in without_effect(one.translator).items()
    ]


def nodes_by_key(
    definitions: Definitions,
    translations: Mapping[str, Translation],
    left_out: frozenset[str],
) -> dict[str, str]:
    """Which node has which key: key → unique_id. Raises DefinitionError for two of one key."""
    found: dict[str, str] = {}
    for unique_id, translation in translations.items():
        other = found.get(translation.key)
        if other is None:
            found[translation.key] = unique_id
        elif unique_id not in left_out and other not in left_out and definitions.dbt_assets:
            if unique_id.startswith("source.") and other.startswith("source."):
                continue  # several sources may read one table
            raise definitions.dbt_assets[0].function.error(
                f"The key {translation.key} is used by both {other} and {unique_id}: give them "
                "different keys with a translator.",
            )
    return found
