"""What the assets of somebody else's run were built from, as far as its manifest.json tells.

The manifest that dbt wrote in that run has the code, the configuration and the macros of then, and
fingerprints are made of it as of a parse of today. What that run had of variables and of the
environment is not in it. What was sent is: where today's values compile the code of then to the
same text, they were the same where it matters; else the text that was sent stands in the digest,
and the inputs are unknown.

Where that manifest is gone, because another command of dbt has written its own, the project of
today stands in for it: what is compiled to the text that was sent, or is in files that were not
written since the run began, is what the run had. Of the rest it is known which file was written.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from dbt.flags import set_flags

from tui.engine.artifacts.newer_files import NewerFiles
from tui.engine.parse.warm_manifest import WarmProject
from tui.engine.process.dbt_warnings import HeardWarnings
from tui.engine.records.run_limits import RunLimits
from tui.engine.records.seed_content import is_large
from tui.protocol.records import Fingerprint


class Built(NamedTuple):
    """What one asset was built from, as far as that is known."""

    fingerprint: Fingerprint | None = None
    macros: dict[str, str] = {}
    edited: str = ""
    """A file of it that was written since, where nobody knows what it was then."""


class BuiltFrom:
    """The fingerprints of one run's assets."""

    def __init__(self, warm: WarmProject, path: Path, invocation_id: str, began: float) -> None:
        """Read the manifest at `path` if that invocation wrote it.

        `began` is when the run began, in seconds since the epoch.
        """
        self._warm = warm
        self._began = began
        self.parents: dict[str, list[str]] = warm.parent_map
        self._then: WarmProject | None = None
        self._compilation: Any = None
        self._newer: NewerFiles | None = None
        data = _of_invocation(path, invocation_id)
        manifest = _manifest_of(data) if data is not None else None
        if manifest is not None:
            self._take(manifest)
        elif warm.manifest.nodes:
            self._newer = NewerFiles(warm, began)
            self._compilation = warm.offline_compilation()

    def _take(self, manifest: Any) -> None:
        manifest.build_parent_and_child_maps()
        self._then = then = WarmProject(self._warm.loaded, manifest, HeardWarnings(), fork=False)
        self.parents = then.parent_map
        set_flags(self._warm.flags)
        then.attach_adapter()
        self._compilation = then.offline_compilation()

    def of(self, unique_id: str, code: str) -> Built:
        """What an asset was built from.

        Args:
            unique_id: The asset's.
            code: What it was compiled to in that run; empty where that is not known.
        """
        then = self._then or (self._warm if self._newer is not None else None)
        if then is None or unique_id not in then.records.assets:
            return Built()
        fingerprint = then.fingerprint(unique_id)
        digest, is_same = "", False
        if self._compilation is not None:
            digest, is_same = self._compilation.built_as(unique_id, code)
        if not is_same:
            fingerprint = fingerprint._replace(inputs="")
        if fingerprint.seed and self._may_have_changed(then.manifest.nodes[unique_id]):
            fingerprint = fingerprint._replace(seed="")
        edited = ""
        if self._newer is not None and unique_id in then.manifest.nodes:
            if digest and not is_same:
                fingerprint = fingerprint._replace(sql="", code="")  # it is not that of today
            # A text that is compared says what was edited in it, whatever was written.
            is_compared = bool(digest and code)
            edited = self._newer.first(unique_id, with_code=not is_compared)
        return Built(fingerprint._replace(compiled=digest), then.macro_digests(unique_id), edited)

    def _may_have_changed(self, seed: Any) -> bool:
        """Whether a seed that dbt does not hash may be another file than it was in that run."""
        if not is_large(seed.checksum):
            return False
        try:
            return os.stat(Path(self._warm.loaded.root, seed.original_file_path)).st_mtime >= (
                self._began
            )
        except OSError:
            return True

    def rows_of(self, unique_id: str, limits: RunLimits) -> str:
        """Which rows an asset was built from under these limits; empty for all of them."""
        node = self.node(unique_id)
        return limits.rows_of(node, (self._then or self._warm).manifest) if node else ""

    def node(self, unique_id: str) -> Any | None:
        """The node of the manifest of then, else of today's."""
        manifest = (self._then or self._warm).manifest
        return manifest.nodes.get(unique_id) or manifest.unit_tests.get(unique_id)


def _of_invocation(path: Path, invocation_id: str) -> dict[str, Any] | None:
    """The artifact at `path`, if it is whole and of this invocation."""
    try:
        data = json.loads(path.read_bytes())
        return data if data["metadata"]["invocation_id"] == invocation_id else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _manifest_of(data: dict[str, Any]) -> Any | None:
    """Dbt's manifest of an artifact; None where this dbt cannot make one."""
    from dbt.contracts.graph.manifest import Manifest, WritableManifest

    if not hasattr(Manifest, "from_writable_manifest"):
        return None  # dbt-core before 1.8
    try:
        written = WritableManifest.upgrade_schema_version(data)
        return Manifest.from_writable_manifest(written)
    except Exception:  # noqa: BLE001  the artifact of another version of dbt: nothing is known
        return None
