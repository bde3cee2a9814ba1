"""The part of the command line that is about partitions."""

from __future__ import annotations

import argparse

from tui.cli.run_arguments import add_config
from tui.cli.shared_arguments import Command, add_json, add_selection, positive_number

STATES = ("missing", "failed", "stale")


def add_partition(materialize: argparse.ArgumentParser) -> None:
    """Which partitions `materialize` makes."""
    which = materialize.add_mutually_exclusive_group()
    which.add_argument(
        "--partition", default="", metavar="KEY", help="the partition to make: 2026-01-31"
    )
    which.add_argument(
        "--partition-range", default="", metavar="A...B", help="several: 2026-01-01...2026-01-31"
    )


def add_backfill(command: Command) -> None:
    """`dbtree backfill`."""
    backfill = command(
        "backfill",
        "make partitions of assets that are missing or failed, or those that you name",
        "Builds only what has partitions. Runs follow each other; a failed one does not stop the\n"
        "others. A run makes as many partitions as the backfill policy of the assets says.\n"
        "Exits with 0 when all were made, 1 when some failed, 2 when it could not be done.",
    )
    add_selection(backfill)
    backfill.add_argument(
        "--partition", "--partitions", action="extend", nargs="+", default=[], metavar="KEY",
        help="these partitions (repeatable)",
    )  # fmt: skip
    backfill.add_argument(
        "--partition-range", "--range", default="", metavar="A...B", help="those from A to B"
    )
    for state in STATES:
        backfill.add_argument(
            f"--{state}", dest="states", action="append_const", const=state, default=[],
            help=f"of these, only what is {state}",
        )  # fmt: skip
    how = backfill.add_mutually_exclusive_group()
    how.add_argument(
        "--one-run", dest="per_run", action="store_const", const=0, default=None,
        help="one run for all partitions that follow each other",
    )  # fmt: skip
    how.add_argument(
        "--each", dest="per_run", action="store_const", const=1, help="a run for each partition"
    )
    backfill.add_argument(
        "--limit", type=positive_number, default=0, metavar="N",
        help="at most N runs; the rest is left for another time",
    )  # fmt: skip
    add_config(backfill)
    backfill.add_argument(
        "--dry-run", action="store_true", help="only say which runs would be started"
    )
    add_json(backfill)
