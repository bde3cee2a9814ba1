"""Evaluates conditions with Dagster: run by the Python that has it, on scenarios from stdin.

Scenarios come as a list; each has assets (key → deps, condition as Python, partitions), and ticks:
each with the time, and what happened before it. Printed is what each tick requests.
"""
# mypy: ignore-errors

import json
import sys
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster import AssetSelection, AutomationCondition  # noqa: F401  for the conditions
from dagster._core.test_utils import freeze_time

START = datetime(2026, 3, 1, tzinfo=UTC)
FAILING = set()


def definition(key, said):
    options = {"deps": said["deps"], "name": key}
    if said["condition"]:
        options["automation_condition"] = eval(said["condition"])
    if said["partitions"]:
        options["partitions_def"] = dg.DailyPartitionsDefinition(
            start_date=START - timedelta(days=3)
        )

    @dg.asset(**options)
    def made():
        if key in FAILING:
            raise ValueError(key)

    return made


def requested(scenario):
    assets = [definition(key, said) for key, said in scenario["assets"].items()]
    defs = dg.Definitions(assets)
    instance = dg.DagsterInstance.ephemeral()
    job = defs.resolve_implicit_global_asset_job_def()
    cursor, going, found = None, {}, []
    for tick in scenario["ticks"]:
        now = START + timedelta(seconds=tick["at"])
        for event in tick["events"]:
            at = START + timedelta(seconds=event["at"])
            keys = [dg.AssetKey(key) for key in event["keys"]]
            with freeze_time(at):
                if event["what"] == "run":
                    FAILING.clear()
                    FAILING.update(event["failing"])
                    job.execute_in_process(
                        instance=instance,
                        asset_selection=keys,
                        raise_on_error=False,
                        partition_key=event["partition"] or None,
                    )
                elif event["what"] == "begin":
                    run = instance.create_run_for_job(job, asset_selection=frozenset(keys))
                    instance.handle_new_event(event_of(run, "STARTING"))
                    instance.handle_new_event(event_of(run, "START"))
                    going[event["run"]] = run
                elif event["what"] == "cancel":
                    instance.report_run_canceled(going.pop(event["run"]))
        with freeze_time(now):
            result = dg.evaluate_automation_conditions(
                defs, instance=instance, evaluation_time=now, cursor=cursor
            )
        cursor = result.cursor
        found.append(
            {
                key: sorted(str(one) for one in result.get_requested_partitions(dg.AssetKey(key)))
                for key in scenario["assets"]
                if result.get_num_requested(dg.AssetKey(key))
            }
        )
    return found


def event_of(run, kind):
    from dagster._core.events import DagsterEvent, DagsterEventType
    from dagster._core.events.log import EventLogEntry

    event = DagsterEvent(
        event_type_value=getattr(DagsterEventType, f"RUN_{kind}").value, job_name=run.job_name
    )
    return EventLogEntry(
        user_message="",
        level=20,
        job_name=run.job_name,
        run_id=run.run_id,
        error_info=None,
        timestamp=datetime.now(UTC).timestamp(),
        dagster_event=event,
    )


print(json.dumps([requested(scenario) for scenario in json.load(sys.stdin)]))
