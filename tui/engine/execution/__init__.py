"""dbt at work in a run: its tasks over exact nodes, their order, their events as a log."""
