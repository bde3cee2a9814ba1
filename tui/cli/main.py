"""The command `dbtree`: arguments in, the app or a headless command out, an exit code.

Everything heavy is imported when it is known to be needed, so that `--version`, help and errors
come at once, and the app's first frame waits for nothing else.
"""

from __future__ import annotations

import errno
import gc
import os
import sys
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from tui.errors import DbtreeError, ProjectError

if TYPE_CHECKING:
    from argparse import Namespace

    from tui.cli.console import Console
    from tui.project.project import Project
    from tui.project.trust import Untrusted
    from tui.ui.app import DbtreeApp
    from tui.ui.terminal.opening_frame import OpeningFrame
    from tui.workspace.workspace import Workspace

__all__ = ["main"]

INTERRUPTED = 130
CLOSED_PIPE = 141
"""As a shell tells the death by SIGINT and by SIGPIPE."""
UNWRITABLE = frozenset({errno.ENOSPC, errno.EBADF, errno.EIO})
"""What a write to a stdout fails with that takes nothing."""
BUSY_CORES = 2
"""With so many processor cores a terminal and a first frame have enough to share."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code (argparse exits by itself)."""
    _have_streams()
    # What is made until the first frame stays: the collector would walk it a dozen times in vain.
    gc.disable()
    options: Namespace | None = None
    try:
        words = sys.argv[1:] if arguments is None else arguments
        if words and words[0] == "dbt":  # nothing else that is typed waits for so little
            return _run_dbt((), words[1:])
        from tui.cli.arguments import parse
        from tui.cli.project_options import first_word

        if (place := first_word(words)) is not None and words[place] == "dbt":
            return _run_dbt(words[:place], words[place + 1 :])
        options = parse(words)
        code = _version() if options.version else _dispatch(options)
        sys.stdout.flush()
        return code
    except DbtreeError as error:
        _print_error(error)
        return 2
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read stdout has enough (`| head`).
        _drop_output(sys.stdout)
        return CLOSED_PIPE
    except Exception as error:  # noqa: BLE001 - the edge of the process: never an end with 0
        return _crashed(error, options)
    finally:
        gc.enable()


def _run_dbt(before: Sequence[str], arguments: Sequence[str]) -> int:
    """Run a dbt command: what stands after `dbt` is dbt's, what stands before it is ours."""
    from tui.cli.commands.dbt import dbt

    if not before:
        return dbt(list(arguments), {})
    from tui.cli.arguments import parse
    from tui.cli.project_options import given_settings

    return dbt(list(arguments), given_settings(parse([*before, "dbt"])))


def _have_streams() -> None:
    """Give the process the three streams that whoever started it may have closed.

    A file of ours would take their place, and what is printed would go there. What is written to
    a closed stdout is an error, as it is to other programs.
    """
    for fd, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            flags = os.O_WRONLY if name == "stderr" else os.O_RDONLY
            if (taken := os.open(os.devnull, flags)) != fd:
                os.dup2(taken, fd)
                os.close(taken)
            setattr(sys, name, open(fd, "r" if fd == 0 else "w", closefd=False))  # noqa: SIM115


def _crashed(error: Exception, options: Namespace | None) -> int:
    """Say in a sentence what nobody expected: stdout that takes no more, a defect of ours."""
    from tui.cli import console

    try:
        if isinstance(error, OSError) and error.filename is None and error.errno in UNWRITABLE:
            raise error
        sys.stdout.flush()
    except OSError as closed:
        _drop_output(sys.stdout)
        console.stderr().write(f"dbtree: cannot write to stdout: {closed.strerror or closed}")
        return console.COULD_NOT
    from tui.ui.crash_report import note_crash

    project: Project | None = getattr(options, "opened", None)
    if project is None:
        said = f"{type(error).__name__}: {error}"
        console.stderr().write_lines(f"dbtree stopped because of a bug in dbtree ({said}).")
    else:
        with suppress(DbtreeError):
            project.prepare_state_dir()
        console.stderr().write(note_crash(error, project.state_dir))
    return console.COULD_NOT


