"""The project's `.env`: variables for dbt that the shell has not set.

dbt-core reads such a file from 1.12 on. By default dbtree does what the dbt in use does, so that
the dbt line that it prints builds the same tables; `dotenv = true` reads the file for any dbt,
`dotenv = false` for none.

They are then as if they had been exported before dbtree was started; what is exported wins.
python-dotenv reads the lines, as dbt has it do, so that a value is the same whoever reads the file:
`export`, comments, quotes; `${NAME}` and `${NAME:-default}` stand for another variable. Nothing is
executed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

from tui.protocol.dotenv_names import steers_programs

DBT_READS_FROM = (1, 12)
"""The version of dbt-core that reads `.env` itself, from the project's directory or above it."""
DBT_READS_NONE = "PYTHON_DOTENV_DISABLED"
"""The variable that keeps dbt from reading it."""


def engine_environment(
    root: Path, wanted: str, environment: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The environment in which the engine of a project runs.

    Args:
        root: the project's directory.
        wanted: `true`: with its `.env`; `false`: without; empty: dbt reads it if it does that.
        environment: in place of `os.environ`.
    """
    if wanted == "true":
        return environment_of(root, environment)
    exported = dict(os.environ if environment is None else environment)
    return {**exported, DBT_READS_NONE: "1"} if wanted == "false" else exported


def reader_of(wanted: str, dbt_version: str) -> str:
    """Who reads a project's `.env`: `dbtree`, `dbt`, or empty for nobody.

    Args:
        wanted: as for `engine_environment`.
        dbt_version: that of the dbt in use; empty where it is not known.
    """
    if wanted:
        return "dbtree" if wanted == "true" else ""
    numbers = tuple(int(part) for part in re.findall(r"\d+", dbt_version)[:2])
    return "dbt" if numbers >= DBT_READS_FROM else ""


def environment_of(root: Path, environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """A project's `.env`, under what is exported.

    Args:
        root: the project's directory; a `.env` that cannot be read is as if it were not there.
        environment: in place of `os.environ`.
    """
    exported = dict(os.environ if environment is None else environment)
    try:
        text = (root / ".env").read_text(encoding="utf-8-sig", errors="surrogateescape")
    except OSError:
        return exported
    return {**parse_dotenv(text, exported), **exported}


def parse_dotenv(text: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of a `.env`'s text; lines that are no assignment are left out."""
    # Imported where a project has the file. `load_dotenv` changes this process, and
    # `dotenv_values` lets the file win over what is exported.
    from dotenv.parser import parse_stream
    from dotenv.variables import parse_variables

    found: dict[str, str] = {}
    for binding in parse_stream(StringIO(text)):
        name = binding.key
        if binding.error or not name or binding.value is None or steers_programs(name):
            continue
        known = {**found, **environment}
        value = "".join(atom.resolve(known) for atom in parse_variables(binding.value))
        if "\0" not in name + value:
            found[name] = value
    return found
