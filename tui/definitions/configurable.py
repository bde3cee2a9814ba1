"""What of the definitions takes settings from a run, and how it gets them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tui.definitions.assets import AssetsDefinition
from tui.definitions.checks import AssetChecksDefinition
from tui.definitions.config import Config, LaunchedResource
from tui.definitions.config_rows import ConfigRow, config_row
from tui.definitions.errors import DefinitionError
from tui.definitions.functions import CONFIG
from tui.definitions.hooks import HookDefinition
from tui.definitions.ops import OpDefinition
from tui.definitions.repository import Definitions
from tui.definitions.run_config import OPS, RESOURCES, from_environment, values_of

Configured = tuple[tuple[str, ...], type[Config], Any]
"""Where settings are in the tree of a run, their class, and the definition that gets them."""


def config_rows(
    definitions: Definitions, known: Mapping[str, str], built_by: Mapping[str, Iterable[str]]
) -> tuple[ConfigRow, ...]:
    """The settings that runs may give.

    Args:
        definitions: All there are.
        known: key → unique_id of the assets.
        built_by: Name of a `@dbt_assets` function → unique_ids of what it builds.
    """
    rows = [
        config_row(config, place, _nodes(one, known, built_by))
        for place, config, one in _configured(definitions)
    ]
    for name, resource in definitions.resources.items():
        if isinstance(resource, LaunchedResource):
            users = [one for one in _everything(definitions) if name in _asked(one)]
            nodes = [key for one in users for key in _nodes(one, known, built_by)]
            of_jobs = any(name in hook.required_resource_keys for hook in _job_hooks(definitions))
            row = config_row(resource.cls, (RESOURCES, name), nodes, resource.values.keys())
            if nodes:
                rows.append(row)
            elif of_jobs:  # only the runs of these jobs need it
                fields = [one._replace(is_required=False) for one in row.settings]
                rows.append(row._replace(fields=[list(one) for one in fields]))
    return tuple(rows)


def _everything(definitions: Definitions) -> Iterator[Any]:
    yield from (*definitions.assets, *definitions.dbt_assets, *definitions.asset_checks)


def _asked(one: Any) -> set[str]:
    """The resources that a definition asks for, and those of its hooks."""
    own = {*one.function.resource_names(), *one.required_resource_keys}
    return own.union(*(hook.required_resource_keys for hook in getattr(one, "hooks", ())))


def _job_hooks(definitions: Definitions) -> Iterator[HookDefinition]:
    jobs = [*definitions.jobs.values(), *(one.job for one in definitions.schedules if one.job)]
    for job in jobs:
        yield from job.hooks


def _configured(definitions: Definitions) -> Iterator[Configured]:
    for one in _everything(definitions):
        place = (OPS, one.op_name)
        config = one.function.config_class(CONFIG)
        if config is not None:
            yield place, config, one
        for step in _ops_of(one):
            inner = step.function.config_class(CONFIG)
            if inner is not None:
                yield (*place, OPS, step.name), inner, one


def _ops_of(one: Any) -> Iterator[OpDefinition]:
    """The ops that the function of a graph asset names."""
    if isinstance(one, AssetsDefinition):
        call = one.function.call
        names = getattr(call, "__code__", None)
        known = getattr(call, "__globals__", {})
        for name in names.co_names if names is not None else ():
            if isinstance(known.get(name), OpDefinition):
                yield known[name]


def _nodes(one: Any, known: Mapping[str, str], built_by: Mapping[str, Iterable[str]]) -> list[str]:
    if isinstance(one, AssetsDefinition):
        return [known[key.to_user_string()] for key in one.ordered_keys]
    if isinstance(one, AssetChecksDefinition):
        return [f"asset_check.{key.to_user_string()}" for key in sorted(one.check_keys, key=str)]
    return sorted(built_by.get(one.name, ()))


def refuse_wrong(
    definitions: Definitions, tree: Mapping[str, Any], rows: Iterable[ConfigRow]
) -> None:
    """Make the settings of what a run makes once, before anything is made.

    Args:
        definitions: All there are.
        tree: The settings of the run.
        rows: Those of what it makes.

    Raises:
        DefinitionError: for settings that are missing or wrong, in a sentence.
    """
    places = {tuple(row.place) for row in rows}
    for place, config, one in _configured(definitions):
        if place in places:
            made(config, tree, place, one.function)
    for name, resource in definitions.resources.items():
        if isinstance(resource, LaunchedResource) and (RESOURCES, name) in places:
            _resource(name, resource, tree)


def made(
    config: type[Config], tree: Mapping[str, Any], place: tuple[str, ...], function: Any
) -> Config:
    """Settings as a function gets them.

    Raises:
        DefinitionError: for settings that are missing or wrong, at the place of the function.
    """
    try:
        return config(**from_environment(values_of(tree, place)))
    except DefinitionError as error:
        words = f"The settings of {'.'.join(place[1::2])} are wrong: {error.message}"
        raise DefinitionError(words, path=function.path, line=function.line) from error


def configured_resources(resources: Mapping[str, Any], tree: Mapping[str, Any]) -> dict[str, Any]:
    """Resources with those made that get their settings from the run, as far as it gives them."""
    found = dict(resources)
    for name, resource in resources.items():
        if isinstance(resource, LaunchedResource):
            try:
                found[name] = _resource(name, resource, tree)
            except DefinitionError:  # whoever asks for it is told
                continue
    return found


def _resource(name: str, resource: LaunchedResource, tree: Mapping[str, Any]) -> Any:
    try:
        return resource.made(from_environment(values_of(tree, (RESOURCES, name))))
    except DefinitionError as error:
        words = f"The settings of the resource {name} are wrong: {error.message}"
        raise DefinitionError(words, path="-") from error
