"""A rehearsal: one invocation of dbt that does nothing, so that the next ones find made what dbt
makes once in a process (the code that reads and writes its classes, JSON schemas, templates).
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import nullcontext, suppress


def rehearse(root: str, parse: str, options: tuple[str, ...]) -> None:
    """Let dbt parse the project from the file of the last parse, without a trace: its artifacts
    and its log go into a directory that is removed. Raises whatever dbt does.
    """
    from dbt.cli.main import dbtRunner
    from dbt.deprecations import reset_deprecations

    from tui.engine.fence.command_patches import REMEMBERED_FILES, REMEMBERED_PARSE

    remembered_parse, files = REMEMBERED_PARSE.use(), REMEMBERED_FILES.use()
    if remembered_parse is None:
        return  # what has changed would be parsed here
    with (
        tempfile.TemporaryDirectory(prefix="dbtree-") as away,
        remembered_parse.rehearsal(),
        nullcontext() if files is None else files.rehearsal(),
    ):
        before = os.getcwd()
        with suppress(OSError):
            os.chdir(root)
        arguments = sys.argv
        sys.argv = ["dbt", "parse"]
        try:
            done = dbtRunner().invoke(
                [
                    "--quiet", "--no-send-anonymous-usage-stats", "--log-path", away,
                    "--log-level-file", "none", "parse", "--target-path", away,
                    "--partial-parse-file-path", parse, "--project-dir", root, *options,
                ]
            )  # fmt: skip
            if done.success:
                remembered_parse.note_checked()
        finally:
            sys.argv = arguments
            os.chdir(before)
            # What was said here is to be said by the commands.
            _log_as_at_first()
            reset_deprecations()
            for module in list(sys.modules.values()):
                getattr(module, "__warningregistry__", {}).clear()


def _log_as_at_first() -> None:
    """Give dbt the one logger of its import: each command sets up its own, but `--version` says
    what it has to say by that.
    """
    from dbt_common.events.base_types import EventLevel
    from dbt_common.events.event_manager_client import cleanup_event_logger, get_event_manager
    from dbt_common.events.functions import get_stdout_config
    from dbt_common.events.logger import LineFormat

    cleanup_event_logger()
    config = get_stdout_config(LineFormat.PlainText, True, EventLevel.INFO, False)
    get_event_manager().add_logger(config)
