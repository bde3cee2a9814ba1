"""The warm manifest: the first parse, and the parse of what was saved since.

A `WarmProject` is what the engine knows of an open project. Its manifest is always that of the
last good parse; runs, descriptions and selections read it.

A parse that fails leaves a manifest half changed: it is then taken back, see
tui.engine.parse.rollback.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.engine.fence.patch import in_words
from tui.engine.fence.registry import MENDED_PARTIAL_PARSE, STATIC_READER, WARM_MANIFEST
from tui.engine.parse.cycles import check_cycles
from tui.engine.parse.files import FileChanges, ProjectFiles
from tui.engine.parse.full_parse import NeedsFullParse
from tui.engine.parse.linked_graph import LinkedGraph
from tui.engine.parse.loader import FirstLoader, Progress, WarmLoader, no_progress, state_check
from tui.engine.parse.macro_changes import callers_of_new_macros, changes_what_others_call
from tui.engine.parse.manifest_checks import check_uniqueness, warn_of_unused_configuration
from tui.engine.parse.partial_parse_cache import find_cache, own_cache, write_cache
from tui.engine.parse.problems import problems_of
from tui.engine.parse.rollback import undone_when_it_fails
from tui.engine.parse.runtime_config import LoadedProject, enter_invocation
from tui.engine.process.collector import collector_paused
from tui.engine.process.dbt_warnings import HeardWarnings
from tui.engine.process.forked import HAS_FORK
from tui.engine.records.dbt_records import dbt_records
from tui.engine.records.inputs import Inputs, rendered_anew
from tui.engine.records.parse_outcome import NotParsed, Parsed
from tui.engine.records.rows import RecordChanges
from tui.engine.records.used_macros import MacroUse
from tui.protocol.records import Compiled, DbtWarning, Fingerprint

if TYPE_CHECKING:
    from dbt.cli.flags import Flags
    from dbt.config import RuntimeConfig
    from dbt.contracts.files import BaseSourceFile
    from dbt.contracts.graph.manifest import Manifest

    from tui.engine.records.run_definitions import RunDefinitions


class WarmProject:
    """An open project with its manifest in memory. Everything here is of the last good parse."""

    def __init__(
        self,
        loaded: LoadedProject,
        manifest: Manifest,
        heard: HeardWarnings,
        *,
        fork: bool,
    ) -> None:
        self.loaded = loaded
        self.manifest = manifest
        self.fork = may_fork(fork=fork)
        self.linked = LinkedGraph(manifest)
        self.records = dbt_records(loaded.config, loaded.root, loaded.state_dir)
        self.records.update(manifest, since=0.0)
        self.files = ProjectFiles(loaded.config.load_dependencies())
        self.is_saved = False
        """Whether the cache on disk holds this manifest."""
        self._heard = heard
        self._pending: set[str] = set()
        """Files of failed parses: they may be mended by a change of another file."""
        self._saved: frozenset[str] = frozenset()
        """The files that were saved last: what dbt says without a place is of them."""
        self._is_prepared = False
        self.compiled: dict[str, Compiled] = {}
        """What nodes are compiled to, as far as that was found out since they last changed."""
        self._in_run: Any = None
        self.to_compile: set[str] = set(self.records.assets)
        """Of which that is to be found out anew."""
        self.definitions: RunDefinitions | None = None
        """What runs are told of the Python definitions, where there are any."""
        self._reconfigured: set[str] = set()
        """The ids of files whose nodes are configured in another way than they were parsed with."""

    # -- what others read --------------------------------------------------------

    @property
    def config(self) -> RuntimeConfig:
        return self.loaded.config

    @property
    def flags(self) -> Flags:
        return self.loaded.flags

    @property
    def global_args(self) -> tuple[str, ...]:
        """The options that every dbt command on this project gets."""
        return self.loaded.global_args

    @property
    def parent_map(self) -> dict[str, list[str]]:
        """unique_id → what it depends on, kept up to date by every parse."""
        return self.manifest.parent_map

    @property
    def child_map(self) -> dict[str, list[str]]:
        """unique_id → what depends on it, kept up to date by every parse."""
        return self.manifest.child_map

    def fingerprint(self, unique_id: str) -> Fingerprint:
        """What a node would be built from now; the empty fingerprint for a check."""
        asset = self.records.assets.get(unique_id)
        if asset is None:
            return Fingerprint()
        compiled = self.compiled.get(unique_id)
        return asset.fingerprint._replace(compiled=compiled.digest if compiled else "")

    def compiled_in_run(self, unique_id: str, config: RuntimeConfig) -> str:
        """The digest of what a node is compiled to in a run: as it was found out before, where the
        run's own options (`--empty`, `--sample`, `--defer`) leave it so. For the run's process.
        """
        options = config.args
        known = self.compiled.get(unique_id)
        changed = any(getattr(options, name, False) for name in ("EMPTY", "SAMPLE", "DEFER"))
        if known is not None and not changed:
            return known.digest
        if self._in_run is None:
            self._in_run = self.offline_compilation(config)
        if self._in_run is None or self._in_run.reads_graph(unique_id):
            return ""  # the graph of a run holds what was compiled before
        found = self._in_run.compiled(unique_id)
        return found.digest if found is not None else ""

    def source_lines(self, unique_id: str, compiled: str, config: RuntimeConfig) -> list[Any]:
        """File and lines that each line of a node's compiled code came from, as (path, (first,
        last)); empty where that is not known. For the run's process.
        """
        if self._in_run is None:
            self._in_run = self.offline_compilation(config)
        if self._in_run is None:
            return []
        file_of, root = self.records.places.path_of, Path(self.loaded.root)
        found: list[Any] = self._in_run.source_lines(unique_id, compiled, file_of, root)
        return found

    def compile_place(self, unique_id: str, config: RuntimeConfig) -> tuple[str, int]:
        """File and line of what keeps a node from being compiled; ("", 0) where that is not known.
        For the run's process.
        """
        if self._in_run is None:
            self._in_run = self.offline_compilation(config)
        found = self._in_run.compiled(unique_id) if self._in_run is not None else None
        return (found.path, found.line) if found is not None else ("", 0)

    def declared_line(self, unique_id: str) -> int:
        """The line of the properties file that declares a check; 0 where that is not known."""
        check = self.records.checks.get(unique_id)
        return check.line if check is not None else 0

    def offline_compilation(self, config: RuntimeConfig | None = None) -> Any:
        """A compiler for the manifest as it is that reaches no database: an `OfflineCompilation` of
        tui.engine.patches, or None where that is off.
        """
        from tui.engine.fence.registry import OFFLINE_COMPILATION

        offline_compilation = OFFLINE_COMPILATION.use()
        if offline_compilation is None:
            return None
        records, config = self.records, config or self.config
        use = MacroUse(self.manifest, config, records.internal)
        return offline_compilation.OfflineCompilation(
            config,
            self.manifest,
            self.loaded.adapter,
            keyed=records.keyed,
            inputs=Inputs(self.manifest, records.values, use, records.named),
            use=use,
            digests=records.macros,
        )

    def macro_digests(self, unique_id: str) -> dict[str, str]:
        """What is rendered into a node, transitively: unique_id → digest.

        The user's macros, and the ephemeral models that are compiled into it with their macros: an
        edit of either changes what the node is built from.
        """
        assets, table = self.records.assets, self.records.macros
        found: dict[str, str] = {}
        todo, seen = [unique_id], {unique_id}
        while todo:
            asset = assets.get(todo.pop())
            if asset is None:
                continue
            found.update((name, table[name]) for name in asset.macros if name in table)
            for key in asset.depends_on:
                above = assets.get(key)
                if above is not None and above.materialized == "ephemeral" and key not in seen:
                    seen.add(key)
                    todo.append(key)
                    found[key] = above.fingerprint.code or above.fingerprint.sql
        return found

    def prepare_run(self) -> None:
        """Make the manifest whole for a run: Jinja's `graph`, and the adapter's macros."""
        if not self._is_prepared:
            self.manifest.build_flat_graph()
            self.attach_adapter()
            self._is_prepared = True

    def attach_adapter(self) -> None:
        """Let the adapter resolve macros in this manifest, and make its query comment from it."""
        from dbt.context.query_header import generate_query_header_context

        adapter = self.loaded.adapter
        adapter.set_macro_resolver(self.manifest)
        adapter.connections.set_query_header(
            generate_query_header_context(adapter.config, self.manifest)
        )

    # -- parsing ---------------------------------------------------------------

    def reparse(self, paths: Iterable[str]) -> Parsed | NotParsed:
        """Parse what became of these files, and of those that failed before.

        Args:
            paths: Relative to the project's root; files or directories, there or not.

        Raises NeedsFullParse when dbt would parse everything again; nothing has changed then.
        """
        started = time.perf_counter()
        paths = frozenset(paths)
        if not self._pending:
            # The save that broke a good project stays to blame until it is mended.
            self._saved = paths
        wanted = self._pending = set(paths) | self._pending
        try:
            changes = self._changes(wanted)
        except (OSError, UnicodeDecodeError) as error:
            return NotParsed(problems_of(error, self.loaded.root, self._saved))
        if not changes:
            self._pending = set()
            return Parsed(RecordChanges(), time.perf_counter() - started)
        if changes.unclear or changes_what_others_call(self.manifest, changes):
            raise NeedsFullParse("these changes need a look at all files")
        if WARM_MANIFEST.use() is not None:
            outcome = self._parse(changes, started)
        else:
            outcome = self._reparse_from_disk(started)
        if isinstance(outcome, Parsed):
            self._pending = set()
        return outcome

    def reconfigure(
        self, loaded: LoadedProject, file_ids: set[str], paths: Iterable[str]
    ) -> Parsed | NotParsed:
        """Go on with what dbt_project.yml says now, and parse what it concerns. Where that fails,
        this is a project to be opened anew.

        Args:
            loaded: The project with its configuration of now.
            file_ids: The files that this concerns, see tui.engine.parse.reconfiguration.
            paths: What else was changed, as for `reparse`.

        Raises NeedsFullParse when dbt would parse everything again.
        """
        self.loaded, self.files = loaded, ProjectFiles(loaded.config.load_dependencies())
        self._reconfigured = file_ids
        outcome = self.reparse(paths)
        self._reconfigured = set()
        if isinstance(outcome, Parsed):
            self.manifest.state_check = state_check(loaded)
            self.is_saved = False
        return outcome

    def _changes(self, paths: Iterable[str]) -> FileChanges:
        root = self.loaded.root
        absolute = [Path(os.path.normpath(root / path)) for path in paths]
        changes = self.files.changes(absolute, self.manifest.files, self._seed_digest)
        callers = callers_of_new_macros(self.manifest, changes)
        others = callers | (self._reconfigured - changes.file_ids())
        return self.files.with_unchanged(changes, others, self.manifest.files)

    def _seed_digest(self, file: BaseSourceFile) -> str:
        """The content of a seed's file as it was parsed; empty for one that is disabled."""
        return next((self.fingerprint(key).seed for key in getattr(file, "nodes", ())), "")

    def _parse(self, changes: FileChanges, started: float) -> Parsed | NotParsed:
        """Parse the changed files. Where that fails, nothing has changed."""
        try:
            with (
                collector_paused(),
                undone_when_it_fails(self.manifest),
                self.records.undone_when_it_fails(),
            ):
                told = self._parse_into_manifest(changes)
        except NeedsFullParse:
            raise
        except (AttributeError, TypeError) as error:
            return self._parse_without_shortcut(error, started)
        except Exception as error:  # noqa: BLE001  whatever dbt raises is the answer
            self.attach_adapter()
            return NotParsed(problems_of(error, self.loaded.root, self._saved))
        self._renew()
        return Parsed(told, time.perf_counter() - started, self._heard.take())

    def _parse_without_shortcut(self, error: Exception, started: float) -> Parsed | NotParsed:
        """What plain dbt makes of a parse that failed as if dbt were another one than was checked.
        Where plain dbt can do it, the shortcut is off from here on.
        """
        outcome = self._reparse_from_disk(started)
        if isinstance(outcome, Parsed):
            WARM_MANIFEST.fail(in_words(error))
        return outcome

    def _parse_into_manifest(self, changes: FileChanges) -> RecordChanges:
        """What changed in the rows. Manifest and rows are half changed when this raises."""
        enter_invocation()
        self._heard.take()
        loader = WarmLoader(self.loaded, self.manifest, changes, fork=self.fork)
        loader.load()
        check_uniqueness(self.manifest, self.config)
        check_cycles(self.manifest, self.loaded.root, loader.started_at)
        assets = len(self.records.assets)
        told = self.records.update(self.manifest, loader.started_at, frozenset(changes.file_ids()))
        if told.removed or len(self.records.assets) != assets:
            warn_of_unused_configuration(self.manifest, self.config)
        self._note_compiled(told)
        return told

    def _note_compiled(self, told: RecordChanges) -> None:
        """Forget what may be compiled to something else now, and note it to be compiled anew."""
        affected = rendered_anew(self.manifest, self.records, told)
        for unique_id in affected.union(told.removed):
            self.compiled.pop(unique_id, None)
        self.to_compile = (self.to_compile | affected) & self.records.assets.keys()

    def _renew(self) -> None:
        self.linked = LinkedGraph(self.manifest)
        self.is_saved = False
        self._is_prepared = False

    def _reparse_from_disk(self, started: float) -> Parsed | NotParsed:
        """Plain dbt, without any shortcut: a partial parse from the file of the last good one."""
        self.save()
        try:
            manifest = parse_all(self.loaded, own_cache(self.loaded), no_progress, fork=self.fork)
        except Exception as error:  # noqa: BLE001  whatever dbt raises is the answer
            self.attach_adapter()
            return NotParsed(problems_of(error, self.loaded.root, self._saved))
        self._become(manifest)
        told = self.records.update(manifest, since=0.0)
        self._note_compiled(told)
        self._renew()
        return Parsed(told, time.perf_counter() - started, self._heard.take())

    def reparse_all(self, progress: Progress) -> Parsed | NotParsed:
        """Parse everything from nothing. The manifest of before stays where this fails."""
        started = time.perf_counter()
        self._heard.take()
        try:
            with collector_paused():
                manifest = parse_all(self.loaded, None, progress, fork=self.fork)
        except Exception as error:  # noqa: BLE001  whatever dbt raises is the answer
            self.attach_adapter()
            return NotParsed(problems_of(error, self.loaded.root, self._saved))
        self._become(manifest)
        told = self.records.update(manifest, since=0.0)
        self._note_compiled(told)
        self._pending = set()
        self._renew()
        return Parsed(told, time.perf_counter() - started, self._heard.take())

    def _become(self, manifest: Manifest) -> None:
        manifest.build_parent_and_child_maps()
        self.manifest = manifest
        self.linked = LinkedGraph(manifest)
        self.attach_adapter()

    def save(self) -> None:
        """Write the manifest to disk, if it is not there yet. Raises OSError."""
        if not self.is_saved:
            write_cache(self.loaded, self.manifest)
            self.is_saved = True