def _version() -> int:
    import tui

    print(f"dbtree {tui.__version__}")
    return 0


def _dispatch(options: Namespace) -> int:
    if options.command not in ("demo", "dev"):
        gc.enable()
    match options.command:
        case "demo":
            return _open_demo(options)
        case "project":
            return _run_project(options)
        case "dev":
            return _open_app(options, options.path)
        case "serve":
            return _serve(options)
        case _:
            return _run_headless(options)


def _open_demo(options: Namespace) -> int:
    from tui.cli import console
    from tui.scaffold.demo import copy_demo

    directory = Path(options.directory)
    if not options.no_open:
        _require_terminal()
    copied = copy_demo(directory, options.adapter)
    words = "Copied the demo project to" if copied else "Found a dbt project already in"
    console.stderr().write(f"{words} {directory}")
    if options.no_open:
        console.stdout().write(str(directory.resolve()))
        return 0
    return _open_app(options, str(directory))


def _serve(options: Namespace) -> int:
    from tui.cli.commands.serve import serve
    from tui.cli.project_options import project_words
    from tui.serve.window_environment import TOKEN

    token = os.environ.pop(TOKEN, "")  # before anything is started that could read it
    project = _trusted_project(options, options.path, needs_terminal=False)
    path = [os.path.abspath(options.path)] if options.path else []
    return serve(
        project, [*project_words(options), *path], host=options.host, port=options.port,
        token=options.token or token, allowed=options.allow_host, writable=options.writable,
    )  # fmt: skip


def _open_app(options: Namespace, path: str | None) -> int:
    who = getattr(options, "in_browser", None)
    if who:
        from tui.ui.terminal.job import take_terminal

        take_terminal()
    project = _trusted_project(options, path, may_ask=not who)
    from tui.ui.terminal.opening_frame import OpeningFrame

    with closing(OpeningFrame(project)) as opening:
        if not who:
            opening.paint()
        from tui.workspace.workspace import Workspace

        workspace = Workspace(project)
        app = _run_app(workspace, opening, in_browser=bool(who))
    if app.terminal.is_lost:
        _drop_output(sys.stdout, sys.stderr)
    elif app.return_code == 0 and not who:
        workspace.leave_engine()
        opening.keep(app.last_frame)
    # None: it ended without anybody having asked for it.
    return 1 if app.return_code is None else app.return_code


def _run_app(workspace: Workspace, opening: OpeningFrame, *, in_browser: bool) -> DbtreeApp:
    """Show a project until the user leaves."""
    from tui.engine_client.resident_engine import may_be_alive

    # dbt's import takes seconds: it goes on in the engine while the screen is imported and drawn,
    # unless both would only be in each other's way.
    # One that stays has imported it, and only has to say what it knows.
    if (
        not workspace.is_remembered
        or (os.cpu_count() or 1) > BUSY_CORES
        or may_be_alive(workspace.state.project.root, os.environ)
    ):
        workspace.launch()

    from tui.ui.app import DbtreeApp

    workspace.restore(at_once=False)
    app = DbtreeApp(workspace, in_browser=in_browser, opening=opening)
    app.run()
    return app


