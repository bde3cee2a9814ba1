"""What is reported to the UI once dbt has parsed the project for the first time."""

from __future__ import annotations

import os
import platform
import sys

from tui.engine.command.invocations import DbtCommand, Ended
from tui.engine.command.open_project import OpenedProject
from tui.engine.process.secrets import LONG, database_of, is_single_writer, scrubber
from tui.protocol.messages import EngineReady

CLOUD = "dbt Cloud CLI"
OLDEST = (1, 8)


def engine_ready(project: OpenedProject, command: DbtCommand, ended: Ended) -> EngineReady:
    """The facts, as dbt's log and the project's files have them."""
    files = project.files
    credentials = files.credentials
    adapter = next((one.data for one in ended.records if one.name == "AdapterRegistered"), {})
    version = ended.version or str(project.manifest.metadata.get("dbt_version") or "")
    words = command.words_shown
    return EngineReady(
        python=sys.executable,
        python_version=platform.python_version(),
        dbt_version=version,
        adapter=credentials.type,
        adapter_version=str(adapter.get("adapter_version") or "").lstrip("="),
        project=files.project_name,
        profile=files.profile_name,
        target=files.target_name,
        threads=files.threads,
        profiles_dir=str(files.profiles_dir),
        single_writer=is_single_writer(credentials),
        packages={
            name: os.path.relpath(package.project_root, files.root)
            for name, package in files.packages.items()
        },
        watched=files.watched,
        shortcuts=[f"none: every parse, query and run is `{words} …`"],
        target_path=files.target_path,
        database=scrubber(credentials, shortest=LONG)(database_of(credentials)),
    )


def refusal(ended: Ended, command: DbtCommand) -> str:
    """Why this command cannot be driven, in a sentence; empty where it can."""
    if any(CLOUD in one.text for one in ended.records) or CLOUD in ended.stderr:
        return f"`{command.words_shown}` is the dbt Cloud CLI, which runs nothing here."
    parts = ended.version.split(".")[:2]
    if len(parts) == 2 and all(map(str.isdecimal, parts)) and tuple(map(int, parts)) < OLDEST:
        return f"`{command.words_shown}` is dbt {ended.version}, but dbtree needs 1.8 or newer."
    return ""
