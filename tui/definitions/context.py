"""The context that a running function of the definitions gets: what to build, in which run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from copy import copy
from types import SimpleNamespace
from typing import Any

from tui.definitions.dynamic_partitions import DagsterInstance
from tui.definitions.errors import DefinitionError
from tui.definitions.functions import refuse_unknown
from tui.definitions.keys import AssetCheckKey, AssetKey
from tui.definitions.metadata import metadata_value
from tui.definitions.partition_context import PartitionContext
from tui.definitions.partition_inputs import PartitionInput
from tui.definitions.partitions import PartitionKeyRange, PartitionsDefinition
from tui.definitions.results import AssetMaterialization
from tui.definitions.run_config import OPS, from_environment, values_of

_CURRENT: ContextVar[AssetExecutionContext | None] = ContextVar(
    "the function that is running", default=None
)


class AssetExecutionContext(PartitionContext):
    """The first argument, named `context`, of a function under `@asset`, `@asset_check` or
    `@dbt_assets`.

    Outside a run it can be made for a test: `AssetExecutionContext(selected=["orders"])`.
    """

    def __init__(
        self,
        *,
        run_id: str = "",
        selected: Any = (),
        selected_checks: Any = (),
        resources: Mapping[str, Any] | None = None,
        assets_def: Any = None,
        is_subset: bool = False,
        run_tags: Mapping[str, str] | None = None,
        full_refresh: bool = False,
        log: logging.Logger | None = None,
        partitions: Sequence[str] = (),
        partitions_def: PartitionsDefinition | None = None,
        run_config: Mapping[str, Any] | None = None,
        materialized: Mapping[str, float] | None = None,
        partition_inputs: Mapping[str, PartitionInput] | None = None,
    ) -> None:
        self.partition_inputs = dict(partition_inputs or {})
        self.run_partitions = tuple(partitions)
        self.partitions_def = partitions_def or getattr(assets_def, "partitions_def", None)
        self.run_config: Mapping[str, Any] = dict(run_config or {})
        """All settings of the run, as Dagster has them."""
        self.run_id = run_id
        """The id of dbtree's run."""
        self.selected_asset_keys: set[AssetKey] = {AssetKey.from_coercible(one) for one in selected}
        """The assets that this call is to make."""
        self.selected_asset_check_keys: set[AssetCheckKey] = set(selected_checks)
        """The checks that this call is to make."""
        self.resources = SimpleNamespace(**(resources or {}))
        """The resources of the definitions, by name."""
        self.assets_def = assets_def
        """The definition whose function this is."""
        self.is_subset = is_subset
        """Whether less is wanted than the definition can make."""
        self.run_tags: Mapping[str, str] = dict(run_tags or {})
        """Of the run: `dbtree/target`, `dbtree/full_refresh`, `dbtree/schedule_name`, …"""
        self.full_refresh = full_refresh
        """Whether everything is to be built from nothing. (Not in Dagster.)"""
        self.log = log or logging.getLogger("dbtree.definitions")
        """A logger; what is said to it stands in the run's log."""
        self.retry_number = 0
        """How often the function was called before in this run, because of its retry policy."""
        self.place_of: Callable[[str], AbstractContextManager[None]] | None = None
        """Takes a place in a pool, for an op of this function; None where none is to be taken."""
        self._materialized = dict(materialized or {})
        self.added: dict[AssetKey, dict[str, Any]] = {}
        """What `add_output_metadata` was given."""

    @staticmethod
    def get() -> AssetExecutionContext:
        """The context of the function that is running. Raises DefinitionError outside of one."""
        found = _CURRENT.get()
        if found is None:
            raise DefinitionError("No function of the definitions is running.")
        return found

    @contextmanager
    def entered(self) -> Iterator[AssetExecutionContext]:
        """This is what `get` answers inside."""
        token = _CURRENT.set(self)
        try:
            yield self
        finally:
            _CURRENT.reset(token)

    @contextmanager
    def in_pool(self, pool: str | None) -> Iterator[None]:
        """A place in a pool, while an op is called; a run has one at a time."""
        take, self.place_of = self.place_of, None
        try:
            with take(pool) if take is not None and pool else nullcontext():
                yield
        finally:
            self.place_of = take

    def __enter__(self) -> AssetExecutionContext:
        """`with build_asset_context() as context`."""
        return self

    def __exit__(self, *_: object) -> None:
        """There is nothing to end."""

    def bound_to(self, definition: Any) -> AssetExecutionContext:
        """The same in a call of a definition by hand, where it was made for none: it knows what
        the call makes, and of which partitions.
        """
        if self.assets_def is not None:
            return self
        bound = copy(self)
        bound.assets_def = definition
        bound.partitions_def = self.partitions_def or getattr(definition, "partitions_def", None)
        bound.selected_asset_keys = self.selected_asset_keys or {*getattr(definition, "keys", ())}
        bound.selected_asset_check_keys = self.selected_asset_check_keys or {
            *getattr(definition, "check_keys", ())
        }
        return bound

    # -- what there is --------------------------------------------------------

    @property
    def has_assets_def(self) -> bool:
        """Whether this is the context of an asset's function."""
        return self.assets_def is not None

    @property
    def asset_key(self) -> AssetKey:
        """The one asset of this call. Raises DefinitionError where there are several."""
        if len(self.selected_asset_keys) != 1:
            count = len(self.selected_asset_keys)
            raise DefinitionError(
                f"There are {count} assets in this call: use selected_asset_keys."
            )
        return next(iter(self.selected_asset_keys))

    @property
    def asset_check_spec(self) -> Any:
        """The spec of the check of this call. Raises DefinitionError where there are several."""
        specs = getattr(self.assets_def, "specs", ())
        found = [
            one for one in specs if getattr(one, "key", None) in self.selected_asset_check_keys
        ]
        if len(found) != 1:
            raise DefinitionError(f"There are {len(found)} checks in this call.")
        return found[0]

    @property
    def op_config(self) -> dict[str, Any]:
        """The settings that the run gives to this function.

        Raises:
            DefinitionError: for an environment variable that is not set.
        """
        name = getattr(self.assets_def, "op_name", "")
        return from_environment(values_of(self.run_config, (OPS, name)))

    def config_of_op(self, name: str) -> dict[str, Any]:
        """The settings that the run gives to an op of this asset. Raises DefinitionError."""
        own = getattr(self.assets_def, "op_name", "")
        return from_environment(values_of(self.run_config, (OPS, own, OPS, name)))

    def materialized_at(self, key: AssetKey) -> float | None:
        """When an asset that this check reads was materialized last on this target.

        In seconds since the epoch; None for never. (Not in Dagster.)
        """
        return self._materialized.get(key.to_user_string())

    @property
    def run(self) -> SimpleNamespace:
        """The run: its `run_id`, `tags` and `run_config`."""
        return SimpleNamespace(
            run_id=self.run_id, tags=dict(self.run_tags), run_config=dict(self.run_config)
        )

    dagster_run = run

    @property
    def job_name(self) -> str:
        """The job of the run, where it has one."""
        return self.run_tags.get("dbtree/job", "")

    @property
    def selected_output_names(self) -> set[str]:
        """The names of the outputs of the assets of this call."""
        return {self.output_for_asset_key(key) for key in self.selected_asset_keys}

    def output_for_asset_key(self, asset_key: AssetKey) -> str:
        """The name of the output of an asset of this call."""
        named = getattr(self.assets_def, "keys_by_output_name", {})
        found = (name for name, key in named.items() if key == asset_key)
        return next(found, asset_key.to_python_identifier())

    @property
    def op_execution_context(self) -> AssetExecutionContext:
        """This context: dbtree has one kind."""
        return self

    @property
    def instance(self) -> DagsterInstance:
        """Has the keys of dynamic partitions."""
        return DagsterInstance.get()

    def asset_key_for_output(self, output_name: str = "result") -> AssetKey:
        """The asset that the name of an output means. Raises DefinitionError for an unknown one."""
        by_name = {key.to_python_identifier(): key for key in self.selected_asset_keys}
        found = by_name.get(output_name)
        if found is None and hasattr(self.assets_def, "key_of_output"):
            found = self.assets_def.key_of_output(output_name)
        if found is None:
            raise DefinitionError(f"There is no output {output_name!r} in this call.")
        return found

    def has_tag(self, key: str) -> bool:
        """Whether the run has a tag."""
        return key in self.run_tags

    def get_tag(self, key: str) -> str | None:
        """The value of a tag of the run."""
        return self.run_tags.get(key)

    # -- what is told ---------------------------------------------------------

    def add_output_metadata(
        self,
        metadata: Mapping[str, Any],
        output_name: str | AssetKey | None = None,
        mapping_key: str | None = None,
        asset_key: AssetKey | None = None,
    ) -> None:
        """Remember metadata of the materialization that this call makes.

        Args:
            metadata: Label → value, see `MetadataValue`.
            output_name: Of which output; may be left out where there is only one.
            mapping_key: Accepted and left alone.
            asset_key: Of which asset, in place of the output.
        """
        if isinstance(output_name, AssetKey):
            asset_key = output_name
        elif output_name is not None:
            asset_key = self.asset_key_for_output(output_name)
        key = asset_key if asset_key is not None else self.asset_key
        for value in metadata.values():
            metadata_value(value)
        self.added.setdefault(key, {}).update(metadata)

    def add_asset_metadata(
        self, metadata: Mapping[str, Any], asset_key: AssetKey | None = None
    ) -> None:
        """The same as `add_output_metadata`."""
        self.add_output_metadata(metadata, asset_key=asset_key)

    def log_event(self, event: AssetMaterialization) -> None:
        """Remember what an event says of an asset of this call; of another, note it in the log."""
        if event.asset_key in self.selected_asset_keys:
            self.add_output_metadata(event.metadata, asset_key=event.asset_key)
        else:
            self.log.info("%s: %s", event.asset_key, dict(event.metadata))


