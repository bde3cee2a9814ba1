"""The database, opened so that it can only be read."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from tui.engine.inspect.details import aside
from tui.engine.inspect.duckdb_files import only_look
from tui.engine.parse.warm_manifest import WarmProject
from tui.engine.process.locks import lock_path, share_run_lock
from tui.engine.process.secrets import is_single_writer
from tui.protocol.records import Problem

T = TypeVar("T")

RUN_HAS_IT = Problem("busy", "A run is using the database: wait for its end.")


def read_aside(warm: WarmProject, work: Callable[[], T | Problem]) -> T | Problem:
    """Do work that only reads the database, as `aside` does; what goes wrong is a Problem.

    The DuckDB file of a target is opened read-only, which many processes may do at once, and not
    while a run has it. The transactions of other databases are for the caller to make read-only.
    """

    def read() -> T | Problem:
        config = warm.loaded.config
        if not is_single_writer(config.credentials):
            with own_credentials(warm):
                return work()
        lock = share_run_lock(lock_path(warm.loaded.state_dir, config.target_name))
        if lock is None:
            return RUN_HAS_IT
        try:
            with own_credentials(warm):
                if warm.loaded.adapter.type() == "duckdb":
                    only_look(config.credentials)
                return work()
        finally:
            os.close(lock)

    return aside(warm, read)


@contextmanager
def own_credentials(warm: WarmProject) -> Iterator[None]:
    """Look with credentials that may be changed, and close every connection."""
    config, adapter = warm.loaded.config, warm.loaded.adapter
    warm.attach_adapter()
    credentials = config.credentials
    config.credentials = copy.deepcopy(credentials)  # without a fork the engine goes on with it
    try:
        yield
    finally:
        adapter.cleanup_connections()
        if adapter.type() == "duckdb":
            adapter.connections.close_all_connections()
        config.credentials = credentials
