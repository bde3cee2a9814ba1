"""The rows of a manifest, and the values of what its nodes read, where dbt itself is at hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dbt.adapters.factory import get_adapter_package_names
from dbt.context.configured import FQNLookup
from dbt_common.context import get_invocation_context

from tui.engine.process.secrets import scrubber
from tui.engine.records.inputs import InputValues
from tui.engine.records.keyed_digests import KeyedDigests
from tui.engine.records.rows import Records


def values_of(config: Any, keyed: KeyedDigests) -> InputValues:
    """The values of variables, environment and target, by dbt's own runtime configuration."""
    dependencies = config.load_dependencies()

    def sources(package: str) -> list[Mapping[str, Any]]:
        """In dbt's order: command line, root project, package."""
        lookup, projects = FQNLookup(package), [config]
        if package != config.project_name and package in dependencies:
            projects.append(dependencies[package])
        adapter = config.credentials.type
        return [config.cli_vars, *(one.vars.vars_for(lookup, adapter) for one in projects)]

    return InputValues(
        sources,
        lambda: get_invocation_context().env,
        config.to_target_dict(),
        scrubber(config.credentials),
        keyed,
    )


def internal_packages(config: Any) -> frozenset[str]:
    """The packages of dbt and of the adapter: their macros are not the user's."""
    return frozenset(get_adapter_package_names(config.credentials.type))


def dbt_records(config: Any, root: Path, state_dir: Path | None = None) -> Records:
    """The rows of a project that dbt parses; `state_dir` is `.dbtree` in the root by default."""
    return Records(
        config,
        root,
        state_dir or root / ".dbtree",
        internal=internal_packages(config),
        values=values_of,
    )
