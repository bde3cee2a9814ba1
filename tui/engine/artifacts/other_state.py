"""A manifest of another state of the project: of another target, or as it was in a commit.

dbt's own `parse` writes it, into a directory of dbtree's, and parses again only what has changed
since it did so last.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tui.engine.parse.problems import problems_of
from tui.engine.parse.runtime_config import LoadedProject
from tui.engine.parse.warm_manifest import WarmProject
from tui.engine.records.reachable import unreachable
from tui.engine.records.state_relations import NoState, relations_in
from tui.protocol.messages import PrepareState, Refused, StatePrepared
from tui.protocol.private_files import make_private_directory


def prepare_state(warm: WarmProject, request: PrepareState) -> StatePrepared | Refused:
    """The manifest that the request asks for. For a process of its own: dbt is loaded anew."""
    directory = Path(request.directory)
    if not request.is_there:
        make_private_directory(directory)
        if refusal := _parse(warm, request, directory):
            return refusal
    try:
        relations = relations_in(directory)
        note = unreachable(warm.loaded.config.credentials, relations.values())
        return StatePrepared(request.id, str(directory), relations, note)
    except NoState as error:
        return Refused(request.id, str(error))


def _parse(warm: WarmProject, request: PrepareState, directory: Path) -> Refused | None:
    """Have dbt parse into the directory; why it could not."""
    from dbt.cli.main import dbtRunner

    root = request.project_dir or str(warm.loaded.root)
    before = os.getcwd()
    os.chdir(root)
    try:
        result: Any = dbtRunner().invoke(
            state_words(session_options(warm.loaded), request, root, directory)
        )
    finally:
        os.chdir(before)
    if result.success:
        return None
    if result.exception is None:
        return Refused(request.id, "dbt could not parse this state.")
    problem = problems_of(result.exception, Path(root))[0]
    return Refused(request.id, problem.message, path=problem.path, line=problem.line)


def session_options(loaded: LoadedProject) -> tuple[str, ...]:
    """The options of the session, with the directory of its profiles: that may be the project's
    own, and the files of a commit often have no profiles.yml.
    """
    options = loaded.global_args
    if "--profiles-dir" in options:
        return options
    return (*options, "--profiles-dir", os.path.abspath(loaded.flags.PROFILES_DIR))


def state_words(
    options: tuple[str, ...], request: PrepareState, root: str, directory: Path
) -> list[str]:
    """The words of `dbt parse` for another state: the session's options, but for where it is."""
    pairs = dict(zip(options[::2], options[1::2], strict=True))
    pairs |= {"--project-dir": root, "--target-path": str(directory), "--log-path": str(directory)}
    if request.target:
        pairs["--target"] = request.target
    words = [word for pair in pairs.items() for word in pair]
    return ["parse", *words, "--log-level", "none", "--log-level-file", "none"]
