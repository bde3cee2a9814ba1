"""`DbtProject`: where a dbt project is, and how its manifest is made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tui.definitions.errors import DefinitionError
from tui.definitions.host import host

_NAME = re.compile(r"""^name\s*:\s*(?:"([^"]*)"|'([^']*)'|([^#\s]+))""", re.MULTILINE)


class DbtProject:
    """A dbt project, and the settings with which dbt is to open it.

    Args:
        project_dir: The directory of dbt_project.yml.
        target_path: Where dbt writes its artifacts, relative to the project.
        profiles_dir: Where profiles.yml is; the project's directory by default, where there is
            one, else where dbt looks for it.
        profile: The profile to use, in place of the project's own.
        target: The target to use, in place of the profile's own.
        packaged_project_dir: Where a copy of the project lies when it is deployed. Outside
            `dbtree dev` it is used, once `dbtree project prepare-and-package` has made it.
        state_path: Artifacts of another run, relative to the project, for dbt's `--state`.
        prepare_project_cli_args: The dbt command that makes the manifest.

    Under `dbtree dev` the project is opened by dbtree, so that its target, profile and vars are
    those of the command line before those given here.

    Raises:
        DefinitionError: when there is no dbt project.
    """

    def __init__(
        self,
        project_dir: Path | str,
        *,
        target_path: Path | str = "target",
        profiles_dir: Path | str | None = None,
        profile: str | None = None,
        target: str | None = None,
        packaged_project_dir: Path | str | None = None,
        state_path: Path | str | None = None,
        prepare_project_cli_args: Sequence[str] | None = None,
    ) -> None:
        source = Path(project_dir)
        packaged = Path(packaged_project_dir) if packaged_project_dir else None
        used = packaged if packaged and packaged.exists() and not host().is_dev else source
        if not (used / "dbt_project.yml").is_file():
            raise DefinitionError(f"There is no dbt project in {used}: no dbt_project.yml.")
        if profiles_dir and not Path(profiles_dir).exists():
            raise DefinitionError(f"profiles_dir {profiles_dir} does not exist.")
        self.project_dir = used
        self.target_path = Path(target_path)
        self.profiles_dir: Path | None = Path(profiles_dir) if profiles_dir else None
        if self.profiles_dir is None and (used / "profiles.yml").is_file():
            self.profiles_dir = used
        self.profile = profile
        self.target = target
        self.packaged_project_dir = packaged
        self.state_path = used / state_path if state_path else None
        self.prepare_project_cli_args = list(prepare_project_cli_args or ["parse", "--quiet"])

    @property
    def name(self) -> str:
        """The project's name, from dbt_project.yml."""
        text = (self.project_dir / "dbt_project.yml").read_text("utf-8", "replace")
        found = _NAME.search(text)
        return next(filter(None, found.groups()), "") if found else self.project_dir.name

    @property
    def manifest_path(self) -> Path:
        """Where the manifest is."""
        return self.project_dir / self.target_path / "manifest.json"

    @property
    def has_uninstalled_deps(self) -> bool:
        """Whether it names packages, and none are installed."""
        names = ("packages.yml", "dependencies.yml")
        wanted = any((self.project_dir / name).is_file() for name in names)
        return wanted and not (self.project_dir / "dbt_packages").is_dir()

    def prepare_if_dev(self) -> None:
        """Bring the manifest up to date under `dbtree` and `dbtree dev`; nothing elsewhere.

        The engine of dbtree writes the manifest that it has in memory: dbt does not parse again.
        """
        if host().is_dev:
            host().prepare(self)

    def __fspath__(self) -> str:
        return str(self.project_dir)

    def __repr__(self) -> str:
        return f"DbtProject({str(self.project_dir)!r})"
