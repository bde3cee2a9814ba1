"""The Python definitions of a project: assets beside dbt's, a translator, schedules.

`api` has every name that users write; this package itself imports nothing, because the screen
needs a few of its modules (partitions, crons) in the first frame and none of the others.
"""
