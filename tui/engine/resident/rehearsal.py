"""A rehearsal: one invocation of dbt that does nothing, so that the next ones find made what dbt
makes once in a process (the code that reads and writes its classes, JSON schemas, templates).
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import nullcontext, suppress
from importlib import import_module


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


WRITTEN = (
    "dbt.adapters.contracts.connection:AdapterResponse",
    "dbt.adapters.contracts.relation:Path",
    "dbt.artifacts.schemas.results:TimingInfo",
    "dbt.artifacts.schemas.run:RunResultOutput",
    "dbt.artifacts.schemas.run:RunResultsArtifact",
    "dbt.artifacts.schemas.run:RunResultsMetadata",
    "dbt_common.helper_types:WarnErrorOptionsV2",
)
"""Classes of dbt's of which a command writes values, and a parse none."""


def make_code() -> None:
    """Have made what dbt and its libraries make once a command sends its first statement and
    writes its results, as far as this dbt has it.
    """
    for make in (_make_writers, _make_lexer, _make_table):
        with suppress(Exception):  # another dbt has it elsewhere: the command makes it itself
            make()


def _make_writers() -> None:
    """The code that writes values of dbt's classes: it is made when the first one is written."""
    from dbt.adapters.factory import FACTORY

    classes = [plugin.adapter.Relation for plugin in FACTORY.plugins.values()]
    for place in WRITTEN:
        module, _, name = place.partition(":")
        with suppress(ImportError, AttributeError):
            classes.append(getattr(import_module(module), name))
    for one in classes:
        with suppress(Exception):  # an empty value has nothing that could be written
            one.__new__(one).to_dict()


def _make_lexer() -> None:
    import_module("sqlparse.lexer").Lexer.get_default_instance()


def _make_table() -> None:
    from dbt_common.clients.agate_helper import table_from_data_flat

    table_from_data_flat([{"name": "value"}], ["name"])