EPHEMERAL = "EPHEMERAL"
"""The id that a context of a test has in place of a run's, as in Dagster."""


def build_asset_context(
    resources: Mapping[str, Any] | None = None,
    *,
    partition_key: str | None = None,
    partition_key_range: PartitionKeyRange | None = None,
    run_tags: Mapping[str, str] | None = None,
    instance: DagsterInstance | None = None,
    **refused: Any,
) -> AssetExecutionContext:
    """A context for a test that calls a function by hand.

    Args:
        resources: By name.
        partition_key: That of the run.
        partition_key_range: The first and the last key of the run, in its place.
        run_tags: Of the run.
        instance: Accepted and left alone: the keys of dynamic partitions are those of this process.
        refused: Arguments that Dagster has and dbtree has not; refused with the reason.
    """
    refuse_unknown("build_asset_context", refused, {
        "resources_config": "give the resources themselves.",
        "asset_config": "give the config as an argument of the call.",
    })  # fmt: skip
    keys = (partition_key,) if partition_key else tuple(partition_key_range or ())
    return AssetExecutionContext(
        run_id=EPHEMERAL, resources=resources, run_tags=run_tags, partitions=keys
    )


def call_by_hand(definition: Any, args: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
    """Call a definition's function as a test does, with a context that knows the definition."""

    def bound(value: Any) -> Any:
        is_context = isinstance(value, AssetExecutionContext)
        return value.bound_to(definition) if is_context else value

    given = {name: bound(value) for name, value in named.items()}
    return definition.function.call(*map(bound, args), **given)


AssetCheckExecutionContext = AssetExecutionContext
"""What a check's function is told."""
OpExecutionContext = AssetExecutionContext
"""What an op is told."""
