"""Schedules: what is materialized and when.

A schedule is a cron expression and a selection; with `@schedule`, a function that says at each tick
which runs to start.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from tui.definitions.cron import cron_problem
from tui.definitions.errors import DefinitionError, user_place
from tui.definitions.functions import UserFunction, refuse_unknown
from tui.definitions.hooks import HookDefinition, hooks_in
from tui.definitions.partitioned_config import PartitionedConfig
from tui.definitions.partitions import PartitionsDefinition, checked_partitions
from tui.definitions.retries import RetryPolicy
from tui.definitions.run_config import config_tree
from tui.definitions.run_requests import Answer, RunRequest, SkipReason, answer_of, words
from tui.definitions.selection import AssetSelection, build_dbt_asset_selection
from tui.definitions.time_partitions import TimeWindowPartitionsDefinition
from tui.definitions.zones import is_zone

REFUSED = {
    "run_config_fn": "let the function of @schedule give a RunRequest its run_config.",
}
REFUSED_BY_JOBS = {
    "executor_def": "dbtree runs assets one after the other, and dbt's as dbt does.",
}
CATCH_UP = "dbtree/catch_up"
"""A tag: with the value `true`, the latest tick that was missed is run when dbtree is back."""


class DefaultScheduleStatus(Enum):
    """Whether a schedule is on before anybody has said so."""

    RUNNING = "RUNNING"
    STOPPED = "STOPPED"


MATERIALIZE: list[Callable[..., Any]] = []
"""`materialize`, which puts itself here: it knows Definitions, and they know jobs."""


@dataclass(frozen=True)
class JobDefinition:
    """A selection with a name; made by `define_asset_job`."""

    name: str
    selection: AssetSelection
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    partitions_def: PartitionsDefinition | None = None
    """The partitions of what it materializes, where that is known."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """Settings of its runs, as Dagster's run config has them."""
    hooks: tuple[HookDefinition, ...] = ()
    """What is called when a function of its runs has ended."""
    retry_policy: RetryPolicy | None = None
    """How often its functions are tried again that do not say it themselves."""
    per_partition: PartitionedConfig | None = None
    """Settings that each partition has of its own."""
    definitions: Any = field(default=None, compare=False, repr=False)
    """What it is run of: `defs.resolve_job_def(…)` says it."""

    def execute_in_process(
        self,
        run_config: Any = None,
        *,
        instance: Any = None,
        partition_key: str | None = None,
        raise_on_error: bool = True,
        tags: Mapping[str, str] | None = None,
        resources: Mapping[str, Any] | None = None,
        **refused: Any,
    ) -> Any:
        """Run it in this process, for tests: as `materialize` does, whose arguments these are.

        Args:
            run_config: Settings, in place of its own.
            instance: Accepted and left alone.
            partition_key: The partition that is made.
            raise_on_error: Whether what a function raises is raised here.
            tags: Of the run, beside its own.
            resources: In place of those of the definitions that have these names.
            refused: Arguments that Dagster has and dbtree has not; refused with the reason.

        Raises:
            DefinitionError: where it does not come of `defs.resolve_job_def(…)`.
        """
        refuse_unknown("execute_in_process", refused, {})
        defs = self.definitions
        if defs is None:
            raise DefinitionError(
                f"The job {self.name} does not know its assets: take "
                f"defs.resolve_job_def({self.name!r})."
            )
        [make] = MATERIALIZE
        return make(
            [*defs.all_assets, *defs.asset_checks],
            {**defs.resources, **(resources or {})},
            run_config=self.config if run_config is None else run_config,
            partition_key=partition_key, raise_on_error=raise_on_error, instance=instance,
            tags={**self.tags, **(tags or {})}, selection=self.selection,
        )  # fmt: skip


