"""dbt's nodes as the rows of the asset graph: what crosses the wire, and what changed in it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tui.engine.records.fingerprints import PLACED, digest, fingerprint_of
from tui.engine.records.inputs import Inputs, InputValues, Names, is_ephemeral, resolved_to
from tui.engine.records.keyed_digests import KeyedDigests
from tui.engine.records.used_macros import MacroUse
from tui.engine.records.volatile_config import volatile_keys
from tui.engine.records.yaml_lines import YamlLines
from tui.protocol.records import DECLARED, Asset, Check, Fingerprint

ASSETS = frozenset({"model", "seed", "snapshot", "source", "function"}) | DECLARED
SECTIONS = {"saved_query": "saved_queries"}
"""Under which key YAML describes a type of resource, where that is not its name and an s."""
ASSET_NODES = ("model.", "seed.", "snapshot.")
"""How the unique_id of an asset among `Manifest.nodes` begins: with its resource_type."""
DESCRIPTION = 300
"""Characters of a description that travel with the graph."""
KEPT_LINES = 16
"""So many YAML files whose lines are known are kept from one update to the next."""


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
        self._root = str(root)
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
        self._lines: dict[str, tuple[Any, YamlLines]] = {}
        """The YAML files looked into last, each with its stamp."""
        self._package_roots = {
            name: str(project.project_root) for name, project in config.load_dependencies().items()
        }

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
        kept = list(self._lines.items())[-KEPT_LINES:]
        self._lines = {path: found for path, found in kept if found[0] == _stamp(path)}
        use = MacroUse(manifest, self._config, self.internal)
        owners = {group.name: _group_owner(group.owner) for group in manifest.groups.values()}
        new_owners = {
            name
            for name in owners.keys() | self._owners.keys()
            if owners.get(name) != self._owners.get(name)
        }
        self._owners = owners
        changes = RecordChanges()
        seen: set[str] = set()
        # A file id is the name of a package and a path in it: most nodes need no look at both.
        paths = {file_id.split("://", 1)[1] for file_id in changed_files}
        wanted: dict[str, Any] = {}
        for unique_id, node in asset_nodes(manifest):
            seen.add(unique_id)
            if (
                unique_id not in self.assets
                or node.created_at >= since
                or (node.original_file_path in paths and _file_id(node) in changed_files)
                or (changed_files and getattr(node, "patch_path", None) in changed_files)
                or (new_owners and getattr(node, "group", None) in new_owners)
            ):
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
            if (
                known is None
                or node.created_at >= since
                or (node.original_file_path in paths and _file_id(node) in changed_files)
            ):
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
        package_root = self._package_roots.get(node.package_name, self._root)
        return Asset(
            unique_id=node.unique_id,
            name=shown_name(node),
            resource_type=resource,
            materialized=_materialized(node, resource),
            package=node.package_name,
            path=self.path_of(node),
            line=self._asset_line(node, resource),
            patch_path=self._patch_path(node),
            fqn=".".join(node.fqn),
            relation=relation,
            depends_on=upstream_assets(manifest, node),
            macros=use.of(node),
            fingerprint=self._fingerprint(manifest, node, relation, package_root, inputs),
            tags=tuple(sorted({str(tag) for tag in getattr(node, "tags", None) or ()})),
            group=str(getattr(node, "group", None) or ""),
            owner=self._owner_of(node),
            description=first_paragraph(node.description),
            access=str(getattr(node, "access", None) or "") if resource == "model" else "",
            version=str(v) if (v := getattr(node, "version", None)) is not None else "",
            freshness=_freshness(node) if resource == "source" else "",
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
            path=self.path_of(node),
            line=self._check_line(node, kind, asset, test_name, column),
            package=node.package_name,
            column=column,
            test_name=test_name,
            severity=severity,
            tags=tuple(sorted({str(tag) for tag in getattr(node, "tags", None) or ()})),
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

    # -- places ----------------------------------------------------------------

    def path_of(self, node: Any) -> str:
        """The file that defines a node, relative to the project's root."""
        return self.relative(node.package_name, node.original_file_path)

    def relative(self, package: str, path: str) -> str:
        """A path inside a package, relative to the project's root; absolute when outside it."""
        root = self._package_roots.get(package, self._root)
        if root == self._root:
            return path.replace(os.sep, "/")
        whole = os.path.join(root, path)
        inside = os.path.relpath(whole, self._root)
        return (whole if inside.startswith("..") else inside).replace(os.sep, "/")

    def _patch_path(self, node: Any) -> str:
        patch = getattr(node, "patch_path", None)
        if not patch or "://" not in patch:
            return ""
        package, path = patch.split("://", 1)
        return self.relative(package, path)

    def _yaml(self, node: Any) -> YamlLines | None:
        path = os.path.join(
            self._package_roots.get(node.package_name, self._root), node.original_file_path
        )
        if not path.endswith((".yml", ".yaml")):
            return None
        if path not in self._lines:
            stamp = _stamp(path)
            try:
                text = Path(path).read_text("utf-8", "replace")
            except OSError:
                text = ""
            self._lines[path] = stamp, YamlLines(text)
        return self._lines[path][1]

    def _asset_line(self, node: Any, resource: str) -> int:
        yaml = self._yaml(node)
        if yaml is None:
            return 0
        if resource == "source":
            return yaml.line("sources", node.source_name, ("tables", node.name))
        return yaml.line(SECTIONS.get(resource, f"{resource}s"), node.name)

    def _check_line(self, node: Any, kind: str, asset: str, test_name: str, column: str) -> int:
        yaml = self._yaml(node)
        if yaml is None:
            return 0
        if kind == "unit":
            return yaml.line("unit_tests", node.name)
        tested = self.assets.get(asset)
        if tested is None:
            return 0
        section = f"{tested.resource_type}s"
        if tested.resource_type == "source":
            source, _, table = tested.name.partition(".")
            within = yaml.find("sources", source)
            inner = within.inner if within else []
            within = next((d for d in inner if d.name == table), within)
        else:
            name = asset.split(".")[2] if asset.count(".") > 1 else ""
            within = yaml.find(section, name)
        if within is None:
            return 0
        return yaml.line_of_word(within, (node.name, test_name), column)

    def _owner_of(self, node: Any) -> str:
        if str(node.resource_type) == "exposure":
            return _owner(node.owner)
        group = getattr(node, "group", None)
        if group and self._owners.get(group):
            return self._owners[group]
        meta = getattr(node, "meta", None) or getattr(node.config, "meta", None) or {}
        return str(meta.get("owner") or "") if isinstance(meta, dict) else ""


