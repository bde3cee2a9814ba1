"""Schedules: what runs automatically, and when.

A schedule comes from Python definitions or from `[[tool.dbtree.schedules]]`. It is on or off for
each target, and each of its ticks is claimed once in the state directory, however many windows
are open. The package knows the workspace only through `Ticker`'s callback; no Textual, no dbt.
"""
