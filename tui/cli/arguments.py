"""The command line: commands, options, and their help. Imports little but argparse.

The options that say which project is meant, and how, are before or after the command. A first word
that is not a command is a path to open.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any

from tui.cli.project_options import WITH_VALUE, add_project_options, first_word
from tui.cli.shared_arguments import Command, add_json, add_path

SUMMARY = "A dbt project as a living asset tree in your terminal."
EXIT_CODES = """\
exit codes:
  0  all good
  1  something failed: a run had errors or failing checks, or it was stopped
  2  it could not be done: no project, no dbt, a parse error, a wrong argument
"""
OPENING = "dev"
DEMO_ADAPTERS = ("duckdb", "postgres", "spark")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The parsed arguments, with `command` set. Exits with code 2, or 0 for help."""
    words = with_command(arguments)
    place = first_word(words)
    return build_parser("" if place is None else words[place]).parse_args(words)


def with_command(arguments: Sequence[str]) -> list[str]:
    """The arguments with a command in them: where the first word is none, it is a path to open."""
    words = list(arguments)
    place = first_word(words)
    if place is not None and words[place] == "runs":
        from tui.cli.run_arguments import with_action

        return [*words[: place + 1], *with_action(words[place + 1 :], WITH_VALUE)]
    if place is not None and words[place] in COMMANDS:
        return words
    if place is None and any(word in ("-h", "--help", "-V", "--version") for word in words):
        return words
    at = len(words) if place is None else place
    if "--" in words[:at]:
        at = words.index("--")
    return [*words[:at], OPENING, *words[at:]]


class Parser(argparse.ArgumentParser):
    """One whose help is an error where nobody can read it; argparse's own says nothing of that."""

    def print_help(self, file: Any = None) -> None:
        """Write the help. Raises OSError."""
        out = file or sys.stdout
        out.write(self.format_help())
        out.flush()


def build_parser(only: str = "") -> argparse.ArgumentParser:
    """The parser of the whole command line, or the part of it that knows `only` one command.

    All of it takes longer to make than a first frame should wait.
    """
    parser = Parser(
        prog="dbtree",
        usage="dbtree [PATH] [options]\n       dbtree COMMAND [options]",
        description=f"{SUMMARY}\n\nWithout a command, opens the dbt project that contains PATH "
        "(or the current directory).",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("-V", "--version", action="store_true", help="print the version")
    add_project_options(parser, is_first=True)
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", title="commands", prog="dbtree"
    )

    def command(name: str, help: str, more: str = "") -> argparse.ArgumentParser:
        added = commands.add_parser(
            name,
            help=help,
            description=help[0].upper() + help[1:] + "." + (f"\n\n{more}" if more else ""),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        add_project_options(added)
        return added

    for names, add in GROUPS:
        if not only or only in names:
            add(command)
    return parser


def _add_opening(command: Command) -> None:
    dev = command(OPENING, "open the asset tree (what `dbtree [PATH]` does)")
    add_path(dev)
    # How `dbtree serve` starts a window: for whoever it serves, or for others.
    dev.add_argument("--in-browser", choices=("owner", "guest"), help=argparse.SUPPRESS)


def _add_demo(command: Command) -> None:
    demo = command(
        "demo",
        "open a small shop as a demo project",
        "Copies the project to DIR and opens it. A DIR that holds a dbt project already is\n"
        "opened as it is.",
    )
    demo.add_argument("directory", nargs="?", default="./dbtree-demo", metavar="DIR")
    demo.add_argument(
        "--adapter",
        choices=DEMO_ADAPTERS,
        default=DEMO_ADAPTERS[0],
        help="the database of its profile: a file of DuckDB (the default), or a server",
    )
    demo.add_argument(
        "--no-open", action="store_true", help="copy it and print its path, but do not open it"
    )
    info = command("info", "print what was found: project, dbt, settings and their origin")
    add_path(info)
    add_json(info)


def _add_assets(command: Command) -> None:
    from tui.cli.asset_arguments import add_assets

    add_assets(command)


def _add_data(command: Command) -> None:
    from tui.cli.asset_arguments import add_diff, add_lineage, add_profile, add_yaml

    add_lineage(command)
    add_profile(command)
    add_diff(command)
    add_yaml(command)


def _add_file_changes(command: Command) -> None:
    from tui.cli.file_arguments import add_file_changes

    add_file_changes(command)


def _add_runs(command: Command) -> None:
    from tui.cli.run_arguments import add_logs, add_runs

    add_runs(command, add_project_options)
    add_logs(command)


def _add_definitions(command: Command) -> None:
    from tui.cli.definition_arguments import add_partitions, add_project, add_schedules

    add_project(command)
    add_partitions(command)
    add_schedules(command)


def _add_engine(command: Command) -> None:
    from tui.cli.engine_arguments import add_engine

    add_engine(command)


def _add_serve(command: Command) -> None:
    from tui.cli.serve_arguments import add_serve

    add_serve(command)


GROUPS: tuple[tuple[tuple[str, ...], Callable[[Command], None]], ...] = (
    ((OPENING,), _add_opening),
    (("demo", "info"), _add_demo),
    (("ls", "materialize", "backfill", "status"), _add_assets),
    (("lineage", "profile", "diff", "yaml"), _add_data),
    (("new", "rename"), _add_file_changes),
    (("runs", "logs", "cancel"), _add_runs),
    (("project", "partitions", "schedules"), _add_definitions),
    (("dbt", "engine"), _add_engine),
    (("serve",), _add_serve),
)
"""The commands, with what adds each group of them to the parser: imported when one is meant."""
COMMANDS = tuple(name for names, _ in GROUPS for name in names)
