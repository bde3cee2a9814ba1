"""The arguments of `dbtree dbt` and `dbtree engine`."""

from __future__ import annotations

from tui.cli.shared_arguments import Command, add_json

ENGINE_ACTIONS = ("status", "stop", "restart")


def add_engine(command: Command) -> None:
    """Add both to the command line."""
    dbt = command(
        "dbt",
        "run a dbt command at once, from an engine that stays warm",
        "All that follows is dbt's: `dbtree dbt run -s +orders`. Output, logs, artifacts and exit\n"
        "code are those of dbt. `dbtree dbt --shim DIR` writes a `dbt` that does this to DIR;\n"
        "DBTREE_SHIM=0 turns that off.",
    )
    dbt.add_argument("arguments", nargs="*", metavar="...", help="of dbt")
    engine = command(
        "engine",
        "show, stop or restart the engine of `dbtree dbt`",
        "It stays for a while after its last command (--engine-keep), and ends when its project\n"
        "goes, dbt is upgraded, or memory gets scarce. Without an action: status.",
    )
    engine.add_argument("action", nargs="?", choices=ENGINE_ACTIONS, default="status")
    engine.add_argument(
        "--all", action="store_true", help="of all projects, not only of the current one"
    )
    add_json(engine)
