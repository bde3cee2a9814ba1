"""`@sensor`: a function that is called at an interval, and says which runs to start.

    @sensor(job=load_job, minimum_interval_seconds=60)
    def new_files(context: SensorEvaluationContext):
        for file in sorted(Path("inbox").glob("*.csv")):
            yield RunRequest(run_key=file.name)

Differs from Dagster's: a job is a selection of assets, and there is no run configuration.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence, Set
from enum import Enum
from typing import Any

from tui.definitions.errors import DefinitionError, user_place
from tui.definitions.functions import UserFunction
from tui.definitions.schedules import JobDefinition
from tui.definitions.selection import AssetSelection, DbtSelection
from tui.definitions.unserved import is_placeholder
from tui.protocol.sensors import AUTOMATION, SENSOR, SensorTarget

INTERVAL = 30
"""Seconds between two evaluations where nobody says how many: Dagster's."""


class DefaultSensorStatus(Enum):
    """Whether a sensor is on before anybody has said so."""

    RUNNING = "RUNNING"
    STOPPED = "STOPPED"


class SensorDefinition:
    """A sensor; what `@sensor` returns.

    Args:
        name: The function's name by default.
        evaluation_fn: The function.
        job: What its runs materialize: a job of `define_asset_job`.
        jobs: Several jobs; each RunRequest names one.
        job_name: The name of a job of the same Definitions.
        asset_selection: A selection, keys or definitions, in place of a job.
        target: Any of these.
        minimum_interval_seconds: Between two evaluations; 30 by default.
        default_status: Whether it is on before anybody has said so; it is off by default.
        description: The docstring by default.
        required_resource_keys: Resources that it takes from `context.resources`.
        tags: Of its runs.
        metadata: Accepted and left alone.
        owners: Accepted and left alone.

    Raises:
        DefinitionError: naming the file and line.
    """

    kind = SENSOR
    given = 1
    """How many arguments its function has beside resources: the context, and what it hears of."""

    def __init__(
        self,
        name: str | None = None,
        *,
        evaluation_fn: Callable[..., Any] | None = None,
        job: Any = None,
        jobs: Sequence[Any] | None = None,
        job_name: str | None = None,
        asset_selection: Any = None,
        target: Any = None,
        minimum_interval_seconds: int | None = None,
        default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
        description: str | None = None,
        required_resource_keys: Set[str] | None = None,
        tags: Mapping[str, str] | None = None,
        metadata: Mapping[str, Any] | None = None,
        owners: Sequence[str] | None = None,
    ) -> None:
        self.function = (
            UserFunction.of(evaluation_fn, "sensor") if evaluation_fn is not None else None
        )
        self.name = name or (self.function.name if self.function is not None else "")
        if not self.name:
            raise DefinitionError("A sensor needs a name.")
        if sum(one is not None for one in (job, jobs, job_name, asset_selection, target)) > 1:
            raise DefinitionError(
                f"The sensor {self.name} takes one of job, jobs, job_name, asset_selection and "
                "target."
            )
        if minimum_interval_seconds is not None and minimum_interval_seconds < 0:
            raise DefinitionError("minimum_interval_seconds cannot be negative.")
        self.job_name = job_name
        self._targets = _each(jobs) or _each(job) or _each(target) or _selected(asset_selection)
        self.minimum_interval_seconds = minimum_interval_seconds
        self.default_status = default_status
        self.description = description or (self.function.description if self.function else "")
        self.required_resource_keys = frozenset(required_resource_keys or ())
        self.tags: Mapping[str, str] = dict(tags or {})
        place = (self.function.path, self.function.line) if self.function else user_place()
        self.path, self.line = place

    @property
    def interval(self) -> int:
        """Seconds between two evaluations."""
        return INTERVAL if self.minimum_interval_seconds is None else self.minimum_interval_seconds

    @property
    def jobs(self) -> list[JobDefinition]:
        """The jobs among its targets."""
        return [one for one in self._targets if isinstance(one, JobDefinition)]

    def targets(self, jobs: Mapping[str, JobDefinition]) -> list[SensorTarget]:
        """What its runs materialize. Raises DefinitionError when its job is none of these."""
        targets = list(self._targets)
        if any(map(is_placeholder, targets)):
            raise DefinitionError(
                f"The sensor {self.name} asks for a job that dbtree does not have.",
                path=self.path, line=self.line,
            )  # fmt: skip
        if self.job_name is not None:
            if self.job_name not in jobs:
                raise DefinitionError(
                    f"The sensor {self.name} asks for the job {self.job_name!r}, which the "
                    "Definitions do not have.",
                    path=self.path, line=self.line,
                )  # fmt: skip
            targets.append(jobs[self.job_name])
        return [_target(one) for one in targets]

    def resource_names(self, known: Set[str]) -> list[str]:
        """The resources that it asks for: what is named as one, and what is left of its arguments
        when it was given what every such sensor gets.
        """
        names = self.function.parameters if self.function is not None else []
        unknown = [name for name in names if name not in known][self.given :]
        return [*(name for name in names if name in known), *unknown, *self.required_resource_keys]

    def called(self, given: Sequence[Any], resources: Mapping[str, Any]) -> Any:
        """What its function returns.

        Args:
            given: The context, and what it hears of, in the order of its arguments.
            resources: Those that it asks for, by name.
        """
        assert self.function is not None
        return self.function.called_with(given, resources)

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Call the function itself, as in a test."""
        if self.function is None:
            raise DefinitionError(f"{self.name} has no function.")
        return self.function.call(*args, **named)


def sensor(
    job_name: str | None = None, *, name: str | None = None, **options: Any
) -> Callable[[Callable[..., Any]], SensorDefinition]:
    """Make a sensor of a function that returns or yields RunRequest, SkipReason or SensorResult.

    Args:
        job_name: The name of a job of the same Definitions.
        name: The function's name by default.
        options: As of SensorDefinition: job, asset_selection, minimum_interval_seconds, …
    """
    if callable(job_name):
        raise DefinitionError("Write @sensor with parentheses: @sensor(job=…).")

    def decorate(call: Callable[..., Any]) -> SensorDefinition:
        return SensorDefinition(name, evaluation_fn=call, job_name=job_name, **options)

    return decorate


class AutomationConditionSensorDefinition(SensorDefinition):
    """What evaluates the automation conditions of some assets, in place of the default one.

    Args:
        name: Of the sensor.
        target: A selection of the assets whose conditions it evaluates.
        minimum_interval_seconds: Between two evaluations; 30 by default.
        default_status: Whether it is on before anybody has said so; it is off by default.
        description: In a sentence.
        tags: Accepted and left alone.
        run_tags: Of its runs.
        metadata: Accepted and left alone.
        emit_backfills: Accepted and left alone.
        use_user_code_server: Accepted and left alone.
    """

    kind = AUTOMATION

    def __init__(
        self,
        name: str,
        *,
        target: Any,
        minimum_interval_seconds: int | None = None,
        default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        run_tags: Mapping[str, str] | None = None,
        metadata: Mapping[str, Any] | None = None,
        emit_backfills: bool = True,
        use_user_code_server: bool = False,
    ) -> None:
        super().__init__(
            name, minimum_interval_seconds=minimum_interval_seconds, tags=run_tags,
            default_status=default_status, description=description,
        )  # fmt: skip
        self.monitored = AssetSelection.from_coercible(target)


def _each(given: Any) -> list[Any]:
    """Jobs and selections, of a job, a selection or a list of jobs."""
    if given is None:
        return []
    if isinstance(given, JobDefinition) or is_placeholder(given):
        return [given]
    if isinstance(given, Sequence) and given and _is_job(given[0]):
        return list(given)
    return _selected(given)


def _is_job(value: Any) -> bool:
    return isinstance(value, JobDefinition) or is_placeholder(value)


def _selected(given: Any) -> list[AssetSelection]:
    return [] if given is None else [AssetSelection.from_coercible(given)]


def _target(one: JobDefinition | AssetSelection) -> SensorTarget:
    name, chosen = (one.name, one.selection) if isinstance(one, JobDefinition) else ("", one)
    config = json.dumps(one.config) if isinstance(one, JobDefinition) and one.config else ""
    tags = dict(one.tags) if isinstance(one, JobDefinition) else {}
    if isinstance(chosen, DbtSelection):
        return SensorTarget(name, chosen.select, chosen.exclude, chosen.selector, config, tags)
    return SensorTarget(name, chosen.text, config=config, tags=tags)
