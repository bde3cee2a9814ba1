"""What happened: runs, materializations and check results, from the event logs of the runs.

`log` reads and follows one run's events, `store` indexes them in SQLite (an index that can be
deleted and is rebuilt), `processes` says whether a run's process lives, `queue` holds what waits.
Knows nothing of dbt and of the screen.
"""
