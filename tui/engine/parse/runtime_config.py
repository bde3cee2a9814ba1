"""Profile, project and flags, loaded as dbt's own commands load them, without running one.

The order is that of `dbt.cli.requires`: invocation context, flags, profile, project, plugins,
runtime configuration, adapter. What is left out on purpose: usage statistics and dbt's log file.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import dbt.cli.main  # 1.12 reads `.env` as it is imported: before the environment is looked at
import dbt.deprecations
import dbt.tracking
from dbt.adapters.factory import get_adapter, register_adapter, reset_adapters
from dbt.cli.flags import Flags, args_to_context
from dbt.config import RuntimeConfig
from dbt.config.runtime import load_profile, load_project
from dbt.context.providers import generate_runtime_macro_context
from dbt.flags import set_flags
from dbt.mp_context import get_mp_context
from dbt.plugins import set_up_plugin_manager
from dbt_common.context import get_invocation_context, set_invocation_context
from dbt_common.invocation import reset_invocation_id

from tui.engine.fence.registry import ENVIRONMENT
from tui.engine.parse.problems import note_parsed_file
from tui.engine.parse.profiles import profiles_path
from tui.protocol.messages import Open


@dataclass(frozen=True, eq=False)
class LoadedProject:
    """What dbt knows of a project before it parses a single model."""

    config: RuntimeConfig
    flags: Flags
    adapter: Any
    root: Path
    state_dir: Path
    request: Open
    """How it was asked for."""
    global_args: tuple[str, ...] = field(default=())
    """The options that every dbt command on this project gets (directories, profile, target,
    vars, threads), as a command line has them."""


def global_args(request: Open) -> tuple[str, ...]:
    """The options of a request to open a project, as dbt's command line has them."""
    options = [
        ("--project-dir", request.project_dir),
        ("--profiles-dir", request.profiles_dir),
        ("--profile", request.profile),
        ("--target", request.target),
        ("--vars", request.vars),
        ("--threads", str(request.threads) if request.threads else ""),
    ]
    return tuple(word for name, value in options if value for word in (name, value))


def request_of(args: Sequence[str], project_dir: str, state_dir: str) -> Open:
    """The request to open a project that has these options: `global_args` the other way round."""
    options: dict[str, Any] = {
        name.removeprefix("--").replace("-", "_"): value
        for name, value in zip(args[::2], args[1::2], strict=True)
    }
    options["threads"] = int(options.get("threads", 0))
    options["project_dir"] = project_dir
    return Open(id=0, state_dir=state_dir, **options)


def flags_of(command: str, args: tuple[str, ...] | list[str]) -> Flags:
    """Dbt's flags of a command line: its options, the environment and dbt_project.yml's flags."""
    return Flags(args_to_context([command, *args]))


def _telling_all() -> list[str]:
    """The flag by which dbt (1.10 and later) warns of each place, not of the first of a kind."""
    from dbt.cli import params

    return ["--show-all-deprecations"] if hasattr(params, "show_all_deprecations") else []


def enter_invocation() -> None:
    """A new invocation in dbt's eyes: the environment is read again, the id is new."""
    variables = dict(os.environ)
    environment = ENVIRONMENT.use()
    if environment is None:
        set_invocation_context(variables)
    else:
        environment.enter(variables)
    reset_invocation_id()
    dbt.deprecations.reset_deprecations()


class LocalLocks:
    """What adapters take for a context of multiprocessing: a lock of each process's own.

    One of multiprocessing is shared with every forked child, and stays locked for good in all of
    them when one is killed while it has it.
    """

    @staticmethod
    def RLock() -> Any:
        """A lock between threads."""
        return threading.RLock()

    def __getattr__(self, name: str) -> Any:
        return getattr(get_mp_context(), name)


def load(request: Open) -> LoadedProject:
    """Load profile and project. Raises dbt's own exceptions; see tui.engine.parse.problems."""
    enter_invocation()
    dbt.tracking.do_not_track()
    args = global_args(request)
    profiles = profiles_path(request)
    flags = flags_of("parse", [*args, *_telling_all()])
    set_flags(flags)
    flags.set_common_global_flags()
    reset_adapters()
    try:
        profile = load_profile(
            flags.PROJECT_DIR,
            flags.VARS,
            flags.PROFILE,
            flags.TARGET,
            getattr(flags, "THREADS", None),
        )
    except Exception as error:
        note_parsed_file(error, str(profiles))
        raise
    get_invocation_context().uses_adapter(profile.credentials.type)
    project = load_project(flags.PROJECT_DIR, flags.VERSION_CHECK, profile, flags.VARS)
    set_up_plugin_manager(project_name=project.project_name)
    config = RuntimeConfig.from_parts(project, profile, flags)
    register_adapter(config, LocalLocks())
    adapter = get_adapter(config)
    adapter.set_macro_context_generator(generate_runtime_macro_context)
    return LoadedProject(
        config=config,
        flags=flags,
        adapter=adapter,
        root=Path(request.project_dir),
        state_dir=Path(request.state_dir),
        request=request,
        global_args=args,
    )


def with_project_of_now(loaded: LoadedProject) -> LoadedProject:
    """The same with what dbt_project.yml and those of the packages say now: profile, options and
    adapter stay. Raises dbt's own exceptions.
    """
    enter_invocation()
    flags, config = loaded.flags, loaded.config
    project = load_project(flags.PROJECT_DIR, flags.VERSION_CHECK, config, flags.VARS)
    return replace(loaded, config=RuntimeConfig.from_parts(project, config, flags))
