"""dbt and the database, asked for one open project: one question after the other.

What opens the database waits for no run, and says so: the run has it. What goes wrong is told in
words, and every answer goes to the window without secrets.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tui.engine.command.inline_sql import compiled_code, shown_rows
from tui.engine.command.invocations import DbtCommand, Ended, Job, Lane
from tui.engine.command.manifest_file import ManifestUnreadable, read_manifest
from tui.engine.command.open_project import OpenedProject
from tui.engine.command.problems import problems_in
from tui.engine.execution.events import HELD
from tui.engine.inspect.facts import find_node
from tui.engine.process.channel import PeerGone
from tui.engine.process.locks import lock_path, share_run_lock
from tui.engine.process.secrets import hidden_in, is_single_writer
from tui.protocol.messages import Refused
from tui.protocol.records import Problem

QUERY = "query"
"""The purpose of these invocations: where their artifacts lie."""
Rows = Callable[[list[str], list[list[Any]]], None]
"""What takes the columns and the rows of a statement."""


@dataclass
class DatabaseAccess:
    """What is asked of dbt and of the database, for one open project."""

    command: DbtCommand
    lane: Lane
    send: Callable[[Any], None]
    state_dir: Path
    _lock: int = -1
    """The run lock, shared with whoever only looks, while an invocation has the database open."""

    def ask(
        self,
        project: OpenedProject,
        request_id: int,
        arguments: list[str],
        done: Callable[[Ended], None],
    ) -> None:
        """Have dbt answer a command that opens no database."""
        words = self.command.own_line(QUERY, *arguments)

        def take(ended: Ended) -> None:
            if not ended.is_good:
                return self.reply(project, self._refused(project, request_id, ended))
            return done(ended)

        self.lane.add(Job(words, self._guarded(project, request_id, take)))

    def show(
        self,
        project: OpenedProject,
        request_id: int,
        statement: str,
        limit: int,
        answer: Rows,
        *,
        gives_way: bool = False,
        about: str = "",
    ) -> None:
        """Run one statement, in which dbt renders Jinja; -1 as its limit is none. `about` an asset:
        the user can stop it.
        """
        words = self.command.own_line(
            QUERY, "show", "--inline", statement, "--limit", str(limit), "--output", "json"
        )

        def take(ended: Ended) -> None:
            shown = shown_rows(ended.records) if ended.is_good else None
            if shown is None:
                return self.reply(project, self._refused(project, request_id, ended))
            return answer(*shown)

        self._add(project, request_id, words, take, gives_way=gives_way, about=about)

    def compile_inline(
        self,
        project: OpenedProject,
        request_id: int,
        sql: str,
        answer: Callable[[str], None],
        *,
        about: str,
    ) -> None:
        """Have dbt compile a query that is in no file."""
        words = self.command.own_line(QUERY, "compile", "--inline", sql, "--output", "json")

        def take(ended: Ended) -> None:
            code = compiled_code(ended.records) if ended.is_good else None
            if code is None:
                refused = self._refused(project, request_id, ended)
                said = refused.message.removeprefix("Error while parsing node: inline_query\n")
                return self.reply(project, replace(refused, message=said, path=""))
            return answer(code)

        self._add(project, request_id, words, take, about=about)

    def compile(
        self,
        project: OpenedProject,
        request_id: int,
        node: Any,
        answer: Callable[[str | Problem], None],
    ) -> None:
        """Have dbt compile a node, and tell its code or why there is none."""
        selected = project.selection([node.unique_id])
        words = self.command.own_line(QUERY, "compile", "--output", "json", *selected)

        def take(ended: Ended) -> None:
            if not ended.is_good:
                return answer(self._problem(project, ended))
            code = compiled_code(ended.records)
            return answer(self._of_manifest(node.unique_id) if code is None else code)

        self._add(project, request_id, words, take)

    def _of_manifest(self, unique_id: str) -> str | Problem:
        """The compiled code as the manifest of that invocation has it."""
        path = self.command.own_artifacts(QUERY) / "manifest.json"
        try:
            node = find_node(read_manifest(path), unique_id)
        except ManifestUnreadable as error:
            return Problem("engine", str(error))
        return str(getattr(node, "compiled_code", None) or "")

    def _add(
        self,
        project: OpenedProject,
        request_id: int,
        words: list[str],
        done: Callable[[Ended], None],
        *,
        gives_way: bool = False,
        about: str = "",
    ) -> None:
        """An invocation that opens the database: not while a run of ours has it."""

        def may_start() -> bool:
            if not is_single_writer(project.files.credentials):
                return True
            lock = share_run_lock(lock_path(self.state_dir, project.files.target_name))
            if lock is None:
                words = "A run has the database: wait for its end."
                self.reply(project, Refused(request_id, words, kind="busy"))
                return False
            self._lock = lock
            return True

        guarded = self._guarded(project, request_id, done)

        def let_go(ended: Ended) -> None:
            self._release()
            guarded(ended)

        def drop() -> None:
            self._release()
            words = "It was stopped." if about else "Something else needs the database."
            kind = "stopped" if about else "busy"
            self.reply(project, Refused(request_id, words, kind=kind))

        self.lane.add(Job(words, let_go, gives_way, drop, may_start, about))

    def _guarded(
        self, project: OpenedProject, request_id: int, done: Callable[[Ended], None]
    ) -> Callable[[Ended], None]:
        """What takes an answer of dbt's, which may be of any shape: an error in it is told."""

        def take(ended: Ended) -> None:
            try:
                done(ended)
            except PeerGone:
                raise
            except Exception as error:  # noqa: BLE001  the edge of the process: the engine lives on
                words = f"dbt's answer was not understood: {type(error).__name__}: {error}."
                self.reply(project, Refused(request_id, words))

        return take

    def _release(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    # -- replies ---------------------------------------------------------------------

    def reply(self, project: OpenedProject, reply: Any) -> None:
        """Send an answer, without the profile's secrets."""
        self.send(hidden_in(reply, project.files.credentials))

    def _problem(self, project: OpenedProject, ended: Ended) -> Problem:
        problems = problems_in(ended.records, str(project.files.root))
        if not problems:
            return Problem("engine", ended.failure(self.command))
        found = HELD.search(problems[0].message)
        if found is None:
            return problems[0]
        program, file = (found[name].rsplit("/", 1)[-1] for name in ("program", "file"))
        return Problem("busy", f"{file} is in use by {program} (PID {found['pid']}).")

    def _refused(self, project: OpenedProject, request_id: int, ended: Ended) -> Refused:
        return refusal_of(request_id, self._problem(project, ended))


def refusal_of(request_id: int, problem: Problem) -> Refused:
    """The answer to a request that came to a problem."""
    kind = "busy" if problem.kind == "busy" else ""
    return Refused(request_id, problem.message, problem.path, problem.line, kind)