def _drop_output(*files: TextIO) -> None:
    """Let what is still buffered for these go nowhere: nobody is there to read it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for file in files:
        os.dup2(nowhere, file.fileno())


def _trusted_project(
    options: Namespace, path: str | None, *, needs_terminal: bool = True, may_ask: bool = True
) -> Project:
    """The project, once it is settled whether what it brings along may run: asked before anything
    of it does, where there is a terminal and somebody who `may_ask` there. Raises Untrusted for a
    no.
    """
    from tui.project.interpreter import first_claim
    from tui.project.trust import Untrusted, allow

    may_ask = may_ask and (needs_terminal or _has_terminal())
    if may_ask:
        _offer_dagster(options, path)
    while True:
        try:
            project = _project(options, path)
            if needs_terminal:
                _require_terminal()
            if claim := first_claim(project):
                raise Untrusted(claim)
            return project
        except Untrusted as error:
            if needs_terminal:
                _require_terminal()
            if error.claim.refusal or not may_ask or not _says_yes(error):
                raise
            allow(error.claim, os.environ)


def _offer_dagster(options: Namespace, path: str | None) -> None:
    """Ask once whether a project of Dagster's is to be opened with its definitions."""
    from tui.cli.project_options import given_settings
    from tui.project.dagster_project import (
        find_dagster_project,
        remember_answer,
        remembered_answer,
    )
    from tui.project.settings import resolve_settings

    found = find_dagster_project(Path(os.path.abspath(path or options.project_dir or ".")))
    if found is None or found.has_settings:
        return
    if remembered_answer(found, os.environ) is not None:
        return
    if resolve_settings(found.root, given_settings(options))["dagster"].is_set:
        return
    from tui.cli import console

    _require_terminal()
    words = console.stderr()
    words.write(f"{found.root} is a Dagster project ({found.module}).")
    words.write(
        "dbtree can open it with its definitions, which it imports with its own in place of "
        "dagster and dagster_dbt."
    )
    words.write("The answer is remembered; --dagster and --no-dagster change it.")
    is_yes = _is_answered_yes(words, "Open it with its definitions?")
    remember_answer(found, os.environ, is_yes=is_yes)


def _says_yes(error: Untrusted) -> bool:
    from tui.cli import console

    words = console.stderr()
    words.write(f"{error.claim.what}.")
    words.write("To open the project, dbtree must run it, and cannot know what it does.")
    words.write("A yes is remembered until its content changes.")
    return _is_answered_yes(words, "Run it?")


def _is_answered_yes(words: Console, question: str) -> bool:
    words.ask(f"{question} [y/N]")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _run_project(options: Namespace) -> int:
    from tui.cli.commands import project
    from tui.cli.project_options import given_settings

    flags = given_settings(options)
    if options.action == "scaffold":
        return project.scaffold(
            options.project_name, options.dbt_project_dir, flags, force=options.force
        )
    found = project.interpreter_for(options.file, flags)
    return project.prepare_and_package(options.file, found)


def _has_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def _require_terminal() -> None:
    if not _has_terminal():
        raise ProjectError(
            "dbtree needs a terminal, and this is not one.",
            hint="In scripts, use dbtree ls, status, materialize, runs or logs.",
        )


def _run_headless(options: Namespace) -> int:
    from tui.cli import headless

    if options.command == "engine" and options.all:
        return headless.engine(options, None)
    return headless.run(options, _project(options, getattr(options, "path", None)))


def _project(options: Namespace, path: str | None) -> Project:
    """The project that is meant: PATH, --project-dir, the environment, the current directory."""
    from tui.cli.project_options import given_settings
    from tui.project.project import find_project

    flags = given_settings(options)
    named = path or options.project_dir
    named = named or os.environ.get("DBTREE_PROJECT_DIR") or os.environ.get("DBT_PROJECT_DIR")
    if path and options.command == "dev" and not os.path.exists(path):
        raise ProjectError(f"{path} is neither a command nor a directory.", hint=_guess(path))
    project = find_project(named or ".", flags)
    if getattr(options, "in_browser", None) == "guest":
        from dataclasses import replace

        project = replace(project, readonly=True, is_guest=True)
    options.opened = project
    return project


def _guess(word: str) -> str:
    from difflib import get_close_matches

    from tui.cli.arguments import COMMANDS

    near = get_close_matches(word, COMMANDS, 1)
    if near:
        return f"Did you mean `dbtree {near[0]}`?"
    return "`dbtree --help` lists the commands; a PATH must be inside a dbt project."


def _print_error(error: DbtreeError) -> None:
    from tui.cli import console

    at = f"{error.path}:{error.line}: " if error.path and error.line else ""
    if error.path and not error.line and error.path not in error.message:
        at = f"{error.path}: "
    words = console.stderr()
    words.write_lines(f"dbtree: {at}{error.message}")
    if error.hint:
        words.write_lines(f"  {error.hint}")
