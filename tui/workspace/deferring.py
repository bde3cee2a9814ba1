"""Has a session read what it has not built from another state of the project.

The state is a manifest: of another target, of a directory, or of a commit of git. The engine makes
it (`PrepareState`), in a process beside it; the runs then get dbt's own `--defer --state`.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tui.errors import DbtreeError, EngineError, ProjectError
from tui.graph.deferral import Deferral
from tui.project.targets import target_names
from tui.protocol.messages import FindRelations, PrepareState, Refused, RelationsFound
from tui.runs.service import RunService
from tui.workspace.state import WorkspaceState

OFF = "off"
STATES = "states"
MANIFEST = "manifest.json"
PACKAGES = ("dbt_packages", "dbt_modules")
OF_GIT = "git:"


class Deferring:
    """What the session of one open project defers to."""

    def __init__(
        self,
        state: Callable[[], WorkspaceState],
        ask: Callable[..., asyncio.Future[Any]],
        runs: RunService,
        rework: Callable[..., None],
        announce: Callable[[str], None],
    ) -> None:
        """`ask` sends a request to the engine; `rework` changes the settings of the project;
        `announce` puts into the state what is being prepared.
        """
        self._state = state
        self._ask = ask
        self._runs = runs
        self._rework = rework
        self._announce = announce
        self._latest = object()

    async def as_set(self, until: Callable[..., Awaitable[WorkspaceState]]) -> str:
        """Defer as the settings say, or as before, as soon as dbt has read the project; what came
        of it, in words. What is asked for until then waits. Raises as `defer`.
        """
        state = self._state()
        where = state.history.deferral.where or state.project.settings["defer"].value
        if not where or where == state.target:
            return ""
        with self._preparing(where) as begun:
            state = await until(lambda state: state.is_read)
            if where == state.target or self._latest is not begun:  # another was asked for
                return ""
            return await self._defer(where)

    async def defer(self, where: str) -> str:
        """Read what is not built from there; returns what came of it, in words.

        Args:
            where: a target, a directory with a manifest.json, `git:` and a branch or commit; `off`
                or nothing to defer to nothing.

        Raises:
            ProjectError: it is none of these, or has no manifest that can be read.
            EngineError: there is no engine.
        """
        where = where.strip()
        if where in ("", OFF):
            self._latest = object()
            self._announce("")
            self._set(Deferral())
            self._runs.start_next()
            return "deferring to nothing"
        with self._preparing(where):
            return await self._defer(where)

    @contextmanager
    def _preparing(self, where: str) -> Iterator[object]:
        """Runs that are asked for meanwhile wait; they defer to it too. Where nothing comes of it,
        they are not started, since they were meant to read what they would not find.
        """
        begun = self._latest = object()
        since = time.time()
        self._announce(where)
        try:
            yield begun
            if self._latest is begun:
                self._runs.defer_waiting(self._state().project.options, since)
        except DbtreeError:
            if self._latest is begun:
                self._runs.refuse_waiting(f"{where} cannot be deferred to.", since)
            raise
        finally:
            if self._latest is begun:  # nothing else was asked for meanwhile
                self._announce("")
                self._runs.start_next()

    async def _defer(self, where: str) -> str:
        request = await self._requested(where)
        reply = await self._ask(PrepareState, **request)
        if isinstance(reply, Refused):
            raise ProjectError(f"{where}: {reply.message}", path=reply.path, line=reply.line)
        relations = self._elsewhere(reply.relations)
        here = await self._found_here(relations)
        self._set(Deferral(where, reply.directory, relations, here, reply.note))
        if reply.relations and not relations:
            return (
                f"deferring to {where}: it is built where this target is, so nothing is read from "
                "there; state:modified compares with it"
            )
        history = self._state().history
        count = sum(bool(history.read_elsewhere(key)) for key in relations)
        words = f"deferring to {where}: {count} not built here"
        return f"{words} · {reply.note}" if reply.note else words

    def _elsewhere(self, relations: dict[str, str]) -> dict[str, str]:
        """Those of the relations that are others than those of this target: a commit of git is
        parsed with this target, so that most are the same.
        """
        assets = self._state().graph.assets
        return {
            key: name
            for key, name in relations.items()
            if key not in assets or assets[key].relation.lower() != name.lower()
        }

    def _set(self, deferral: Deferral) -> None:
        flags: tuple[str, ...] = ()
        if deferral:
            root = self._state().project.root
            shown = Path(deferral.directory)
            if shown.is_relative_to(root):
                shown = shown.relative_to(root)
            flags = ("--defer", "--state", str(shown))
        self._rework(deferral=flags)
        self._runs.records.defer(deferral)

    async def _requested(self, where: str) -> dict[str, Any]:
        """The fields of the request for a manifest. Raises ProjectError."""
        return await asyncio.to_thread(self._request_for, where)

    def _request_for(self, where: str) -> dict[str, Any]:
        state = self._state()
        states = state.project.state_dir / STATES
        profile = state.engine.profile if state.engine else ""
        names = target_names(state.project, profile)
        if where in names:
            if where == state.target:
                raise ProjectError(f"{where} is the target in use: defer to another one.")
            return {"directory": str(states / _safe(where)), "target": where}
        if where.startswith(OF_GIT):
            return self._of_git(where.removeprefix(OF_GIT), states)
        root = state.project.root
        for base in (root, Path.cwd()):
            place = base / Path(where).expanduser()
            place = place.parent if place.name == MANIFEST else place
            if (place / MANIFEST).is_file():
                return {"directory": os.path.abspath(place), "is_there": True}
        known = f" ({', '.join(names)})" if names else ""
        raise ProjectError(
            f"{where} is not a target of the profile{known}, a directory with a {MANIFEST} or "
            "`git:BRANCH`."
        )

    def _of_git(self, name: str, states: Path) -> dict[str, Any]:
        """The same of a commit, with its files. In a thread. Raises ProjectError."""
        from tui.git.checkout import check_out, commit_of
        from tui.git.command import GitFailed

        state = self._state()
        root = state.project.root
        try:
            commit = commit_of(root, name)
            directory = states / f"git-{commit[:12]}-{_safe(state.target)}"
            files = directory / "files"
            if not files.exists():
                partial = directory / "partial"
                shutil.rmtree(partial, ignore_errors=True)
                partial.mkdir(parents=True)
                check_out(root, commit, partial)
                for packages in PACKAGES:  # they are in no commit
                    if (root / packages).is_dir() and not (partial / packages).exists():
                        (partial / packages).symlink_to(root / packages)
                partial.rename(files)
        except GitFailed as error:
            raise ProjectError(str(error)) from error
        except OSError as error:
            raise ProjectError(
                f"{name} cannot be written to {states}: {error.strerror or error}."
            ) from error
        return {"directory": str(directory), "project_dir": str(files)}

    async def _found_here(self, relations: Iterable[str]) -> frozenset[str]:
        """What the database has of that which no run is known to have built here. dbt reads it."""
        history = self._state().history
        unknown = [
            key
            for key in relations
            if key not in history.built and key in self._state().graph.assets
        ]
        if not unknown:
            return frozenset()
        try:
            reply = await self._ask(FindRelations, unique_ids=unknown)
        except EngineError:
            return frozenset()
        return frozenset(reply.there) if isinstance(reply, RelationsFound) else frozenset()


def _safe(name: str) -> str:
    """A name as a directory's."""
    return re.sub(r"[^\w.-]", "_", name) or "default"