def may_fork(*, fork: bool) -> bool:
    """Whether work may be done in forked children: dbt's static reader starts threads, which must
    not be in this process then.
    """
    return fork and HAS_FORK and STATIC_READER.use() is not None


def parse_all(
    loaded: LoadedProject, cache: Path | None, progress: Progress, *, fork: bool = True
) -> Manifest:
    """A parse of all files, from `cache` where it fits. Raises dbt's exceptions."""
    enter_invocation()
    loader = FirstLoader(loaded, cache, progress, fork=fork)
    try:
        manifest = loader.load()
    except (AttributeError, TypeError) as error:
        if cache is None or not MENDED_PARTIAL_PARSE.on:
            raise
        # Either the project is wrong, or this dbt is another one than the patch was made for.
        loader = FirstLoader(loaded, cache, progress, fork=fork, mended=False)
        manifest = loader.load()
        MENDED_PARTIAL_PARSE.fail(in_words(error))
    check_uniqueness(manifest, loaded.config)
    check_cycles(manifest, loaded.root)
    warn_of_unused_configuration(manifest, loaded.config)
    loader.save_macros_to_adapter(loaded.adapter)
    return manifest


def open_project(
    loaded: LoadedProject,
    heard: HeardWarnings,
    progress: Progress,
    *,
    fork: bool = True,
    from_nothing: bool = False,
) -> tuple[WarmProject, list[DbtWarning]]:
    """The first parse of a project. Returns it with dbt's warnings; raises dbt's exceptions."""
    heard.take()
    cache = None if from_nothing else find_cache(loaded)
    with collector_paused():
        manifest = parse_all(loaded, cache, progress, fork=fork)
        warm = WarmProject(loaded, manifest, heard, fork=fork)
    return warm, heard.take()


def settle_memory() -> None:
    """Put all that is there out of the garbage collector's sight, so that a fork shares it and a
    collection does not walk the manifest.
    """
    gc.collect()
    gc.freeze()
