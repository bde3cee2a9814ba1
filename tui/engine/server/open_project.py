"""The open project: parsed, with its definitions, or else what is wrong with it.

It is opened once, parsed again with every save, and opened again where a save asks for that. What
comes of it is reported as it goes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.engine.process.channel import Channel, PeerGone
from tui.engine.process.collector import collector_paused
from tui.engine.server.defined_connection import DefinedConnection, ask, definitions_directory
from tui.engine.server.graph_reports import Reports
from tui.protocol.graph_digest import graph_digest
from tui.protocol.messages import Open, Reparse
from tui.protocol.records import DbtWarning, Problem

if TYPE_CHECKING:
    # dbt is imported while the UI sees the progress: see _open.
    from tui.engine.parse.runtime_config import LoadedProject
    from tui.engine.parse.warm_manifest import WarmProject
    from tui.engine.process.dbt_warnings import HeardWarnings
    from tui.engine.process.forked import ChildDied
    from tui.engine.python.open_definitions import Definitions
    from tui.engine.records.parse_outcome import NotParsed, Parsed
    from tui.engine.server.kept_project import KeptProject

CONFIGURATION = "dbt_project.yml"
LASTING = "it cannot be opened for others"
"""Why a project cannot be kept, as long as it is what it is."""


class OpenProject:
    """One project, from the request to open it on."""

    def __init__(
        self, channel: Channel, reports: Reports, expect: Callable[[Iterator[None]], None]
    ) -> None:
        """`expect` takes chores for a quiet moment."""
        self.warm: WarmProject | None = None
        """As it was parsed; None before, and where it could not be."""
        self.definitions: Definitions | None = None
        self.problems: list[Problem] = []
        """What keeps dbt from parsing."""
        self._channel = channel
        self._reports = reports
        self._expect = expect
        self._opened: Open | None = None
        self._heard: HeardWarnings | None = None
        self._connection = DefinedConnection()
        self._kept: KeptProject | None = None
        """With what it was opened for others."""

    def open(self, request: Open) -> None:
        """Open it as the request says, and report the graph or what is wrong."""
        self._opened = request
        if self._kept is None or not self._show_kept(request):
            self._open()
        if self.warm is None:
            self.fail(0, self.problems)

    def fail(self, number: int, problems: list[Problem]) -> None:
        """A parse, that of a Reparse or of the start (0), did not succeed."""
        self.problems = problems
        self._reports.failed(number, problems)

    # -- kept for others -----------------------------------------------------------

    def open_to_keep(self, request: Open) -> str:
        """Open it for the processes that will be forked from this one. Why that cannot be; empty
        where it can.
        """
        from tui.engine.parse.file_stamps import look, places_of
        from tui.engine.server.kept_project import depends_on_the_moment, kept_project

        self._opened, since = request, time.time()
        found: list[Any] = []

        def note(loaded: Any) -> None:
            places = places_of(loaded)
            found.extend((places, look(places)))

        # Definitions are code of the project's, which reads whatever it likes: they are loaded for
        # each client, and here only asked how they want the project to be opened.
        warnings = self._open(on_loaded=note, with_definitions=False)
        if self.warm is None:
            return "dbt cannot read it"
        if definitions_directory(request) is not None:
            import tui.engine.python.open_definitions  # noqa: F401  each client will load some
        places, stamps = found
        if not self.warm.fork or depends_on_the_moment(stamps):
            return LASTING
        self._kept = kept_project(request, places, stamps, warnings, since)
        return "" if self._kept is not None else "it was just changed"

    def name_graph(self) -> None:
        """Find out the name of the graph that is kept: a client that has it need not be sent it."""
        kept, warm = self._kept, self.warm
        if kept is not None and warm is not None and not kept.digest:
            records = warm.records
            digest = graph_digest(records.assets.values(), records.checks.values(), records.macros)
            self._kept = replace(kept, digest=digest)

    def catch_up(self, request: Open | None = None) -> bool:
        """Parse what has changed since it was opened to be kept. Whether it still can be, for this
        request (None: for the one that it was opened with).
        """
        from tui.engine.parse.full_parse import NeedsFullParse
        from tui.engine.records.parse_outcome import Parsed

        kept, warm = self._kept, self.warm
        if kept is None or warm is None:
            return False
        found = kept.changes(request or kept.request, warm)
        if found is None:
            return False
        try:
            outcome = warm.reparse(found.paths) if found.paths else None
        except NeedsFullParse:
            return False
        if outcome is not None:
            if not isinstance(outcome, Parsed):
                return False
            self._kept = kept.after(found, outcome.warnings)
        return True

    def move_to(
        self, channel: Channel, reports: Reports, expect: Callable[[Iterator[None]], None]
    ) -> None:
        """Go on in a process that was forked for a client: report to that one."""
        from tui.engine.process.secrets import scrubber

        assert self.warm is not None
        self._channel, self._reports, self._expect = channel, reports, expect
        self._reports.scrub = scrubber(self.warm.loaded.config.credentials)

    def _show_kept(self, request: Open) -> bool:
        """Report the project as it was opened for others, with what has changed since; whether
        that is what this client would find.
        """
        warm, started = self.warm, time.perf_counter()
        asked = ask(request)
        is_current = warm is not None and self.catch_up(request)
        current, self._kept = self._kept, None  # from here on it is this client's alone
        if not is_current or warm is None or current is None:
            return False
        if asked is not None:
            connection = self._connection
            before, connection.said = connection.options(request), asked.answer()
            if connection.options(request) != before:
                return False
        self._send_ready(warm.loaded)
        self._open_definitions()
        if self._wants_other_connection():
            self._open(is_asked=True)
            return True
        elapsed, warnings = time.perf_counter() - started, list(current.warnings)
        if current.digest and current.digest == request.known_graph and self.definitions is None:
            self._reports.known_graph(current.digest, elapsed=elapsed, warnings=warnings)
        else:
            self._send_graph(elapsed, warnings)
        if warm.compiled:
            self._reports.compiled(warm.compiled, {}, len(warm.to_compile))
        return True

    # -- opening -----------------------------------------------------------------

    def _open(
        self,
        *,
        from_nothing: bool = False,
        is_asked: bool = False,
        on_loaded: Callable[[LoadedProject], None] | None = None,
        with_definitions: bool = True,
    ) -> list[DbtWarning]:
        """Import dbt, load profile and project, parse all. Reports as it goes, but for what is
        wrong, which is left in `problems`. Returns what dbt warned of.

        Args:
            from_nothing: whether every file is to be parsed again.
            is_asked: whether it is known how the definitions want it to be opened.
            on_loaded: told of profile and project, before anything is parsed.
            with_definitions: whether they are loaded, too.
        """
        assert self._opened is not None
        self._reports.progress(0, 0, "importing dbt")
        asked = None if is_asked else ask(self._opened)
        if self.warm is None and not from_nothing:
            self._send_provisional()
        from tui.engine.process.supported_versions import refusal

        self.warm = None
        if too_old := refusal():
            self.problems = [Problem("engine", too_old)]
            return []
        from tui.engine.parse.problems import problems_of
        from tui.engine.parse.warm_manifest import open_project

        heard = self._prepare_dbt()
        started = time.perf_counter()
        try:
            if not is_asked:
                if asked is not None:
                    self._reports.progress(0, 0, asked.phase)
                self._connection.said = asked.answer() if asked is not None else None
            loaded = self._load_project(on_loaded)
            self.warm, warnings = open_project(
                loaded,
                heard,
                self._reports.progress,
                fork=self._opened.fork,
                from_nothing=from_nothing,
            )
        except PeerGone:
            raise
        except Exception as error:  # noqa: BLE001  whatever dbt raises is the answer
            root = Path(self._opened.project_dir)
            self.problems = [
                self._connection.explained(one, self._opened) for one in problems_of(error, root)
            ]
            return []
        if with_definitions:
            self._open_definitions(asked.hung if asked is not None else None)
        if not is_asked and self._wants_other_connection():
            return self._open(from_nothing=from_nothing, is_asked=True)
        self._send_graph(time.perf_counter() - started, warnings)
        self._make_ready_for_runs(self.warm)
        return warnings

    def _make_ready_for_runs(self, warm: WarmProject) -> None:
        """Have in memory what a run uses, which then does not look again."""
        from tui.engine.execution.preload import preload
        from tui.engine.fence import registry
        from tui.engine.parse.warm_manifest import settle_memory

        preload()
        registry.check()
        settle_memory()
        if warm.fork and (warm_up := registry.WARM_UP.use()) is not None:
            self._expect(warm_up.warm_up(warm.manifest, warm.config))

    def _prepare_dbt(self) -> HeardWarnings:
        """Import dbt with the patches that are on, and hear from now on what it warns of."""
        from tui.engine.fence import patch, registry
        from tui.engine.process.dbt_warnings import HeardWarnings
        from tui.engine.process.secrets import scrubber

        assert self._opened is not None
        if not self._opened.shortcuts:
            patch.switch_off("turned off for this project")
        registry.apply_at_opening()
        if self._heard is None:
            self._heard = HeardWarnings()
        self._heard.listen()
        self._reports.scrub = scrubber(None)
        return self._heard

    def _load_project(self, on_loaded: Callable[[LoadedProject], None] | None) -> LoadedProject:
        """Load profile and project, and report what the engine is. Raises what dbt raises."""
        from tui.engine.execution.preload import preload
        from tui.engine.fence import registry
        from tui.engine.parse import runtime_config as loading
        from tui.engine.process.secrets import scrubber

        assert self._opened is not None
        loaded = loading.load(self._connection.applied(self._opened))
        self._reports.scrub = scrubber(loaded.config.credentials)
        if on_loaded is not None:
            on_loaded(loaded)
        if self._opened.check_patches:
            preload()
            registry.check()
        self._send_ready(loaded)
        return loaded

    def _send_ready(self, loaded: LoadedProject) -> None:
        """Report what the engine is, and what the definitions decide on."""
        from tui.engine.server.project_report import engine_ready

        assert self._opened is not None
        options = self._connection.options(self._opened)
        self._channel.send(engine_ready(loaded, definitions_directory(self._opened), options))

    def _send_provisional(self) -> None:
        """A first look at the files of a project that was never opened, before dbt's import."""
        assert self._opened is not None
        if any(Path(self._opened.state_dir, "cache").glob("*.msgpack")):
            return
        from tui.engine.parse.provisional import provisional_assets

        self._reports.first_look(provisional_assets(Path(self._opened.project_dir)))

    def _open_definitions(self, hung: ChildDied | None = None) -> None:
        from tui.engine.python.module_place import place_of

        assert self.warm is not None
        assert self._opened is not None
        place = place_of(self._opened)
        self.definitions = None
        if place is not None:
            from tui.engine.python.asked_connection import loading_words
            from tui.engine.python.open_definitions import Definitions

            self._reports.progress(0, 0, loading_words(place))
            self.definitions = Definitions(self.warm, place)
            self.definitions.load(hung)
            self.definitions.update()

    def _send_graph(self, elapsed: float, warnings: list[DbtWarning]) -> None:
        assert self.warm is not None
        records, defined = self.warm.records, self.definitions
        shown = records if defined is None else defined.overlay
        if defined is not None:
            warnings = [*warnings, *defined.warnings]
        self._reports.graph(
            shown.assets.values(),
            shown.checks.values(),
            records.macros,
            elapsed=elapsed,
            warnings=warnings,
            problems=self._definition_problems,
        )
        if defined is not None:
            self._channel.send(defined.report())

    @property
    def _definition_problems(self) -> list[Problem]:
        return self.definitions.problems if self.definitions is not None else []

    # -- parsing again -------------------------------------------------------------

    def reparse(self, request: Reparse) -> None:
        """Parse what was saved, together with the requests that wait behind this one."""
        with collector_paused():  # until the answer is sent
            self._reparse(request)

    def _reparse(self, request: Reparse) -> None:
        requests = [request]
        while isinstance(following := self._channel.waiting(), Reparse):
            requests.append(following)
            self._channel.receive(0)
        if self.warm is None or any(item.full for item in requests):
            self._open(from_nothing=any(item.full for item in requests))
            self._answer_all(requests, self._outcome_of_open())
            return
        from tui.engine.parse.full_parse import NeedsFullParse
        from tui.engine.records.parse_outcome import NotParsed

        paths = {path for item in requests for path in item.paths}
        if CONFIGURATION in paths:
            self._reconfigure(requests, paths - {CONFIGURATION})
            return
        own = {path for path in paths if self.definitions and self.definitions.owns(path)}
        if own and own == paths:
            self._redefine(requests)
            return
        before = (
            self.warm.records.assets if self.definitions is None else dict(self.warm.records.assets)
        )
        try:
            outcome = self.warm.reparse(paths - own)
        except NeedsFullParse:
            outcome = self.warm.reparse_all(self._reports.progress)
        must_follow = False
        if self.definitions is not None and not isinstance(outcome, NotParsed):
            must_follow = self.definitions.must_follow(outcome.changes, before)
            outcome = self.definitions.after(outcome)
        self._answer_all(requests, outcome)
        if own or must_follow:
            self._redefine([Reparse(0, [])])

    def _reconfigure(self, requests: list[Reparse], paths: set[str]) -> None:
        """Parse what an edit of dbt_project.yml concerns, and these files; everything, in a
        project that is opened anew, where that is not known.
        """
        parsed = self._parsed_of_configuration(paths)
        if parsed is None:
            self._open()
        self._answer_all(requests, parsed or self._outcome_of_open())

    def _parsed_of_configuration(self, paths: set[str]) -> Parsed | None:
        from tui.engine.fence.registry import WARM_MANIFEST
        from tui.engine.parse.full_parse import NeedsFullParse
        from tui.engine.parse.reconfiguration import files_concerned
        from tui.engine.parse.runtime_config import with_project_of_now
        from tui.engine.records.parse_outcome import Parsed

        warm = self.warm
        if warm is None or self.definitions is not None or WARM_MANIFEST.use() is None:
            return None
        try:
            loaded = with_project_of_now(warm.loaded)
            concerned = files_concerned(warm.manifest, warm.config, loaded.config)
        except Exception:  # noqa: BLE001  what is wrong is said when it is opened anew
            return None
        if concerned is None:
            return None
        try:
            outcome = warm.reconfigure(loaded, concerned, paths)
        except NeedsFullParse:
            return None
        return outcome if isinstance(outcome, Parsed) else None

    def _redefine(self, requests: list[Reparse]) -> None:
        """Load the definitions again, and report what changed."""
        from tui.engine.records.parse_outcome import Parsed

        assert self.definitions is not None
        started = time.perf_counter()
        loaded = self.definitions.load()
        if loaded and self._wants_other_connection():
            self._open(is_asked=True)
            self._answer_all(requests, self._outcome_of_open())
            return
        changes = self.definitions.update()
        elapsed = time.perf_counter() - started
        self._answer_all(requests, Parsed(changes, elapsed, list(self.definitions.warnings)))
        if loaded:
            self._channel.send(self.definitions.report())

    def _wants_other_connection(self) -> bool:
        """Whether the definitions, as they are loaded, decide on another target, profile or
        directory than it is open with.
        """
        if self.definitions is None or self.definitions.loaded is None:
            return False
        assert self._opened is not None
        before = self._connection.options(self._opened)
        self._connection.said = self.definitions.loaded.connection
        return self._connection.options(self._opened) != before

    def _outcome_of_open(self) -> Parsed | NotParsed:
        """What to answer where the whole graph, or what is wrong, was already reported."""
        from tui.engine.records.parse_outcome import NotParsed, Parsed
        from tui.engine.records.rows import RecordChanges

        return NotParsed(self.problems) if self.warm is None else Parsed(RecordChanges(), 0.0)

    def _answer_all(self, requests: list[Reparse], outcome: Parsed | NotParsed) -> None:
        from tui.engine.records.parse_outcome import NotParsed

        numbers = [request.id for request in requests]
        if isinstance(outcome, NotParsed):
            for number in numbers:
                self.fail(number, outcome.problems)
        else:
            self._reports.changed(numbers, outcome, self._definition_problems)

    def save(self) -> None:
        """Write the manifest where definitions ask for it, and the caches. Raises OSError."""
        from tui.engine.fence.registry import KEPT_SCHEMAS

        assert self.warm is not None
        if (json_schemas := KEPT_SCHEMAS.use()) is not None:
            json_schemas.save()
        if self.definitions is not None:
            self.definitions.write_manifests()
        self.warm.save()
