"""The part of the command line that is about recorded runs: `dbtree runs`, its actions, and what
`materialize` writes for other programs.

`dbtree runs` alone lists them, so that the word `list` is put in where no action is named.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from tui.cli.shared_arguments import Command, add_json, positive_number

if TYPE_CHECKING:
    from tui.runs.run_options import RunOptions

ACTIONS = ("list", "show", "compare", "export", "prune")
RUN = "RUN is an id, the beginning of one, or `latest`."


def with_action(words: Sequence[str], valued: Collection[str]) -> list[str]:
    """The words after `runs`, with an action in them.

    Args:
        words: as typed.
        valued: the options of a project that have a value, which is no action.
    """
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in ("-h", "--help") or word in ACTIONS:
            return [*words]
        elif word.startswith("-"):
            skip = word in valued or word in ("-n", "--limit")
        else:
            break
    return ["list", *words]


def add_runs(command: Command, add_options: Callable[[argparse.ArgumentParser], None]) -> None:
    """`dbtree runs [list|show|compare|export|prune]`; `add_options` adds the project's."""
    runs = command(
        "runs",
        "list runs, newest first; show, compare, export or prune them",
        "Without an action, lists them. `dbtree runs ACTION -h` says more of each.",
    )
    actions = runs.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, help: str, more: str = "") -> argparse.ArgumentParser:
        added = actions.add_parser(
            name,
            help=help,
            description=f"{help[0].upper()}{help[1:]}." + (f"\n\n{more}" if more else ""),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        add_options(added)
        return added

    listing = action("list", "list runs, newest first (what `dbtree runs` does)")
    listing.add_argument("path", nargs="?", metavar="PATH", help="anywhere inside the dbt project")
    listing.add_argument(
        "-n", "--limit", type=positive_number, default=20, metavar="N", help="list at most N runs"
    )
    listing.add_argument(
        "--tag", action="append", default=[], metavar="NAME[=VALUE]",
        help="only runs with this tag (repeatable)",
    )  # fmt: skip
    add_json(listing)
    show = action("show", "print what became of a run: its assets, checks and errors", RUN)
    show.add_argument("run", nargs="?", default="latest", metavar="RUN")
    add_json(show)
    compare = action(
        "compare",
        "compare two runs: what is new, gone, slower, faster, failed now and not then",
        f"{RUN} Without B, A is compared with the\nlatest good run of the same selection before "
        "it.",
    )
    compare.add_argument("run", metavar="A")
    compare.add_argument("other", nargs="?", default="", metavar="B")
    add_json(compare)
    export = action(
        "export",
        "write a run as one HTML page that can be sent to somebody",
        f"The page has its timeline, errors and log, and needs nothing else. {RUN}",
    )
    export.add_argument("run", nargs="?", default="latest", metavar="RUN")
    export.add_argument(
        "-o", "--output", default="", metavar="FILE",
        help="where to (default: dbtree-run-RUN.html here; `-` is stdout)",
    )  # fmt: skip
    _add_prune(action)


def add_logs(command: Command) -> None:
    """`dbtree logs` and `dbtree cancel`."""
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
    add_json(cancel)


def _add_prune(action: Command) -> None:
    prune = action(
        "prune",
        "remove old runs, and compress large old logs",
        "Keeps the runs of the latest days (--keep-days), the newest ones (--keep-runs), active\n"
        "ones, and every run that the status of an asset or check comes from. An open dbtree does\n"
        "the same automatically.",
    )
    prune.add_argument("--dry-run", action="store_true", help="only say what would be removed")
    add_json(prune)


def add_run_options(materialize: argparse.ArgumentParser) -> None:
    """The options of dbt that one run can have, by dbt's names."""
    add = materialize.add_argument
    add("-f", "--full-refresh", action="store_true", help="rebuild incremental models and seeds")
    add("--fail-fast", action="store_true", help="stop at the first failure, as dbt's --fail-fast")
    add("--empty", action="store_true", help="read no rows: build the structure only (dbt 1.8)")
    add(
        "--sample", default="", metavar="WINDOW",
        help="read only a sample of what has an event_time, as `3 days` (dbt 1.10)",
    )  # fmt: skip
    add(
        "--favor-state", action="store_true",
        help="with --defer: read from there also what is here, but for what is built",
    )  # fmt: skip
    add(
        "--event-time-start", default="", metavar="TIME",
        help="build microbatch models from this time on (dbt 1.9)",
    )  # fmt: skip
    add(
        "--event-time-end", default="", metavar="TIME", help="and up to this time"
    )  # fmt: skip


def add_tags(parser: argparse.ArgumentParser) -> None:
    """The tags that a run gets."""
    parser.add_argument(
        "--tag", action="append", default=[], metavar="NAME=VALUE", type=named_value,
        help="a tag of the run (repeatable), for `dbtree runs --tag` and Python definitions",
    )  # fmt: skip


def named_value(text: str) -> tuple[str, str]:
    """A tag as it is typed. Raises ArgumentTypeError for one without a name."""
    name, _, value = text.partition("=")
    if not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not a tag: write NAME=VALUE")
    return name, value


def add_config(parser: argparse.ArgumentParser) -> None:
    """The settings that a run gives to functions of Python definitions."""
    parser.add_argument(
        "--config", default="", metavar="FILE|YAML",
        help="settings of Python definitions: '{report: {rows: 3}}', or a YAML or JSON file",
    )  # fmt: skip


def run_options(options: argparse.Namespace) -> RunOptions:
    """The options of a run, as typed."""
    from tui.runs.run_options import RunOptions

    return RunOptions(
        full_refresh=options.full_refresh,
        empty=options.empty,
        sample=options.sample,
        fail_fast=options.fail_fast,
        favor_state=options.favor_state,
        event_start=options.event_time_start,
        event_end=options.event_time_end,
    )


def add_reports(materialize: argparse.ArgumentParser) -> None:
    """What `materialize` can do for CI."""
    materialize.add_argument(
        "--junit", default="", metavar="FILE", help="write the results as JUnit XML, for CI"
    )
