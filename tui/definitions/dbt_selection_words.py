"""What a dbt command outside dbtree builds of a `@dbt_assets` function, as words for dbt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

SELECTING = frozenset(
    {"build", "run", "seed", "snapshot", "test", "compile", "ls", "list", "clone"}
)
"""The commands of dbt that take a selection."""
SAID = frozenset({"--select", "-s", "--exclude", "--selector"})


def selection_words(args: Sequence[str], context: Any) -> list[str]:
    """The selection of the function that a command is in, as Dagster gives it to dbt: what the
    function was declared with, or of a part of its assets their names. None where the command says
    one itself, or there is no such function.
    """
    assets: Any = getattr(context, "assets_def", None)
    command = next((word for word in args if not word.startswith("-")), "")
    is_said = any(word.partition("=")[0] in SAID for word in args)
    is_theirs = getattr(assets, "is_dbt_assets", False)
    if not is_theirs or command not in SELECTING or is_said:
        return []
    if context.is_subset:
        nodes = assets.read_manifest()["nodes"]
        chosen = context.selected_asset_keys
        keys = (key for key in assets.unique_ids if assets.get_asset_key(nodes[key]) in chosen)
        return ["--select", " ".join(".".join(nodes[key]["fqn"]) for key in keys)]
    if assets.selector:
        return ["--selector", assets.selector]
    words = ["--exclude", assets.exclude] if assets.exclude else []
    return [*words, "--select", assets.select]
