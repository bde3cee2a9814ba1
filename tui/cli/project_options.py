"""The options that say which project is meant, and how it is opened: the same before and after each
command.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tui.cli.shared_arguments import positive_number, whole_number
from tui.project.settings import NAMES


class ProjectOption(NamedTuple):
    """An option that says which project is opened, or how; argparse's own words."""

    names: tuple[str, ...]
    help: str
    more: Mapping[str, Any]


def _valued(*names: str, help: str, **more: Any) -> ProjectOption:
    return ProjectOption(names, help, more)


def _switch(name: str, help: str, value: str = "", **more: Any) -> ProjectOption:
    """One without a value, which stands for `value`, or for True."""
    const = {"action": "store_const", "const": value} if value else {"action": "store_true"}
    return ProjectOption((name,), help, {**const, **more})


PROJECT_OPTIONS = (
    _valued(
        "--project-dir", metavar="DIR", help="the dbt project (default: around the current one)"
    ),
    _valued("-t", "--target", metavar="NAME", help="dbt's target"),
    _valued("--profile", metavar="NAME", help="dbt's profile"),
    _valued("--profiles-dir", metavar="DIR", help="the directory of profiles.yml"),
    _valued("--vars", metavar="YAML", help="variables for dbt: '{key: value}'"),
    _valued("--threads", metavar="N", type=positive_number, help="dbt's threads"),
    _valued(
        "--state-dir", metavar="DIR", help="where runs and history are kept (default: .dbtree)"
    ),
    _valued("--dbt-python", metavar="PATH", help="the Python (or its environment) that has dbt"),
    _valued("--dbt-command", metavar="COMMAND", help="a dbt that is a command: 'uv run dbt'"),
    _switch(
        "--trust",
        "trust the Python that the project names or contains, and remember this "
        "(DBTREE_TRUST=1: trust every project)",
    ),
    _switch("--readonly", "never start a run"),
    _switch(
        "--no-record-rows",
        "do not ask the database for row counts and columns after each build",
        "false",
        dest="record_rows",
    ),
    _valued(
        "--wait",
        dest="lock_wait",
        metavar="SECONDS",
        help="how long a run waits for a database that another process holds (default: 60)",
    ),
    _valued(
        "--keep-days",
        metavar="N",
        type=whole_number,
        help="old runs go after N days (default: 30; see `dbtree runs prune`)",
    ),
    _valued(
        "--keep-runs",
        metavar="N",
        type=whole_number,
        help="but the N newest runs stay (default: 200)",
    ),
    _valued(
        "--engine-keep",
        metavar="MINUTES",
        type=whole_number,
        help="minutes that the shared engine stays after its last command (default: 15; "
        "0: none is used)",
    ),
    _switch(
        "--no-engine",
        "use no engine that stays, and start none",
        "0",
        dest="engine_keep",
    ),
    _valued(
        "--base-branch",
        metavar="NAME",
        help="the branch to compare with (default: the remote's default branch, main or master)",
    ),
    _valued(
        "--defer",
        metavar="WHERE",
        help="read what is not built from a target, a directory with a manifest or git:BRANCH; "
        "state:modified compares with it",
    ),
    _switch(
        "--no-compile-on-save",
        "do not say what a compile of a saved asset would fail with",
        "false",
        dest="compile_on_save",
    ),
    _switch(
        "--dagster",
        "open a Dagster project with its definitions (default: dbtree asks)",
        "true",
    ),
    _switch("--no-dagster", "open it as a plain dbt project", "false", dest="dagster"),
    _switch(
        "--dotenv",
        "read the project's .env (default: only with dbt-core 1.12 or later, as dbt does)",
        "true",
    ),
    _valued(
        "--notify-after",
        metavar="SECONDS",
        help="bell and notification when a run of at least so many seconds ends (default: 30), "
        "or never",
    ),
    _switch(
        "--no-terminal-title",
        "leave the terminal's title and progress bar alone",
        "false",
        dest="terminal_title",
    ),
)
WITH_VALUE = frozenset(
    name for option in PROJECT_OPTIONS if "metavar" in option.more for name in option.names
)


def given_settings(options: argparse.Namespace) -> dict[str, object]:
    """What the command line says of how a project is opened, by setting; None for what it does
    not say. `trust` is no setting that a file could make.
    """
    return {name: getattr(options, name, None) for name in (*NAMES, "trust")}


def project_words(options: argparse.Namespace) -> list[str]:
    """The project options as they were given, as arguments for another dbtree."""
    words: dict[str, str] = {}
    for option in PROJECT_OPTIONS:
        name = option.names[-1]
        setting = option.more.get("dest") or name.removeprefix("--").replace("-", "_")
        value = getattr(options, setting, None)
        if value is None or setting in words:
            continue
        if "metavar" in option.more:
            words[setting] = f"{name}={value}"
        elif value == option.more.get("const", True):
            words[setting] = name
    return list(words.values())


def first_word(words: Sequence[str]) -> int | None:
    """The position of the first argument that is neither an option nor an option's value."""
    skip = False
    for place, word in enumerate(words):
        if skip:
            skip = False
        elif word == "--":
            return place + 1 if place + 1 < len(words) else None
        elif word.startswith("-") and word != "-":
            skip = word in WITH_VALUE
        else:
            return place
    return None


def add_project_options(parser: argparse.ArgumentParser, *, is_first: bool = False) -> None:
    """The options that are good before and after the command.

    Those of a command have no default, else it would win over what is before the command.
    """
    group = parser.add_argument_group("project options (each also as DBTREE_… in the environment)")

    default = None if is_first else argparse.SUPPRESS
    for option in PROJECT_OPTIONS:
        group.add_argument(*option.names, default=default, help=option.help, **option.more)
