"""The open project as dbt's manifest has it: rows, selectors, and what a run is to record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tui.engine.command.manifest_file import CHANGED, ManifestFile
from tui.engine.command.project_files import ProjectFiles, yaml_of
from tui.engine.command.selectors import Selectors, taken_by
from tui.engine.inspect.config_sources import config_sources
from tui.engine.records.rows import RecordChanges, Records
from tui.engine.records.run_limits import ALL_ROWS, RunLimits, options_part
from tui.protocol.records import Asset, Check


@dataclass(frozen=True)
class Shown:
    """The rows that the window has."""

    assets: Mapping[str, Asset] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)
    macros: Mapping[str, str] = field(default_factory=dict)

    def changes_to(self, other: Shown) -> RecordChanges:
        """What has to change for the other rows to be shown."""
        known = {**self.assets, **self.checks}
        wanted = {**other.assets, **other.checks}
        macros: dict[str, str | None] = {
            key: digest for key, digest in other.macros.items() if self.macros.get(key) != digest
        }
        macros |= dict.fromkeys(self.macros.keys() - other.macros.keys())
        return RecordChanges(
            [row for key, row in other.assets.items() if self.assets.get(key) != row],
            [row for key, row in other.checks.items() if self.checks.get(key) != row],
            sorted(known.keys() - wanted.keys()),
            macros,
        )


class OpenedProject:
    """What a parse found."""

    def __init__(
        self,
        files: ProjectFiles,
        manifest: ManifestFile,
        state_dir: Path,
        *,
        before: OpenedProject | None = None,
        saved: Iterable[str] = (),
    ) -> None:
        """Rows are made of the manifest at once: of what is different from the one before.

        Args:
            files: the project's own files.
            manifest: of the parse.
            state_dir: where the key of digests is kept.
            before: what the parse before found. It is not to be used afterwards.
            saved: the files, relative to the root, for whose sake dbt parsed.
        """
        self.files = files
        self.manifest = manifest
        self.state_dir = state_dir
        files.adapter = str(manifest.metadata.get("adapter_type") or "")
        if before is not None and files == before.files and manifest.has_macros_of(before.manifest):
            self._follow(before, {f"{files.project_name}://{path}" for path in saved})
            return
        own = {files.project_name, *files.packages}
        self.records = Records(
            files,
            files.root,
            state_dir,
            internal=frozenset(set(manifest.packages_of_macros()) - own),
            values=ProjectFiles.values,
        )
        self.records.update(manifest, 0.0)

    def _follow(self, before: OpenedProject, saved: Iterable[str]) -> None:
        """Take over the rows, and bring those up to date that may be different."""
        self.manifest.mark_changes(before.manifest)
        with before.records.undone_when_it_fails():
            before.records.update(self.manifest, CHANGED, frozenset(saved))
        self.records = before.records

    @property
    def shown(self) -> Shown:
        """The rows."""
        records = self.records
        return Shown(dict(records.assets), dict(records.checks), dict(records.macros))

    @cached_property
    def selectors(self) -> Selectors:
        """The selectors of its nodes."""
        assets, checks = self.records.assets, self.records.checks
        return Selectors(
            {key: asset.fqn for key, asset in assets.items()}
            | {key: check.fqn for key, check in checks.items()}
        )

    def selection(self, nodes: Iterable[str]) -> list[str]:
        """The arguments with which dbt takes exactly these nodes; none where it takes all."""
        asked = set(nodes)
        assets = self.records.assets
        paths = {
            key: row.path
            for key in asked
            if (row := assets.get(key)) is not None and row.package == self.files.project_name
        }
        return self.selectors.exactly(asked, paths)

    def present(self, nodes: Iterable[str]) -> tuple[list[str], list[str]]:
        """Those of the nodes that there are, and those that are gone."""
        known = self.records.assets.keys() | self.records.checks.keys()
        asked = list(nodes)
        return [key for key in asked if key in known], [key for key in asked if key not in known]

    def is_all(self, nodes: Iterable[str], command: str) -> bool:
        """Whether these nodes are all that a command runs without a selection."""
        known = [*self.records.assets, *self.records.checks]
        return set(taken_by(command, known)) <= set(nodes)

    def sources_of(self, node: Any) -> dict[str, str]:
        """Where each value of a node's configuration was set."""
        if not hasattr(getattr(node, "config", None), "to_dict"):
            return {}
        patch = str(getattr(node, "patch_path", None) or "")
        described: dict[str, Any] = {}
        if "://" in patch:
            package, path = patch.split("://", 1)
            home = self.files.load_dependencies().get(package, self.files)
            described[patch] = _Yaml(yaml_of(Path(home.project_root, path)))
        return config_sources(node, self.files, self.files.root, described)

    def recorded_of(
        self,
        nodes: Iterable[str],
        limits: RunLimits = ALL_ROWS,
        *,
        has_other_vars: bool = False,
    ) -> dict[str, dict[str, Any]]:
        """What a run records of each node that it builds: fingerprint, macros, relation, parents.

        Those above are among them, so that a skipped node can name what failed. `limits` are the
        rows that the run leaves out; `has_other_vars` says that it has variables of its own, with
        which the project was not parsed here.
        """
        assets, checks, macros = self.records.assets, self.records.checks, self.records.macros
        found: dict[str, dict[str, Any]] = {}
        waiting = list(nodes)
        while waiting:
            key = waiting.pop()
            row = assets.get(key) or checks.get(key)
            if key in found or row is None:
                continue
            told: dict[str, Any] = {"above": list(row.depends_on), "path": row.path}
            if isinstance(row, Asset):
                used = {macro: macros[macro] for macro in row.macros if macro in macros}
                node = self.manifest.nodes.get(key)
                rows = limits.rows_of(node, self.manifest) if node is not None else ""
                options = options_part(
                    rows, {}, has_other_vars=has_other_vars, may_be_deferred=limits.defers
                )
                built = row.fingerprint._replace(options=options)
                if has_other_vars:
                    built = built._replace(inputs="")
                told |= {"fingerprint": list(built), "macros": used}
                told["is_ephemeral"] = row.materialized == "ephemeral"
                told["relation"] = str(getattr(node, "relation_name", ""))
            found[key] = told
            waiting += row.depends_on
        return found


class _Yaml:
    """A YAML file that describes nodes, as dbt keeps it."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.dict_from_yaml = content
