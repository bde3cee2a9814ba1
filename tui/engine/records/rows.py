"""dbt's nodes as the rows of the asset graph: what crosses the wire, and what changed in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tui.engine.records.batches import batches_of
from tui.engine.records.fingerprints import PLACED, digest, fingerprint_of
from tui.engine.records.inputs import Inputs, InputValues, Names, is_ephemeral, resolved_to
from tui.engine.records.keyed_digests import KeyedDigests
from tui.engine.records.node_places import NodePlaces
from tui.engine.records.row_values import (
    first_paragraph,
    freshness_of,
    group_owner,
    materialized_as,
    owner_of,
    relation_of,
    shown_name,
    tags_of,
    upstream_assets,
)
from tui.engine.records.used_macros import MacroUse
from tui.engine.records.volatile_config import volatile_keys
from tui.protocol.records import Asset, Check, Fingerprint

ASSET_NODES = ("model.", "seed.", "snapshot.")
"""How the unique_id of an asset among `Manifest.nodes` begins: with its resource_type."""


@dataclass(frozen=True)
class RecordChanges:
    """What is different from the rows before."""

    assets: list[Asset] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    macros: dict[str, str | None] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.assets or self.checks or self.removed or self.macros)


def asset_nodes(manifest: Any) -> Iterator[tuple[str, Any]]:
    """All that the tree shows as an asset."""
    for unique_id, node in manifest.nodes.items():
        if unique_id.startswith(ASSET_NODES) and is_enabled(node):
            yield unique_id, node
    # Functions come from dbt-core 1.11.
    for table in (
        manifest.sources,
        manifest.exposures,
        manifest.semantic_models,
        manifest.metrics,
        manifest.saved_queries,
        getattr(manifest, "functions", {}),
    ):
        for unique_id, node in table.items():
            if is_enabled(node):
                yield unique_id, node


def check_nodes(manifest: Any) -> Iterator[tuple[str, Any]]:
    """All that the tree shows as a check."""
    for unique_id, node in manifest.nodes.items():
        if unique_id.startswith("test.") and is_enabled(node):
            yield unique_id, node
    for unique_id, node in manifest.unit_tests.items():
        if is_enabled(node):
            yield unique_id, node


def is_enabled(node: Any) -> bool:
    """Whether dbt would run it. A test of what is missing stays in the manifest, disabled."""
    return bool(getattr(node.config, "enabled", True))


class Records:
    """The rows of a manifest, kept from parse to parse. `update` says what changed in them."""

    def __init__(
        self,
        config: Any,
        root: Path,
        state_dir: Path,
        *,
        internal: frozenset[str],
        values: Callable[[Any, KeyedDigests], InputValues],
    ) -> None:
        """Rows of a project before its first parse.

        Args:
            config: dbt's runtime configuration, or what an engine without dbt has in its place.
            root: the project's directory.
            state_dir: where the key of digests is kept.
            internal: the packages of dbt and of the adapter.
            values: makes of the configuration what says the values of a node's inputs.
        """
        self._config = config
        self.keyed = KeyedDigests(state_dir)
        self.values = values(config, self.keyed)
        self.named: dict[str, Names] = {}
        """What the texts of macros name."""
        self.looked_at: frozenset[str] = frozenset()
        """The assets that the last update looked at, changed or not."""
        self._relations: dict[str, str] = {}
        """What a ref to each node, a source, is resolved to."""
        self.internal = internal
        self.assets: dict[str, Asset] = {}
        self.checks: dict[str, Check] = {}
        self.macros: dict[str, str] = {}
        self._owners: dict[str, str] = {}
        packages = config.load_dependencies().items()
        self.places = NodePlaces(
            str(root), {name: str(package.project_root) for name, package in packages}
        )

    # -- update ----------------------------------------------------------------

    @contextmanager
    def undone_when_it_fails(self) -> Iterator[None]:
        """Have the rows as they were when what is done inside raises."""
        before = (dict(self.assets), dict(self.checks), self.macros, self._owners)
        relations = dict(self._relations)
        try:
            yield
        except BaseException:
            self.assets, self.checks, self.macros, self._owners = before
            self._relations = relations
            raise

    def update(
        self, manifest: Any, since: float, changed_files: frozenset[str] = frozenset()
    ) -> RecordChanges:
        """Bring the rows up to date; returns the differences.

        Args:
            manifest: After the parse.
            since: Nodes that dbt made after this time (seconds since the epoch) are looked at.
            changed_files: File ids; what is declared in them may have moved to another line.
        """
        self.places.look_again()
        use = MacroUse(manifest, self._config, self.internal)
        is_touched = self._touch(manifest, since, changed_files)
        changes, seen = RecordChanges(), set[str]()
        wanted: dict[str, Any] = {}
        for unique_id, node in asset_nodes(manifest):
            seen.add(unique_id)
            if unique_id not in self.assets or is_touched(node):
                wanted[unique_id] = node
        self._add_readers(manifest, wanted, seen)
        inputs = Inputs(manifest, self.values, use, self.named)
        for unique_id, node in wanted.items():
            asset = self._asset(manifest, node, use, inputs)
            if asset != self.assets.get(unique_id):
                self.assets[unique_id] = asset
                changes.assets.append(asset)
        self.looked_at = frozenset(wanted)
        for unique_id, node in check_nodes(manifest):
            seen.add(unique_id)
            known = self.checks.get(unique_id)
            if known is None or is_touched(node):
                check = self._check(manifest, node)
                if check != known:
                    self.checks[unique_id] = check
                    changes.checks.append(check)
        for rows in (self.assets, self.checks):
            for unique_id in [key for key in rows if key not in seen]:
                del rows[unique_id]
                changes.removed.append(unique_id)
        self._update_macros(manifest, changes)
        return changes

    def _touch(
        self, manifest: Any, since: float, changed_files: frozenset[str]
    ) -> Callable[[Any], bool]:
        """What tells whether the row of a node may be another one: see `update`."""
        owners = {group.name: group_owner(group.owner) for group in manifest.groups.values()}
        new_owners = {name for name, _ in owners.items() ^ self._owners.items()}
        self._owners = owners
        # A file id is the name of a package and a path in it: most nodes need no look at both.
        paths = {file_id.split("://", 1)[1] for file_id in changed_files}

        def is_touched(node: Any) -> bool:
            return bool(
                node.created_at >= since
                or (node.original_file_path in paths and _file_id(node) in changed_files)
                or (changed_files and getattr(node, "patch_path", None) in changed_files)
                or (new_owners and getattr(node, "group", None) in new_owners)
            )

        return is_touched

    def _add_readers(self, manifest: Any, wanted: dict[str, Any], seen: set[str]) -> None:
        """Look at those, too, who read another relation now, or inline what is looked at."""
        moved = list(self._relations.keys() - seen)
        for unique_id in moved:
            del self._relations[unique_id]
        for unique_id, node in wanted.items():
            relation = resolved_to(node)
            if self._relations.get(unique_id) != relation:
                self._relations[unique_id] = relation
                moved.append(unique_id)
            elif is_ephemeral(node):
                moved.append(unique_id)
        nodes, entered = manifest.nodes, set(moved)
        while moved:
            for reader in manifest.child_map.get(moved.pop(), ()):
                node = nodes.get(reader)
                if node is None or reader in entered or reader not in seen:
                    continue
                if reader.startswith(ASSET_NODES):
                    entered.add(reader)
                    wanted.setdefault(reader, node)
                    if is_ephemeral(node):
                        moved.append(reader)

    def _update_macros(self, manifest: Any, changes: RecordChanges) -> None:
        present = {}
        for unique_id, macro in manifest.macros.items():
            if macro.package_name not in self.internal:
                present[unique_id] = digest(macro.macro_sql)
        for unique_id, value in present.items():
            if self.macros.get(unique_id) != value:
                changes.macros[unique_id] = value
        for unique_id in self.macros.keys() - present.keys():
            changes.macros[unique_id] = None
        self.macros = present

    # -- rows ------------------------------------------------------------------

    def _asset(self, manifest: Any, node: Any, use: MacroUse, inputs: Inputs) -> Asset:
        resource = str(node.resource_type)
        relation = relation_of(node)
        package_root = self.places.package_root(node)
        return Asset(
            unique_id=node.unique_id,
            name=shown_name(node),
            resource_type=resource,
            materialized=materialized_as(node, resource),
            package=node.package_name,
            path=self.places.path_of(node),
            line=self.places.asset_line(node, resource),
            patch_path=self.places.patch_path(node),
            fqn=".".join(node.fqn),
            relation=relation,
            depends_on=upstream_assets(manifest, node),
            macros=use.of(node),
            fingerprint=self._fingerprint(manifest, node, relation, package_root, inputs),
            tags=tags_of(node),
            group=str(getattr(node, "group", None) or ""),
            owner=owner_of(node, self._owners),
            description=first_paragraph(node.description),
            access=str(getattr(node, "access", None) or "") if resource == "model" else "",
            version=str(v) if (v := getattr(node, "version", None)) is not None else "",
            freshness=freshness_of(node) if resource == "source" else "",
            batches=batches_of(node) if resource == "model" else "",
        )

    @staticmethod
    def _fingerprint(
        manifest: Any, node: Any, relation: str, package_root: str, inputs: Inputs
    ) -> Fingerprint:
        if str(node.resource_type) in ("source", "exposure"):
            return Fingerprint()
        volatile = volatile_keys(node, manifest.macros)
        read = inputs.of(node, is_placed=not volatile & PLACED)
        return fingerprint_of(node, relation, package_root, read, volatile)

    def _check(self, manifest: Any, node: Any) -> Check:
        unit = str(node.resource_type) == "unit_test"
        metadata = getattr(node, "test_metadata", None)
        kind = "unit" if unit else "generic" if metadata is not None else "singular"
        depends_on = upstream_assets(manifest, node)
        column = str(getattr(node, "column_name", None) or "")
        test_name = ""
        if metadata is not None:
            test_name = ".".join(p for p in (metadata.namespace, metadata.name) if p)
        asset = self._checked_asset(node, kind, depends_on)
        severity = str(getattr(node.config, "severity", "error") or "error").lower()
        return Check(
            unique_id=node.unique_id,
            name=f"{test_name} {column}".strip() if kind == "generic" else node.name,
            kind=kind,
            asset=asset,
            depends_on=depends_on,
            path=self.places.path_of(node),
            line=self.places.check_line(node, kind, self.assets.get(asset), test_name, column),
            package=node.package_name,
            column=column,
            test_name=test_name,
            severity=severity,
            tags=tags_of(node),
            description=first_paragraph(node.description),
            fqn=".".join(node.fqn),
        )

    def _checked_asset(self, node: Any, kind: str, depends_on: tuple[str, ...]) -> str:
        if kind == "unit":
            tested = getattr(node, "tested_node_unique_id", None)
            return str(tested or next(iter(node.depends_on.nodes), ""))
        attached = getattr(node, "attached_node", None)
        if attached:
            return str(attached)
        # In the order of its code, the last relation that a test names is what it is about.
        parents = [parent for parent in node.depends_on.nodes if parent in depends_on]
        return parents[-1] if parents else ""


def _file_id(node: Any) -> str:
    return f"{node.package_name}://{node.original_file_path}"


def rows_in_parts(
    assets: Iterable[Asset], checks: Iterable[Check], size: int = 500
) -> Iterator[tuple[list[Any], list[Any]]]:
    """Rows of both kinds, at most `size` of each at a time."""
    all_assets, all_checks = list(assets), list(checks)
    for start in range(0, max(len(all_assets), len(all_checks)), size):
        yield (
            [list(row) for row in all_assets[start : start + size]],
            [list(row) for row in all_checks[start : start + size]],
        )
