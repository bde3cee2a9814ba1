"""The dbt side: a warm process in which dbt is imported and the project's manifest is in memory.

The only importer of dbt. It runs under the interpreter in which the user's dbt lives (Python 3.10
and later), so it imports the standard library, dbt and `tui.protocol`, and nothing else of ours.
It is started as `python -m tui.engine READ_FD WRITE_FD` in the project's root.
"""
