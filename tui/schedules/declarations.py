"""All schedules of a project: those of its definitions, and those of `[tool.dbtree]`.

[[tool.dbtree.schedules]]        # or [[schedules]] in dbtree.toml
name = "nightly"
cron = "0 2 * * *"
select = "tag:nightly+"
timezone = "Europe/Berlin"
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tui.graph import Problem
from tui.project.project import Project
from tui.protocol.messages import DefinitionsLoaded
from tui.protocol.schedules import ScheduleRow
from tui.protocol.sensors import SensorRow
from tui.schedules.values import Schedule

TEXTS = ("name", "cron", "select", "exclude", "selector", "timezone", "description")
TRUTHS = ("on", "catch_up")


def schedules_of(
    project: Project, definitions: DefinitionsLoaded | None
) -> tuple[tuple[Schedule, ...], tuple[Problem, ...]]:
    """The schedules, by name; and what is wrong with those that cannot be."""
    rows = [ScheduleRow(*row) for row in definitions.schedules] if definitions else []
    declared, problems = _declared(project.settings.preferences.get("schedules", []))
    found: dict[str, Schedule] = {}
    for row in (*rows, *declared):
        try:
            schedule = Schedule(row)
        except ValueError as error:
            problems.append(
                Problem("schedules", f"Schedule {row.name}: {error}", row.path, row.line)
            )
            continue
        if row.name in found:
            words = f"There are two schedules {row.name!r}."
            problems.append(Problem("schedules", words, row.path, row.line))
            continue
        found[row.name] = schedule
    return tuple(found[name] for name in sorted(found)), tuple(problems)


def sensors_of(definitions: DefinitionsLoaded | None) -> tuple[SensorRow, ...]:
    """The sensors of the definitions, by name."""
    rows = (SensorRow(*row) for row in definitions.sensors) if definitions else ()
    return tuple(sorted(rows, key=lambda row: row.name))


def _declared(tables: Any) -> tuple[list[ScheduleRow], list[Problem]]:
    rows: list[ScheduleRow] = []
    problems: list[Problem] = []
    if not isinstance(tables, Sequence) or isinstance(tables, str):
        return [], [Problem("schedules", "`schedules` in [tool.dbtree] must be a list of tables.")]
    for number, table in enumerate(tables, 1):
        problem = _problem(table, number)
        if problem:
            problems.append(Problem("schedules", problem))
        else:
            rows.append(_row(table))
    return rows, problems


def _problem(table: Any, number: int) -> str:
    """What is wrong with a table, in a sentence."""
    if not isinstance(table, Mapping):
        return f"Schedule {number} of [tool.dbtree] must be a table."
    name = table.get("name") or number
    unknown = _unknown(table)
    if unknown:
        return f"Schedule {name} of [tool.dbtree] has an unknown key {unknown!r}."
    for key in ("name", "cron"):
        if not table.get(key):
            return f"Schedule {name} of [tool.dbtree] needs a {key}."
    for key in TEXTS:
        if key in table and not isinstance(table[key], str):
            return f"{key} of schedule {name} in [tool.dbtree] must be a string."
    for key in TRUTHS:
        if key in table and not isinstance(table[key], bool):
            return f"{key} of schedule {name} in [tool.dbtree] must be true or false."
    if table.get("selector") and (table.get("select") or table.get("exclude")):
        return f"Schedule {name} of [tool.dbtree] takes either selector, or select and exclude."
    return ""


def _unknown(table: Iterable[str]) -> str:
    return next((key for key in table if key not in (*TEXTS, *TRUTHS)), "")


def _row(table: Mapping[str, Any]) -> ScheduleRow:
    selector = table.get("selector", "")
    return ScheduleRow(
        name=table["name"],
        cron=table["cron"],
        timezone=table.get("timezone", "UTC"),
        select=table.get("select", "" if selector else "*"),
        exclude=table.get("exclude", ""),
        selector=selector,
        is_on=table.get("on", False),
        catch_up=table.get("catch_up", False),
        description=table.get("description", ""),
        path="",
        line=0,
    )
