"""What a component's YAML says of assets and checks: `ResolvedAssetSpec` and its kin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from tui.definitions.checks import AssetCheckSpec
from tui.definitions.component_values import ResolutionContext, Resolver
from tui.definitions.errors import DefinitionError
from tui.definitions.keys import AssetKey
from tui.definitions.specs import AssetSpec


def _key(context: ResolutionContext, value: Any) -> AssetKey:
    said = context.resolve_value(value)
    return AssetKey.from_user_string(said) if isinstance(said, str) else said


def _spec(context: ResolutionContext, value: Any) -> AssetSpec:
    said = context.resolve_value(value)
    return AssetSpec(**{**said, **_of_lists(said)}) if isinstance(said, Mapping) else said


def _of_lists(said: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of an asset that are sets or keys, and lists or texts in YAML."""
    found: dict[str, Any] = {}
    if "kinds" in said:
        found["kinds"] = set(said["kinds"])
    if isinstance(said.get("key"), str):
        found["key"] = AssetKey.from_user_string(said["key"])
    if "deps" in said:
        found["deps"] = [
            AssetKey.from_user_string(one) if isinstance(one, str) else one for one in said["deps"]
        ]
    return found


def _check_spec(context: ResolutionContext, value: Any) -> AssetCheckSpec:
    said = context.resolve_value(value)
    return AssetCheckSpec(**said) if isinstance(said, Mapping) else said


ResolvedAssetKey = Annotated[AssetKey, Resolver(_key)]
ResolvedAssetSpec = Annotated[AssetSpec, Resolver(_spec)]
ResolvedAssetCheckSpec = Annotated[AssetCheckSpec, Resolver(_check_spec)]


def changed_spec(spec: AssetSpec, said: Mapping[str, Any]) -> AssetSpec:
    """A spec with the attributes that YAML says in their place; tags and metadata are added."""
    named = {**said, **_of_lists(said)}
    if "key_prefix" in named:
        prefix = named.pop("key_prefix")
        named["key"] = AssetKey.from_coercible(named.get("key", spec.key)).with_prefix(prefix)
    merged = {name: named.pop(name) for name in ("tags", "metadata") if name in named}
    try:
        return spec.replace_attributes(**named).merge_attributes(**merged)
    except TypeError as error:
        raise DefinitionError(f"An asset has no such attribute: {error}.") from error
