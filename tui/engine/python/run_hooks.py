"""The hooks of a run: those of each function, and those of the job whose run it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tui.definitions.api import Definitions
from tui.definitions.configurable import configured_resources
from tui.definitions.hooks import HookContext, HookDefinition, call_hooks
from tui.definitions.retries import RetryPolicy
from tui.definitions.run_config import OPS, values_of
from tui.engine.execution.events import EventLog
from tui.engine.python.node_log import logger_of, printing_into
from tui.protocol.messages import StartRun

JOB = "dbtree/job"
"""The tag of a run that names its job."""


class RunHooks:
    """Calls hooks as functions end."""

    def __init__(
        self,
        definitions: Definitions,
        request: StartRun,
        log: EventLog,
        say_traceback: Callable[[BaseException, str], None],
        config: Mapping[str, Any],
    ) -> None:
        self._resources = configured_resources(definitions.resources, config)
        self._run_id = request.run_id
        self._log = log
        self._say_traceback = say_traceback
        self._config = config
        self._job_name = request.tags.get(JOB, "")
        self._job = definitions.job_named(self._job_name) if self._job_name else None

    def policy_of(self, definition: Any) -> RetryPolicy | None:
        """How often a function is tried again: as it says, else as its job says."""
        own: RetryPolicy | None = definition.retry_policy
        return own or (self._job.retry_policy if self._job is not None else None)

    def ended(self, definition: Any, unique_id: str, error: BaseException | None) -> None:
        """A function has ended, after its last retry.

        Args:
            definition: Of assets, of dbt's assets or of checks.
            unique_id: The node whose lines in the log are the hooks'; empty for those of the run.
            error: What it raised, or stands for its failure; None where it succeeded.
        """
        of_job = self._job.hooks if self._job is not None else ()
        hooks = dict.fromkeys((*getattr(definition, "hooks", ()), *of_job))
        if not hooks:
            return
        context = HookContext(
            run_id=self._run_id,
            job_name=self._job_name,
            step_key=definition.op_name,
            op=definition,
            op_config=values_of(self._config, (OPS, definition.op_name)),
            op_exception=error,
            log=logger_of(self._log, unique_id),
        )

        def failed(hook: HookDefinition, raised: Exception) -> None:
            self._log.say("error", f"The hook {hook.name} failed.", unique_id)
            self._say_traceback(raised, unique_id)

        with printing_into(self._log, unique_id):
            call_hooks(hooks, context, self._resources, failed)
