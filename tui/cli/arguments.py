"""The command line: commands, options, and their help. Imports little but argparse.

The options that say which project is meant, and how, are before or after the command. A first word
that is not a command is a path to open.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from tui.cli.backfill_arguments import add_backfill, add_partition
from tui.cli.definition_arguments import add_partitions, add_project, add_schedules
from tui.cli.engine_arguments import add_engine
from tui.cli.file_arguments import add_file_changes
from tui.cli.run_arguments import (
    add_config,
    add_reports,
    add_run_options,
    add_runs,
    add_tags,
    positive_number,
    whole_number,
    with_action,
)
from tui.cli.serve_arguments import add_serve
from tui.project.settings import NAMES
from tui.protocol.profiles import SAMPLE

SUMMARY = "A dbt project as a living asset tree in your terminal."
EXIT_CODES = """\
exit codes:
  0  all good
  1  something failed: a run had errors or failing checks, or it was stopped
  2  it could not be done: no project, no dbt, a parse error, a wrong argument
"""
OPENING = "dev"
DEMO_ADAPTERS = ("duckdb", "postgres", "spark")
RESOURCE_TYPES = (
    "model",
    "seed",
    "snapshot",
    "source",
    "exposure",
    "metric",
    "semantic_model",
    "saved_query",
    "function",
    "test",
    "unit_test",
)


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
        return [*words[: place + 1], *with_action(words[place + 1 :], WITH_VALUE)]
    if place is not None and words[place] in COMMANDS:
        return words
    if place is None and any(word in ("-h", "--help", "-V", "--version") for word in words):
        return words
    at = len(words) if place is None else place
    if "--" in words[:at]:
        at = words.index("--")
    return [*words[:at], OPENING, *words[at:]]


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
    _add_project_options(parser, is_first=True)
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
        _add_project_options(added)
        return added

    for names, add in GROUPS:
        if not only or only in names:
            add(command)
    return parser


Command = Callable[..., argparse.ArgumentParser]


def _add_opening(command: Command) -> None:
    dev = command(OPENING, "open the asset tree (what `dbtree [PATH]` does)")
    _add_path(dev)
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
    _add_path(info)
    _add_json(info)


def _add_assets(command: Command) -> None:
    ls = command(
        "ls",
        "list assets with their status",
        "SELECTOR is dbt's own: names, tag:nightly, +orders, state:modified+, …\n"
        "Without one, all assets are listed.",
    )
    _add_selection(ls)
    ls.add_argument(
        "--resource-type",
        action="append",
        default=[],
        choices=RESOURCE_TYPES,
        metavar="TYPE",
        help=f"only this type (repeatable): {', '.join(RESOURCE_TYPES)}",
    )
    form = ls.add_mutually_exclusive_group()
    form.add_argument("--names", action="store_true", help="print one name per line")
    _add_json(form)
    materialize = command(
        "materialize",
        "build assets and run their checks, as `dbt build --select` does",
        "Progress goes to stderr. Ctrl-C asks the run to stop, a second one kills it.\n"
        "Exits with 0 when all went well, 1 when something failed, 2 when it could not run.",
    )
    _add_selection(materialize)
    add_run_options(materialize)
    materialize.add_argument(
        "-d", "--detach", action="store_true", help="print the run's id and leave it running"
    )
    add_partition(materialize)
    add_config(materialize)
    add_tags(materialize)
    add_reports(materialize)
    materialize.add_argument(
        "--json",
        action="store_true",
        help="print the run's events, one JSON object a line, as in docs/headless.md",
    )
    add_backfill(command, _add_selection)
    status = command(
        "status", "print the status of the project: what is fresh, stale (and why) or failed"
    )
    _add_path(status)
    _add_json(status)


def _add_profile(command: Command) -> None:
    profile = command(
        "profile",
        "count what each column of an asset holds: nulls, distinct values, range, histogram",
        "ASSET is the name of an asset (orders), or its unique_id.",
    )
    profile.add_argument("asset", metavar="ASSET")
    profile.add_argument(
        "--sample", metavar="N", type=whole_number, default=SAMPLE,
        help=f"look at N rows at most (default: {SAMPLE:,}); 0 looks at all",
    )  # fmt: skip
    _add_json(profile)


def _add_lineage(command: Command) -> None:
    lineage = command(
        "lineage",
        "print where a column comes from, and what is made of it",
        "COLUMN is `orders.total`; of an asset alone, all its columns are listed; without one,\n"
        "how much of the project can be traced.",
    )
    lineage.add_argument("column", nargs="?", default="", metavar="COLUMN")
    _add_json(lineage)


def _add_diff(command: Command) -> None:
    diff = command(
        "diff",
        "print what differs in the data of an asset",
        "Compares the relation with its baseline, the copy from before its latest build\n"
        "(--baseline on has one taken before each), or with the same asset in another target.\n"
        "Exits with 0 when nothing differs, 1 when something does, 2 when it cannot be known.",
    )
    diff.add_argument("asset", metavar="ASSET")
    diff.add_argument("--against", metavar="TARGET", default="", help="the other target")
    diff.add_argument(
        "--key",
        metavar="COLUMNS",
        default="",
        help="the primary key: columns, separated by commas (default: what the project says)",
    )
    diff.add_argument(
        "--tolerance",
        metavar="NUMBER",
        type=float,
        default=0.0,
        help="how far two floats may be apart and be the same (default: 0)",
    )
    diff.add_argument(
        "--baseline",
        choices=("on", "off"),
        help="take a baseline before each build from now on, or drop it and take none",
    )
    _add_json(diff)


def _add_yaml(command: Command) -> None:
    added = command(
        "yaml",
        "print what is missing in the YAML about an asset, as a diff",
        "Columns that the database has, with types, and the descriptions of columns that are\n"
        "passed through. Comments, anchors, order and indentation stay as they are.",
    )
    added.add_argument("asset", metavar="ASSET")
    added.add_argument("--write", action="store_true", help="write it")
    added.add_argument(
        "--tests",
        action="store_true",
        help="add the tests that the data passes and that look meant: unique, not_null, "
        "accepted_values, relationships",
    )
    _add_json(added)


def _add_runs(command: Command) -> None:
    add_runs(command, _add_project_options)
    logs = command(
        "logs", "print the log of a run", "RUN is an id, the beginning of one, or `latest`."
    )
    logs.add_argument("run", nargs="?", default="latest", metavar="RUN")
    logs.add_argument("-f", "--follow", action="store_true", help="follow the run until it ends")
    logs.add_argument(
        "--raw", action="store_true", help="print what the run wrote to stdout and stderr"
    )
    logs.add_argument(
        "--level",
        choices=("debug", "info", "warn", "error"),
        default="info",
        help="the lowest level to print (default: info)",
    )
    cancel = command(
        "cancel",
        "ask a run to stop",
        "dbt cancels its queries, then the run ends. RUN is an id, the beginning of one, or\n"
        "`latest`.",
    )
    cancel.add_argument("run", metavar="RUN")
    cancel.add_argument("--kill", action="store_true", help="kill its processes at once")
    _add_json(cancel)


def _add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("selectors", nargs="*", metavar="SELECTOR", help="a dbt selector")
    parser.add_argument(
        "-s", "--select", action="append", nargs="+", default=[], metavar="SELECTOR",
        help="the same, spelled as in dbt",
    )  # fmt: skip
    parser.add_argument(
        "--exclude", action="append", nargs="+", default=[], metavar="SELECTOR",
        help="a dbt selector of what to leave out",
    )  # fmt: skip


def _add_path(parser: argparse.ArgumentParser) -> None:
    """Where a command takes no other words, a word is the project."""
    parser.add_argument("path", nargs="?", metavar="PATH", help="anywhere inside the dbt project")


def _add_json(parser: argparse._ActionsContainer) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON, as in docs/headless.md")


def _add_project_options(parser: argparse.ArgumentParser, *, is_first: bool = False) -> None:
    """The options that are good before and after the command.

    Those of a command have no default, else it would win over what is before the command.
    """
    group = parser.add_argument_group("project options (each also as DBTREE_… in the environment)")

    default = None if is_first else argparse.SUPPRESS
    for option in PROJECT_OPTIONS:
        group.add_argument(*option.names, default=default, help=option.help, **option.more)


GROUPS: tuple[tuple[tuple[str, ...], Callable[[Command], None]], ...] = (
    ((OPENING,), _add_opening),
    (("demo", "info"), _add_demo),
    (("ls", "materialize", "backfill", "status"), _add_assets),
    (("lineage",), _add_lineage),
    (("profile",), _add_profile),
    (("diff",), _add_diff),
    (("yaml",), _add_yaml),
    (("new", "rename"), add_file_changes),
    (("runs", "logs", "cancel"), _add_runs),
    (("project",), add_project),
    (("partitions",), add_partitions),
    (("schedules",), add_schedules),
    (("dbt", "engine"), add_engine),
    (("serve",), lambda command: add_serve(command, _add_path)),
)
"""The commands, with what adds each group of them to the parser."""
COMMANDS = tuple(name for names, _ in GROUPS for name in names)