def define_asset_job(
    name: str,
    selection: Any = None,
    *,
    description: str | None = None,
    tags: Mapping[str, object] | None = None,
    run_tags: Mapping[str, object] | None = None,
    config: Any = None,
    metadata: Mapping[str, Any] | None = None,
    partitions_def: PartitionsDefinition | None = None,
    hooks: Set[HookDefinition] | None = None,
    op_retry_policy: RetryPolicy | None = None,
    **refused: Any,
) -> JobDefinition:
    """A job: which assets to materialize, under a name.

    Args:
        name: Of the job.
        selection: A selection, a text in Dagster's syntax, keys or definitions; all by default.
        description: In a sentence.
        tags: Of its runs.
        run_tags: The same.
        config: Settings of its runs: a RunConfig, a dict, or a PartitionedConfig.
        metadata: Accepted and left alone.
        partitions_def: The partitions of the assets; by default those of the definitions that are
            given as the selection.
        hooks: What is called when a function of its runs has ended.
        op_retry_policy: How often its functions are tried again that do not say it themselves.
        refused: Arguments that Dagster has and dbtree has not; refused with the reason.
    """
    refuse_unknown("define_asset_job", refused, REFUSED_BY_JOBS)
    chosen = AssetSelection() if selection is None else AssetSelection.from_coercible(selection)
    said = {**(tags or {}), **(run_tags or {})}
    words = {key: value if isinstance(value, str) else json.dumps(value, default=str)
             for key, value in said.items()}  # fmt: skip
    given = selection if isinstance(selection, Sequence) else (selection,)
    found = (getattr(one, "partitions_def", None) for one in given)
    each = config if isinstance(config, PartitionedConfig) else None
    own = checked_partitions(partitions_def) or next(filter(None, found), None)
    return JobDefinition(
        name, chosen, description or "", words, each.partitions_def if each else own,
        {} if each else config_tree(config), hooks_in(hooks, "define_asset_job"),
        op_retry_policy, each,
    )  # fmt: skip


