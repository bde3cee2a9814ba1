"""dbt's manifest loader, extended in two ways: where to start from, and progress reports.

`FirstLoader` looks at every file, as dbt does, starting from a partial parse file where there is
one. `WarmLoader` starts from the manifest in memory and looks at the changed files only. What both
do with a file is dbt's own code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from dbt.contracts.files import SchemaSourceFile
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import ManifestLoader

from tui.engine.fence.registry import (
    MENDED_PARTIAL_PARSE,
    ONE_LINKING,
    OWN_PARTIAL_PARSE,
    PARSED_FILES,
    PARSED_MACROS,
    STATIC_READER,
    WARM_MANIFEST,
)
from tui.engine.parse.files import FileChanges, checksum_of
from tui.engine.parse.full_parse import NeedsFullParse
from tui.engine.parse.macro_changes import changed_what_others_call
from tui.engine.parse.problems import note_parsed_file
from tui.engine.parse.runtime_config import LoadedProject
from tui.engine.process.forked import HAS_FORK

Progress = Callable[[int, int, str], None]
"""Called with files done, files in all, and the phase."""


class _PlacedLoader(ManifestLoader):
    """Says on an exception in which file dbt was: it names none for a macro or a docs block."""

    _parsing: Any = None

    def parses(self, file: Any) -> None:
        """A file is handed to its parser."""
        self._parsing = file

    def load_and_parse_macros(self, project_parser_files: dict[str, Any]) -> None:
        with self._placed() as stack:
            if (parsed_macros := PARSED_MACROS.use()) is not None:
                stack.enter_context(parsed_macros.shared())
            super().load_and_parse_macros(project_parser_files)

    def build_macro_resolver(self) -> None:
        self._parsing = None
        super().build_macro_resolver()

    def parse_project(self, *args: Any, **kwargs: Any) -> None:
        with self._placed():
            super().parse_project(*args, **kwargs)

    @contextmanager
    def _placed(self) -> Iterator[ExitStack]:
        """Look at each file that is handed to its parser inside."""
        parsed_files = PARSED_FILES.use()
        with ExitStack() as stack:
            if parsed_files is not None:
                stack.enter_context(parsed_files.seen(self.parses))
            try:
                yield stack
            except Exception as error:
                if self._parsing is not None:
                    note_parsed_file(error, self._parsing.path.absolute_path)
                raise
            finally:
                self._parsing = None


def no_progress(_done: int, _total: int, _phase: str) -> None:
    """Tell nobody."""


class FirstLoader(_PlacedLoader):
    """A parse of all files, from a partial parse file where one fits, else from nothing."""

    def __init__(
        self,
        loaded: LoadedProject,
        cache: Path | None,
        progress: Progress,
        *,
        fork: bool = True,
        mended: bool = True,
    ) -> None:
        """`mended`: whether what dbt's partial parsing forgets is parsed again."""
        self._cache = cache
        self._mended = mended
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
        own_partial_parse = OWN_PARTIAL_PARSE.use()
        with ExitStack() as stack:
            if own_partial_parse is not None:
                stack.enter_context(own_partial_parse.read_from(self._cache))
            saved = super().read_manifest_for_partial_parse()
        if saved is None or not self._is_from_here(saved):
            return None
        _distrust_times(saved)
        return saved

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
        """Not now: see tui.engine.parse.partial_parse_cache."""

    def load(self) -> Manifest:
        self._progress(0, 0, "reading files")
        with ExitStack() as self._aside:
            if self._mended and (mended := MENDED_PARTIAL_PARSE.use()) is not None:
                self._aside.enter_context(mended.in_place())
            return super().load()

    def safe_update_project_parser_files_partially(self, files: dict[str, Any]) -> dict[str, Any]:
        saved: Manifest | None = self.saved_manifest if self._mended else None  # type: ignore[has-type]
        if saved is not None and changed_what_others_call(saved, self.manifest.files):
            self.saved_manifest = None  # all files are parsed
        parser_files: dict[str, Any] = super().safe_update_project_parser_files_partially(files)
        return parser_files

    def load_and_parse_macros(self, project_parser_files: dict[str, Any]) -> None:
        if self._fork and (static_reader := STATIC_READER.use()) is not None:
            codes = _model_codes(self.manifest, project_parser_files)
            self._aside.enter_context(static_reader.extraction_in_child(codes))
        super().load_and_parse_macros(project_parser_files)

    def parses(self, file: Any) -> None:
        super().parses(file)
        self._count += 1
        files = len(self.manifest.files)
        self._progress(min(self._count, files), files, "parsing")

    def check_for_model_deprecations(self) -> None:
        self._progress(len(self.manifest.files), len(self.manifest.files), "linking")
        super().check_for_model_deprecations()


def _distrust_times(saved: Manifest) -> None:
    """Have dbt read again the YAML files that have another content than was parsed: it skips those
    that have the same time.
    """
    for file in saved.files.values():
        if not isinstance(file, SchemaSourceFile):
            continue
        path = Path(file.path.absolute_path)
        with suppress(OSError, UnicodeDecodeError):  # which dbt will tell
            if path.stat().st_mtime == file.path.modification_time:
                text = path.read_bytes().decode("utf-8").strip()
                if checksum_of(text) != file.checksum:
                    file.path.modification_time = 0.0


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
        WARM_MANIFEST.use().as_read_from_disk(self._warm)
        return self._warm

    def write_manifest_for_partial_parse(self) -> None:
        """Not now: see tui.engine.parse.partial_parse_cache."""

    def load(self) -> Manifest:
        with ExitStack() as self._aside:
            self._aside.enter_context(WARM_MANIFEST.use().parts_in_place(self.changes))
            if (parent_maps := ONE_LINKING.use()) is not None:
                self._aside.enter_context(parent_maps.kept(self._warm))
            return super().load()

    def load_and_parse_macros(self, project_parser_files: dict[str, Any]) -> None:
        if self._fork and (static_reader := STATIC_READER.use()) is not None:
            codes = _model_codes(self.manifest, project_parser_files)
            self._aside.enter_context(static_reader.extraction_in_child(codes))
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
        if (parent_maps := ONE_LINKING.use()) is not None:
            parent_maps.relink(self._warm, self.started_at)
        super().check_for_model_deprecations()


class _Unread(ManifestLoader):
    """One that reads nothing."""

    def read_manifest_for_partial_parse(self) -> None:
        """Start from nothing."""


def state_check(loaded: LoadedProject) -> Any:
    """What dbt remembers of a configuration, to know whether a parse was done with it."""
    return _Unread(loaded.config, loaded.config.load_dependencies()).manifest.state_check
