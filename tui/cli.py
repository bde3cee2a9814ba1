"""The command `dbtree`: arguments in, the app or a headless command out, an exit code.

Everything heavy is imported when it is known to be needed, so that `--version`, help and errors
come at once, and the app's first frame waits for nothing else.
"""

from __future__ import annotations

import errno
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from tui.arguments import COMMANDS, EXIT_CODES, SETTINGS, parse
from tui.errors import DbtreeError, ProjectError
from tui.project import Project, find_project

__all__ = ["EXIT_CODES", "main"]

INTERRUPTED = 130
CLOSED_PIPE = 141
"""As a shell tells the death by SIGINT and by SIGPIPE."""
UNWRITABLE = (errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EDQUOT)
"""Why what is printed cannot be written: the disk is full, the terminal is gone."""
BUSY_CORES = 2
"""With so many processor cores a terminal and a first frame have enough to share."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code (argparse exits by itself)."""
    try:
        _fill_closed_streams()
        options = parse(sys.argv[1:] if arguments is None else arguments)
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
    except OSError as error:
        if error.errno not in UNWRITABLE or error.filename is not None:
            raise
        _drop_output(sys.stdout)
        _print_error(DbtreeError(f"the output could not be written: {error.strerror}"))
        return 2


def _fill_closed_streams() -> None:
    """Give the descriptors 0 and 2 to nothing where they are closed: files would get them else.

    Raises DbtreeError where there is no standard output.
    """
    for file, descriptor in ((sys.stdin, 0), (sys.stderr, 2)):
        if file is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != descriptor:
                os.dup2(nowhere, descriptor)
                os.close(nowhere)
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stdout is None:
        raise DbtreeError("standard output is closed.")


def _version() -> int:
    import tui

    print(f"dbtree {tui.__version__}")
    return 0


def _dispatch(options: Namespace) -> int:
    match options.command:
        case "demo":
            return _open_demo(options)
        case "project":
            return _run_project(options)
        case "dev":
            return _open_app(_project(options, options.path))
        case _:
            return _run_headless(options)


def _open_demo(options: Namespace) -> int:
    from tui.demo_project import copy_demo

    directory = Path(options.directory)
    if not options.no_open:
        _require_terminal()
    copied = copy_demo(directory)
    words = "Copied the demo project to" if copied else "There is a dbt project already in"
    print(f"{words} {directory}", file=sys.stderr)
    if options.no_open:
        print(directory.resolve())
        return 0
    return _open_app(_project(options, str(directory)))


def _open_app(project: Project) -> int:
    _require_terminal()
    import gc

    # What is made until the first frame stays: the collector would walk it a dozen times in vain.
    gc.disable()
    from tui.workspace import Workspace

    workspace = Workspace(project)
    # dbt's import takes seconds: it goes on in the engine while the screen is imported and drawn,
    # unless both would only be in each other's way.
    if not workspace.is_remembered or (os.cpu_count() or 1) > BUSY_CORES:
        workspace.launch()

    from tui.ui.app import DbtreeApp

    workspace.restore(at_once=False)
    app = DbtreeApp(workspace)
    app.run()
    if app.is_terminal_lost:
        _drop_output(sys.stdout, sys.stderr)
    # None: it ended without being left.
    return 1 if app.return_code is None else app.return_code


def _drop_output(*files: TextIO) -> None:
    """Let what is still buffered for these go nowhere: nobody is there to read it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for file in files:
        os.dup2(nowhere, file.fileno())


def _run_project(options: Namespace) -> int:
    from tui.headless import project

    flags = {name: getattr(options, name) for name in SETTINGS}
    if options.action == "scaffold":
        return project.scaffold(
            options.project_name, options.dbt_project_dir, flags, force=options.force
        )
    found = project.interpreter_for(options.file, flags)
    return project.prepare_and_package(options.file, found)


def _require_terminal() -> None:
    if sys.stdin is None or not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ProjectError(
            "dbtree opens in a terminal, and this is none.",
            hint="For scripts there are: dbtree ls, status, materialize, runs, logs.",
        )


def _run_headless(options: Namespace) -> int:
    project = _project(options, getattr(options, "path", None))
    match options.command:
        case "runs":
            from tui.headless.runs import runs

            return runs(project, limit=options.limit, as_json=options.json)
        case "cancel":
            from tui.headless.cancel import cancel

            return cancel(project, options.run, hard=options.kill, as_json=options.json)
    import asyncio

    return asyncio.run(_headless_coroutine(options, project))


async def _headless_coroutine(options: Namespace, project: Project) -> int:
    match options.command:
        case "ls":
            from tui.headless.ls import ls

            select, exclude = _selection(options)
            return await ls(
                project, select, exclude, options.resource_type,
                as_json=options.json, names=options.names,
            )  # fmt: skip
        case "materialize":
            from tui.headless.materialize import materialize

            select, exclude = _selection(options)
            return await materialize(
                project, select, exclude, full_refresh=options.full_refresh,
                detach=options.detach, as_json=options.json,
            )  # fmt: skip
        case "status":
            from tui.headless.status import status

            return await status(project, as_json=options.json)
        case "logs":
            from tui.headless.logs import logs

            return await logs(
                project, options.run, follow=options.follow, raw=options.raw, level=options.level
            )
        case "schedules":
            return await _schedules(options, project)
        case "info":
            from tui.headless.info import info

            return await info(project, as_json=options.json)
    raise AssertionError(f"no command {options.command}")


async def _schedules(options: Namespace, project: Project) -> int:
    from tui.headless import schedules

    match options.action:
        case "list":
            return await schedules.list_schedules(project, as_json=options.json)
        case "preview":
            return await schedules.preview(project, options.name, as_json=options.json)
        case "run":
            return await schedules.run_schedules(project, as_json=options.json)
        case _:
            on = options.action == "start"
            return await schedules.switch(project, options.name, on=on, as_json=options.json)


def _selection(options: Namespace) -> tuple[list[str], list[str]]:
    select = [*options.selectors, *(word for words in options.select for word in words)]
    return select, [word for words in options.exclude for word in words]


def _project(options: Namespace, path: str | None) -> Project:
    """The project that is meant: PATH, --project-dir, the environment, the current directory."""
    flags = {name: getattr(options, name) for name in SETTINGS}
    named = path or options.project_dir
    named = named or os.environ.get("DBTREE_PROJECT_DIR") or os.environ.get("DBT_PROJECT_DIR")
    if path and options.command == "dev" and not os.path.exists(path):
        raise ProjectError(f"{path} is no command and no directory.", hint=_guess(path))
    return find_project(named or ".", flags)


def _guess(word: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word, COMMANDS, 1)
    if near:
        return f"Did you mean `dbtree {near[0]}`?"
    return "`dbtree --help` lists the commands; a PATH must lie in a dbt project."


def _print_error(error: DbtreeError) -> None:
    from tui.headless.console import plain

    at = f"{error.path}:{error.line}: " if error.path and error.line else ""
    if error.path and not error.line and error.path not in error.message:
        at = f"{error.path}: "
    print(f"dbtree: {at}{plain(error.message)}", file=sys.stderr)
    if error.hint:
        print(f"  {plain(error.hint)}", file=sys.stderr)
