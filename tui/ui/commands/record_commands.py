"""The commands about what runs left: comparisons, the commands that were issued, warnings."""

from __future__ import annotations

from tui.ui.commands.command import Command, always
from tui.ui.commands.moves import moves

RECORD_COMMANDS: tuple[Command, ...] = (
    # -- compare --------------------------------------------------------------
    Command("mark-run", "space", "Mark", "mark this run to compare it with another one", "Runs",
            "run-list", always, 11),
    Command("compare-runs", "equals_sign", "Compare", "compare the two marked runs, or this run "
            "with the latest good one of the same selection", "Runs", "runs,run", always, 12),
    *moves("compare-list", "Compare"),
    Command("open-compared", "enter", "Open", "open the page of this asset", "Compare",
            "compare-list", always, 10),
    Command("compare-all", "a", "All", "show also what did not change", "Compare", "compare",
            always, 11),
    Command("compare-edit", "e", "Edit", "open the asset's file in $EDITOR", "Compare", "compare",
            always, 12),
    Command("compare-copy", "y", "Copy", "copy what differs", "Compare", "compare", always, 13),
    Command("compare-pane", "tab", "Difference", "go to the difference, and back to the list",
            "Compare", "compare", always, 14),
)  # fmt: skip
