"""What is reported to the UI as soon as the profile and dbt_project.yml are loaded."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from dbt.version import __version__ as DBT_VERSION

from tui.engine.fence.registry import report
from tui.engine.parse.files import ProjectFiles
from tui.engine.process.secrets import LONG, database_of, is_single_writer, scrubber
from tui.protocol.messages import EngineReady


def engine_ready(
    loaded: Any, definitions: Path | None = None, defined: Mapping[str, str] | None = None
) -> EngineReady:
    """The facts, as dbt and its adapter have them.

    Args:
        loaded: profile and project; a `tui.engine.parse.runtime_config.LoadedProject`.
        definitions: the directory of the project's Python definitions, where it has any.
        defined: the options that the definitions decide on.
    """
    config = loaded.config
    projects = config.load_dependencies()
    adapter = config.credentials.type
    packages = {
        name: os.path.relpath(project.project_root, loaded.root)
        for name, project in projects.items()
        if str(project.project_root).startswith(str(loaded.root) + os.sep)
    }
    return EngineReady(
        python=sys.executable,
        python_version=platform.python_version(),
        dbt_version=str(DBT_VERSION),
        adapter=adapter,
        adapter_version=_adapter_version(adapter),
        project=config.project_name,
        profile=config.profile_name,
        target=config.target_name,
        threads=config.threads,
        profiles_dir=str(loaded.flags.PROFILES_DIR),
        single_writer=is_single_writer(config.credentials),
        packages=packages,
        watched=[
            *ProjectFiles(projects).directories(loaded.root),
            *([os.path.relpath(definitions, loaded.root)] if definitions else ()),
        ],
        shortcuts=report(),
        target_path=os.path.relpath(config.project_target_path, loaded.root),
        database=scrubber(config.credentials, shortest=LONG)(database_of(config.credentials)),
        defined=dict(defined or {}),
    )


def _adapter_version(adapter: str) -> str:
    try:
        return str(import_module(f"dbt.adapters.{adapter}.__version__").version)
    except (ImportError, AttributeError):
        return ""
