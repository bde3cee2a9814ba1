"""What a dbt command outside dbtree builds of a `@dbt_assets` function, as words for dbt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

SELECTING = frozenset(
    {"build", "run", "seed", "snapshot", "test", "compile", "ls", "list", "clone"}
)
"""The commands of dbt that take a selection."""
LONGEST_WORD = 100_000
"""Characters of one word of a command: Linux takes 131,071 bytes."""
SAID = frozenset({"--select", "-s", "--exclude", "--selector"})


class Words(NamedTuple):
    """What a command is told of its selection."""

    options: list[str]
    environment: dict[str, str]


def selection_words(args: Sequence[str], context: Any) -> Words:
    """The selection of the function that a command is in, as Dagster gives it to dbt: what the
    function was declared with, or of a part of its assets their names. None where the command says
    one itself, or there is no such function.
    """
    assets: Any = getattr(context, "assets_def", None)
    command = next((word for word in args if not word.startswith("-")), "")
    is_said = any(word.partition("=")[0] in SAID for word in args)
    is_theirs = getattr(assets, "is_dbt_assets", False)
    if not is_theirs or command not in SELECTING or is_said:
        return Words([], {})
    if context.is_subset:
        return _part(assets, context)
    if assets.selector:
        return Words(["--selector", assets.selector], {})
    words = ["--exclude", assets.exclude] if assets.exclude else []
    return Words(["--select", assets.select, *words], {})


def _part(assets: Any, context: Any) -> Words:
    """Some of the assets and checks. Where all checks of the assets are chosen, dbt finds them
    itself, with the tests that are of several assets; else it is told exactly which.
    """
    nodes, chosen = assets.read_manifest()["nodes"], context.selected_asset_keys
    made = [key for key in assets.unique_ids if assets.get_asset_key(nodes[key]) in chosen]
    wanted = context.selected_asset_check_keys
    own = {key for key in assets.check_keys if key.asset_key in chosen}
    is_exact = not made or not own <= wanted
    checks = wanted if is_exact else wanted - own
    tests = [*assets.tests_of(checks), *assets.tests_of_sources_above(made)]
    by_name = assets.translator.settings.enable_dbt_selection_by_name
    names = [
        nodes[key]["name"] if by_name else ".".join(nodes[key]["fqn"]) for key in [*made, *tests]
    ]
    environment = {"DBT_INDIRECT_SELECTION": "empty"} if is_exact else {}
    chosen = " ".join(names)
    is_short = len(chosen) < LONGEST_WORD
    return Words(["--select", *([chosen] if is_short else names)], environment)
