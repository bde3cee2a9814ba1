"""The manifest of another state of the project, as the dbt command parses it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tui.engine.command.invocations import DbtCommand, Ended, Job, Lane, with_option
from tui.engine.command.problems import problems_in
from tui.engine.records.state_relations import NoState, relations_in
from tui.protocol.messages import PrepareState, Refused, StatePrepared
from tui.protocol.private_files import make_private_directory


def prepare_state(
    command: DbtCommand, lane: Lane, request: PrepareState, send: Callable[[Any], None]
) -> None:
    """Send the answer now, or when dbt has parsed."""
    directory = Path(request.directory)

    def tell() -> None:
        try:
            send(StatePrepared(request.id, str(directory), relations_in(directory)))
        except NoState as error:
            send(Refused(request.id, str(error)))

    def parsed(ended: Ended) -> None:
        if ended.is_good:
            return tell()
        problems = problems_in(ended.records, str(command.root), set())
        words = problems[0].message if problems else ended.failure(command)
        return send(Refused(request.id, words))

    if request.is_there:
        return tell()
    with suppress(OSError):  # dbt says what is wrong
        make_private_directory(directory)
    words = command.line("parse", "--target-path", str(directory), *command.own_log)
    if request.target:
        words = with_option(words, "--target", request.target)
    if request.project_dir:
        words = with_option(words, "--project-dir", request.project_dir)
    return lane.add(Job(words, parsed))
