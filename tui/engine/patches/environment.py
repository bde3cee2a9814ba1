"""The environment as dbt's commands see it: whole, and with the names of dbt's other engine."""

from __future__ import annotations

import dbt.cli.requires
from dbt_common.context import get_invocation_context, set_invocation_context


def enter(environment: dict[str, str]) -> None:
    """Make this the environment of a new invocation, as `dbt.cli.requires.preflight` does."""
    # From dbt-core 1.10: DBT_ENGINE_… beside DBT_….
    propagate = getattr(dbt.cli.requires, "_cross_propagate_engine_env_vars", None)
    if propagate is not None:
        propagate(environment)
    set_invocation_context(environment)
    context = get_invocation_context()
    if hasattr(context, "_env"):
        context._env = environment  # what is private to dbt is left out of it otherwise
