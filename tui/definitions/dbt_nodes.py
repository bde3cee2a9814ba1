"""dbt's nodes under definitions: which function builds each, and what its translator says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tui.definitions.dbt_assets import DbtAssetsDefinition
from tui.definitions.errors import DefinitionError
from tui.definitions.manifests import Manifest
from tui.definitions.metadata import metadata_rows
from tui.definitions.repository import Definitions
from tui.definitions.resolved import Translation, tag_words
from tui.definitions.translator import DbtTranslator, Props, overridden

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
