"""The arguments of the commands on assets: to list and build them, and to look into their data."""

from __future__ import annotations

from tui.cli.backfill_arguments import add_backfill, add_partition
from tui.cli.run_arguments import (
    add_config,
    add_reports,
    add_run_options,
    add_tags,
)
from tui.cli.shared_arguments import Command, add_json, add_path, add_selection, whole_number
from tui.protocol.profiles import SAMPLE

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


def add_assets(command: Command) -> None:
    """Add `ls`, `materialize`, `backfill` and `status`."""
    ls = command(
        "ls",
        "list assets with their status",
        "SELECTOR is dbt's own: names, tag:nightly, +orders, state:modified+, …\n"
        "Without one, all assets are listed.",
    )
    add_selection(ls)
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
    add_json(form)
    materialize = command(
        "materialize",
        "build assets and run their checks, as `dbt build --select` does",
        "Progress goes to stderr. Ctrl-C asks the run to stop, a second one kills it.\n"
        "Exits with 0 when all went well, 1 when something failed, 2 when it could not run.",
    )
    add_selection(materialize)
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
    add_backfill(command)
    status = command(
        "status", "print the status of the project: what is fresh, stale (and why) or failed"
    )
    add_path(status)
    add_json(status)


def add_profile(command: Command) -> None:
    """Add `profile`."""
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
    add_json(profile)


def add_lineage(command: Command) -> None:
    """Add `lineage`."""
    lineage = command(
        "lineage",
        "print where a column comes from, and what is made of it",
        "COLUMN is `orders.total`; of an asset alone, all its columns are listed; without one,\n"
        "how much of the project can be traced.",
    )
    lineage.add_argument("column", nargs="?", default="", metavar="COLUMN")
    add_json(lineage)


def add_diff(command: Command) -> None:
    """Add `diff`."""
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
    add_json(diff)


def add_yaml(command: Command) -> None:
    """Add `yaml`."""
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
    add_json(added)
