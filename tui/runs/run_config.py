"""Settings that a run gives to functions and resources of Python definitions. Pure, but for one
file.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tui.definitions.config_rows import ConfigField, ConfigRow, problem_of, resources_of, wanted
from tui.definitions.errors import DefinitionError
from tui.definitions.run_config import places_in, values_of, with_values, written_out
from tui.errors import SelectionError
from tui.protocol.messages import DefinitionsLoaded
from tui.runs.plan import RunPlan, line_of_config

Tree = Mapping[str, Any]


def rows_for(definitions: DefinitionsLoaded | None, nodes: Iterable[str]) -> list[ConfigRow]:
    """The settings that a run of these nodes may give."""
    if definitions is None or not definitions.configs:
        return []
    return wanted((ConfigRow._make(row) for row in definitions.configs), nodes)


def read(given: str, rows: Sequence[ConfigRow]) -> dict[str, Any]:
    """Settings as they are typed: the path of a YAML or JSON file, or such a text.

    Args:
        given: In Dagster's form, or in short: `{orders_report: {rows: 3}}`.
        rows: What the run takes.

    Raises:
        SelectionError: for a file that cannot be read, and for what is no mapping.
    """
    text, where = given, "--config"
    if not given.lstrip().startswith("{") and "\n" not in given:
        where = given
        try:
            text = Path(given).read_text(encoding="utf-8")
        except OSError as error:
            reason = (error.strerror or "cannot be read").lower()
            raise SelectionError(
                f"{given}: {reason}.", hint="--config takes a file, or YAML in braces."
            ) from error
    import yaml

    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        words = " ".join(str(error).split())
        raise SelectionError(f"{where} is not YAML: {words}.") from error
    if not isinstance(found, dict):
        raise SelectionError(f"{where} holds names and settings, not {found!r}.")
    try:
        plain: dict[str, Any] = json.loads(json.dumps(found, default=str))
        tree = written_out(plain, [row.name for row in rows])
        places_in(tree)
    except DefinitionError as error:
        raise SelectionError(f"{where}: {error.message}") from error
    return tree


def resources_in(definitions: DefinitionsLoaded | None) -> frozenset[str]:
    """The names of the resources that take settings."""
    rows = definitions.configs if definitions is not None else ()
    return resources_of(ConfigRow._make(row) for row in rows)


def configured(
    plan: RunPlan, rows: Sequence[ConfigRow], tree: Tree, resources: frozenset[str] = frozenset()
) -> RunPlan:
    """A plan with settings.

    Args:
        plan: The plan.
        rows: What it takes.
        tree: The settings.
        resources: Names of resources whose settings may be there, too.

    Raises:
        SelectionError: for settings that are missing, wrong, or of nothing in the run.
    """
    if words := problem_of(tree, rows, resources):
        raise SelectionError(words, hint=_hint(words, rows))
    return with_config(plan, tree)


def with_config(plan: RunPlan, tree: Tree) -> RunPlan:
    """A plan with settings that nobody has checked."""
    if not tree:
        return plan
    text = json.dumps(tree, separators=(",", ":"), ensure_ascii=False)
    return replace(plan, config=text, dbt_line=line_of_config(plan.dbt_line, text))


def _hint(words: str, rows: Sequence[ConfigRow]) -> str:
    """How what is missing is given."""
    if "needs a value" not in words:
        return ""
    row = next(row for row in rows if row.is_required)
    asked = ", ".join(f"{one.name}: …" for one in row.settings if one.is_required)
    short = f"{{{row.name}: {{{asked}}}}}"
    if row.place[0] != "ops" or len(row.place) > 2:
        inner = f"{{config: {{{asked}}}}}"
        for part in reversed(row.place):
            inner = f"{{{part}: {inner}}}"
        short = inner
    return f"Give --config '{short}', or a file."


def default_text(field: ConfigField) -> str:
    """The default of a setting as it is typed; empty where it has none."""
    return shown(json.loads(field.default)) if field.default else ""


def shown(value: Any) -> str:
    """A value as it is typed."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def named_values(rows: Sequence[ConfigRow], tree: Tree) -> dict[str, dict[str, Any]]:
    """The settings of a tree by the names of functions and resources."""
    return {row.name: values_of(tree, tuple(row.place)) for row in rows}


def only_of(rows: Sequence[ConfigRow], tree: Tree) -> dict[str, Any]:
    """A tree without the settings of what is not among these."""
    found: dict[str, Any] = {}
    for row in rows:
        found = changed(found, row, values_of(tree, tuple(row.place)))
    return found


def with_own_config(plan: RunPlan, definitions: DefinitionsLoaded | None) -> RunPlan:
    """A plan that is a part of another one, with the settings of what is in it alone."""
    if not plan.config or definitions is None:
        return plan
    own = only_of(rows_for(definitions, plan.nodes), json.loads(plan.config))
    line = plan.dbt_line.replace(f" --config {shlex.quote(plan.config)}", "")
    return with_config(replace(plan, config="", dbt_line=line), own)


def changed(tree: Tree, row: ConfigRow, values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a run with these for one function or resource."""
    return with_values(tree, tuple(row.place), values)