# ---------------------------------------------------------------- parts of a row


def shown_name(node: Any) -> str:
    """`customers`, `dim_orders.v2`, `shop.raw_orders`."""
    if str(node.resource_type) == "source":
        return f"{node.source_name}.{node.name}"
    version = getattr(node, "version", None)
    return f"{node.name}.v{version}" if version is not None else str(node.name)


def relation_of(node: Any) -> str:
    """database.schema.identifier of what is built or read; empty where there is nothing."""
    if str(node.resource_type) in DECLARED or getattr(node, "is_ephemeral_model", False):
        return ""
    identifier = getattr(node, "identifier", None) or getattr(node, "alias", None)
    parts = (getattr(node, "database", None), getattr(node, "schema", None), identifier)
    return ".".join(str(part) for part in parts if part)


def _materialized(node: Any, resource: str) -> str:
    if resource == "source":
        return "source"
    if resource in ("exposure", "metric"):
        return str(getattr(node.type, "value", node.type))
    if resource in DECLARED:
        return resource.replace("_", " ")
    return str(node.config.materialized)


def upstream_assets(manifest: Any, node: Any) -> tuple[str, ...]:
    """The assets that a node reads. What is between (metrics, semantic models) is passed."""
    found: set[str] = set()
    waiting, passed = list(node.depends_on_nodes), set()
    while waiting:
        unique_id = waiting.pop()
        if unique_id.split(".", 1)[0] in ASSETS:
            found.add(unique_id)
        elif unique_id not in passed:
            passed.add(unique_id)
            waiting += manifest.parent_map.get(unique_id, ())
    return tuple(sorted(found))


def first_paragraph(text: str | None) -> str:
    """The first paragraph of a description, on one line."""
    paragraph = re.split(r"\n\s*\n", (text or "").strip(), maxsplit=1)[0]
    line = " ".join(paragraph.split())
    return line if len(line) <= DESCRIPTION else line[: DESCRIPTION - 1] + "…"


def _owner(owner: Any) -> str:
    return str(getattr(owner, "name", None) or _email(owner))


def _group_owner(owner: Any) -> str:
    """A group's owner by address, as Dagster has it; by name where there is none."""
    return _email(owner) or str(getattr(owner, "name", None) or "")


def _email(owner: Any) -> str:
    email = getattr(owner, "email", None)
    return ", ".join(email) if isinstance(email, list) else str(email or "")


def _freshness(source: Any) -> str:
    if source.freshness is None or not source.has_freshness:
        return ""
    said = source.freshness.to_dict(omit_none=True)
    if source.loaded_at_field:
        said["loaded_at_field"] = source.loaded_at_field
    return json.dumps(said, sort_keys=True, separators=(",", ":"), default=str)


def _stamp(path: str) -> tuple[int, int, int] | None:
    """What is different when a file was written again; None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


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
