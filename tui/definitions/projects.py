"""`DbtProject`: where a dbt project is, and how its manifest is made."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from tui.definitions.config import value_of
from tui.definitions.errors import DefinitionError
from tui.definitions.host import host

_VALUE = r"""\s*:\s*(?:"([^"]*)"|'([^']*)'|([^#\s]+))"""
_NAME = re.compile(rf"^name{_VALUE}", re.MULTILINE)
_INSTALLED = re.compile(rf"^packages-install-path{_VALUE}", re.MULTILINE)


class DbtProject:
    """A dbt project, and the settings with which dbt is to open it.

    Args:
        project_dir: The directory of dbt_project.yml. A relative one is looked for from the
            directory of the definitions' pyproject.toml, then from the working directory.
        target_path: Where dbt writes its artifacts, relative to the project.
        profiles_dir: Where profiles.yml is; the project's directory by default, where there is
            one, else where dbt looks for it.
        profile: The profile to use, in place of the project's own.
        target: The target to use, in place of the profile's own.
        packaged_project_dir: Where a copy of the project lies when it is deployed. Outside
            `dbtree dev` it is used, once `dbtree project prepare-and-package` has made it.
        state_path: Artifacts of another run, relative to the project, for dbt's `--state`.
        prepare_project_cli_args: The dbt command that makes the manifest.

    dbtree opens the project with the target, profile and profiles_dir of its command line and
    settings; where those do not say it, with what is given here; else with dbt's defaults.

    Raises:
        DefinitionError: when there is no dbt project.
    """

    is_command_line = False

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
        profiles_dir, profile, target = map(value_of, (profiles_dir, profile, target))
        source = absolute(project_dir)
        packaged = absolute(packaged_project_dir) if packaged_project_dir else None
        used = packaged if packaged and packaged.exists() and not host().is_dev else source
        if not used.exists():
            raise DefinitionError(_not_there(project_dir, used))
        if not (used / "dbt_project.yml").is_file():
            raise DefinitionError(f"There is no dbt project in {used}: no dbt_project.yml.")
        self.stated_profiles_dir = profiles_directory(profiles_dir)
        self.project_dir = used
        self.target_path = Path(target_path)
        self.profiles_dir = self.stated_profiles_dir
        if self.profiles_dir is None and (used / "profiles.yml").is_file():
            self.profiles_dir = used
        self.profile = profile
        self.target = target
        self.packaged_project_dir = packaged
        self.state_path = used / state_path if state_path else None
        self.prepare_project_cli_args = list(prepare_project_cli_args or ["parse", "--quiet"])
        host().note(self)

    @property
    def name(self) -> str:
        """The project's name, from dbt_project.yml."""
        found = _NAME.search(self._text)
        return next(filter(None, found.groups()), "") if found else self.project_dir.name

    @property
    def _text(self) -> str:
        return (self.project_dir / "dbt_project.yml").read_text("utf-8", "replace")

    @property
    def manifest_path(self) -> Path:
        """Where the manifest is."""
        return self.project_dir / self.target_path / "manifest.json"

    @property
    def has_uninstalled_deps(self) -> bool:
        """Whether it names packages, and none are installed."""
        names = ("packages.yml", "dependencies.yml")
        wanted = any((self.project_dir / name).is_file() for name in names)
        found = _INSTALLED.search(self._text)
        directory = next(filter(None, found.groups())) if found else "dbt_packages"
        return wanted and not (self.project_dir / directory).is_dir()

    def prepare_if_dev(self) -> None:
        """Bring the manifest up to date under `dbtree` and `dbtree dev`; nothing elsewhere.

        When it returns, the file at `manifest_path` is the graph of this moment: the engine of
        dbtree writes the manifest that it has in memory, and dbt does not parse again.
        """
        if host().is_dev:
            host().prepare(self)

    def __fspath__(self) -> str:
        return str(self.project_dir)

    def __repr__(self) -> str:
        return f"DbtProject({str(self.project_dir)!r})"


def _not_there(stated: Path | str, used: Path) -> str:
    """Where a directory of a DbtProject was looked for, in a sentence."""
    base = host().base
    first = used if base is None else Path(os.path.abspath(base / os.path.expanduser(stated)))
    also = "" if first == used else f", and neither does {used}"
    return f"The directory {first} of a DbtProject does not exist{also}."


def absolute(directory: Path | str | os.PathLike[str]) -> Path:
    """A directory as definitions name it: a relative one is looked for from the place of the
    definitions, then from the working directory.
    """
    path = Path(os.path.expanduser(os.fspath(directory)))
    base = host().base
    if not path.is_absolute() and base is not None and (base / path).exists():
        path = base / path
    return Path(os.path.abspath(path))


def profiles_directory(directory: Path | str | None) -> Path | None:
    """Where profiles.yml is said to be; None where it is not said.

    Raises:
        DefinitionError: when the directory does not exist.
    """
    if not directory:
        return None
    path = absolute(directory)
    if not path.exists():
        raise DefinitionError(f"profiles_dir {path} does not exist.")
    return path
