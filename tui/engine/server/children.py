"""What is answered in children of the engine, while the engine goes on: looks into the database,
recordings of runs, questions that take long, a data diff, sensors.

Each kind is made, and imported, when it is first asked for: it has `fds` to wait for, `collect`s
what its children have answered, and is `end`ed with the engine. Where the database has one writer,
they give way to whatever else opens it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.engine.process.capture import Capture
from tui.engine.process.channel import Channel
from tui.engine.server.graph_reports import Reports
from tui.engine.server.open_project import OpenProject
from tui.protocol.messages import (
    Describe,
    DiffData,
    DropBaselines,
    EvaluateSensor,
    Export,
    FindColumns,
    FindRelations,
    Inspect,
    PrepareState,
    Preview,
    RecordExternalRun,
    StartRun,
)
from tui.protocol.messages.database import STOPPABLE

if TYPE_CHECKING:
    from tui.engine.data_diff.running_diff import RunningDiff
    from tui.engine.inspect.open_questions import OpenQuestions
    from tui.engine.inspect.relation_check import Lookout
    from tui.engine.parse.warm_manifest import WarmProject
    from tui.engine.python.evaluations import Evaluations
    from tui.engine.server.recordings import Recordings

OPENS_DATABASE = Preview | Inspect | Export | DropBaselines | DiffData | StartRun
"""Requests whose answer opens the database, or may."""


class Children:
    """The children of one engine that answer requests; runs are not among them."""

    def __init__(
        self, project: OpenProject, channel: Channel, reports: Reports, capture: Capture
    ) -> None:
        self._project = project
        self._channel = channel
        self._reports = reports
        self._capture = capture
        self._lookout: Lookout | None = None
        self._recordings: Recordings | None = None
        self._questions: OpenQuestions | None = None
        self._diff: RunningDiff | None = None
        self._evaluations: Evaluations | None = None

    # -- while they go on ------------------------------------------------------

    @property
    def _parts(self) -> list[Any]:
        parts = (
            self._lookout, self._recordings, self._questions, self._diff, self._evaluations,
        )  # fmt: skip
        return [part for part in parts if part is not None]

    @property
    def fds(self) -> list[int]:
        """What has something to read when a child has answered."""
        return [fd for part in self._parts for fd in part.fds]

    def collect(self) -> None:
        """Send what children have answered."""
        for part in self._parts:
            part.collect()

    def end(self) -> None:
        """End them all."""
        for part in self._parts:
            part.end()

    def send_hidden(self, reply: Any) -> None:
        """Send an answer without secrets, whatever went wrong where it was made."""
        from tui.engine.process.secrets import hidden_in

        warm = self._project.warm
        credentials = None if warm is None else warm.loaded.config.credentials
        self._channel.send(hidden_in(reply, credentials))

    # -- a database with one writer --------------------------------------------

    @property
    def _is_shared(self) -> bool:
        """Whether several may use the database at once, and a child can ask it."""
        from tui.engine.process.secrets import is_single_writer

        warm = self._project.warm
        return (
            warm is not None and warm.fork and not is_single_writer(warm.loaded.config.credentials)
        )

    def give_way_to(self, request: Any) -> None:
        """End what looks into a database with one writer, if the request opens it; a run writes to
        it, and has nobody beside it.
        """
        if not _opens_database(request) or self._is_shared:
            return
        if self._lookout is not None:
            self._lookout.give_way()
        if self._diff is not None:
            self._diff.give_way()
        if self._questions is not None and isinstance(request, StartRun):
            self._questions.give_way()

    # -- questions -------------------------------------------------------------

    def can_answer(self, request: Any) -> bool:
        """Whether a child answers a question, while the engine goes on."""
        if isinstance(request, STOPPABLE):
            return self._project.warm is not None and self._project.warm.fork
        return _opens_database(request) and self._is_shared

    def answer(self, request: Any) -> None:
        """Have a child answer a question."""
        warm = self._project.warm
        assert warm is not None, "no project has no database"
        from tui.engine.inspect.open_questions import OpenQuestions
        from tui.engine.server.answers import answer

        if self._questions is None:
            self._questions = OpenQuestions(self.send_hidden)
        self._capture.flush()
        definitions = self._project.definitions
        self._questions.ask(warm, request, lambda: answer(warm, definitions, request))

    def stop(self, unique_id: str) -> int:
        """Stop what is asked about a node; how many questions these were."""
        return self._questions.stop(unique_id) if self._questions is not None else 0

    # -- the others ------------------------------------------------------------

    def _ready(self, request: Any) -> WarmProject | None:
        """The project to fork a child with; where there is none, the request is refused."""
        warm = self._project.warm
        if warm is None:
            self._reports.refused(request.id, self._project.problems)
        else:
            self._capture.flush()
        return warm

    def begin_diff(self, request: DiffData) -> None:
        """Compare the data of an asset."""
        if (warm := self._ready(request)) is not None:
            from tui.engine.data_diff.running_diff import RunningDiff

            self._diff = self._diff or RunningDiff(self.send_hidden)
            self._diff.begin(warm, request)

    def stop_diff(self) -> None:
        """Stop the diff that runs, if one does."""
        if self._diff is not None:
            self._diff.stop()

    def find_relations(self, request: FindRelations | FindColumns) -> None:
        """Look which relations, or columns, are in the database."""
        if (warm := self._ready(request)) is not None:
            from tui.engine.inspect.relation_check import Lookout

            self._lookout = self._lookout or Lookout(self.send_hidden)
            self._lookout.look(warm, request)

    def begin_recording(self, request: RecordExternalRun | PrepareState) -> None:
        """Record a run from elsewhere, or have the state parsed that is deferred to."""
        if (warm := self._ready(request)) is not None:
            from tui.engine.server.recordings import Recordings

            self._recordings = self._recordings or Recordings(self.send_hidden)
            self._recordings.begin(warm, request)

    def evaluate(self, request: EvaluateSensor) -> None:
        """Call the function of a sensor; refused where the project has no definitions."""
        definitions = self._project.definitions
        if self._project.warm is None or definitions is None:
            self._reports.refused(request.id, self._project.problems)
            return
        from tui.engine.python.evaluations import Evaluations

        self._capture.flush()
        self._evaluations = self._evaluations or Evaluations(self.send_hidden)
        self._evaluations.begin(self._project.warm, definitions.place, request)


def _opens_database(request: Any) -> bool:
    return isinstance(request, OPENS_DATABASE) or (
        isinstance(request, Describe) and request.compile
    )
