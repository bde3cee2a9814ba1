"""The commands about what runs left: comparisons, the commands that were issued, warnings."""

from __future__ import annotations

from tui.ui.commands.command import Command, always, may_run, on_node
from tui.ui.commands.cursor_keys import cursor_keys

RECORD_COMMANDS: tuple[Command, ...] = (
    # -- compare --------------------------------------------------------------
    Command("mark-run", "space", "Mark", "mark this run to compare it with another one", "Runs",
            "run-list", always, 11),
    Command("compare-runs", "equals_sign", "Compare", "compare the two marked runs, or this run "
            "with the latest good one of the same selection", "Runs", "runs,run", always, 12),
    # -- lists of records -----------------------------------------------------
    *cursor_keys("record-list", "Records"),
    Command("open-record", "enter", "Open", "open the asset, the run or the file of this line",
            "Records", "record-list", always, 10),
    Command("other-pane", "tab", "Other pane", "go to the text below, and back to the list",
            "Records", "compare,commands,warnings,partitions,conditions", always, 15),
    Command("compare-all", "a", "All", "show also what did not change", "Records", "compare",
            always, 11),
    Command("compare-edit", "e", "Edit", "open the asset's file in $EDITOR", "Records", "compare",
            always, 12),
    Command("compare-copy", "y", "Copy", "copy what differs", "Records", "compare", always, 13),
    Command("copy-issued", "y", "Copy", "copy this dbt command", "Records", "commands", always,
            11),
    Command("warning-edit", "e", "Edit", "open the file of this warning in $EDITOR", "Records",
            "warnings", lambda s: s.has_file, 11),
    Command("copy-condition", "y", "Copy", "copy the tree of this condition", "Automation",
            "conditions", always, 12),
    # -- partitions -----------------------------------------------------------
    Command("backfill", "B,m", "Backfill", "make the marked partitions, or the one under the "
            "cursor", "Partitions", "partitions", may_run, 10),
    Command("mark-partition", "space", "Mark", "mark or unmark, and move to the next", "Partitions",
            "partition-list", on_node, 11),
    Command("mark-partitions", "V", "Range", "mark a range: press it at its beginning and at its "
            "end", "Partitions", "partition-list", on_node, 12),
    Command("mark-all-partitions", "ctrl+a", "Mark all", "mark all that are shown", "Partitions",
            "partitions", always, 13),
    Command("narrow-partitions", "v", "Show", "show all, or only what is missing, failed or stale",
            "Partitions", "partitions", always, 14),
    Command("divide-partitions", "o", "Runs", "how many partitions a run makes: as the backfill "
            "policy says, all that follow each other, or one", "Partitions", "partitions", always,
            14),
    Command("limit-backfill", "l", "Limit", "how many runs one backfill starts", "Partitions",
            "partitions", always, 15),
    Command("add-partition", "a", "Add", "add a key to dynamic partitions", "Partitions",
            "partitions", lambda s: s.dynamic and not s.readonly, 15),
    Command("delete-partitions", "d", "Delete", "delete the marked keys of dynamic partitions, or "
            "the one under the cursor", "Partitions", "partitions",
            lambda s: s.dynamic and not s.readonly, 16),
    Command("cancel-backfill", "x", "Cancel", "stop the backfill of these partitions; again "
            "stops the active one", "Partitions", "partitions", lambda s: s.running, 12),
    Command("warning-copy", "y", "Copy", "copy this warning with its place", "Records",
            "warnings", always, 12),
)  # fmt: skip

SHOW_RECORDS: tuple[Command, ...] = (
    Command("command-log", "at", "Commands issued", "every dbt command that dbtree issued or ran, "
            "with time, duration and outcome", "Everywhere", "app"),
    Command("warnings", "W", "Warnings", "dbt's warnings and deprecations, by kind, with their "
            "places", "Everywhere", "app"),
)  # fmt: skip
"""The keys to them, everywhere."""