class ScheduleDefinition:
    """Assets that are materialized at the times of a cron expression.

    Args:
        name: The job's name and `_schedule` by default.
        cron_schedule: Five fields, or `@daily` etc.: "0 6 * * mon-fri".
        job: What to materialize: a job of `define_asset_job`.
        job_name: The name of a job of the same Definitions, in its place.
        target: A selection, keys or definitions, in place of the two.
        execution_timezone: Of the IANA database: "Europe/Berlin"; UTC by default.
        default_status: Whether it is on before anybody has said so; it is off by default.
        execution_fn: Called at each tick, says which runs to start; what `@schedule` decorates.
        should_execute: Called at each tick, says whether anything is to run.
        tags_fn: Called at each tick, gives tags of the run.
        run_config: Settings of its runs: a RunConfig, or a dict.
        description: In a sentence.
        tags: Of its runs. `dbtree/catch_up`: "true" runs the latest tick that was missed.
        metadata: Accepted and left alone.
        owners: Accepted and left alone.
        environment_vars: Accepted and left alone.
        required_resource_keys: Accepted and left alone.
        refused: Arguments that Dagster has and dbtree has not; refused with the reason.

    Raises:
        DefinitionError: naming the file and line.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        cron_schedule: str,
        job: JobDefinition | None = None,
        job_name: str | None = None,
        target: Any = None,
        execution_timezone: str | None = None,
        default_status: DefaultScheduleStatus = DefaultScheduleStatus.STOPPED,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        metadata: Mapping[str, Any] | None = None,
        owners: Sequence[str] | None = None,
        environment_vars: Mapping[str, str] | None = None,
        required_resource_keys: Any = None,
        execution_fn: Callable[..., Any] | None = None,
        should_execute: Callable[[Any], bool] | None = None,
        tags_fn: Callable[[Any], Mapping[str, Any] | None] | None = None,
        run_config: Any = None,
        **refused: Any,
    ) -> None:
        refuse_unknown("ScheduleDefinition", refused, REFUSED)
        functions = (("schedule", execution_fn), ("schedule(should_execute)", should_execute),
                     ("schedule(tags_fn)", tags_fn))  # fmt: skip
        made = [UserFunction.of(call, what) if call else None for what, call in functions]
        self._execution, self._should_execute, self._tags = made
        self.take_settings_of(job)
        self.required_resource_keys = frozenset(required_resource_keys or ())
        if not isinstance(cron_schedule, str):
            raise DefinitionError("cron_schedule must be one cron expression, as a string.")
        if problem := cron_problem(cron_schedule):
            raise DefinitionError(problem)
        if sum(given is not None for given in (job, job_name, target)) != 1:
            raise DefinitionError("A schedule takes one of job, job_name and target.")
        if execution_timezone is not None and not is_zone(execution_timezone):
            raise DefinitionError(f"Unknown time zone {execution_timezone!r}.")
        self.cron_schedule = cron_schedule
        self.job = job
        self.job_name = job.name if job else job_name
        self.target = None if target is None else AssetSelection.from_coercible(target)
        own = made[0].name if made[0] is not None else ""
        self.name = name or own or (f"{self.job_name}_schedule" if self.job_name else "")
        if not self.name:
            raise DefinitionError("A schedule with a target needs a name.")
        self.execution_timezone = execution_timezone
        self.default_status = default_status
        self.description = description or (job.description if job else "")
        self.tags: Mapping[str, str] = {**(job.tags if job else {}), **(tags or {})}
        self.run_config: Mapping[str, Any] = config_tree(run_config)
        self.path, self.line = user_place()
        if execution_fn is not None and self._execution is not None:
            self.path, self.line = self._execution.path, self._execution.line

    def take_settings_of(self, job: JobDefinition | None) -> None:
        """Ask at each tick for the run of the latest partition, where the job has settings for each
        and the schedule has no function.
        """
        if self._execution is None and job is not None and job.per_partition is not None:
            self._execution = UserFunction.of(_run_of_partition(job), "schedule")

    @property
    def function(self) -> UserFunction | None:
        """What is called at each tick, if anything is."""
        return self._execution or self._should_execute or self._tags

    def answer(self, context: Any, resources: Mapping[str, Any]) -> Answer:
        """What its functions answer at a tick. Raises what they raise.

        Args:
            context: A ScheduleEvaluationContext.
            resources: Those that its function asks for, by name.
        """
        if self._should_execute is not None and not self._should_execute.call(context):
            return Answer(skipped="should_execute says no")
        returned: Any = RunRequest()
        if self._execution is not None:
            returned = self._execution.called_with((context,), resources)
            if isinstance(returned, Mapping):
                returned = RunRequest(run_config=returned)
        answer = answer_of(returned, self.name)
        more = (self._tags.call(context) or {}) if self._tags is not None else {}
        for request in answer.requests:
            request.tags.update({key: words(value) for key, value in more.items()})
        return answer

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Call the function itself, as in a test."""
        if self._execution is None:
            raise DefinitionError(f"{self.name} has no function.")
        return self._execution.call(*args, **named)

    def config(self, jobs: Mapping[str, JobDefinition]) -> Mapping[str, Any]:
        """The settings of its runs: its own, else those of its job."""
        job = self.job or jobs.get(self.job_name or "")
        return self.run_config or (job.config if job is not None else {})

    def selection(self, jobs: Mapping[str, JobDefinition]) -> AssetSelection:
        """What it materializes. Raises DefinitionError when its job is none of these."""
        if self.target is not None:
            return self.target
        job = self.job or jobs.get(self.job_name or "")
        if job is None:
            raise DefinitionError(
                f"The schedule {self.name} asks for the job {self.job_name!r}, which the "
                "Definitions do not have.",
                path=self.path, line=self.line,
            )  # fmt: skip
        return job.selection


def _run_of_partition(job: JobDefinition) -> Callable[[Any], RunRequest | SkipReason]:
    """What a schedule asks for at a tick whose job has settings for each partition."""

    def latest(context: Any) -> RunRequest | SkipReason:
        assert job.per_partition is not None
        found = job.per_partition.at_tick(context.scheduled_execution_time)
        return found or SkipReason("there is no partition yet")

    return latest


def schedule(
    cron_schedule: str, *, name: str | None = None, **options: Any
) -> Callable[[Callable[..., Any]], ScheduleDefinition]:
    """Make a schedule of a function that says at each tick which runs to start.

    Args:
        cron_schedule: Five fields, or `@daily` etc.
        name: The function's name by default.
        options: As of ScheduleDefinition: job, job_name, target, execution_timezone, …
    """

    def decorate(call: Callable[..., Any]) -> ScheduleDefinition:
        return ScheduleDefinition(name, cron_schedule=cron_schedule, execution_fn=call, **options)

    return decorate


