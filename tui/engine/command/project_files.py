"""The project's own files, read without dbt: dbt_project.yml, packages, profiles.yml.

dbt alone decides; this says what it says nowhere else, such as which profile and target are used,
which directories are read, and what in a profile is secret. What cannot be read is left out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import jinja2
import yaml
from jinja2.sandbox import SandboxedEnvironment

from tui.engine.command.manifest_file import Record
from tui.engine.process.secrets import scrubber
from tui.engine.records.inputs import InputValues
from tui.engine.records.keyed_digests import KeyedDigests
from tui.protocol.messages import Open

PATHS = {
    "model-paths": "models",
    "seed-paths": "seeds",
    "snapshot-paths": "snapshots",
    "test-paths": "tests",
    "macro-paths": "macros",
    "analysis-paths": "analyses",
    "function-paths": "functions",
}
PARTS = ("models", "seeds", "snapshots", "sources", "data_tests", "exposures", "functions")


class Package:
    """A dbt_project.yml: the project's own, or that of an installed package."""

    def __init__(self, root: Path) -> None:
        self.project_root = str(root)
        self.stated = yaml_of(root / "dbt_project.yml")
        self.project_name = str(self.stated.get("name") or root.name)
        for part in PARTS:
            setattr(self, part, self.stated.get(part) or {})

    @property
    def model_paths(self) -> list[str]:
        """The directories of its models, relative to the package."""
        stated = self.stated.get("model-paths")
        return [str(one) for one in stated] if isinstance(stated, list) else ["models"]

    @property
    def directories(self) -> Iterator[str]:
        """The directories in which dbt reads, relative to the package."""
        for key, default in PATHS.items():
            stated = self.stated.get(key)
            yield from map(str, stated) if isinstance(stated, list) else (default,)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Package) and self._said() == other._said()

    __hash__ = None  # type: ignore[assignment]

    def _said(self) -> tuple[Any, ...]:
        """All that decides what rows are made of it."""
        return self.project_root, self.stated

    def variables_for(self, package: str) -> dict[str, Any]:
        """The variables that it sets for a package."""
        stated = self.stated.get("vars")
        stated = stated if isinstance(stated, dict) else {}
        own = stated.get(package)
        return {**stated, **(own if isinstance(own, dict) else {})}


class ProjectFiles(Package):
    """The open project, in the shape in which the rows of a manifest want a configuration."""

    def __init__(self, request: Open) -> None:
        super().__init__(Path(request.project_dir))
        self.root = Path(request.project_dir)
        self._request = request
        self.adapter = ""
        """As the manifest says; the profile's word where that can be read."""

    @property
    def target_path(self) -> str:
        """Where dbt writes, relative to the project or absolute."""
        stated = os.environ.get("DBT_TARGET_PATH") or self.stated.get("target-path")
        return str(stated or "target")

    @property
    def profile_name(self) -> str:
        """The name of the profile."""
        return str(self._request.profile or self.stated.get("profile") or "")

    @cached_property
    def profiles_dir(self) -> Path:
        """Where profiles.yml is, as dbt looks for it."""
        if self._request.profiles_dir:
            return Path(self._request.profiles_dir)
        if named := os.environ.get("DBT_PROFILES_DIR"):
            return Path(named).expanduser()
        own = self.root / "profiles.yml"
        return self.root if own.is_file() else Path.home() / ".dbt"

    @cached_property
    def _profile(self) -> Mapping[str, Any]:
        found = yaml_of(self.profiles_dir / "profiles.yml").get(self.profile_name)
        return found if isinstance(found, dict) else {}

    @cached_property
    def target_name(self) -> str:
        """The name of the target: as asked for, else the profile's."""
        stated = self._request.target or os.environ.get("DBT_TARGET") or self._profile.get("target")
        return str(self._rendered(stated or "default"))

    @cached_property
    def credentials(self) -> Record:
        """The output of the profile, with `type`; nearly empty where the profile is unknown."""
        outputs = self._profile.get("outputs")
        stated = outputs.get(self.target_name) if isinstance(outputs, dict) else None
        found = self._rendered(stated) if isinstance(stated, dict) else {}
        return Record({**found, "type": str(found.get("type") or self.adapter)})

    @property
    def threads(self) -> int:
        """How many: as asked for, else the profile's; 1 where that does not say."""
        stated = self._request.threads or self.credentials.data.get("threads") or 1
        return int(stated) if str(stated).isdecimal() else 1

    @cached_property
    def cli_vars(self) -> dict[str, Any]:
        """The variables of the command line."""
        found = _yaml(self._request.vars)
        return found if isinstance(found, dict) else {}

    def _rendered(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: self._rendered(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self._rendered(one) for one in value]
        if not isinstance(value, str) or "{" not in value:
            return value
        environment = SandboxedEnvironment()
        environment.filters |= dict.fromkeys(("as_bool", "as_native", "as_number", "as_text"), str)
        try:
            return environment.from_string(value).render(
                env_var=_variable,
                var=lambda name, default="": self.cli_vars.get(name, default),
            )
        except (jinja2.TemplateError, TypeError, ValueError, LookupError):
            return value

    def _said(self) -> tuple[Any, ...]:
        return (
            *super()._said(), self.packages, self.cli_vars, self.profile_name, self.target_name,
            self.credentials.data, self.adapter,
        )  # fmt: skip

    # -- as dbt's runtime configuration has it -----------------------------------

    def load_dependencies(self) -> dict[str, Package]:
        """The project and its installed packages, by name."""
        return {self.project_name: self, **self.packages}

    @cached_property
    def packages(self) -> dict[str, Package]:
        """The installed packages, by name."""
        place = self.stated.get("packages-install-path") or "dbt_packages"
        found = (Package(at.parent) for at in sorted(self.root.glob(f"{place}/*/dbt_project.yml")))
        return {package.project_name: package for package in found}

    @property
    def watched(self) -> list[str]:
        """The directories in which dbt reads, relative to the project's root."""
        found = dict.fromkeys(self.directories)
        for package in self.packages.values():
            inside = os.path.relpath(package.project_root, self.root)
            found |= dict.fromkeys(f"{inside}/{one}" for one in package.directories)
        return list(found)

    def values(self, keyed: KeyedDigests) -> InputValues:
        """The values of variables, environment and target."""

        def sources(package: str) -> list[Mapping[str, Any]]:
            found: list[Mapping[str, Any]] = [self.cli_vars, self.variables_for(package)]
            if package in self.packages:
                found.append(self.packages[package].variables_for(package))
            return found

        target = {
            **self.credentials.data,
            "name": self.target_name,
            "target_name": self.target_name,
            "profile_name": self.profile_name,
            "threads": self.threads,
        }
        return InputValues(
            sources, lambda: os.environ, target, scrubber(self.credentials), keyed
        )  # fmt: skip


def _variable(name: str, default: str | None = None) -> str:
    """An environment variable. One that is not set here may be set where the command runs dbt.

    Raises LookupError.
    """
    found = os.environ.get(name, default)
    if found is None:
        raise LookupError(name)
    return found


def yaml_of(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file; empty where there is none to be read."""
    try:
        found = _yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError):
        return {}
    return found if isinstance(found, dict) else {}


def _yaml(text: str) -> Any:
    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError:
        return None
