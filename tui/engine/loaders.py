"""dbt's loader of manifests, taught two things: where to start from, and to say how far it is.

`FirstLoader` looks at every file, as dbt does, starting from a partial parse file where there is
one. `WarmLoader` starts from the manifest in memory and looks at the changed files only. What both
do with a file is dbt's own code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import dbt.parser.manifest as dbt_manifest
from dbt.contracts.files import SchemaSourceFile
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import ManifestLoader
from dbt.parser.search import FileBlock

from tui.engine.aside import HAS_FORK
from tui.engine.extraction import extraction_aside
from tui.engine.files import FileChanges, NewFiles
from tui.engine.linking import relink
from tui.engine.loading import LoadedProject
from tui.engine.partial_mends import MendedPartialParsing
from tui.engine.partial_parsing import WarmPartialParsing
from tui.engine.problems import note_parsed_file
from tui.engine.shortcuts import ONE_LINKING

Progress = Callable[[int, int, str], None]
"""Called with files done, files in all, and the phase."""


class NeedsFullParse(Exception):
    """dbt would parse everything again for this change, from nothing."""


class _PlacedLoader(ManifestLoader):
    """Says on an exception in which file dbt was: it names none for a macro or a docs block."""

    _parsing: Any = None

    def parses(self, file: Any) -> None:
        """A file is handed to its parser."""
        self._parsing = file

    def load_and_parse_macros(self, project_parser_files: dict[str, Any]) -> None:
        with self._placed():
            super().load_and_parse_macros(project_parser_files)

    def build_macro_resolver(self) -> None:
        self._parsing = None
        super().build_macro_resolver()

    def parse_project(self, *args: Any, **kwargs: Any) -> None:
        with self._placed():
            super().parse_project(*args, **kwargs)

    @contextmanager
    def _placed(self) -> Iterator[None]:
        """Dbt's loops wrap each file for its parser: this is where one can look."""

        def noted(file: Any) -> FileBlock:
            self.parses(file)
            return FileBlock(file)

        dbt_manifest.FileBlock = noted
        try:
            yield
        except Exception as error:
            if self._parsing is not None:
                note_parsed_file(error, self._parsing.path.absolute_path)
            raise
        finally:
            self._parsing = None
            dbt_manifest.FileBlock = FileBlock


def no_progress(_done: int, _total: int, _phase: str) -> None:
    """Tell nobody."""


class FirstLoader(_PlacedLoader):
    """A parse of all files, from a partial parse file where one fits, else from nothing."""

    def __init__(
        self, loaded: LoadedProject, cache: Path | None, progress: Progress, *, fork: bool = True
    ) -> None:
        self._cache = cache
        self._fork = fork and HAS_FORK
        self._progress = progress
        self._count = 0
        super().__init__(
            loaded.config,
            loaded.config.load_dependencies(),
            macro_hook=loaded.adapter.connections.set_query_header,
        )

    def read_manifest_for_partial_parse(self) -> Manifest | None:
        if self._cache is None:
            return None
        self._progress(0, 0, "reading the last parse")
        flags = dbt_manifest.get_flags()
        before = flags.PARTIAL_PARSE_FILE_PATH
        # Flags are frozen; dbt's own reader takes the path from nowhere else.
        object.__setattr__(flags, "PARTIAL_PARSE_FILE_PATH", str(self._cache))
        try:
            saved = super().read_manifest_for_partial_parse()
            return saved if saved is not None and self._is_from_here(saved) else None
        finally:
            object.__setattr__(flags, "PARTIAL_PARSE_FILE_PATH", before)

    def _is_from_here(self, saved: Manifest) -> bool:
        """Whether the files of a parse lie where the project and its packages lie now: the parse
        of a project that was moved since leads to files elsewhere.
        """
        roots = {name: str(one.project_root) for name, one in self.all_projects.items()}
        return all(
            getattr(file.path, "project_root", None) in (None, roots.get(file.project_name))
            for file in saved.files.values()
            if file.project_name in roots
        )

    def write_manifest_for_partial_parse(self) -> None:
        """Not now: see tui.engine.cache."""

    def load(self) -> Manifest:
        self._progress(0, 0, "reading files")
        with _mended_partial_parsing(MendedPartialParsing), ExitStack() as self._aside:
            return super().load()

    def load_and_parse_macros(self, project_parser_files: dict[str, Any]) -> None:
        if self._fork:
            codes = _model_codes(self.manifest, project_parser_files)
            self._aside.enter_context(extraction_aside(codes))
        super().load_and_parse_macros(project_parser_files)

    def parses(self, file: Any) -> None:
        super().parses(file)
        self._count += 1
        files = len(self.manifest.files)
        self._progress(min(self._count, files), files, "parsing")

    def check_for_model_deprecations(self) -> None:
        self._progress(len(self.manifest.files), len(self.manifest.files), "linking")
        super().check_for_model_deprecations()