def build_schedule_from_partitioned_job(
    job: JobDefinition,
    description: str | None = None,
    name: str | None = None,
    minute_of_hour: int | None = None,
    hour_of_day: int | None = None,
    day_of_week: int | None = None,
    day_of_month: int | None = None,
    default_status: DefaultScheduleStatus = DefaultScheduleStatus.STOPPED,
    tags: Mapping[str, str] | None = None,
    cron_schedule: str | None = None,
    execution_timezone: str | None = None,
) -> ScheduleDefinition:
    """A schedule that makes each partition as soon as its window is over.

    Args:
        job: Of assets by windows of time.
        description: In a sentence.
        name: The job's name and `_schedule` by default.
        minute_of_hour: When it ticks, in place of when a window ends.
        hour_of_day: The same.
        day_of_week: The same; 0 is Sunday.
        day_of_month: The same.
        default_status: Whether it is on before anybody has said so.
        tags: Of its runs.
        cron_schedule: When it ticks, for partitions that are no windows of time.
        execution_timezone: With `cron_schedule`: of the IANA database.

    Raises:
        DefinitionError: where the partitions of the job are no windows of time; where the job
            does not say them, they are those of its assets.
    """
    own = f"{job.name}_schedule"
    made = PartitionedSchedule(
        name or own, cron_schedule=cron_schedule or LATER, job=job, description=description,
        execution_timezone=execution_timezone, default_status=default_status, tags=tags,
    )  # fmt: skip
    made.at = (minute_of_hour, hour_of_day, day_of_week, day_of_month)
    made.waits = cron_schedule is None
    if job.partitions_def is not None:
        made.settle(job.partitions_def)
    return made


LATER = "@daily"
"""A cron expression that stands in until the partitions are known."""


class PartitionedSchedule(ScheduleDefinition):
    """A schedule that ticks when a window of time is over; what
    `build_schedule_from_partitioned_job` returns.
    """

    at: tuple[int | None, int | None, int | None, int | None] = (None, None, None, None)
    waits = True
    """Whether its partitions, that say when it ticks, are not known yet."""

    def settle(self, partitions: PartitionsDefinition | None) -> None:
        """Let it tick when a window of these partitions is over.

        Raises:
            DefinitionError: where they do not say it.
        """
        if not self.waits:
            return
        if not isinstance(partitions, TimeWindowPartitionsDefinition):
            wrong = "a partitions_def" if partitions is None else "a cron_schedule"
            raise DefinitionError(
                f"The job {self.job_name} needs {wrong}: its partitions do not say when it is to "
                "run.", path=self.path, line=self.line,
            )  # fmt: skip
        self.cron_schedule = partitions.get_cron_schedule(*self.at)
        self.execution_timezone = partitions.timezone
        self.waits = False


def build_schedule_from_dbt_selection(
    dbt_assets: Sequence[Any],
    job_name: str,
    cron_schedule: str,
    dbt_select: str = "fqn:*",
    dbt_exclude: str | None = "",
    dbt_selector: str = "",
    schedule_name: str | None = None,
    tags: Mapping[str, object] | None = None,
    config: Any = None,
    execution_timezone: str | None = None,
    default_status: DefaultScheduleStatus = DefaultScheduleStatus.STOPPED,
) -> ScheduleDefinition:
    """A schedule that materializes what dbt's selectors select.

    Args:
        dbt_assets: One definition, in a list.
        job_name: A name for what it does; the schedule's is this and `_schedule`.
        cron_schedule: Five fields, or `@daily` etc.
        dbt_select: dbt's selectors, separated by spaces.
        dbt_exclude: What to leave out.
        dbt_selector: The name of a selector of selectors.yml, in place of the two.
        schedule_name: In place of the name that it would get.
        tags: Of its runs.
        config: Settings of its runs: a RunConfig, or a dict.
        execution_timezone: Of the IANA database; UTC by default.
        default_status: Whether it is on before anybody has said so.

    Raises:
        DefinitionError: naming the file and line.
    """
    selection = build_dbt_asset_selection(dbt_assets, dbt_select, dbt_exclude, dbt_selector)
    job = define_asset_job(job_name, selection, tags=tags, config=config)
    return ScheduleDefinition(
        schedule_name,
        cron_schedule=cron_schedule,
        job=job,
        execution_timezone=execution_timezone,
        default_status=default_status,
    )
