"""The commands of the query screen."""

from __future__ import annotations

from tui.ui.commands.command import Command, always, on_node

OPEN_QUERY = Command(
    "query", "Q", "Query", "write SQL on this asset (Jinja too) and see its rows; on the SQL tab, "
    "on its source", "Look", "assets,page", on_node,
)  # fmt: skip
QUERY_COMMANDS: tuple[Command, ...] = (
    OPEN_QUERY,
    Command("run-query", "ctrl+r,f5,ctrl+enter", "Run", "run the query", "Query", "query", always,
            10),
    Command("run-step", "ctrl+g,f2", "Run CTE", "run the query up to the CTE under the cursor",
            "Query", "query", always, 11),
    Command("next-step", "alt+down,f4", "Next CTE", "go to the next CTE and run up to it", "Query",
            "query", always, 12),
    Command("previous-step", "alt+up,f3", "Previous CTE", "go to the CTE before and run up to it",
            "Query", "query"),
    Command("explain-query", "ctrl+o,f9", "Explain", "show how the database would run it", "Query",
            "query", always, 13),
    Command("older-query", "ctrl+up", "Older", "the query that was run before", "Query", "query",
            always, 14),
    Command("newer-query", "ctrl+down", "Newer", "the query that was run after", "Query", "query"),
    Command("close-query", "escape", "Back", "stop the query that runs, or go one level back",
            "Query", "query", always, 16),
    Command("complete-or-leave", "tab", "Complete", "take what is offered, or go to the rows",
            "Query", "query-editor", always, 15),
    Command("editor-undo", "ctrl+underscore,alt+z", "Undo", "take back what was typed", "Query",
            "query-editor", does="undo"),
    Command("query-edit", "i,tab,shift+tab", "Edit", "go back to the query", "Query", "query-rows",
            always, 9),
    Command("query-export", "E", "Export", "export all rows of the query to a CSV or Parquet file",
            "Query", "query-rows", always, 8),
    Command("query-copy", "y", "Copy", "copy the rows that are shown, as CSV", "Query",
            "query-rows", always, 9),
    Command("query-copy-value", "Y", "Copy value", "copy the value under the cursor", "Query",
            "query-rows"),
)  # fmt: skip
