"""`dbtree runs prune`: removes old runs and compresses large old logs. Needs no dbt."""

from __future__ import annotations

import time

from tui.cli import console
from tui.errors import RunError
from tui.project.project import Project
from tui.runs.housekeeping import tidy
from tui.runs.store import RunStore
from tui.text.formats import human_bytes, plural

NAMED = 12


def prune(project: Project, *, dry_run: bool = False, as_json: bool = False) -> int:
    """Prune by the project's settings, and say what was done. Raises RunError."""
    if project.readonly and not dry_run:
        raise RunError("This project is open read-only: no run is removed.")
    settings = project.settings
    store = RunStore(project.prepare_state_dir())
    try:
        done = tidy(
            store, keep_days=settings.count("keep_days"), keep_runs=settings.count("keep_runs"),
            now=time.time(), dry_run=dry_run,
        )  # fmt: skip
    finally:
        store.close()
    if as_json:
        console.write_json(
            {
                "removed": list(done.removed), "freed_bytes": done.freed,
                "compressed": list(done.compressed), "saved_bytes": done.saved,
                "kept": done.kept, "dry_run": dry_run,
            }
        )  # fmt: skip
        return console.OK
    out = console.stdout()
    verb = "would be removed" if dry_run else "removed"
    out.write(
        f"{plural(len(done.removed), 'run')} {verb} ({human_bytes(done.freed)}), {done.kept} kept"
    )
    if done.removed:
        more = len(done.removed) - NAMED
        named = " ".join(done.removed[:NAMED]) + (f" and {more:,} more" if more > 0 else "")
        out.write(out.style(f"  {named}", "dim"))
    if done.compressed:
        out.write(
            f"{plural(len(done.compressed), 'large log')} compressed "
            f"({human_bytes(done.saved)} saved)"
        )
    return console.OK