def _model_codes(manifest: Manifest, project_parser_files: dict[str, Any]) -> list[str]:
    """The SQL of all the models that are about to be parsed."""
    return [
        manifest.files[file_id].contents or ""
        for parser_files in project_parser_files.values()
        for file_id in parser_files.get("ModelParser", ())
        if file_id.endswith(".sql")
    ]


class WarmLoader(_PlacedLoader):
    """A parse of the changed files into the manifest in memory. Half done when it raises."""

    def __init__(
        self, loaded: LoadedProject, manifest: Manifest, changes: FileChanges, *, fork: bool
    ) -> None:
        self._fork = fork
        self._warm = manifest
        self.changes = changes
        super().__init__(
            loaded.config,
            loaded.config.load_dependencies(),
            macro_hook=loaded.adapter.connections.set_query_header,
            file_diff=changes,
        )

    def read_manifest_for_partial_parse(self) -> Manifest:
        _as_read_from_disk(self._warm)
        return self._warm

    def write_manifest_for_partial_parse(self) -> None:
        """Not now: see tui.engine.cache."""

    def load(self) -> Manifest:
        with _warm_parts(self._warm, self.changes), ExitStack() as self._aside:
            return super().load()

    def load_and_parse_macros(self, project_parser_files: dict[str, Any]) -> None:
        if self._fork:
            codes = _model_codes(self.manifest, project_parser_files)
            self._aside.enter_context(extraction_aside(codes))
        super().load_and_parse_macros(project_parser_files)

    def safe_update_project_parser_files_partially(self, files: dict[str, Any]) -> dict[str, Any]:
        parser_files: dict[str, Any] = super().safe_update_project_parser_files_partially(files)
        if not self.partially_parsing and not self.skip_parsing:
            raise NeedsFullParse("dbt could not parse these changes partially")
        return parser_files

    def skip_partial_parsing_because_of_macros(self) -> bool:
        if super().skip_partial_parsing_because_of_macros():
            raise NeedsFullParse("a macro that dbt itself calls was changed")
        return False

    def check_for_model_deprecations(self) -> None:
        if ONE_LINKING.on:
            relink(self._warm, self.started_at)
        super().check_for_model_deprecations()


def _as_read_from_disk(manifest: Manifest) -> None:
    """Forget what a partial parse file does not hold, and dbt makes anew in every parse."""
    # Only a run needs it, and in a parse from nothing Jinja's `graph` is empty.
    manifest.flat_graph = {}
    # What was to be parsed of a YAML file the last time.
    for file in manifest.files.values():
        if isinstance(file, SchemaSourceFile):
            file.pp_dict = file.pp_test_index = None
    for name in vars(manifest):
        if name.endswith("_lookup") or name in ("_macros_by_name", "_macros_by_package"):
            setattr(manifest, name, None)


class _WarmFiles:
    """Stands in for dbt's ReadFilesFromDiff, with its arguments."""

    def __init__(self, *, saved_files: Any, file_diff: FileChanges, **_: Any) -> None:
        self._saved, self._changes = saved_files, file_diff
        self.files: NewFiles
        self.project_parser_files: dict[str, Any] = {}

    def read_files(self) -> None:
        self.files = NewFiles(self._saved, self._changes)
        if self.files.has_repeated_names():
            raise NeedsFullParse("a YAML file names two things the same")


@contextmanager
def _mended_partial_parsing(mended: Callable[..., Any]) -> Iterator[None]:
    """Put this in the place of dbt's PartialParsing, for one parse."""
    partial_parsing = dbt_manifest.PartialParsing
    dbt_manifest.PartialParsing = mended
    try:
        yield
    finally:
        dbt_manifest.PartialParsing = partial_parsing


@contextmanager
def _warm_parts(manifest: Manifest, changes: FileChanges) -> Iterator[None]:
    """Put our reader of files and of differences in the place of dbt's, for one parse."""
    reader = dbt_manifest.ReadFilesFromDiff
    dbt_manifest.ReadFilesFromDiff = _WarmFiles
    if ONE_LINKING.on and not manifest.external_node_unique_ids:
        manifest.build_parent_and_child_maps = lambda: None
    try:
        with _mended_partial_parsing(partial(WarmPartialParsing, changes)):
            yield
    finally:
        dbt_manifest.ReadFilesFromDiff = reader
        manifest.__dict__.pop("build_parent_and_child_maps", None)
