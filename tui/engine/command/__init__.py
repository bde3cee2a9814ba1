"""The engine that drives a `dbt` command: dbt v2, `uv run dbt`, a dbt in a container.

It answers the same requests as the warm engine, in a process of its own, through dbt's command
line, its JSON log and its artifacts. Nothing in it imports dbt, which need not be Python.
"""
