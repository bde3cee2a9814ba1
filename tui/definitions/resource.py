"""`DbtCliResource`: dbt's command line for the functions of definitions."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tui.definitions.config import value_of
from tui.definitions.context import AssetExecutionContext
from tui.definitions.errors import DefinitionError
from tui.definitions.executions import usual_target_path
from tui.definitions.host import host
from tui.definitions.invocation import DbtCliInvocation
from tui.definitions.manifests import manifest_reader
from tui.definitions.projects import DbtProject, absolute, profiles_directory
from tui.definitions.translator import DbtTranslator


class DbtCliResource:
    """dbt's command line on one project.

    Args:
        project_dir: A DbtProject, or the directory of dbt_project.yml.
        global_config_flags: Flags for every command: ["--no-use-colors"].
        profiles_dir: Where profiles.yml is.
        profile: The profile to use.
        target: The target to use; dbtree opens the project with it unless its own command line or
            settings name another.
        dbt_executable: The dbt to start, where it is not the one of this environment. A run of
            dbtree uses the dbt in its own process.
        state_path: Artifacts of another run, for `--state`.

    Raises:
        DefinitionError: when there is no dbt project.
    """

    is_command_line = True

    def __init__(
        self,
        project_dir: str | os.PathLike[str] | DbtProject,
        global_config_flags: Sequence[str] | None = None,
        profiles_dir: str | Path | None = None,
        profile: str | None = None,
        target: str | None = None,
        dbt_executable: str | Path = "dbt",
        state_path: str | Path | None = None,
    ) -> None:
        profiles_dir, profile, target = map(value_of, (profiles_dir, profile, target))
        stated = profiles_directory(profiles_dir)
        manifest_path = None
        if isinstance(project_dir, DbtProject):
            project = project_dir
            manifest_path = project.manifest_path
            stated = stated or project.stated_profiles_dir
            state_path = state_path or project.state_path
            profiles_dir = profiles_dir or project.profiles_dir
            profile = profile or project.profile
            target = target or project.target
        directory = absolute(project_dir)
        if not (directory / "dbt_project.yml").is_file():
            raise DefinitionError(f"There is no dbt project in {directory}: no dbt_project.yml.")
        self.project_dir = str(directory)
        self.global_config_flags = list(global_config_flags or [])
        self.profiles_dir = str(profiles_directory(profiles_dir)) if profiles_dir else None
        self.profile = profile
        self.target = target
        self.dbt_executable = str(dbt_executable)
        self.state_path = str(directory / state_path) if state_path else None
        self.stated_profiles_dir = stated
        self.manifest_path = manifest_path or directory / usual_target_path() / "manifest.json"
        """Where the manifest is."""
        host().note(self)

    def cli(
        self,
        args: Sequence[str],
        *,
        raise_on_error: bool = True,
        manifest: Mapping[str, Any] | str | Path | None = None,
        dagster_dbt_translator: DbtTranslator | None = None,
        context: AssetExecutionContext | None = None,
        target_path: Path | None = None,
    ) -> DbtCliInvocation:
        """Begin a dbt command.

        Args:
            args: The command and its options: ["build", "--full-refresh"]. With the context of a
                `@dbt_assets` function, what is built is what the run was asked for; options such
                as `--vars` and `--full-refresh` are dbt's.
            raise_on_error: Whether `wait` and the end of `stream` raise when dbt failed.
            manifest: Where the keys of the results come from; with a context, that of its assets.
            dagster_dbt_translator: The same, for the translator.
            context: That of the function this is in.
            target_path: Where dbt writes its artifacts, relative to the project.

        Raises:
            DefinitionError: when the arguments are no command.
        """
        words = [str(word) for word in args]
        if not words or isinstance(args, str):
            raise DefinitionError('dbt.cli takes a list: dbt.cli(["build"], context=context).')
        assets = getattr(context, "assets_def", None)
        translator = dagster_dbt_translator or getattr(assets, "translator", None)
        reader = (
            manifest_reader(manifest)
            if manifest is not None
            else getattr(assets, "read_manifest", None) or manifest_reader(self.manifest_path)
        )
        execution = host().execute(self, [*self.global_config_flags, *words], context, target_path)
        return DbtCliInvocation(
            execution,
            manifest=reader,
            translator=translator or DbtTranslator(),
            context=context,
            raise_on_error=raise_on_error,
        )

    def get_defer_args(self) -> list[str]:
        """The options of dbt to defer to the state of another run; none where there is none."""
        return ["--defer", *self.get_state_args()] if self._has_state else []

    def get_state_args(self) -> list[str]:
        """The option of dbt for the state of another run; none where there is none."""
        return ["--state", str(self.state_path)] if self._has_state else []

    @property
    def _has_state(self) -> bool:
        return bool(self.state_path) and (Path(str(self.state_path)) / "manifest.json").is_file()

    def project_args(self) -> list[str]:
        """The options behind a command of a process, which begins in the project's directory."""
        options = [
            ("--profiles-dir", self.profiles_dir), ("--profile", self.profile),
            ("--target", self.target),
        ]  # fmt: skip
        return [word for name, value in options if value for word in (name, value)]
