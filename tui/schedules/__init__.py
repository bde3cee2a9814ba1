"""Schedules, sensors and automation conditions: what runs automatically, when, and why.

Schedules come from Python definitions or from `[[tool.dbtree.schedules]]`, sensors and conditions
from definitions. Each is on or off for each target, and each tick is claimed once in the state
directory, however many windows are open. The package knows the workspace only as protocols of its
own (`SchedulingWorkspace`, `SensingWorkspace`); no Textual, no dbt. Pure are `world`,
`evaluation`, `occurrences`' rules and `freshness`.
"""
