"""The commands without a screen: which function does each, and what of the arguments it gets.

A command is imported when it is called.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from tui.errors import ProjectError
from tui.project.project import Project

Code = int | Coroutine[Any, Any, int]
"""The exit code of a command, or what comes to it."""


def run(options: Namespace, project: Project) -> int:
    """Do the command that the arguments name; returns the exit code. Raises DbtreeError."""
    if options.command in PARSING:
        from tui.engine_client.attachment import attach_early

        attach_early(project)  # what the command imports, it imports meanwhile
    code = COMMANDS[options.command](options, project)
    if isinstance(code, int):
        return code
    import asyncio

    return asyncio.run(code)


def engine(options: Namespace, project: Project | None) -> int:
    """`dbtree engine`, of a project or, without one, of all."""
    from tui.cli.commands.engine import engine

    return engine(project, options.action, as_json=options.json)


def _ls(options: Namespace, project: Project) -> Code:
    from tui.cli.commands.ls import ls

    return ls(
        project, *_selection(options), options.resource_type,
        as_json=options.json, names=options.names,
    )  # fmt: skip


def _materialize(options: Namespace, project: Project) -> Code:
    from tui.cli.commands.materialize import materialize
    from tui.cli.run_arguments import run_options

    return materialize(
        project, *_selection(options), options=run_options(options),
        detach=options.detach, as_json=options.json, junit=options.junit,
        partition=options.partition, partition_range=options.partition_range,
        config=options.config, tags=options.tag,
    )  # fmt: skip


def _backfill(options: Namespace, project: Project) -> Code:
    from tui.cli.commands.backfill import backfill

    return backfill(
        project, *_selection(options), partitions=options.partition,
        between=options.partition_range, states=options.states, per_run=options.per_run,
        limit=options.limit, dry_run=options.dry_run, as_json=options.json,
        config=options.config,
    )  # fmt: skip


def _status(options: Namespace, project: Project) -> Code:
    from tui.cli.commands.status import status

    return status(project, as_json=options.json)


def _lineage(options: Namespace, project: Project) -> Code:
    from tui.cli.commands.lineage import lineage

    return lineage(project, options.column, as_json=options.json)


def _profile(options: Namespace, project: Project) -> Code:
    from tui.cli.commands.profile import profile

    return profile(project, options.asset, sample=options.sample, as_json=options.json)


def _diff(options: Namespace, project: Project) -> Code:
    from tui.cli.commands.data_diff import data_diff, keep_baseline

    if options.baseline:
        if options.against or options.key or options.tolerance:
            raise ProjectError("--baseline compares nothing: leave out what says how to compare.")
        on = options.baseline == "on"
        return keep_baseline(project, options.asset, on=on, as_json=options.json)
    return data_diff(
        project, options.asset, against=options.against, key=options.key,
        tolerance=options.tolerance, as_json=options.json,
    )  # fmt: skip


def _yaml(options: Namespace, project: Project) -> Code:
    from tui.cli.commands.properties import yaml_additions

    return yaml_additions(
        project, options.asset, write=options.write, with_tests=options.tests, as_json=options.json
    )


def _new(options: Namespace, project: Project) -> Code:
    from tui.cli.commands.file_changes import new

    fields = {
        "name": options.name or None, "folder": options.folder,
        "materialized": options.materialized, "unique_key": options.unique_key,
        "updated_at": options.updated_at, "condition": options.where, "column": options.column,
        "test": options.test, "values": options.values, "to": options.to, "field": options.field,
    }  # fmt: skip
    return new(
        project, options.kind.replace("-", " "), options.origin, fields,
        write=options.write, as_json=options.json,
    )  # fmt: skip


def _rename(options: Namespace, project: Project) -> Code:
    from tui.cli.commands.file_changes import rename

    return rename(project, options.asset, options.new, write=options.write, as_json=options.json)


def _runs(options: Namespace, project: Project) -> Code:
    match options.action:
        case "show":
            from tui.cli.commands.run_details import show

            return show(project, options.run, as_json=options.json)
        case "compare":
            from tui.cli.commands.run_comparison import compare

            return compare(project, options.run, options.other, as_json=options.json)
        case "export":
            from tui.cli.commands.run_export import export

            return export(project, options.run, options.output)
        case "prune":
            from tui.cli.commands.prune import prune

            return prune(project, dry_run=options.dry_run, as_json=options.json)
        case _:
            from tui.cli.commands.runs import runs

            return runs(project, limit=options.limit, tags=options.tag, as_json=options.json)


def _logs(options: Namespace, project: Project) -> Code:
    from tui.cli.commands.logs import logs

    return logs(project, options.run, follow=options.follow, raw=options.raw, level=options.level)


def _cancel(options: Namespace, project: Project) -> Code:
    from tui.cli.commands.cancel import cancel

    return cancel(project, options.run, hard=options.kill, as_json=options.json)


def _schedules(options: Namespace, project: Project) -> Code:
    from tui.cli.commands import schedule_service, schedules

    match options.action:
        case "list":
            return schedules.list_schedules(project, as_json=options.json)
        case "preview":
            return schedules.preview(project, options.name, as_json=options.json)
        case "why":
            return schedules.why(project, options.name, as_json=options.json)
        case "run":
            if options.status:
                return schedule_service.status(project, as_json=options.json)
            return schedule_service.run_schedules(project, as_json=options.json)
        case _:
            on = options.action == "start"
            return schedules.switch(project, options.name, on=on, as_json=options.json)


def _partitions(options: Namespace, project: Project) -> Code:
    from tui.cli.commands.partitions import change_partitions, list_partitions

    if options.action == "list":
        return list_partitions(project, options.name, as_json=options.json)
    adds = options.action == "add"
    return change_partitions(project, options.name, options.keys, adds=adds, as_json=options.json)


def _info(options: Namespace, project: Project) -> Code:
    from tui.cli.commands.info import info

    return info(project, as_json=options.json)


def _selection(options: Namespace) -> tuple[list[str], list[str]]:
    """The words of what is selected, and of what is left out."""
    select = [*options.selectors, *(word for words in options.select for word in words)]
    return select, [word for words in options.exclude for word in words]


PARSING = frozenset({"backfill", "diff", "lineage", "ls", "materialize", "new", "partitions"}) | {
    "profile", "rename", "status", "yaml",
}  # fmt: skip
"""Those that open the project, whatever their arguments are."""
COMMANDS: Mapping[str, Callable[[Namespace, Project], Code]] = {
    "ls": _ls,
    "materialize": _materialize,
    "backfill": _backfill,
    "status": _status,
    "lineage": _lineage,
    "profile": _profile,
    "diff": _diff,
    "yaml": _yaml,
    "new": _new,
    "rename": _rename,
    "runs": _runs,
    "logs": _logs,
    "cancel": _cancel,
    "engine": engine,
    "partitions": _partitions,
    "schedules": _schedules,
    "info": _info,
}
