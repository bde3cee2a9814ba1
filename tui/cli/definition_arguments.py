"""The part of the command line that is about definitions: `project`, `partitions`, `schedules`."""

from __future__ import annotations

import argparse

from tui.cli.shared_arguments import Command, add_json


def add_project(command: Command) -> None:
    """`dbtree project scaffold` and `dbtree project prepare-and-package`."""
    project = command("project", "make and package a Python project around a dbt project")
    actions = project.add_subparsers(dest="action", metavar="ACTION", required=True)
    scaffold = actions.add_parser(
        "scaffold",
        help="write a Python project that wraps a dbt project",
        description="Writes NAME/ with definitions of the dbt project: its assets, a schedule.",
        allow_abbrev=False,
    )
    scaffold.add_argument(
        "--project-name", metavar="NAME", help="name of the project; asked for when missing"
    )
    scaffold.add_argument(
        "--dbt-project-dir", metavar="DIR", help="the dbt project (default: around this directory)"
    )
    scaffold.add_argument("--force", action="store_true", help="overwrite what is there")
    package = actions.add_parser(
        "prepare-and-package",
        help="install packages, make the manifest, and copy the project for a deployment",
        description="For each DbtProject in FILE: runs dbt deps and dbt parse, and copies the "
        "project into its packaged_project_dir.",
        allow_abbrev=False,
    )
    package.add_argument(
        "--file", metavar="FILE", required=True, help="the file that defines the DbtProject"
    )


def add_partitions(command: Command) -> None:
    """`dbtree partitions list|add|delete`."""
    partitions = command(
        "partitions",
        "list the keys of dynamic partitions, add and delete some",
        "Of each DynamicPartitionsDefinition of the definitions; each target has its own keys.",
    )
    actions = partitions.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, words in (
        ("list", "print the keys, or without a NAME how many there are of which"),
        ("add", "add keys"),
        ("delete", "delete keys; what runs left for them stays"),
    ):
        added = actions.add_parser(name, help=words, description=f"{words}.", allow_abbrev=False)
        if name == "list":
            added.add_argument("name", metavar="NAME", nargs="?", default="",
                               help="name of the definition")  # fmt: skip
        else:
            added.add_argument("name", metavar="NAME", help="name of the definition")
            added.add_argument("keys", metavar="KEY", nargs="+", help="key of a partition")
        add_json(added)


def add_schedules(command: Command) -> None:
    """`dbtree schedules list|start|stop|preview|run`."""
    schedules = command(
        "schedules",
        "list schedules and sensors, turn them on and off, run them",
        "Schedules and sensors tick while dbtree is open, or under `dbtree schedules run`.\n"
        "Each target has its own switches.",
    )
    actions = schedules.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(
        name: str, help: str, *, named: bool, what: str = "schedule or sensor"
    ) -> argparse.ArgumentParser:
        added = actions.add_parser(name, help=help, description=f"{help}.", allow_abbrev=False)
        if named:
            added.add_argument("name", metavar="NAME", help=f"name of the {what}")
        add_json(added)
        return added

    action("list", "print all schedules and sensors with their next tick", named=False)
    action("start", "turn a schedule or sensor on", named=True)
    action("stop", "turn a schedule or sensor off", named=True)
    action(
        "preview", "print when a schedule ticks and what it runs, or what a sensor asks for now",
        named=True,
    )  # fmt: skip
    action("why", "print an asset's automation condition: what was true at the latest tick",
           named=True, what="asset")  # fmt: skip
    running = action("run", "tick schedules and sensors in the foreground", named=False)
    running.add_argument(
        "--status",
        action="store_true",
        help="say how the service is that runs: exit code 0 well, 1 not well, 2 none runs",
    )
