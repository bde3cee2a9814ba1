"""`dbtree cancel RUN`: ask a run to stop, whoever started it; `--kill` ends it at once."""

from __future__ import annotations

from tui.cli import console
from tui.cli.commands.logs import find_run
from tui.cli.json_records import run_record
from tui.errors import RunError
from tui.project.project import Project
from tui.runs.cancellation import ask_to_stop, kill
from tui.runs.directories import events_path
from tui.runs.store import RunStore


def cancel(project: Project, text: str, *, hard: bool = False, as_json: bool = False) -> int:
    """Send the run SIGINT, or kill its session. Returns at once: dbt may take a while to stop.

    Raises:
        RunError: when there is no such run, or it is over.
    """
    store = RunStore(project.prepare_state_dir())
    try:
        run = find_run(store, text)
        path = events_path(project.state_dir, run.run_id)
        done = kill(run, path) if hard else ask_to_stop(run)
        run = store.run(run.run_id) or run
    finally:
        store.close()
    if not done:
        raise RunError(f"Run {run.run_id} is not running: {run.status}.")
    words = "killed" if hard else "asked to stop; `--kill` ends it at once"
    console.stderr().write(f"{run.run_id} {words}")
    if as_json:
        console.write_json(run_record(run))
    return console.OK
